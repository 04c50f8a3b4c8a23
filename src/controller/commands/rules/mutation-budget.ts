import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { MutationAllowance } from '../../../security/quotas/mutation-quotas.ts'

/**
 * The partitions that one request may create or delete (KIP-599). `isStrict`: the version of the request knows the error,
 * so that topics are refused as soon as the client is in debt; otherwise everything is carried out, and the debt grows.
 */
export class MutationBudget {
  readonly #allowance: MutationAllowance | null
  readonly #isStrict: boolean
  #taken = 0
  #hasRefused = false

  /** `allowance`: null where the client has no such quota. */
  constructor(allowance: MutationAllowance | null, isStrict: boolean) {
    this.#allowance = allowance
    this.#isStrict = isStrict
  }

  /** Throws THROTTLING_QUOTA_EXCEEDED. The last topic that is let through may put the client into debt. */
  take(partitions: number): void {
    if (this.#allowance === null) return
    if (this.#isStrict && this.#left < 0) {
      this.#hasRefused = true
      throw new KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
    }
    this.#taken += partitions
  }

  get taken(): number {
    return this.#taken
  }

  /** The time in which the debt is paid, in whole milliseconds; 0: nobody has to wait for that. */
  get throttleTimeMs(): number {
    if (this.#allowance === null || this.#left >= 0 || (this.#isStrict && !this.#hasRefused)) return 0
    return Math.min(Math.round((-this.#left / this.#allowance.limit) * 1000), MAX_INT32)
  }

  get #left(): number {
    return (this.#allowance?.tokens ?? 0) - this.#taken
  }
}

const MAX_INT32 = 2 ** 31 - 1
