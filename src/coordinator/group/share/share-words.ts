/** Timeouts and tasks of share groups. */
import type { ShareGroupRecord } from './share-records.ts'

export interface ShareTimeout {
  readonly kind: 'share'
  readonly type: 'session'
  readonly groupId: string
  readonly memberId: string
}

/** The share coordinator is to begin the states of partitions; what becomes of it is written into the group's log. */
export interface ShareTask {
  readonly kind: 'share'
  readonly type: 'initialize'
  readonly groupId: string
  readonly groupEpoch: number
  /** Partitions by topic id. */
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>
  /** Ids of topics of which the group has shared other partitions before. */
  readonly knownTopics: ReadonlySet<string>
}

export interface ShareWords {
  readonly record: ShareGroupRecord
  readonly timeout: ShareTimeout
  readonly step: never
}
