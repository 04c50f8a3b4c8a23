/**
 * The quota of changes of the metadata (KIP-599): partitions that a client may create and delete a second, counted in token
 * buckets. Requests of versions that know THROTTLING_QUOTA_EXCEEDED have their topics refused while the bucket is
 * overdrawn; older ones are carried out, and their client is silenced instead.
 */
import type { ClientQuotaImage } from '../../metadata/image/metadata-image.ts'
import type { PersistentMap } from '../../metadata/image/persistent-map.ts'
import { Counters } from './counters.ts'
import { type ClientLimit, QuotaLimits } from './quota-limits.ts'
import type { RateWindow } from './rate.ts'
import { TokenBucket } from './token-bucket.ts'

/** The bucket of a client as it is when a command begins; a plain value, so that commands stay pure. */
export interface MutationAllowance {
  readonly tokens: number
  /** Tokens a second. */
  readonly limit: number
}

export class MutationQuotas {
  readonly #buckets: Counters<TokenBucket>
  #image: PersistentMap<ClientQuotaImage> | null = null
  #limits = QuotaLimits.NONE

  constructor(window: RateWindow) {
    this.#buckets = new Counters(
      () => new TokenBucket(window),
      (bucket, nowMs) => bucket.isFull(nowMs),
    )
  }

  /** null: the client has no such quota. */
  limitOf(image: PersistentMap<ClientQuotaImage>, user: string, clientId: string): ClientLimit | null {
    if (image !== this.#image) {
      this.#image = image
      this.#limits = new QuotaLimits(image.values(), 'controller_mutation_rate')
    }
    return this.#limits.isEmpty ? null : this.#limits.find(user, clientId)
  }

  allowance({ user, clientId, limit }: ClientLimit, nowMs: number): MutationAllowance {
    return { tokens: this.#buckets.of(user, clientId, nowMs).tokens(limit, nowMs), limit }
  }

  take({ user, clientId, limit }: ClientLimit, mutations: number, nowMs: number): void {
    this.#buckets.of(user, clientId, nowMs).take(mutations, limit, nowMs)
  }
}
