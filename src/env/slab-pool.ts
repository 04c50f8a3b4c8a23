/**
 * Memory that is used again. Bytes that pass through the broker at hundreds of megabytes a second would otherwise be
 * garbage at that rate: each buffer fresh pages of the system, each collected by a full mark of the heap.
 *
 * A pool hands out ranges of slabs, one after another, and takes a slab back when nobody looks at any range of it any
 * more. Who looks is counted by slab: `reserve` and `copy` count their caller, `retain` one more, `release` one less.
 *
 * **The invariant: no byte of a slab is written again while it is counted, and whoever may still look is counted.**
 * Bytes of a request or an answer are looked at by
 *
 *   the connection    from the first byte until the request's answer is made, which is after validation in a worker and
 *                     after every write to a log has ended, well or not (`ServerConnection`); while the frame arrives,
 *                     until the next data or the close, since the system may be writing to it (`FrameReader`); a slab of
 *                     its own until the next read goes elsewhere (`Run`)
 *   a follower        from the first byte of its leader's answer until all that came is written, or never will be
 *                     (`ReplicaFetcher`); a connection that fails in between leaves the slab to the collector
 *   the tail cache    from the completed write until the chunk leaves the cache (`TailCache`)
 *   a read            from the moment its records are found, until the answer has left the socket or the connection is
 *                     gone, or until it is dropped unanswered (`Outcome.lent`)
 *
 * A release that is forgotten costs memory its second use, and nothing else: the slab is then the collector's, as a
 * view on it keeps it alive. A release too many is found when it happens, and the slab is given up; one that comes too
 * early is found by the simulation, which overwrites what is freed.
 *
 * Memory from elsewhere may be retained and released too, and is left to the collector.
 */

import { type InvariantError, violation } from './invariant.ts'

/** One batch of `max.message.bytes` or one request of a producer's `max.request.size`, with what is around it. */
const DEFAULT_SLAB_BYTES = 1024 * 1024 + 64 * 1024
/** A pool keeps at most so many bytes for later, unless it is told otherwise; the rest goes back to the system. */
const SPARE_BYTES = 8 * 1024 * 1024
/** After so many returns the pool gives up the spare slabs that nobody has needed since the last time. */
const RETURNS_BETWEEN_LOOKS = 1024

const slabs = new WeakMap<ArrayBufferLike, Slab>()

/**
 * For the simulation: every range is a slab of its own, so that it is freed with its own last release, what is freed is
 * overwritten, and a release of what is not counted throws.
 */
export const slabChecks = { enabled: false }
const POISON = 0xdb

/** Users of a slab that nobody can count any more. */
const UNCOUNTED = Number.MAX_SAFE_INTEGER / 2

export class Slab {
  readonly bytes: Buffer
  readonly pool: SlabPool
  used = 0
  users = 0

  constructor(pool: SlabPool, size: number) {
    this.pool = pool
    this.bytes = Buffer.allocUnsafeSlow(size)
    slabs.set(this.bytes.buffer, this)
  }

  /**
   * The slab was released more often than retained, so somebody may still look who is not counted: it is never used
   * again, and left to the collector. The error says so to a test; a broker goes on, with nothing at stake any more.
   */
  abandon(): InvariantError {
    this.users = UNCOUNTED
    this.pool.forget(this)
    return violation('slab', 'bytes of a slab are released no more often than retained')
  }
}

/** The slab that the bytes are in; undefined for memory of the collector. */
export function slabOf(bytes: Uint8Array): Slab | undefined {
  return slabs.get(bytes.buffer)
}

export function retain(bytes: Uint8Array): void {
  const slab = slabs.get(bytes.buffer)
  if (slab !== undefined) slab.users++
}

export function release(bytes: Uint8Array): void {
  const slab = slabs.get(bytes.buffer)
  if (slab === undefined) return
  if (--slab.users > 0) return
  if (slab.users < 0) {
    const error = slab.abandon()
    if (slabChecks.enabled) throw error
    return
  }
  if (slabChecks.enabled) {
    slab.bytes.fill(POISON)
    return
  }
  slab.pool.takeBack(slab)
}

export function releaseAll(buffers: readonly Uint8Array[]): void {
  for (const bytes of buffers) release(bytes)
}

export class SlabPool {
  readonly slabBytes: number
  readonly #mostSpare: number
  #current: Slab
  #spare: Slab[] = []
  /** The fewest spare slabs since the last look: so many were not needed. */
  #unneeded = 0
  #returns = 0

  /** `spareBytes`: as many as come back at once, when nobody looks at them any more, and are soon wanted again. */
  constructor(slabBytes = DEFAULT_SLAB_BYTES, spareBytes = SPARE_BYTES) {
    this.slabBytes = slabBytes
    this.#mostSpare = Math.floor(spareBytes / slabBytes)
    this.#current = new Slab(this, 0)
  }

  /** Room for so many bytes, counted once for the caller. More than a slab holds is memory of its own, used once. */
  reserve(size: number): Buffer {
    if (size > this.slabBytes) return Buffer.allocUnsafeSlow(size)
    if (slabChecks.enabled) return this.#reserveAlone(size)
    if (size > this.#current.bytes.length - this.#current.used) this.#turn()
    const slab = this.#current
    const start = slab.used
    slab.used = start + size
    slab.users++
    return slab.bytes.subarray(start, start + size)
  }

  /** A whole slab that nobody else has a range of, counted once for the caller. */
  reserveSlab(): Buffer {
    if (slabChecks.enabled) return this.#reserveAlone(this.slabBytes)
    const slab = this.#unused()
    slab.users = 1
    return slab.bytes
  }

  copy(bytes: Uint8Array): Buffer {
    const copy = this.reserve(bytes.length)
    copy.set(bytes)
    return copy
  }

  #reserveAlone(size: number): Buffer {
    const slab = new Slab(this, size)
    slab.users = 1
    return slab.bytes
  }

  #turn(): void {
    const { users } = this.#current
    if (users > 0 || this.#current.bytes.length === 0) this.#current = this.#unused()
    this.#current.used = 0
  }

  #unused(): Slab {
    const slab = this.#spare.pop() ?? new Slab(this, this.slabBytes)
    this.#unneeded = Math.min(this.#unneeded, this.#spare.length)
    return slab
  }

  forget(slab: Slab): void {
    if (slab === this.#current) this.#current = new Slab(this, 0)
    else this.#spare = this.#spare.filter((other) => other !== slab)
    this.#unneeded = Math.min(this.#unneeded, this.#spare.length)
  }

  /** Nobody looks at the slab any more. */
  takeBack(slab: Slab): void {
    if (slab === this.#current) slab.used = 0
    else if (this.#spare.length < this.#mostSpare) this.#spare.push(slab)
    if (++this.#returns % RETURNS_BETWEEN_LOOKS !== 0) return
    // The ones that have waited for longest go: the newest are still in the processor's caches.
    this.#spare.splice(0, this.#unneeded)
    this.#unneeded = this.#spare.length
  }
}
