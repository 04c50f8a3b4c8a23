import { Effects } from '../runtime/effects.ts'
import type { GroupTopics } from './consumer/group-topics.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupState } from './group-state.ts'

/** What a timer of the group coordinator gives back when it fires. */
export type GroupTimeout =
  | { readonly type: 'session'; readonly groupId: string; readonly memberId: string }
  | { readonly type: 'join'; readonly groupId: string }
  | { readonly type: 'initial-join'; readonly groupId: string; readonly delayMs: number; readonly remainingMs: number }
  | { readonly type: 'sync'; readonly groupId: string; readonly generationId: number }
  | { readonly type: 'consumer-session'; readonly groupId: string; readonly memberId: string }
  /** A member of the classic protocol in a consumer group did not join, or not sync, in its time. */
  | { readonly type: 'consumer-fence'; readonly groupId: string; readonly memberId: string }
  | {
      readonly type: 'consumer-rebalance'
      readonly groupId: string
      readonly memberId: string
      readonly memberEpoch: number
    }
  | { readonly type: 'regex'; readonly groupId: string }
  | { readonly type: 'retention' }

/** Group and member ids may hold anything but this. */
const SEPARATOR = '\0'

export const sessionTimer = (groupId: string, memberId: string): string => `session ${groupId}${SEPARATOR}${memberId}`
/** At most one of the timers 'join' and 'initial-join' runs for a group, so they share a name. */
export const joinTimer = (groupId: string): string => `join ${groupId}`
export const syncTimer = (groupId: string): string => `sync ${groupId}`
export const consumerRebalanceTimer = (groupId: string, memberId: string): string =>
  `consumer rebalance ${groupId}${SEPARATOR}${memberId}`
export const consumerJoinTimer = (groupId: string, memberId: string): string =>
  `consumer join ${groupId}${SEPARATOR}${memberId}`
export const consumerSyncTimer = (groupId: string, memberId: string): string =>
  `consumer sync ${groupId}${SEPARATOR}${memberId}`
export const RETENTION_TIMER = 'retention'

export type GroupEffects = Effects<GroupRecord, GroupTimeout>
export const groupEffects = (): GroupEffects => new Effects<GroupRecord, GroupTimeout>()

/** All that an operation on groups works with; what it wants to happen gathers in `effects`. */
export interface GroupContext {
  readonly state: GroupState
  readonly config: GroupCoordinatorConfig
  readonly nowMs: number
  /** As the cluster has them now. */
  readonly topics: GroupTopics
  readonly effects: GroupEffects
}
