/**
 * The follower's end of an incremental fetch session (KIP-227): partitions are named to the leader when they are new, when
 * where to go on has changed, and when they are not wanted any more.
 *
 * States: none (the next request names everything, and opens a session) → open (requests name what has changed) → none,
 * when the leader has forgotten it, has answered what was not asked, or could not be asked.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { FetchResponse } from '../../../protocol/messages/fetch.ts'

/** A partition as it is to be fetched next. */
export interface WantedPartition {
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  /** The follower's. */
  readonly logStartOffset: number
  readonly maxBytes: number
  readonly currentLeaderEpoch: number
  /** -1: the log has no epochs. */
  readonly lastFetchedEpoch: number
}

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly named: readonly WantedPartition[]
  readonly forgotten: readonly WantedPartition[]
}

const NO_SESSION = 0
const FIRST_EPOCH = 0
const MAX_INT32 = 0x7fffffff

export const partitionKey = (topicId: string, partition: number): string => `${topicId}/${partition}`

export class FollowerSession {
  #id = NO_SESSION
  #epoch = FIRST_EPOCH
  /** The partitions as the leader knows them. */
  #told = new Map<string, WantedPartition>()

  /** The next request; null: nothing is wanted, and there is nothing to be forgotten. */
  next(wanted: ReadonlyMap<string, WantedPartition>): SessionRequest | null {
    const forgotten = this.#epoch === FIRST_EPOCH ? [] : [...this.#told].filter(([key]) => !wanted.has(key))
    if (wanted.size === 0 && forgotten.length === 0) return null
    const isNews = ([key, partition]: [string, WantedPartition]): boolean =>
      this.#epoch === FIRST_EPOCH || !isSame(this.#told.get(key), partition)
    const named = [...wanted].filter(isNews).map(([, partition]) => partition)
    this.#told = new Map(wanted)
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      named,
      forgotten: forgotten.map(([, partition]) => partition),
    }
  }

  /** Whether the answer is one to the last request, so that its partitions count. */
  accept({ errorCode, sessionId, responses }: FetchResponse): boolean {
    if (errorCode !== ErrorCode.NONE) {
      // The leader closes the session that a full request names.
      this.#begin(errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND ? NO_SESSION : this.#id)
      return false
    }
    const answered = responses.flatMap(({ topicId, partitions }) =>
      partitions.map(({ partitionIndex }) => partitionKey(topicId, partitionIndex)),
    )
    const isFull = this.#epoch === FIRST_EPOCH
    if (!answered.every((key) => this.#told.has(key)) || (isFull && answered.length !== this.#told.size)) {
      this.#begin(isFull ? NO_SESSION : this.#id)
      return false
    }
    if (sessionId === NO_SESSION) this.#begin(NO_SESSION)
    else {
      this.#id = sessionId
      this.#epoch = this.#epoch === MAX_INT32 ? FIRST_EPOCH + 1 : this.#epoch + 1
    }
    return true
  }

  /** The request was not answered: whether the leader knows of it is not known. */
  failed(): void {
    this.#begin(this.#id)
  }

  #begin(sessionId: number): void {
    this.#id = sessionId
    this.#epoch = FIRST_EPOCH
    this.#told.clear()
  }
}

function isSame(a: WantedPartition | undefined, b: WantedPartition): boolean {
  return (
    a !== undefined &&
    a.fetchOffset === b.fetchOffset &&
    a.logStartOffset === b.logStartOffset &&
    a.maxBytes === b.maxBytes &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch
  )
}
