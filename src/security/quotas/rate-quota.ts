import type { ClientQuotaImage } from '../../metadata/image/metadata-image.ts'
import { Counters } from './counters.ts'
import type { QuotaKey } from './quota-keys.ts'
import { QuotaLimits } from './quota-limits.ts'
import { Rate, type RateWindow } from './rate.ts'

/** A quota of which the clients may use so much a second. Counters outlive a change of the limits, as in Kafka. */
export class RateQuota {
  readonly #key: QuotaKey
  readonly #window: RateWindow
  readonly #longestThrottleMs: number
  readonly #rates: Counters<Rate>
  #limits = QuotaLimits.NONE

  constructor(key: QuotaKey, window: RateWindow, { longestThrottleMs = Number.POSITIVE_INFINITY } = {}) {
    this.#key = key
    this.#window = window
    this.#longestThrottleMs = longestThrottleMs
    this.#rates = new Counters(
      () => new Rate(window),
      (rate, nowMs) => rate.isEmpty(nowMs),
    )
  }

  setLimits(quotas: Iterable<ClientQuotaImage>): void {
    this.#limits = new QuotaLimits(quotas, this.#key)
    if (this.#limits.isEmpty) this.#rates.clear()
  }

  get isActive(): boolean {
    return !this.#limits.isEmpty
  }

  /** Counts what a client has used. Returns for how long it is to be silent. */
  use(user: string, clientId: string, value: number, nowMs: number): number {
    const limit = this.#limits.find(user, clientId)
    if (limit === null) return 0
    const rate = this.#rates.of(limit.user, limit.clientId, nowMs)
    rate.add(value, nowMs)
    return this.#bounded(rate.throttleMs(limit.limit, nowMs))
  }

  /**
   * As `use`, for what need not be given: where the client would have to be silent it is not given, and does not count.
   * But a client that has used nothing in the whole window is given what it asks for, however much it is: it could never
   * have it otherwise, and pays with all the time that it takes at the limit. (Apache Kafka never gives it, and a consumer
   * stands still at a batch that is larger than its window.)
   */
  tryToUse(user: string, clientId: string, value: number, nowMs: number): { isUsed: boolean; throttleMs: number } {
    const limit = this.#limits.find(user, clientId)
    if (limit === null) return { isUsed: true, throttleMs: 0 }
    const rate = this.#rates.of(limit.user, limit.clientId, nowMs)
    const isFirst = rate.isEmpty(nowMs)
    rate.add(value, nowMs)
    const throttleMs = this.#bounded(rate.throttleMs(limit.limit, nowMs))
    if (throttleMs === 0) return { isUsed: true, throttleMs }
    if (isFirst) return { isUsed: true, throttleMs: this.#bounded(Math.round((value * 1000) / limit.limit)) }
    rate.add(-value, nowMs)
    return { isUsed: false, throttleMs }
  }

  /** The most that a client can use at once and not be silenced for certain. */
  mostAtOnce(user: string, clientId: string): number {
    const limit = this.#limits.find(user, clientId)
    const { samples, sampleMs } = this.#window
    return limit === null ? Number.POSITIVE_INFINITY : (limit.limit * (samples - 1) * sampleMs) / 1000
  }

  #bounded(throttleMs: number): number {
    return Math.min(throttleMs, this.#longestThrottleMs, MAX_INT32)
  }
}

/** Responses tell the time as an int32. */
const MAX_INT32 = 2 ** 31 - 1
