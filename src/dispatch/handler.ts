/** The contract between the handlers of `api/` and those who call them. */
import type { Decoded, Encodable, Listener, MessageSchema } from '../../protocol/schema.ts'
import type { Later } from '../env/later.ts'
import type { RequestQuota } from '../security/quotas/request-quota.ts'
import type { SaslSession } from '../security/sasl/sasl-session.ts'
import type { Access, Permissions } from './access.ts'
import type { Answer, Staged } from './outcome.ts'
import type { Peer } from './peer.ts'

/** A request's surroundings. One a request; what belongs to the connection is shared between its requests. */
export interface RequestContext {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly connection: ConnectionContext
  readonly permissions: Permissions
  /** The request in the eyes of the quotas; null: nobody has one. */
  readonly quota: RequestQuota | null
  /** Bytes of the whole frame, for quotas and limits. */
  readonly requestBytes: number
  /** So many bytes may be lent to the answer before clients that do not read theirs hold too much of the memory. */
  readonly answerRoomBytes: number
}

/** A connection as handlers see it: they read it, and what they want of it is in their outcome. */
export interface ConnectionContext {
  /** Kafka's form: localHost:localPort-remoteHost:remotePort-listenerIndex-sequence. */
  readonly id: string
  readonly listenerName: string
  /** Whether the listener is for clients of the broker or of the controller. */
  readonly listenerType: Listener
  /** The request came in an envelope: a broker has judged it, and speaks for its client. Absent: the client itself asks. */
  readonly isForwarded?: boolean
  readonly securityProtocol: string
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly peer: Peer
  /** How the client logs in; null: the listener asks for no SASL login. */
  readonly sasl: SaslSession | null
  /** Calls `fn` once the connection is gone, until the returned function is called. */
  onClose(fn: () => void): () => void
}

/**
 * One API: what it is called, what `server/` and `dispatch/` have to know of it, and what it does. A thrown or rejected
 * `KafkaError` is answered by `errorResponse` with its code, anything else with UNKNOWN_SERVER_ERROR.
 */
export interface ApiHandler<
  Request extends MessageSchema = MessageSchema,
  Response extends MessageSchema = MessageSchema,
> {
  readonly apiKey: number
  readonly name: string
  readonly request: Request
  readonly response: Response
  /** The listeners that answer the API, where these are not all of those that its schema names. */
  readonly listeners?: readonly Listener[]
  /** Versions that are complete, as ApiVersions advertises them; `latestVersionUnstable` ones are not among them. */
  readonly minVersion: number
  readonly maxVersion: number
  /** The first version that is complete, where Apache 4 has dropped it (`samsa.legacy.protocol`). */
  readonly oldestVersion?: number
  /** The version that ApiVersions claims to be the first, where versions below `minVersion` are not answered. */
  readonly advertisedMinVersion?: number
  /**
   * Requests wait for what others do, for as long as they ask to: while they wait they take none of the places that
   * `queued.max.requests` counts, and a broker that stops does not wait for them.
   */
  readonly waitsByDesign?: true
  /** A request may begin while those before it on its connection have their place and no outcome yet (`Staged`). */
  readonly overlaps?: true
  /**
   * Nothing looks at the bytes of a request once its outcome is known, unless it has retained them (`env/slab-pool.ts`):
   * its frame may be in memory that is used again. Other handlers may keep views on what they were sent (a member's
   * metadata in its group).
   */
  readonly keepsNothing?: true
  /** The permissions that a client needs. */
  readonly access: Access<Decoded<Request>>
  handle(
    context: RequestContext,
    request: Decoded<Request>,
  ): Answer<Response> | Promise<Answer<Response>> | Later<Answer<Response>> | Staged<Response>
  /** null: the client expects no response, and its connection is closed. */
  errorResponse(
    context: RequestContext,
    request: Decoded<Request>,
    code: number,
    message: string | null,
  ): Encodable<Response> | null
}
