import { ErrorCode } from '../../../protocol/errors.ts'
import type { SharePartitionKey } from '../../../src/coordinator/share/share-state.ts'
import type { SharePersister } from '../../../src/coordinator/share-persister.ts'

/** A share coordinator that says yes to everything, or fails everything, and remembers what it was asked. */
export class MemoryPersister implements SharePersister {
  readonly asked: string[] = []
  errorCode: number = ErrorCode.NONE
  /** Set: what is begun never comes to an end. */
  isSilent = false

  async initialize(key: SharePartitionKey, { stateEpoch, startOffset }: { stateEpoch: number; startOffset: number }) {
    const answer = this.#answer(`initialize ${key.partition} epoch ${stateEpoch} from ${startOffset}`)
    return this.isSilent ? new Promise<never>(() => {}) : answer
  }

  async read(key: SharePartitionKey, leaderEpoch: number) {
    return {
      ...this.#answer(`read ${key.partition} epoch ${leaderEpoch}`),
      stateEpoch: 0,
      startOffset: -1,
      batches: [],
    }
  }

  async write(key: SharePartitionKey) {
    return this.#answer(`write ${key.partition}`)
  }

  async delete(key: SharePartitionKey) {
    return this.#answer(`delete ${key.partition}`)
  }

  async readSummary(key: SharePartitionKey) {
    const unknown = { stateEpoch: 0, leaderEpoch: 0, startOffset: -1, deliveryCompleteCount: -1 }
    return { ...this.#answer(`summary ${key.partition}`), ...unknown }
  }

  #answer(request: string) {
    this.asked.push(request)
    return { errorCode: this.errorCode, errorMessage: null }
  }
}
