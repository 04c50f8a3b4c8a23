import type { Partitions } from '../../partitions.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** Topics that exist. */
  readonly topicIds: ReadonlySet<string>
  /** Its target so far. */
  readonly target: Partitions
}

export interface AssignmentTask {
  readonly members: readonly AssignorMember[]
  /** All members are subscribed to the same topics. */
  readonly isHomogeneous: boolean
  partitionCount(topicId: string): number
}

/** By member id; a member that is left out gets nothing. */
export type Assignment = ReadonlyMap<string, Partitions>
