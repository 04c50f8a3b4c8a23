/**
 * The face of a kind of group, and what its operations are given. All that lists, describes, deletes or expires groups, or
 * commits their offsets, asks the kind; nothing outside of a kind's room knows what its groups are made of.
 * `group-kinds.ts` has the table of kinds.
 */
import type { KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../runtime/effects.ts'
import type { SnapshotRegistry } from '../runtime/timeline.ts'
import type { ClassicGroups } from './classic/classic-groups.ts'
import type { JoinInput } from './classic/join-input.ts'
import type { ConsumerGroups } from './consumer/consumer-groups.ts'
import type { Group, GroupMap } from './group.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { GroupTopics, TopicsChange } from './group-topics.ts'
import type { AnyKindWords, GroupEffects, KindWords } from './group-words.ts'
import type { OffsetStore, StoredOffset } from './offsets/offset-store.ts'
import type { RecordFormat } from './record-format.ts'
import type { ShareGroups } from './share/share-groups.ts'
import type { StreamsGroups } from './streams/streams-groups.ts'

/** All groups and offsets of one partition of `__consumer_offsets`. */
export interface GroupState {
  /** Durable: changed by `replay` alone. */
  readonly groups: GroupMap
  /** Durable too. */
  readonly offsets: OffsetStore
  /** Groups of the kinds that are run here, with their soft state. */
  readonly classic: ClassicGroups
  readonly consumer: ConsumerGroups
  readonly streams: StreamsGroups
  readonly share: ShareGroups
  /** The kind that answers for a group. */
  kindOf(group: Group): AnyGroupKind
}

/** All that an operation on groups works with; what it wants to happen gathers in `effects`. */
export interface GroupContext {
  readonly state: GroupState
  readonly config: GroupCoordinatorConfig
  readonly nowMs: number
  /** As the cluster has them now. */
  readonly topics: GroupTopics
  readonly effects: GroupEffects
}

/** One line of the table of kinds. */
export interface KindDefinition<Words extends KindWords> {
  readonly format: RecordFormat<Words['record']>
  /** For one shard; it is lost with the shard, and soft state with it. */
  create(state: GroupState, registry: SnapshotRegistry): GroupKind<never, Words>
}

/** Any of the kinds, as those see it that do not ask which. */
export type AnyGroupKind = GroupKind<Group, AnyKindWords>

export interface GroupKind<G extends Group, Words extends KindWords> {
  /** Applies one record; a group begins with any of its records, and ends with a tombstone of the right one. */
  replay(record: Words['record']): void
  /** The whole log is replayed: members that it knows get time to show that they are still there. */
  loaded(context: GroupContext): void
  timedOut(context: GroupContext, timeout: Words['timeout']): void
  /** The append is settled after which the step was to be taken; with an error it has left nothing. */
  settled(context: GroupContext, step: Words['step'], error: KafkaError | null): void
  /** Topics have come, changed or gone. */
  topicsChanged(change: TopicsChange): void

  /** Kafka's name of the group's state as of `epoch`, without waking a group that sleeps. */
  stateName(group: G, epoch: number): string
  /** The protocol type that ListGroups shows. */
  protocolType(group: G): string

  /** NONE, or the reason why DeleteGroups may not remove the group. */
  validateDelete(group: G): number
  /** Whether an empty group of this kind makes room for one of another kind under the same name. Its offsets stay. */
  makesRoom(group: G): boolean
  /** Whether a group without offsets is removed when retention comes by. */
  isExpendable(group: G): boolean
  /** All that removes the group from the log, except for its offsets. */
  tombstones(group: G): Words['record'][]
  /** The group is being removed: its timers and its soft state go. */
  forget(context: GroupContext, group: G): void

  /** Throws when the committer may not commit at all; the check is for each partition, null when any may be committed. */
  validateOffsetCommit(context: GroupContext, group: G, committer: Committer): CommitCheck | null
  /** Throws when offsets are fetched in the name of somebody who is no member, or in another epoch. */
  validateOffsetFetch(group: G, reader: OffsetReader, epoch: number): void
  /** Throws when no offset of the group may be deleted. */
  validateOffsetDelete(group: G): void
  /** Whether the group may be reading the topic, so that its offsets in it are needed. */
  isSubscribedTo(group: G, topic: string): boolean
  /** From when on (ms) the retention of an offset counts; null when the group's offsets do not expire now. */
  offsetExpiration(group: G): ((offset: StoredOffset) => number) | null

  /** How the group takes members that speak the classic protocol; null when it does not, or has nobody in it. */
  classicProtocol(group: G): ClassicProtocol | null
}

/** JoinGroup, SyncGroup, Heartbeat and LeaveGroup. */
export interface ClassicProtocol {
  join(context: GroupContext, input: JoinInput, id: RequestId): void
  sync(context: GroupContext, request: SyncGroupRequest, id: RequestId): void
  heartbeat(context: GroupContext, request: HeartbeatRequest, id: RequestId): void
  leave(context: GroupContext, request: LeaveGroupRequest, id: RequestId): void
}

export interface Committer {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** In the classic protocol the generation; -1 without a group. */
  readonly memberEpoch: number
  /** Null for a commit within a transaction. */
  readonly apiVersion: number | null
}

/** Throws for a partition that the committer may not commit (any more), and with it for all that it commits. */
export type CommitCheck = (topicId: string, partition: number) => void

export interface OffsetReader {
  /** Null and -1 when the reader does not say who it is. */
  readonly memberId: string | null
  readonly memberEpoch: number
}
