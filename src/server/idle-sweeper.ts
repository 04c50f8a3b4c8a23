import type { Clock, Timer } from '../env/index.ts'

interface Idler {
  readonly isIdle: boolean
  readonly lastActiveMs: number
  destroy(): void
}

/** The most sweeps in one idle time, however the connections' times are spread. */
const SWEEPS_PER_IDLE_TIME = 16
/** The shortest pause between two sweeps, however short the idle time is. */
const SHORTEST_SWEEP_MS = 10

/**
 * Closes connections that have been silent for `connections.max.idle.ms`. One timer for all of them: it looks at
 * everyone, closes who is due and sleeps until the next one can be.
 */
export class IdleSweeper<T extends Idler> {
  readonly #connections: ReadonlySet<T>
  readonly #clock: Clock
  readonly #maxIdleMs: () => number
  readonly #expired: (connection: T) => void
  #timer: Timer | null = null
  #stopped = false

  constructor(connections: ReadonlySet<T>, clock: Clock, maxIdleMs: () => number, expired: (connection: T) => void) {
    this.#connections = connections
    this.#clock = clock
    this.#maxIdleMs = maxIdleMs
    this.#expired = expired
  }

  /** Begins to sweep when a first connection is there: an empty server needs no timer. */
  watch(): void {
    if (this.#timer === null && !this.#stopped && this.#maxIdleMs() >= 0) this.#sleep(this.#maxIdleMs())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #sleep(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      // Sockets first: what arrived while the process was paused proves that its sender is not idle.
      this.#clock.defer(() => this.#sweep())
    })
  }

  #sweep(): void {
    this.#timer = null
    if (this.#stopped) return
    const maxIdleMs = this.#maxIdleMs()
    const nowMs = this.#clock.monotonicMs()
    let nextMs = Number.POSITIVE_INFINITY
    for (const connection of [...this.#connections]) {
      const leftMs = connection.isIdle ? connection.lastActiveMs + maxIdleMs - nowMs : maxIdleMs
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs)
      else this.#expired(connection)
    }
    if (nextMs === Number.POSITIVE_INFINITY) return
    this.#sleep(Math.max(nextMs, maxIdleMs / SWEEPS_PER_IDLE_TIME, SHORTEST_SWEEP_MS))
  }
}
