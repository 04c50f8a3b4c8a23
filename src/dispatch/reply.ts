/** A request's outcome as its connection carries it out: frames in place of responses, and nothing of APIs. */
import type { Later } from '../env/later.ts'
import type { Peer } from './peer.ts'

const NOTHING: readonly Buffer[] = []

export class Reply {
  /** The buffers of a response with its size, to be written one after the other; null: there is none. */
  readonly frame: readonly Buffer[] | null
  /** Bytes that the frame refers to: to be released once, when it has left or will not be sent. */
  readonly lent: readonly Buffer[]
  /** The time in which no other request is begun. */
  readonly throttleTimeMs: number
  /** The connection ends behind the frame. */
  readonly closes: boolean
  /** Replaces the connection's; null: it stays. */
  readonly peer: Peer | null
  /** The monotonic time at which it was ready; null where requests are not timed. */
  readonly readyMs: number | null

  constructor(
    frame: readonly Buffer[] | null,
    lent: readonly Buffer[] = NOTHING,
    throttleTimeMs = 0,
    closes = false,
    peer: Peer | null = null,
    readyMs: number | null = null,
  ) {
    this.frame = frame
    this.lent = lent
    this.throttleTimeMs = throttleTimeMs
    this.closes = closes
    this.peer = peer
    this.readyMs = readyMs
  }
}

/** The connection ends without an answer; why has been logged. */
export const CLOSE = new Reply(null, NOTHING, 0, true)

/** A reply that comes later. */
export class Pending {
  /** Never rejects. */
  readonly reply: Later<Reply>
  /** A request that overlaps may begin when this settles; null: now. undefined: not before the reply. */
  readonly placed: Promise<unknown> | null | undefined
  /** The request waits for what others do; see `ApiHandler`. */
  readonly waitsByDesign: boolean

  constructor(reply: Later<Reply>, placed: Pending['placed'], waitsByDesign: boolean) {
    this.reply = reply
    this.placed = placed
    this.waitsByDesign = waitsByDesign
  }
}
