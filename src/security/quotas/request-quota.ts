import type { Clock } from '../../env/index.ts'
import type { RateQuota } from './rate-quota.ts'

/** The rate of time is in hundredths of a second a second. */
const HUNDREDTHS_PER_MS = 0.1

/** The accounts that one request is entered into. */
export interface QuotaAccounts {
  readonly clock: Clock
  readonly produce: RateQuota
  readonly fetch: RateQuota
  readonly requestTime: RateQuota
}

/** One request's account with its client's quotas. Times of silence are whole milliseconds, and 0 where there is none. */
export class RequestQuota {
  readonly #quotas: QuotaAccounts
  readonly #user: string
  readonly #clientId: string
  readonly #beganMs: number
  /** The time that the request has kept the loop busy; null while it does for the first time. */
  #busyMs: number | null = null
  #isExempt = false
  /** The time of silence, once the request was counted. */
  #throttleTimeMs: number | null = null

  constructor(quotas: QuotaAccounts, user: string, clientId: string) {
    this.#quotas = quotas
    this.#user = user
    this.#clientId = clientId
    this.#beganMs = quotas.clock.monotonicMs()
  }

  /** The request is one of brokers among themselves, or part of a login: its time does not count. */
  exempt(): void {
    this.#isExempt = true
  }

  /** The request waits for something. What others do meanwhile is not its time. */
  waits(): void {
    this.#busyMs ??= this.#quotas.clock.monotonicMs() - this.#beganMs
  }

  /** Counts the bytes of a Produce request. */
  produced(bytes: number): number {
    return this.#quotas.produce.use(this.#user, this.#clientId, bytes, this.#quotas.clock.monotonicMs())
  }

  /** A Fetch answer for a client has at most so many bytes. */
  get mostFetchBytes(): number {
    return this.#quotas.fetch.mostAtOnce(this.#user, this.#clientId)
  }

  /** Counts the bytes of a Fetch answer; where it is not to be given, the client is answered without it (KIP-219). */
  fetched(bytes: number): { isGiven: boolean; throttleTimeMs: number } {
    const nowMs = this.#quotas.clock.monotonicMs()
    const { isUsed, throttleMs } = this.#quotas.fetch.tryToUse(this.#user, this.#clientId, bytes, nowMs)
    return { isGiven: isUsed, throttleTimeMs: throttleMs }
  }

  /** Counts the time of the request, which is about to be answered. Asked again, it counts nothing more. */
  ends(): number {
    this.#throttleTimeMs ??= this.#count()
    return this.#throttleTimeMs
  }

  #count(): number {
    if (this.#isExempt) return 0
    this.waits()
    const hundredths = (this.#busyMs ?? 0) * HUNDREDTHS_PER_MS
    return this.#quotas.requestTime.use(this.#user, this.#clientId, hundredths, this.#quotas.clock.monotonicMs())
  }
}
