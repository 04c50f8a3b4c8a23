import type { Clock, Timer } from '../../env/index.ts'

/** A wait that can be cut short. */
export class Pause {
  readonly #clock: Clock
  #timer: Timer | null = null
  #resolve: (() => void) | null = null
  #hasEnded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `delayMs`, when it is cut short, or at once after `end`. One wait at a time. */
  take(delayMs: number): Promise<void> {
    if (this.#hasEnded) return Promise.resolve()
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#timer = this.#clock.schedule(delayMs, () => this.cut())
    })
  }

  /** Ends the wait that is under way. */
  cut(): void {
    const resolve = this.#resolve
    this.#timer?.cancel()
    this.#timer = null
    this.#resolve = null
    resolve?.()
  }

  /** No wait takes any time from now on. */
  end(): void {
    this.#hasEnded = true
    this.cut()
  }
}
