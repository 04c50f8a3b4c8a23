import type { Clock, Timer } from '../../env/index.ts'

/** While a deadline is far, the process looks now and then whether it was held up, but not more often than this. */
const MIN_TICK_MS = 500

/** A wake-up that comes later than this was held up by a stall (a collection, a slow disk, SIGSTOP, a closed lid). */
const STALL_MS = 200

export interface Deadline {
  /** Harmless after it has fired. */
  cancel(): void
  /** At least 0. */
  leftMs(): number
  /** The deadline moves, in either direction, to `delayMs` from now. */
  reset(delayMs: number): void
}

interface Entry {
  dueMs: number
  /** The place in the heap that counts, never after `dueMs`; others of this entry are left-overs. */
  atMs: number
  fire: (() => void) | undefined
}

interface Place {
  readonly atMs: number
  readonly entry: Entry
}

/**
 * Deadlines that judge only what the process could have seen. Two rules make that so:
 *
 * - A deadline that has come is judged after the I/O that is ready has been handled (`clock.defer`): what a client sent
 *   in time counts, even if this process had no time to read it.
 * - Time in which the process did not run is no time: each wake-up that is late by more than a blink stops the
 *   deadlines' clock for as long, so after a stall everybody has what was left to them before it, enough to reconnect
 *   and send a heartbeat.
 *
 * A stall shows when a wake-up is late, so there is one after half of the time to the next deadline, after half of what
 * is left then, and so on: one that was over before leaves everybody at least as long again.
 *
 * Moving a deadline further away, which every heartbeat does, costs two assignments: its place in the heap is corrected
 * when it comes up.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #heap: Place[] = []
  /** The part of the monotonic clock in which the process was held up. */
  #stalledMs = 0
  #wakeUp: { timer: Timer; atMs: number } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  schedule(delayMs: number, fire: () => void): Deadline {
    const dueMs = this.#nowMs() + delayMs
    const entry: Entry = { dueMs, atMs: dueMs, fire }
    this.#push(entry)
    return {
      cancel: () => {
        entry.fire = undefined
      },
      leftMs: () => Math.max(0, entry.dueMs - this.#nowMs()),
      reset: (newDelayMs) => {
        entry.dueMs = this.#nowMs() + newDelayMs
        if (entry.fire === undefined || entry.dueMs >= entry.atMs) return
        entry.atMs = entry.dueMs
        this.#push(entry)
      },
    }
  }

  /** Stops for good: nothing fires any more. */
  stop(): void {
    this.#heap.length = 0
    this.#wakeUp?.timer.cancel()
    this.#wakeUp = null
  }

  /** Monotonic time less the stalls. */
  #nowMs(): number {
    return this.#clock.monotonicMs() - this.#stalledMs
  }

  #arm(): void {
    const next = this.#heap[0]
    if (next === undefined) return
    const nowMs = this.#clock.monotonicMs()
    const leftMs = Math.max(0, next.atMs - this.#nowMs())
    const delayMs = leftMs <= MIN_TICK_MS ? leftMs : Math.max(MIN_TICK_MS, leftMs / 2)
    if (this.#wakeUp !== null) {
      if (this.#wakeUp.atMs <= nowMs + delayMs) return
      this.#wakeUp.timer.cancel()
    }
    this.#wakeUp = { timer: this.#clock.schedule(delayMs, () => this.#wake()), atMs: nowMs + delayMs }
  }

  #wake(): void {
    const lateMs = this.#clock.monotonicMs() - (this.#wakeUp as { atMs: number }).atMs
    if (lateMs > STALL_MS) this.#stalledMs += lateMs
    this.#wakeUp = null
    this.#clock.defer(() => {
      this.#fireDue()
      this.#arm()
    })
  }

  #fireDue(): void {
    const nowMs = this.#nowMs()
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#pop()
      const { atMs, entry } = first
      const { fire } = entry
      if (fire === undefined || atMs !== entry.atMs) continue
      if (entry.dueMs > nowMs) {
        entry.atMs = entry.dueMs
        this.#push(entry)
      } else {
        entry.fire = undefined
        fire()
      }
    }
  }

  #push(entry: Entry): void {
    const place: Place = { atMs: entry.atMs, entry }
    const heap = this.#heap
    let at = heap.length
    heap.push(place)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || above.atMs <= place.atMs) break
      heap[at] = above
      at = parent
    }
    heap[at] = place
    if (at === 0) this.#arm()
  }

  /** Takes the first place away. */
  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    while (true) {
      const child = this.#earlierChild(at)
      const below = heap[child]
      if (below === undefined || below.atMs >= last.atMs) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1
    const leftMs = this.#heap[left]?.atMs ?? Number.POSITIVE_INFINITY
    const rightMs = this.#heap[left + 1]?.atMs ?? Number.POSITIVE_INFINITY
    return rightMs < leftMs ? left + 1 : left
  }
}
