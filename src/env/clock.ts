/**
 * Time, as the rest of samsa may know it. env/node reads the machine's clocks; the simulation has a virtual one.
 * Nothing outside env/ calls Date, performance, setTimeout or setImmediate.
 */
export interface Clock {
  /** Wall clock in whole milliseconds since the epoch. It may jump in either direction. */
  nowMs(): number
  /** A clock that never goes back, in milliseconds with a fraction. Only differences mean anything. */
  monotonicMs(): number
  /** Calls `fn` once, not earlier than `delayMs` from now. A timer does not keep the process alive. */
  schedule(delayMs: number, fn: () => void): Timer
  /**
   * Calls `fn` after the I/O that is ready now has been handled: what a deadline does before it judges, so that a
   * process that was paused reads its sockets first, and what an append queue does to collect one loop turn's work.
   */
  defer(fn: () => void): void
}

export interface Timer {
  /** Harmless after the timer has fired. */
  cancel(): void
}
