/** The parts of the broker that the HTTP room needs, and the form of what it carries. */
import type { Hono } from 'hono'
import type { BrokerConfig } from '../config/index.ts'
import type { ConnectionContext } from '../dispatch/handler.ts'
import type { InProcessServices } from '../dispatch/in-process-connection.ts'
import type { Judge } from '../dispatch/judgment.ts'
import type { HttpPeer } from '../env/http.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { TlsServerSettings, TlsSession } from '../env/tls.ts'
import type { AuditTrail } from '../security/audit-trail.ts'
import type { DirectLogin } from '../security/direct-login.ts'
import type { Principal } from '../security/principal.ts'
import type { WebEnv } from './caller.ts'

export interface WebServices {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  readonly broker: InProcessServices
  /** null: everybody may do everything. */
  readonly judge: Judge | null
  /** null: nobody would look at it. */
  readonly audit: AuditTrail | null
  /** A dispatcher without permissions and quotas. */
  readonly operator: InProcessServices
  /** The listener whose addresses the broker tells HTTP clients of. */
  readonly listener: Pick<ConnectionContext, 'listenerName' | 'listenerType' | 'securityProtocol' | 'localPort'>
  /** null: no listener of the broker asks for a SASL login. */
  readonly login: (() => Promise<DirectLogin>) | null
  /** Opens the TLS of the listener named HTTP, once. */
  readonly openTls: () => Promise<WebTls>
  /** null: the broker serves its clients; otherwise a sentence that says why not. */
  readonly whyNotReady: () => string | null
}

export interface WebTls {
  readonly settings: () => TlsServerSettings
  principalOf(session: TlsSession): Principal | null
  stop(): void
}

/**
 * Whether somebody at this address logs in. `ignored`: everybody is ANONYMOUS, whatever they show. `optional`: who shows a
 * login is who it says, and a wrong one is refused.
 */
export type Logins = (peer: HttpPeer) => 'ignored' | 'optional' | 'required where there are users' | 'required'

/** An app and the path below which it is served. */
export interface Mount {
  readonly prefix: string
  readonly load: () => Hono<WebEnv> | Promise<Hono<WebEnv>>
  readonly access: 'caller' | 'open' | 'operator' | 'local' | 'client'
  /** Whether clients of a mount with access `client` log in. */
  readonly logins: Logins
  readonly maxBodyBytes: number
  /** The body of a refusal, where the clients of the app know another form than `{"error", "message"}`. */
  readonly refusal?: (status: number, message: string) => object
}
