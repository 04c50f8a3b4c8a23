import { type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import { ClassicGroups } from './classic/classic-groups.ts'
import { ConsumerGroups } from './consumer/consumer-groups.ts'
import type { Group, GroupMap } from './group.ts'
import type { AnyGroupKind, GroupState } from './group-kind.ts'
import { createGroupKinds, type GroupKinds } from './group-kinds.ts'
import type { GroupRecord } from './group-words.ts'
import type { OffsetRecord } from './offsets/offset-records.ts'
import { OffsetStore } from './offsets/offset-store.ts'
import { ShareGroups } from './share/share-groups.ts'
import { StreamsGroups } from './streams/streams-groups.ts'

/** Makes the state of a shard from records. */
export class ReplayedGroupState implements GroupState {
  readonly groups: GroupMap
  readonly offsets: OffsetStore
  readonly classic: ClassicGroups
  readonly consumer: ConsumerGroups
  readonly streams: StreamsGroups
  readonly share: ShareGroups
  readonly kinds: GroupKinds

  constructor(registry: SnapshotRegistry) {
    this.groups = new TimelineMap(registry)
    this.offsets = new OffsetStore(registry)
    this.classic = new ClassicGroups(this.groups)
    this.consumer = new ConsumerGroups(this.groups, registry)
    this.streams = new StreamsGroups(this.groups, registry)
    this.share = new ShareGroups(this.groups, registry)
    this.kinds = createGroupKinds(this, registry)
  }

  kindOf(group: Group): AnyGroupKind {
    return this.kinds[group.type]
  }

  replay(recordOffset: number, producerId: bigint, record: GroupRecord): void {
    if (record.kind === 'offset') return this.#replayOffset(recordOffset, producerId, record)
    this.kinds[record.kind].replay(record)
  }

  #replayOffset(recordOffset: number, producerId: bigint, record: OffsetRecord): void {
    const { group, topic, partition, value } = record
    if (value === null) return this.offsets.replayTombstone(group, topic, partition)
    // A commit makes its group exist.
    if (!this.groups.has(group)) this.classic.replayCommit(group)
    const stored = { ...value, recordOffset }
    if (producerId === -1n) this.offsets.replayCommit(group, topic, partition, stored)
    else this.offsets.replayPendingCommit(producerId, group, topic, partition, stored)
  }
}
