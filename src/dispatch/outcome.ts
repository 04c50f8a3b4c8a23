/** The values that a handler gives back: all that is to happen because of a request. */
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Later } from '../env/later.ts'
import type { Peer } from './peer.ts'

const NOTHING: readonly Buffer[] = []

/**
 * The end of a request. Most requests end with their response and nothing else, and their handlers return the response
 * alone; an `Outcome` is for those that end otherwise.
 */
export class Outcome<Response extends MessageSchema = MessageSchema> {
  /** null: none is sent (Produce with acks 0). */
  readonly response: Encodable<Response> | null
  /**
   * Bytes that the response refers to and the handler has retained (`env/slab-pool.ts`). They are released once: when
   * the response has left, or will not be sent.
   */
  readonly lent: readonly Buffer[]
  /** The time in which nothing is read from the connection. The response is sent before that, and tells it (KIP-219). */
  readonly throttleTimeMs: number
  /** Why the connection ends here, behind the response if there is one; null: it goes on. */
  readonly closeReason: string | null
  /** The client as it is known from now on; null: nothing new is known. */
  readonly peer: Peer | null

  constructor(
    response: Encodable<Response> | null,
    { lent = NOTHING, throttleTimeMs = 0, closeReason = null, peer = null }: Partial<Omit<Outcome, 'response'>> = {},
  ) {
    this.response = response
    this.lent = lent
    this.throttleTimeMs = throttleTimeMs
    this.closeReason = closeReason
    this.peer = peer
  }
}

export type Answer<Response extends MessageSchema = MessageSchema> = Encodable<Response> | Outcome<Response>

/**
 * A request that ends in two stages: first it has its place, then its outcome is known. Nothing that a later request
 * does can come before a request that has its place, so that the next one of an API that overlaps may begin then.
 */
export class Staged<Response extends MessageSchema = MessageSchema> {
  /** null: it has its place already. If the promise rejects, the outcome tells why. */
  readonly placed: Promise<unknown> | null
  readonly outcome: Promise<Answer<Response>> | Later<Answer<Response>>

  constructor(placed: Staged['placed'], outcome: Staged<Response>['outcome']) {
    this.placed = placed
    this.outcome = outcome
  }
}
