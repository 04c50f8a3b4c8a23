import type { BrokerConfig } from '../config/broker-config.ts'
import { advertisedControllers, advertisedListeners, type Endpoint as BoundListener } from '../config/listeners.ts'
import type { Random } from '../env/random.ts'
import { randomUuid } from '../env/random-uuid.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { Endpoint } from '../metadata/image/cluster-image.ts'
import type { BrokerToRegister } from './broker-life.ts'

export const SECURITY_PROTOCOL_IDS = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

interface Options {
  readonly config: BrokerConfig
  readonly random: Random
  /** It is known how the previous run ended. */
  readonly logs: LogManager
  /** The broker's listeners, with the addresses to which they are bound. */
  readonly listeners: readonly BoundListener[]
  /** Addresses beside the listeners that other nodes are to know. */
  readonly more?: readonly Endpoint[]
}

/** This broker as it is since this start, in the form in which it registers. */
export function brokerToRegister({ config, random, logs, listeners, more = [] }: Options): BrokerToRegister {
  return {
    incarnationId: randomUuid(random),
    endPoints: [...registeredEndpoints(config, listeners), ...more],
    rack: config.get('broker.rack'),
    logDirs: logs.directories.filter(({ offline }) => !offline).map(({ id }) => id),
    cordonedLogDirs: logs.directories.filter(({ isCordoned }) => isCordoned).map(({ id }) => id),
    uncleanShutdown: !logs.hadCleanShutdown,
    previousBrokerEpoch: logs.previousBrokerEpoch,
  }
}

/** The endpoints to which others would connect. `auto` depends on the client: it is answered per connection alone. */
function registeredEndpoints(config: BrokerConfig, listeners: readonly BoundListener[]): Endpoint[] {
  const advertised = advertisedListeners(config)
  return listeners.map((listener) => {
    const endpoint = advertised.get(listener.listenerName)
    if (endpoint === undefined || endpoint === 'auto') return endpointOf(reachable(listener))
    const host = endpoint.host === '' ? reachable(listener).host : endpoint.host
    return endpointOf({ ...endpoint, host, port: endpoint.port || listener.port })
  })
}

export const endpointOf = ({ listenerName, host, port, securityProtocol }: BoundListener): Endpoint => ({
  name: listenerName,
  host,
  port,
  securityProtocol: SECURITY_PROTOCOL_IDS[securityProtocol],
})

/** The listeners of this node's controller, bound, as other nodes reach them. */
export function reachableControllers(config: BrokerConfig, listeners: readonly BoundListener[]): BoundListener[] {
  const advertised = advertisedControllers(config)
  return listeners.map((listener) => {
    const endpoint = advertised.get(listener.listenerName)
    if (endpoint === undefined) return reachable(listener)
    const host = endpoint.host === '' ? reachable(listener).host : endpoint.host
    return { ...endpoint, host, port: endpoint.port || listener.port }
  })
}

export const isAnyAddress = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

const reachable = (listener: BoundListener): BoundListener =>
  isAnyAddress(listener.host) ? { ...listener, host: 'localhost' } : listener
