/** The security of a listener that is not PLAINTEXT: its TLS, and its logins. Loaded for brokers that have one. */

import type { BrokerConfig } from '../config/broker-config.ts'
import type { Endpoint } from '../config/listeners.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { TlsServerSettings, TlsSession } from '../env/tls.ts'
import type { Credentials } from './credentials.ts'
import type { Principal } from './principal.ts'
import { type SaslMechanism, saslMechanisms } from './sasl/sasl-mechanisms.ts'
import { SaslSession } from './sasl/sasl-session.ts'
import { TlsListener } from './tls/tls-listener.ts'

export interface ListenerSecurityOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  readonly credentials: Credentials
}

export class ListenerSecurity {
  readonly #options: ListenerSecurityOptions
  readonly #tls: TlsListener | null
  readonly #mechanisms: readonly SaslMechanism[] | null

  private constructor(
    options: ListenerSecurityOptions,
    tls: TlsListener | null,
    mechanisms: readonly SaslMechanism[] | null,
  ) {
    this.#options = options
    this.#tls = tls
    this.#mechanisms = mechanisms
  }

  /** Throws `ConfigError`. */
  static async open(
    { listenerName, securityProtocol }: Endpoint,
    options: ListenerSecurityOptions,
  ): Promise<ListenerSecurity> {
    const usesSasl = securityProtocol.startsWith('SASL_')
    const mechanisms = usesSasl ? await saslMechanisms({ ...options, listenerName }) : null
    const usesTls = securityProtocol.endsWith('SSL')
    const tls = usesTls ? await TlsListener.open({ ...options, listenerName, securityProtocol }) : null
    return new ListenerSecurity(options, tls, mechanisms)
  }

  /** undefined: connections are not TLS. */
  get tlsSettings(): (() => TlsServerSettings) | undefined {
    return this.#tls?.settings
  }

  /** In the order in which they are offered; empty: the listener asks for no SASL login. */
  get mechanisms(): readonly SaslMechanism[] {
    return this.#mechanisms ?? []
  }

  /** The login of a new connection; null: certificates alone say who a client is. */
  newSession(): SaslSession | null {
    return this.#mechanisms === null ? null : new SaslSession(this.#mechanisms, this.#options.environment.clock)
  }

  /** The principal of a client's certificate; null: nobody that a rule knows. */
  principalOf(session: TlsSession): Principal | null {
    return this.#tls!.principalOf(session)
  }

  /** Throws `ConfigError` when the listener could not go on with this configuration. */
  async checkChange(config: BrokerConfig): Promise<void> {
    await this.#tls?.checkChange(config)
  }

  stop(): void {
    this.#tls?.stop()
  }
}
