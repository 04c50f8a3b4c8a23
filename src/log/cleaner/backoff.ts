import type { Clock, Timer } from '../../env/index.ts'

/** Waits that somebody may cut short. */
export class Backoff {
  readonly #clock: Clock
  readonly #waiting = new Map<() => void, Timer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(end)
        resolve()
      }
      this.#waiting.set(end, this.#clock.schedule(delayMs, end))
    })
  }

  /** Everybody goes on. */
  end(): void {
    for (const [end, timer] of [...this.#waiting]) {
      timer.cancel()
      end()
    }
  }
}
