import type { Clock } from '../clock.ts'

/** Writes up to this size may go straight from the loop; copying more into the page cache is itself a pause. */
const INLINE_BYTES = 4 * 1024 * 1024
/** A write into the page cache moves gigabytes a second. One that takes this long, and this much longer, met the disk. */
const SLOW_BASE_MS = 5
const SLOW_BYTES_PER_MS = 200_000
const FIRST_PENALTY_MS = 250
const LONGEST_PENALTY_MS = 30_000

/**
 * How one volume is written to. While it is well, a write is a synchronous copy into the page cache: a few
 * microseconds, no thread, no turn of the loop. A volume that stalls (throttled dirty pages, a network disk, a failing
 * one) must not stop the loop with it, so after one slow synchronous write its writes go to libuv's pool.
 *
 *   inline --a write was slow--> pool, for `penaltyMs`
 *   pool --the penalty is over--> inline, on probation for another `penaltyMs`
 *   probation --a write was slow--> pool, for twice the penalty (at most LONGEST_PENALTY_MS)
 *   probation --it is over--> inline, the penalty is back at FIRST_PENALTY_MS
 *
 * So a disk that stays slow stops the loop once in half a minute, and one hiccup costs a quarter of a second of detour.
 */
export class Device {
  #clock: Clock
  #penaltyMs = FIRST_PENALTY_MS
  #inlineAgainMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayWriteInline(bytes: number): boolean {
    return bytes <= INLINE_BYTES && this.#clock.monotonicMs() >= this.#inlineAgainMs
  }

  /** Tells how long a synchronous write took; `startMs` is from `monotonicMs`. */
  wroteInline(bytes: number, startMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - startMs <= SLOW_BASE_MS + bytes / SLOW_BYTES_PER_MS) return
    const onProbation = startMs < this.#inlineAgainMs + this.#penaltyMs
    this.#penaltyMs = onProbation ? Math.min(this.#penaltyMs * 2, LONGEST_PENALTY_MS) : FIRST_PENALTY_MS
    this.#inlineAgainMs = nowMs + this.#penaltyMs
  }

  /** Where `startMs` comes from. */
  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }
}
