import type { Clock } from '../clock.ts'
import { isShortage, withDescriptors } from './descriptors.ts'
import { attempt, fileSystemError } from './errors.ts'

/**
 * The longest time of an operation that found all in the system's memory, with room to spare; one on a disk takes
 * longer.
 */
const QUICK_MS = 0.15
/** An operation that takes this long has held up the loop. */
const STALL_MS = 5
const STALL_WEIGHT = 4
/** So many slow operations, less the quick ones since, send the next ones to the pool for DETOUR_MS. */
const MOST_SLOW = 8
const DETOUR_MS = 250

/**
 * Operations on names and small files: open, stat, list, read whole, rename, remove. While the system has what they
 * need in memory they take microseconds, less than it costs to hand one to a thread and to hear of its end, and a start
 * with ten thousand logs does a hundred thousand of them. So they run in the loop, until several have had to wait for
 * the disk: then they go to libuv's pool for a while, where some of them wait side by side and the loop goes on.
 */
export class Lookups {
  readonly #clock: Clock
  #slow = 0
  #inlineAgainMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get mayRunInline(): boolean {
    return this.#clock.monotonicMs() >= this.#inlineAgainMs
  }

  /** `inline` or `inPool`, whichever is better now. */
  async run<Result>(verb: string, path: string, inline: () => Result, inPool: () => Promise<Result>): Promise<Result> {
    try {
      return this.mayRunInline ? this.runNow(verb, path, inline) : await attempt(verb, path, inPool)
    } catch (error) {
      if (!isShortage(error)) throw error
      return withDescriptors(() => attempt(verb, path, inPool))
    }
  }

  /** For callers that have asked `mayRunInline`. */
  runNow<Result>(verb: string, path: string, inline: () => Result): Result {
    const startMs = this.#clock.monotonicMs()
    try {
      return inline()
    } catch (error) {
      throw fileSystemError(error, verb, path)
    } finally {
      this.#tookUntilNow(startMs)
    }
  }

  #tookUntilNow(startMs: number): void {
    const nowMs = this.#clock.monotonicMs()
    const tookMs = nowMs - startMs
    if (tookMs <= QUICK_MS) {
      if (this.#slow > 0) this.#slow--
      return
    }
    this.#slow += tookMs < STALL_MS ? 1 : STALL_WEIGHT
    if (this.#slow < MOST_SLOW) return
    this.#inlineAgainMs = nowMs + DETOUR_MS
    // After a detour half as many slow operations are enough for the next one.
    this.#slow = MOST_SLOW / 2
  }
}
