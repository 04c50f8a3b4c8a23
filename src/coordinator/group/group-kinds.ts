import type { SnapshotRegistry } from '../runtime/timeline.ts'
import { CLASSIC_KIND } from './classic/classic-kind.ts'
import { CONSUMER_KIND } from './consumer/consumer-kind.ts'
import type { Group, GroupKind, GroupMap, KindDefinition } from './group-kind.ts'
import { retainedKind } from './retained/retained-kind.ts'

/**
 * The kinds of groups that live in `__consumer_offsets`, by the name that Kafka gives their type (KIP-848, KIP-932,
 * KIP-1071). One that is to be run gets a room of its own and its line here. The others are retained: listed, never
 * rewritten, deleted only when asked to; the numbers are the types of their records, and of those that make a member.
 */
export const GROUP_KINDS = {
  classic: CLASSIC_KIND,
  consumer: CONSUMER_KIND,
  share: retainedKind('share', { records: [10, 11, 12, 13, 14, 15], member: 10, hasStateElsewhere: true }),
  streams: retainedKind('streams', { records: [17, 19, 20, 21, 22, 23], member: 19, hasStateElsewhere: false }),
}

type Definitions = typeof GROUP_KINDS
export type GroupType = keyof Definitions
type WordsOf<Definition> = Definition extends KindDefinition<infer Words, infer _Kind> ? Words : never

/** Records, timeouts and steps of all kinds. */
export interface AnyKindWords {
  readonly record: WordsOf<Definitions[GroupType]>['record']
  readonly timeout: WordsOf<Definitions[GroupType]>['timeout']
  readonly step: WordsOf<Definitions[GroupType]>['step']
}

/** Any of the kinds, as those see it that do not ask which. */
export type AnyGroupKind = GroupKind<Group, AnyKindWords>

export type GroupKinds = { readonly [Type in GroupType]: ReturnType<Definitions[Type]['create']> }

/** One of each, for one shard. */
export function createGroupKinds(groups: GroupMap, registry: SnapshotRegistry): GroupKinds {
  const created = Object.entries(GROUP_KINDS).map(([type, { create }]) => [type, create(groups, registry)])
  return Object.fromEntries(created) as GroupKinds
}
