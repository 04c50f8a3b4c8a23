/**
 * The quotas of clients that this broker watches over: bytes that are produced and consumed, and the time that requests
 * take. (Changes of the metadata are counted by the controller, `mutation-quotas.ts`; connections by `server/`.)
 *
 * Invariants: a request of a broker without quotas costs one look at a field. What a client has used is counted once, when
 * its answer is made, and its silence follows that answer. Replication and the requests of coordinators among themselves
 * are not counted.
 */
import type { Clock } from '../../env/index.ts'
import type { ClientQuotaImage } from '../../metadata/image/metadata-image.ts'
import type { RateWindow } from './rate.ts'
import { RateQuota } from './rate-quota.ts'
import { type QuotaAccounts, RequestQuota } from './request-quota.ts'

export class ClientQuotas implements QuotaAccounts {
  readonly clock: Clock
  readonly produce: RateQuota
  readonly fetch: RateQuota
  readonly requestTime: RateQuota
  #isActive = false

  constructor(clock: Clock, window: RateWindow) {
    this.clock = clock
    this.produce = new RateQuota('producer_byte_rate', window)
    this.fetch = new RateQuota('consumer_byte_rate', window)
    // Kafka bounds the silence that time costs by one sample.
    this.requestTime = new RateQuota('request_percentage', window, { longestThrottleMs: window.sampleMs })
  }

  /** All quotas that there are from now on. */
  setLimits(quotas: Iterable<ClientQuotaImage>): void {
    const all = [...quotas]
    const kinds = [this.produce, this.fetch, this.requestTime]
    for (const kind of kinds) kind.setLimits(all)
    this.#isActive = kinds.some(({ isActive }) => isActive)
  }

  /** A request of this client begins; null: nobody has a quota. Kafka takes no client id for an empty one. */
  begin(user: string, clientId: string | null): RequestQuota | null {
    return this.#isActive ? new RequestQuota(this, user, clientId ?? '') : null
  }
}
