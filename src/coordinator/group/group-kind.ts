/**
 * The face of a kind of group. Whoever lists, describes, deletes or expires groups, or commits their offsets, asks the
 * kind; nothing outside of a kind's room knows what its groups are made of. `group-kinds.ts` has the table of them.
 */
import type { KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../runtime/effects.ts'
import type { EncodedRecord } from '../runtime/shard.ts'
import type { SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import type { JoinInput } from './classic/classic-join.ts'
import type { GroupContext } from './group-context.ts'
import type { GroupType } from './group-kinds.ts'
import type { StoredOffset } from './offsets/offset-store.ts'

/** A group as its records made it: durable state, changed by `replay` alone. */
export interface Group {
  readonly type: GroupType
  readonly groupId: string
}

/** All groups of a shard by id; each kind keeps its own in it. */
export type GroupMap = TimelineMap<string, Group>

/** Records, timeouts and steps of a kind say whose they are, so that the shard gives them to the right one. */
export interface KindWords {
  readonly record: { readonly kind: string; readonly group: string }
  readonly timeout: { readonly kind: string }
  readonly step: { readonly kind: string }
}

/** How records stand in `__consumer_offsets`. */
export interface RecordFormat<Record> {
  encode(record: Record): EncodedRecord
  /** Null when records of this type (the number at the beginning of the key) are somebody else's. */
  decode(type: number, key: Buffer, value: Buffer | null): Record | null
}

/** One line of the table of kinds. */
export interface KindDefinition<Words extends KindWords, Kind extends GroupKind<never, Words>> {
  readonly format: RecordFormat<Words['record']>
  /** For one shard: soft state of the kind lives in what is created here, and is lost with the shard. */
  create(groups: GroupMap, registry: SnapshotRegistry): Kind
}

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

/** Throws for a partition that the committer may not commit (any more). */
export type CommitCheck = (topicId: string, partition: number) => void

export interface OffsetReader {
  /** Null and -1 when the reader does not say who it is. */
  readonly memberId: string | null
  readonly memberEpoch: number
}

export interface TopicsChange {
  readonly names: ReadonlySet<string>
  readonly hasNew: boolean
  /** The version of the metadata image. */
  readonly version: bigint
}
