import type { TimelineMap } from '../runtime/timeline.ts'

/** Kafka's names of the types of groups that `__consumer_offsets` may hold (KIP-848, KIP-932, KIP-1071). */
export type GroupType = 'classic' | 'consumer' | 'share' | 'streams'

/** A group as its records made it: durable state, changed by `replay` alone. */
export interface Group {
  readonly type: GroupType
  readonly groupId: string
}

/** All groups of a shard by id; each kind keeps its own in it. */
export type GroupMap = TimelineMap<string, Group>

/** `authorizedOperations` in the description of a group where nobody has asked for them (KIP-430). */
export const OPERATIONS_NOT_ASKED = -0x8000_0000
