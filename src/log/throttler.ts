import type { Clock } from '../env/index.ts'

/** The bytes of this time may go through at once. */
const BURST_MS = 300

/** Keeps everybody who shares it below `bytesPerSecond` together, on average. */
export class Throttler {
  readonly #clock: Clock
  bytesPerSecond: number
  #observedBytes = 0
  #periodStartMs: number

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock
    this.bytesPerSecond = bytesPerSecond
    this.#periodStartMs = clock.monotonicMs()
  }

  /** `bytes` have been read or written. */
  observe(bytes: number): void {
    this.#observedBytes += bytes
  }

  /** Null, or what to wait for before this is asked again. */
  pause(): Promise<void> | null {
    const elapsedMs = this.#clock.monotonicMs() - this.#periodStartMs
    const aheadMs = (this.#observedBytes * 1000) / this.bytesPerSecond - elapsedMs
    // Bandwidth that was not used is not saved up.
    if (aheadMs < 0) this.#startPeriod()
    if (aheadMs <= BURST_MS) return null
    // In pieces, so that whoever waits hears in time that there is nothing to wait for any more.
    return new Promise((resolve) => {
      this.#clock.schedule(BURST_MS, resolve)
    })
  }

  #startPeriod(): void {
    this.#observedBytes = 0
    this.#periodStartMs = this.#clock.monotonicMs()
  }
}
