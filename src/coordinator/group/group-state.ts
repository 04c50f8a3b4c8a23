import { type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import type { Group, GroupMap } from './group-kind.ts'
import { type AnyGroupKind, createGroupKinds, type GroupKinds } from './group-kinds.ts'
import type { GroupRecord } from './group-records.ts'
import type { OffsetRecord } from './offsets/offset-records.ts'
import { OffsetStore } from './offsets/offset-store.ts'

/** All groups and offsets of one partition of `__consumer_offsets`. */
export class GroupState {
  /** Durable: changed by `replay` alone. */
  readonly groups: GroupMap
  /** Durable too. */
  readonly offsets: OffsetStore
  /** Each with the soft state of its groups. */
  readonly kinds: GroupKinds

  constructor(registry: SnapshotRegistry) {
    this.groups = new TimelineMap(registry)
    this.offsets = new OffsetStore(registry)
    this.kinds = createGroupKinds(this.groups, registry)
  }

  kindOf(group: Group): AnyGroupKind {
    return this.kinds[group.type]
  }

  replay(recordOffset: number, producerId: bigint, record: GroupRecord): void {
    if (record.kind === 'offset') return this.#replayOffset(recordOffset, producerId, record)
    const kind: AnyGroupKind = this.kinds[record.kind]
    kind.replay(record)
  }

  #replayOffset(recordOffset: number, producerId: bigint, record: OffsetRecord): void {
    const { group, topic, partition, value } = record
    if (value === null) return this.offsets.replayTombstone(group, topic, partition)
    // A commit makes its group exist.
    if (!this.groups.has(group)) this.kinds.classic.replayCommit(group)
    const stored = { ...value, recordOffset }
    if (producerId === -1n) this.offsets.replayCommit(group, topic, partition, stored)
    else this.offsets.replayPendingCommit(producerId, group, topic, partition, stored)
  }
}
