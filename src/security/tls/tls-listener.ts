/**
 * The TLS of one listener: its settings now, read again when a file or a key changes. Settings that cannot be used
 * leave those before them in place, with a warning: a broker does not go dark because of a half-written key store.
 */

import { X509Certificate } from 'node:crypto'
import { first } from '../../../protocol/collections/elements.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/values.ts'
import type { Environment, Timer } from '../../env/index.ts'
import { NetworkError } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { TlsServerSettings, TlsSession } from '../../env/tls.ts'
import { ANONYMOUS, type Principal, userPrincipal } from '../principal.ts'
import { SslPrincipalMapper } from './ssl-principal-mapper.ts'
import { isTlsKey, readTlsSettings, type TlsSource, tlsFilesState } from './tls-settings.ts'
import { subjectName } from './x500-name.ts'

export interface TlsListenerOptions {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network'>
  readonly logger: Logger
  readonly listenerName: string
  readonly securityProtocol: string
}

/** How often the files are looked at. */
const FILE_CHECK_MS = 5_000

export class TlsListener {
  readonly #options: TlsListenerOptions
  readonly #mapper: SslPrincipalMapper
  readonly #unsubscribe: () => void
  #settings: TlsServerSettings
  /** The mark that tells one content of the files from another. */
  #filesState = ''
  #timer: Timer | null = null
  #stopped = false
  /** Changes are taken in one after another. */
  #reading: Promise<void> = Promise.resolve()

  private constructor(options: TlsListenerOptions, settings: TlsServerSettings) {
    const { config, listenerName } = options
    this.#options = options
    this.#settings = settings
    this.#mapper = new SslPrincipalMapper(config.getForListener(listenerName, 'ssl.principal.mapping.rules'))
    this.#unsubscribe = config.subscribe((changed) => {
      if ([...changed].some((name) => isTlsKey(listenerName, name))) this.#readAgain()
    })
  }

  /** Throws `ConfigError`. */
  static async open(options: TlsListenerOptions): Promise<TlsListener> {
    const listener = new TlsListener(options, await checkedSettings(options, options.config))
    listener.#filesState = await tlsFilesState(listener.#source)
    listener.#watch()
    return listener
  }

  readonly settings = (): TlsServerSettings => this.#settings

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#unsubscribe()
  }

  /** Throws `ConfigError` when the listener could not go on with this configuration. */
  async checkChange(config: BrokerConfig): Promise<void> {
    checkSameIdentity(this.#options, this.#settings, await checkedSettings(this.#options, config))
  }

  /** The principal of a connection's peer by its certificate; null: no rule makes a principal of it. */
  principalOf({ peerCertificate }: TlsSession): Principal | null {
    if (peerCertificate === null) return ANONYMOUS
    const name = this.#mapper.nameOf(subjectName(peerCertificate))
    return name === null ? null : userPrincipal(name)
  }

  #watch(): void {
    if (this.#stopped) return
    this.#timer = this.#options.environment.clock.schedule(FILE_CHECK_MS, () => {
      void this.#checkFiles().finally(() => this.#watch())
    })
  }

  async #checkFiles(): Promise<void> {
    if ((await tlsFilesState(this.#source)) !== this.#filesState) this.#readAgain()
    await this.#reading
  }

  get #source(): TlsSource {
    const { config, environment, listenerName } = this.#options
    return { config, files: environment.files, listenerName }
  }

  #readAgain(): void {
    this.#reading = this.#reading.then(() => this.#read())
  }

  async #read(): Promise<void> {
    if (this.#stopped) return
    const { config, listenerName, logger } = this.#options
    // Taken before the files are read: a change in between is seen the next time.
    this.#filesState = await tlsFilesState(this.#source)
    try {
      const settings = await checkedSettings(this.#options, config)
      checkSameIdentity(this.#options, this.#settings, settings)
      this.#settings = settings
      logger.info(`The listener ${listenerName} uses its renewed TLS settings for new connections`)
    } catch (error) {
      logger.warn(`The listener ${listenerName} goes on with the TLS settings that it has: ${(error as Error).message}`)
    }
  }
}

async function checkedSettings(options: TlsListenerOptions, config: BrokerConfig): Promise<TlsServerSettings> {
  const { listenerName, securityProtocol, environment } = options
  const settings = await readTlsSettings({ config, listenerName, files: environment.files }, securityProtocol)
  try {
    await environment.network.checkTls(settings)
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error
    throw new ConfigError(`The TLS settings of the listener ${listenerName} cannot be used: ${error.message}`)
  }
  return settings
}

const certificateOf = ({ identity }: TlsServerSettings) => new X509Certificate(first(identity.chain))

/** A renewed certificate is for the same subject and the same hosts, unless it is allowed to be another (KIP-651). */
function checkSameIdentity({ config }: TlsListenerOptions, before: TlsServerSettings, after: TlsServerSettings): void {
  const [was, is] = [certificateOf(before), certificateOf(after)]
  if (!config.get('ssl.allow.dn.changes') && subjectName(was.raw) !== subjectName(is.raw)) {
    throw new ConfigError(
      `Keystore DistinguishedName does not match: existing=${subjectName(was.raw)}, new=${subjectName(is.raw)}`,
    )
  }
  const hosts = (certificate: X509Certificate): string[] => (certificate.subjectAltName ?? '').split(', ')
  if (!config.get('ssl.allow.san.changes') && !hosts(was).every((host) => hosts(is).includes(host))) {
    throw new ConfigError(
      `Keystore SubjectAltNames do not match: existing=${was.subjectAltName}, new=${is.subjectAltName}`,
    )
  }
}
