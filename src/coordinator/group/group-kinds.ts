import type { SnapshotRegistry } from '../runtime/timeline.ts'
import { CLASSIC_KIND } from './classic/classic-kind.ts'
import { CONSUMER_KIND } from './consumer/consumer-kind.ts'
import type { GroupType } from './group.ts'
import type { AnyGroupKind, GroupState, KindDefinition } from './group-kind.ts'
import type { WordsOf } from './group-words.ts'
import { SHARE_KIND } from './share/share-kind.ts'
import { STREAMS_KIND } from './streams/streams-kind.ts'

/**
 * The kinds of groups that live in `__consumer_offsets`, by the name that Kafka gives their type (KIP-848, KIP-932,
 * KIP-1071). Each has a room of its own, its line here, one for its words in `group-words.ts`, and one for its groups in
 * `GroupState`.
 */
export const GROUP_KINDS: { readonly [Type in GroupType]: KindDefinition<WordsOf<Type>> } = {
  classic: CLASSIC_KIND,
  consumer: CONSUMER_KIND,
  share: SHARE_KIND,
  streams: STREAMS_KIND,
}

export type GroupKinds = Readonly<Record<GroupType, AnyGroupKind>>

/** One of each, for one shard. */
export function createGroupKinds(state: GroupState, registry: SnapshotRegistry): GroupKinds {
  const created = Object.entries(GROUP_KINDS).map(([type, { create }]) => [type, create(state, registry)])
  return Object.fromEntries(created) as GroupKinds
}
