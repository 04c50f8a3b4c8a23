import { Effects } from '../runtime/effects.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { AnyKindWords } from './group-kinds.ts'
import type { GroupRecord } from './group-records.ts'
import type { GroupState } from './group-state.ts'
import type { GroupTopics } from './group-topics.ts'

/** A timer of the group coordinator gives this back when it fires. */
export type GroupTimeout = AnyKindWords['timeout'] | { readonly kind: 'offset-retention' }

/** The words in which the group coordinator and its runtime speak. */
export interface GroupWords {
  readonly record: GroupRecord
  readonly timeout: GroupTimeout
  readonly task: never
  readonly step: AnyKindWords['step']
}

export type GroupEffects = Effects<GroupWords>
export const groupEffects = (): GroupEffects => new Effects<GroupWords>()

/** Group and member ids may hold anything but this. */
const SEPARATOR = '\0'

/** The name of a timer that concerns one member. */
export const memberTimer = (name: string, groupId: string, memberId: string): string =>
  `${name} ${groupId}${SEPARATOR}${memberId}`

/** Every kind of group times the sessions of its members under this name, so that one that is converted takes it over. */
export const sessionTimer = (groupId: string, memberId: string): string => memberTimer('session', groupId, memberId)

/** All that an operation on groups works with; what it wants to happen gathers in `effects`. */
export interface GroupContext {
  readonly state: GroupState
  readonly config: GroupCoordinatorConfig
  readonly nowMs: number
  /** As the cluster has them now. */
  readonly topics: GroupTopics
  readonly effects: GroupEffects
}
