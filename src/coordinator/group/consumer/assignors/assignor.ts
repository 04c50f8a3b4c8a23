/** How target assignments are computed; the same names and rules as Kafka's server-side assignors (KIP-848). */
import type { Partitions } from '../partitions.ts'
import { assignRange } from './range.ts'
import { assignUniformly } from './uniform.ts'
import { assignUniformlyToSome } from './uniform-heterogeneous.ts'

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

export type Assignor = (task: AssignmentTask) => Assignment

export const ASSIGNORS: Readonly<Record<string, Assignor>> = {
  range: (task) => (task.members.length === 0 ? new Map() : assignRange(task)),
  uniform: (task) => {
    if (task.members.length === 0) return new Map()
    return task.isHomogeneous ? assignUniformly(task) : assignUniformlyToSome(task)
  },
}
