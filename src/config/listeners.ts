import { firstRepeated } from '../../protocol/collections/repeated.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './values.ts'

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface Endpoint {
  /** In capitals, as Kafka normalises listener names. */
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  /** Empty: every address of the machine. An IPv6 address stands without its brackets. */
  readonly host: string
  readonly port: number
}

/**
 * The address that a listener tells clients; 'auto' stands for the one at which a client reached it, and so does an
 * empty host, with the port that is named beside it. Port 0 stands for the port that was bound.
 */
export type AdvertisedEndpoint = Endpoint | 'auto'

const protocols: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

/** `listener.security.protocol.map`; controller listeners are PLAINTEXT where nobody says otherwise. */
function securityProtocolMap(config: BrokerConfig): ReadonlyMap<string, SecurityProtocol> {
  const key = 'listener.security.protocol.map'
  const map = new Map<string, SecurityProtocol>()
  for (const entry of splitList(config.get(key))) {
    const colon = entry.lastIndexOf(':')
    const protocol = entry.slice(colon + 1).trim()
    if (colon < 1) throw new ConfigError(`Invalid entry ${entry} in ${key}: expected LISTENER:PROTOCOL`)
    if (!protocols.includes(protocol))
      throw new ConfigError(`Invalid security protocol \`${protocol}\` defined in ${key}`)
    map.set(entry.slice(0, colon).trim().toUpperCase(), protocol as SecurityProtocol)
  }
  if (!config.isSet(key)) {
    for (const name of config.get('controller.listener.names')) {
      if (!map.has(name.toUpperCase())) map.set(name.toUpperCase(), 'PLAINTEXT')
    }
  }
  return map
}

/** The listeners that clients use: all but those of the controller. */
export function brokerListeners(config: BrokerConfig): readonly Endpoint[] {
  return allListeners(config).filter(({ listenerName }) => !isControllerListener(config, listenerName))
}

/** The listeners of those who talk to the controller: its tools, and other nodes. */
export function controllerListeners(config: BrokerConfig): readonly Endpoint[] {
  return allListeners(config).filter(({ listenerName }) => isControllerListener(config, listenerName))
}

