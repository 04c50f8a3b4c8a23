import type { GroupMetadataValue } from '../../../protocol/messages/group-state-group-metadata.ts'
import { LATEST, type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import { ClassicGroup } from './classic/classic-group.ts'
import type { ClassicMember } from './classic/classic-member.ts'
import { ConsumerGroup } from './consumer/consumer-group.ts'
import type { ConsumerGroupRecord } from './consumer/consumer-records.ts'
import { type GroupRecord, groupTombstone, type RetainedGroupType } from './group-records.ts'
import { OffsetStore, type StoredOffset } from './offsets/offset-store.ts'

/** A classic group as its last record says, or with null when only its offsets made it exist. */
export interface DurableClassicGroup {
  readonly type: 'classic'
  readonly metadata: GroupMetadataValue | null
}

/**
 * A group of a kind that another Kafka wrote and this coordinator does not run: it keeps its name, its members count as
 * present, and its records stay. Keys are remembered, so that an empty one can be deleted when it is asked for.
 */
export interface RetainedGroup {
  readonly type: RetainedGroupType
  readonly keys: TimelineMap<string, Buffer>
  readonly members: TimelineMap<string, true>
}

export type DurableGroup = DurableClassicGroup | ConsumerGroup | RetainedGroup

/** What is known of a consumer group for the moment. */
export interface ConsumerGroupSoftState {
  /** When the group is to look at its topics again, and the epoch that it was moved to when that was decided. */
  refresh: { readonly atMs: number; readonly groupEpoch: number }
  /** What its regular expressions stand for is being looked up. */
  refreshesRegexes: boolean
  /** Members of the classic protocol that were told to join again. */
  readonly awaitingJoin: Set<string>
}

const REFRESH_NOW = { atMs: 0, groupEpoch: 0 }

/** All groups and offsets of one partition of `__consumer_offsets`. */
export class GroupState {
  readonly #registry: SnapshotRegistry
  /** Durable: changed by `replay` alone. */
  readonly groups: TimelineMap<string, DurableGroup>
  /** Durable too. */
  readonly offsets: OffsetStore
  /** Soft: classic groups at work. One that is missing here is as its last record says. */
  readonly #live = new Map<string, ClassicGroup>()
  readonly #consumerSoft = new Map<string, ConsumerGroupSoftState>()
  /** The version of the metadata image that last had new topics. */
  lastTopicsAddedAt = 0n

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry
    this.groups = new TimelineMap(registry)
    this.offsets = new OffsetStore(registry)
  }

  /** The group at work, if it exists and is a classic one. */
  classic(groupId: string): ClassicGroup | undefined {
    const durable = this.groups.get(groupId)
    if (durable !== undefined && durable.type !== 'classic') return undefined
    const live = this.#live.get(groupId)
    if (live !== undefined || durable === undefined) return live
    const group = revive(groupId, durable.metadata)
    this.#live.set(groupId, group)
    return group
  }

  /** A new group, which becomes durable with its first record. */
  createClassic(groupId: string, nowMs: number): ClassicGroup {
    const group = ClassicGroup.empty(groupId, nowMs)
    this.#live.set(groupId, group)
    return group
  }

  /** A consumer group goes on as this one, once its records are written. */
  adoptClassic(group: ClassicGroup): void {
    this.#live.set(group.groupId, group)
  }

  consumer(groupId: string): ConsumerGroup | undefined {
    const group = this.groups.get(groupId)
    return group?.type === 'consumer' ? group : undefined
  }

  consumerSoft(groupId: string): ConsumerGroupSoftState {
    let soft = this.#consumerSoft.get(groupId)
    if (soft === undefined) {
      soft = { refresh: REFRESH_NOW, refreshesRegexes: false, awaitingJoin: new Set() }
      this.#consumerSoft.set(groupId, soft)
    }
    return soft
  }

  /** Topics have changed: groups that are subscribed to them look again; new ones may fit a regular expression. */
  topicsChanged(names: ReadonlySet<string>, { added, version }: { added: boolean; version: bigint }): void {
    if (added) this.lastTopicsAddedAt = version
    for (const group of this.groups.values()) {
      if (group.type !== 'consumer') continue
      for (const topic of group.summary.topics.keys()) {
        if (names.has(topic)) this.consumerSoft(group.groupId).refresh = REFRESH_NOW
      }
    }
  }

  /** Drops a group's soft state: what is left is what its last record says. */
  forget(groupId: string): void {
    this.#live.delete(groupId)
  }

  /** The name of the state, for list and describe, without waking a group that sleeps. */
  stateName(groupId: string, group: DurableGroup, epoch: number = LATEST): string {
    if (group.type === 'consumer') return group.state(epoch)
    if (group.type !== 'classic') return group.members.isEmpty(epoch) ? 'Empty' : 'Stable'
    const live = this.#live.get(groupId)
    if (live !== undefined) return live.state
    return group.metadata === null || group.metadata.members.length === 0 ? 'Empty' : 'Stable'
  }

  /** The tombstones that remove a group without members; its offsets have theirs. */
  tombstones(groupId: string): GroupRecord[] {
    const group = this.groups.get(groupId)
    if (group === undefined || group.type === 'classic') return [groupTombstone(groupId)]
    if (group.type === 'consumer') return group.tombstones()
    return [...group.keys.values()].map((key) => {
      return { type: 'retained', group: groupId, groupType: group.type, key, value: null, memberId: null }
    })
  }

  replay(recordOffset: number, producerId: bigint, record: GroupRecord): void {
    switch (record.type) {
      case 'offset-commit':
        return this.#replayOffset(recordOffset, producerId, record)
      case 'group-metadata':
        if (record.value === null) this.groups.delete(record.group)
        else this.groups.set(record.group, { type: 'classic', metadata: withOwnBytes(record.value) })
        return
      case 'retained':
        return this.#replayRetained(record)
      default:
        return this.#replayConsumer(record)
    }
  }

  /** A group begins with any of its records; what is said of one that is not there was compacted away, or is an echo. */
  #replayConsumer(record: ConsumerGroupRecord): void {
    const { group: groupId, type, value } = record
    let group = this.consumer(groupId)
    if (group === undefined) {
      if (value === null) return
      group = new ConsumerGroup(this.#registry, groupId)
      this.groups.set(groupId, group)
      this.#live.delete(groupId)
    }
    group.replay(record)
    if (type !== 'consumer-epoch' || value !== null) return
    this.groups.delete(groupId)
    this.#consumerSoft.delete(groupId)
  }

  #replayOffset(recordOffset: number, producerId: bigint, record: GroupRecord & { type: 'offset-commit' }): void {
    const { group, topic, partition, value } = record
    if (value === null) return this.offsets.replayTombstone(group, topic, partition)
    if (!this.groups.has(group)) this.groups.set(group, { type: 'classic', metadata: null })
    const stored: StoredOffset = { ...value, recordOffset }
    if (producerId === -1n) this.offsets.replayCommit(group, topic, partition, stored)
    else this.offsets.replayPendingCommit(producerId, group, topic, partition, stored)
  }

  #replayRetained({ group: groupId, groupType, key, value, memberId }: GroupRecord & { type: 'retained' }): void {
    const existing = this.groups.get(groupId)
    let group = existing?.type === groupType ? existing : undefined
    const name = key.toString('latin1')
    if (value === null) {
      group?.keys.delete(name)
      if (memberId !== null) group?.members.delete(memberId)
      if (group?.keys.size === 0) this.groups.delete(groupId)
      return
    }
    if (group === undefined) {
      group = { type: groupType, keys: new TimelineMap(this.#registry), members: new TimelineMap(this.#registry) }
      this.groups.set(groupId, group)
    }
    group.keys.set(name, key)
    if (memberId !== null) group.members.set(memberId, true)
  }
}

