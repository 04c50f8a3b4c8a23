/**
 * The broker's side of a SASL exchange: a state machine that is handed what the client sends, message by message, and
 * says what to answer. It knows nothing of frames, connections or time limits (`server/sasl-authentication`).
 */
import type { Principal } from '../principal.ts'

export interface SaslServer {
  readonly mechanism: string
  /** Throws, or rejects with, a `SaslFailure`; the exchange is over then. */
  evaluate(response: Buffer): SaslStep | Promise<SaslStep>
}

export interface SaslStep {
  /** For the client; may be empty. */
  readonly challenge: Buffer
  /** The principal that the client has proven to be; null while the exchange goes on. */
  readonly identity: SaslIdentity | null
}

export interface SaslIdentity {
  readonly principal: Principal
  /** When the credential ends, as wall clock; null: it does not. */
  readonly expiresAtMs: number | null
}

/** An exchange that has failed. */
export class SaslFailure extends Error {
  /** The client may be told the message. Otherwise it hears a sentence that gives away nothing of users. */
  readonly isForClient: boolean

  constructor(message: string, { isForClient = false, cause }: { isForClient?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'SaslFailure'
    this.isForClient = isForClient
  }
}

export const NO_BYTES = Buffer.alloc(0)

/** The mechanisms that samsa has, in Kafka's names. */
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