/** `host:port` at which a program on this machine reaches a listener. */
export function bootstrapServer({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  const everywhere = host === '' || host === '0.0.0.0' || host === '::'
  const name = everywhere ? 'localhost' : host
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`
}

/** The address that each of the broker's listeners advertises, by listener name. */
export function advertisedListeners(config: BrokerConfig): ReadonlyMap<string, AdvertisedEndpoint> {
  const texts = config.get('advertised.listeners')
  const listeners = brokerListeners(config)
  if (texts === null || (texts.length === 1 && texts[0] === 'auto')) {
    return new Map(listeners.map(({ listenerName }) => [listenerName, 'auto' as const]))
  }
  const advertised = new Map<string, AdvertisedEndpoint>()
  for (const endpoint of parseEndpoints('advertised.listeners', texts, securityProtocolMap(config))) {
    if (isControllerListener(config, endpoint.listenerName)) continue
    if (advertised.has(endpoint.listenerName)) {
      throw new ConfigError(
        `Each listener must have a different name in advertised.listeners: ${endpoint.listenerName}`,
      )
    }
    if (endpoint.host === '0.0.0.0' || endpoint.host === '::') {
      throw new ConfigError(
        `advertised.listeners cannot use the nonroutable meta-address ${endpoint.host}. Use a routable IP address.`,
      )
    }
    if (!listeners.some(({ listenerName }) => listenerName === endpoint.listenerName)) {
      throw new ConfigError(
        `advertised.listeners names ${endpoint.listenerName}, which is not in listeners (${listeners
          .map(({ listenerName }) => listenerName)
          .join(', ')})`,
      )
    }
    advertised.set(endpoint.listenerName, endpoint)
  }
  return advertised
}

/** The addresses that `advertised.listeners` has for listeners of the controller (KIP-853), by listener name. */
export function advertisedControllers(config: BrokerConfig): ReadonlyMap<string, Endpoint> {
  const texts = config.get('advertised.listeners')
  if (texts === null || (texts.length === 1 && texts[0] === 'auto')) return new Map()
  const all = parseEndpoints('advertised.listeners', texts, securityProtocolMap(config))
  return new Map(
    all
      .filter(({ listenerName }) => isControllerListener(config, listenerName))
      .map((endpoint) => [endpoint.listenerName, endpoint]),
  )
}

/** The listener of other brokers, by which a broker is known in the metadata. */
export function interBrokerListenerName(config: BrokerConfig): string {
  return (config.get('inter.broker.listener.name') ?? config.get('security.inter.broker.protocol')).toUpperCase()
}

/** The listener by which other nodes are connected to, and the mechanism of its login. */
export interface PeerListener {
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  readonly mechanism: string
}

/** The listener at which this node connects to other brokers. Throws `ConfigError`. */
export const interBrokerPeers = (config: BrokerConfig): PeerListener =>
  peers(config, interBrokerListenerName(config), 'sasl.mechanism.inter.broker.protocol')

/** The listener at which this node connects to controllers: the first of `controller.listener.names`. */
export function controllerPeers(config: BrokerConfig): PeerListener {
  const [name = 'CONTROLLER'] = config.get('controller.listener.names')
  return peers(config, name.toUpperCase(), 'sasl.mechanism.controller.protocol')
}

function peers(
  config: BrokerConfig,
  listenerName: string,
  mechanism: 'sasl.mechanism.inter.broker.protocol' | 'sasl.mechanism.controller.protocol',
): PeerListener {
  const securityProtocol = securityProtocolMap(config).get(listenerName)
  if (securityProtocol === undefined) {
    throw new ConfigError(
      `No security protocol is defined for the listener ${listenerName}: add it to listener.security.protocol.map.`,
    )
  }
  return { listenerName, securityProtocol, mechanism: config.get(mechanism) }
}

/** `NAME://host:port` lists of `listeners`, each name and each port once. */
function allListeners(config: BrokerConfig): readonly Endpoint[] {
  const endpoints = parseEndpoints('listeners', config.get('listeners'), securityProtocolMap(config))
  const twice = firstRepeated(endpoints.map(({ listenerName }) => listenerName))
  if (twice) throw new ConfigError(`Each listener must have a different name in listeners: ${twice}`)
  const bound = new Set<string>()
  for (const { host, port } of endpoints) {
    // One port on two addresses of different families is how a host with IPv4 and IPv6 is bound (KAFKA-13719).
    const key = `${host.includes(':') ? 6 : 4} ${port}`
    if (port !== 0 && bound.has(key))
      throw new ConfigError(`Each listener must have a different port in listeners: ${port}`)
    bound.add(key)
  }
  return endpoints
}

const isControllerListener = (config: BrokerConfig, name: string): boolean =>
  config.get('controller.listener.names').some((controller) => controller.toUpperCase() === name)

const endpointPattern = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/

function parseEndpoints(
  key: string,
  texts: readonly string[],
  protocolOf: ReadonlyMap<string, SecurityProtocol>,
): Endpoint[] {
  return texts.map((text) => {
    const [, name, host, digits] = endpointPattern.exec(text) ?? []
    const port = Number(digits)
    if (name === undefined || host === undefined || port < 0 || port > 65_535) {
      throw new ConfigError(`Invalid value ${text} for configuration ${key}: expected NAME://host:port`)
    }
    const listenerName = name.toUpperCase()
    const securityProtocol = protocolOf.get(listenerName)
    if (!securityProtocol) {
      throw new ConfigError(
        `No security protocol defined for listener ${listenerName}: add it to listener.security.protocol.map`,
      )
    }
    return { listenerName, securityProtocol, host, port }
  })
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
