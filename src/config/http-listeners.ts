import type { BrokerConfig } from './broker-config.ts'
import { isControllerAlone } from './roles.ts'
import { ConfigError } from './values.ts'

/** An address at which HTTP is spoken. */
export interface HttpEndpoint {
  readonly scheme: 'http' | 'https'
  /** Empty: every address of the machine. An IPv6 address stands without its brackets. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

const DEFAULT_HTTP_PORT = 9644
const DEFAULT_HTTP_PORTS = 10

/** The command line serves HTTP at the first of these that is free, unless it is told otherwise. */
export const DEFAULT_HTTP_LISTENERS: readonly string[] = Array.from(
  { length: DEFAULT_HTTP_PORTS },
  (_, index) => `http://localhost:${DEFAULT_HTTP_PORT + index}`,
)

/** Where clients look for a schema registry. */
export const DEFAULT_REGISTRY_LISTENER = 'http://localhost:8081'

/** The keys of TLS for HTTP stand behind `listener.name.http.`, as those of a listener of this name. */
export const HTTP_LISTENER_NAME = 'HTTP'

const pattern = /^(https?):\/\/(?:\[([0-9a-fA-F:.%]+)\]|([0-9a-zA-Z\-._]*)):([0-9]{1,5})$/

/** `key` names the configuration that the addresses are of. Throws `ConfigError`. */
export function parseHttpListeners(key: string, texts: readonly string[]): readonly HttpEndpoint[] {
  return texts.map((text) => {
    const [, scheme, address, name = '', digits] = pattern.exec(text) ?? []
    const port = Number(digits)
    if (scheme === undefined || port > 65_535) {
      throw new ConfigError(
        `Invalid value ${text} for configuration ${key}: expected http://host:port or https://host:port`,
      )
    }
    return { scheme: scheme as HttpEndpoint['scheme'], host: address ?? name, port }
  })
}

/** The address as a person on this machine types it. */
export function httpUrl({ scheme, host, port }: HttpEndpoint): string {
  const name = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Where the control API is served; null: nowhere. Throws `ConfigError`. */
export function controlListener(config: BrokerConfig): HttpEndpoint | null {
  const text = config.get('samsa.control.listener')
  if (text === null || text === '') return null
  const [endpoint] = parseHttpListeners('samsa.control.listener', [text.includes('://') ? text : `http://${text}`])
  return endpoint ?? null
}

export function checkControlListener(config: BrokerConfig): void {
  const endpoint = controlListener(config)
  if (endpoint === null) return
  if (isControllerAlone(config)) {
    throw new ConfigError(
      'samsa.control.listener controls a broker, and process.roles makes this node a controller alone.',
    )
  }
  if (!isLoopback(endpoint.host) && !config.get('samsa.http.token')) {
    throw new ConfigError(
      `samsa.control.listener ${config.get('samsa.control.listener')} lets other machines in, and whoever gets in may do everything: listen on 127.0.0.1, or set samsa.http.token.`,
    )
  }
}

/** Whether nobody but this machine gets to an address. */
export const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)
const isEveryAddress = (host: string): boolean => /^(|0\.0\.0\.0|::)$/.test(host)

/** Whether who asks for the one address gets to a listener on the other. */
export function isServedBy(wanted: HttpEndpoint, listener: HttpEndpoint): boolean {
  if (wanted.port === 0 || wanted.port !== listener.port || wanted.scheme !== listener.scheme) return false
  const isSame = wanted.host === listener.host || (isLoopback(wanted.host) && isLoopback(listener.host))
  return isSame || isEveryAddress(listener.host)
}
