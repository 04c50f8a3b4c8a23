import type { Clock, Timer } from '../../../src/env/index.ts'

/** Time that moves when the test says so. Deferred functions run after the I/O that the test plays. */
export class VirtualClock implements Clock {
  #monotonicMs = 0
  #timers: { atMs: number; fn: () => void }[] = []
  #deferred: (() => void)[] = []
  readonly startMs = 1_700_000_000_000

  nowMs(): number {
    return this.startMs + this.#monotonicMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  schedule(delayMs: number, fn: () => void): Timer {
    const timer = { atMs: this.#monotonicMs + delayMs, fn }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  defer(fn: () => void): void {
    this.#deferred.push(fn)
  }

  /** One turn of a loop that is never late: timers fire on the millisecond, deferred functions after them. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms
    this.turn()
    while (true) {
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#monotonicMs = Math.max(this.#monotonicMs, next.atMs)
      this.#fire(next)
      this.turn()
    }
    this.#monotonicMs = endMs
    this.turn()
  }

  /** The process stands still for `ms`; then the loop goes on: late timers first, then I/O, then what was deferred. */
  stall(ms: number, io: () => void = () => {}): void {
    this.#monotonicMs += ms
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.#monotonicMs)) this.#fire(timer)
    io()
    this.turn()
  }

  /** Runs what was deferred, and what that defers. */
  turn(): void {
    while (this.#deferred.length > 0) {
      const deferred = this.#deferred
      this.#deferred = []
      for (const fn of deferred) fn()
    }
  }

  get timerCount(): number {
    return this.#timers.length
  }

  #fire(timer: { atMs: number; fn: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
    timer.fn()
  }
}
