/**
 * Kafka's token bucket (`TokenBucket` of its metrics, KIP-599): it fills by `limit` tokens a second up to those of a whole
 * window, and may be overdrawn. A new one is full.
 */
import type { RateWindow } from './rate.ts'

export class TokenBucket {
  readonly #windowSeconds: number
  /** null: full, whatever the limit. */
  #tokens: number | null = null
  #filledMs = 0
  /** Tokens a second, as they were asked for last. */
  #limit = 0

  constructor({ samples, sampleMs }: RateWindow) {
    this.#windowSeconds = (samples * sampleMs) / 1000
  }

  /** Below 0: overdrawn. */
  tokens(limit: number, nowMs: number): number {
    const burst = this.#windowSeconds * limit
    const filled = this.#tokens === null ? burst : this.#tokens + (limit * (nowMs - this.#filledMs)) / 1000
    this.#tokens = Math.min(burst, filled)
    this.#filledMs = nowMs
    this.#limit = limit
    return this.#tokens
  }

  take(count: number, limit: number, nowMs: number): void {
    this.#tokens = this.tokens(limit, nowMs) - count
  }

  isFull(nowMs: number): boolean {
    return this.tokens(this.#limit, nowMs) >= this.#windowSeconds * this.#limit
  }
}
