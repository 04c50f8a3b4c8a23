/**
 * The TLS of connections that this node opens to others. Before each the files are looked at, and what has changed is read
 * again; settings that cannot be used leave those before them in place, with a warning, as at a listener.
 */
import { ConfigError } from '../../config/values.ts'
import type { Logger } from '../../env/logger.ts'
import { type Network, NetworkError } from '../../env/network.ts'
import type { TlsClientSettings } from '../../env/tls.ts'
import { isTlsKey, readTlsClientSettings, type TlsSource, tlsFilesState } from './tls-settings.ts'

export interface TlsClientOptions extends TlsSource {
  readonly network: Pick<Network, 'checkTls'>
  readonly logger: Logger
}

type Settings = Omit<TlsClientSettings, 'expectedName'>

export class TlsClient {
  readonly #options: TlsClientOptions
  #settings: Settings
  #filesState = ''
  #keysHaveChanged = false

  private constructor(options: TlsClientOptions, settings: Settings) {
    const { config, listenerName } = options
    this.#options = options
    this.#settings = settings
    config.subscribe((changed) => {
      if ([...changed].some((name) => isTlsKey(listenerName, name))) this.#keysHaveChanged = true
    })
  }

  /** Throws `ConfigError`. */
  static async open(options: TlsClientOptions): Promise<TlsClient> {
    const filesState = await tlsFilesState(options)
    const client = new TlsClient(options, await checkedSettings(options))
    client.#filesState = filesState
    return client
  }

  /** `host`: the name or address that the server's certificate has to be for. */
  async settingsFor(host: string): Promise<TlsClientSettings> {
    const filesState = await tlsFilesState(this.#options)
    if (this.#keysHaveChanged || filesState !== this.#filesState) await this.#readAgain(filesState)
    const { config, listenerName } = this.#options
    const isChecked = config.getForListener(listenerName, 'ssl.endpoint.identification.algorithm') !== ''
    return { ...this.#settings, expectedName: isChecked ? host : null }
  }

  async #readAgain(filesState: string): Promise<void> {
    this.#filesState = filesState
    this.#keysHaveChanged = false
    try {
      this.#settings = await checkedSettings(this.#options)
    } catch (error) {
      const { listenerName, logger } = this.#options
      logger.warn(
        `Connections to other nodes by ${listenerName} go on with the TLS settings that there are: ${(error as Error).message}`,
      )
    }
  }
}

async function checkedSettings(options: TlsClientOptions): Promise<Settings> {
  const settings = await readTlsClientSettings(options)
  try {
    await options.network.checkTls({ ...settings, expectedName: null })
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    throw new ConfigError(`The ssl settings cannot be used: ${error.message}`)
  }
  return settings
}
