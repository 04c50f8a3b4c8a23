import { ConfigError } from './values.ts'

/** An address at which HTTP is spoken. */
export interface HttpEndpoint {
  readonly scheme: 'http' | 'https'
  /** Empty: every address of the machine. An IPv6 address stands without its brackets. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Where the command line serves HTTP unless it is told otherwise. */
export const DEFAULT_HTTP_LISTENER = 'http://localhost:9644'

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