/** Copies of what members sent, so that no request's or read's whole buffer is kept alive by them. */
function withOwnBytes(metadata: GroupMetadataValue): GroupMetadataValue {
  const members = metadata.members.map((member) => ({
    ...member,
    subscription: Buffer.from(member.subscription),
    assignment: Buffer.from(member.assignment),
  }))
  return { ...metadata, members }
}

function revive(groupId: string, metadata: GroupMetadataValue | null): ClassicGroup {
  const protocolType = metadata?.protocolType ?? ''
  const members = (metadata?.members ?? []).map(
    (member): ClassicMember => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      protocolType,
      // Old records have no rebalance timeout; members then had one timeout for both.
      rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      protocols: [{ name: metadata?.protocol ?? '', metadata: member.subscription }],
      assignment: member.assignment,
      awaitingJoin: null,
      awaitingSync: null,
      isNew: false,
    }),
  )
  const timestampMs = Number(metadata?.currentStateTimestamp ?? -1n)
  return new ClassicGroup(groupId, {
    state: members.length === 0 ? 'Empty' : 'Stable',
    generationId: metadata?.generation ?? 0,
    protocolType: protocolType === '' ? null : protocolType,
    protocolName: metadata?.protocol ?? null,
    leaderId: metadata?.leader ?? null,
    stateTimestampMs: timestampMs === -1 ? null : timestampMs,
    members,
  })
}
