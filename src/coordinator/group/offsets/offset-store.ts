import { LATEST, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts'
import type { CommittedOffset } from './offset-records.ts'

/** A committed offset and where its record stands, which settles the order of plain and transactional commits. */
export interface StoredOffset extends CommittedOffset {
  readonly recordOffset: number
}

type Partitions<V> = TimelineMap<number, V>
type Topics<V> = TimelineMap<string, Partitions<V>>

/** Values by group, topic and partition; levels that become empty disappear. */
class OffsetMap<V> {
  readonly #registry: SnapshotRegistry
  readonly groups: TimelineMap<string, Topics<V>>

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry
    this.groups = new TimelineMap(registry)
  }

  get(group: string, topic: string, partition: number, epoch: number = LATEST): V | undefined {
    return this.groups.get(group, epoch)?.get(topic, epoch)?.get(partition, epoch)
  }

  set(group: string, topic: string, partition: number, value: V): void {
    let topics = this.groups.get(group)
    if (topics === undefined) this.groups.set(group, (topics = new TimelineMap(this.#registry)))
    let partitions = topics.get(topic)
    if (partitions === undefined) topics.set(topic, (partitions = new TimelineMap(this.#registry)))
    partitions.set(partition, value)
  }

  delete(group: string, topic: string, partition: number): void {
    const topics = this.groups.get(group)
    const partitions = topics?.get(topic)
    if (topics === undefined || partitions === undefined) return
    partitions.delete(partition)
    if (partitions.size === 0) topics.delete(topic)
    if (topics.size === 0) this.groups.delete(group)
  }

  *ofGroup(group: string, epoch: number = LATEST): Generator<[topic: string, partition: number, value: V]> {
    for (const [topic, partitions] of this.groups.get(group, epoch)?.entries(epoch) ?? []) {
      for (const [partition, value] of partitions.entries(epoch)) yield [topic, partition, value]
    }
  }
}

/**
 * The offsets of all groups of a shard: durable state, changed by replay alone. Offsets committed in a transaction wait
 * under their producer id until its marker is replayed.
 */
export class OffsetStore {
  readonly #registry: SnapshotRegistry
  readonly #committed: OffsetMap<StoredOffset>
  readonly #pending: TimelineMap<bigint, OffsetMap<StoredOffset>>
  /** The producers that have a pending offset for a partition. */
  readonly #openTransactions: OffsetMap<TimelineMap<bigint, true>>

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry
    this.#committed = new OffsetMap(registry)
    this.#pending = new TimelineMap(registry)
    this.#openTransactions = new OffsetMap(registry)
  }

  get(group: string, topic: string, partition: number, epoch: number = LATEST): StoredOffset | undefined {
    return this.#committed.get(group, topic, partition, epoch)
  }

  /** Whether a transaction may still change the partition's offset. */
  isUnstable(group: string, topic: string, partition: number, epoch: number = LATEST): boolean {
    return this.#openTransactions.get(group, topic, partition, epoch) !== undefined
  }

  hasOpenTransactions(group: string): boolean {
    return this.#openTransactions.groups.has(group)
  }

  hasOffsets(group: string): boolean {
    return this.#committed.groups.has(group)
  }

  ofGroup(group: string, epoch: number = LATEST): Generator<[topic: string, partition: number, value: StoredOffset]> {
    return this.#committed.ofGroup(group, epoch)
  }

  /** Partitions for which the group has an offset, committed or pending. */
  *partitionsOf(group: string): Generator<[topic: string, partition: number]> {
    for (const [topic, partition] of this.#committed.ofGroup(group)) yield [topic, partition]
    for (const [topic, partition] of this.#openTransactions.ofGroup(group)) {
      if (this.#committed.get(group, topic, partition) === undefined) yield [topic, partition]
    }
  }

  *groupIds(): Generator<string> {
    yield* this.#committed.groups.keys()
    for (const group of this.#openTransactions.groups.keys()) if (!this.hasOffsets(group)) yield group
  }

  /** The ids of the topics that the offsets of a partition were committed under, pending ones included. */
  *topicIds(group: string, topic: string, partition: number): Generator<string> {
    const committed = this.#committed.get(group, topic, partition)
    if (committed !== undefined) yield committed.topicId
    for (const producerId of this.#openTransactions.get(group, topic, partition)?.keys() ?? []) {
      const pending = this.#pending.get(producerId)?.get(group, topic, partition)
      if (pending !== undefined) yield pending.topicId
    }
  }

  replayCommit(group: string, topic: string, partition: number, value: StoredOffset): void {
    this.#committed.set(group, topic, partition, value)
  }

  replayPendingCommit(producerId: bigint, group: string, topic: string, partition: number, value: StoredOffset): void {
    let pending = this.#pending.get(producerId)
    if (pending === undefined) this.#pending.set(producerId, (pending = new OffsetMap(this.#registry)))
    pending.set(group, topic, partition, value)
    let producers = this.#openTransactions.get(group, topic, partition)
    if (producers === undefined) {
      producers = new TimelineMap(this.#registry)
      this.#openTransactions.set(group, topic, partition, producers)
    }
    producers.set(producerId, true)
  }

  /** A tombstone removes the offset and what transactions would make of it. */
  replayTombstone(group: string, topic: string, partition: number): void {
    this.#committed.delete(group, topic, partition)
    for (const producerId of this.#openTransactions.get(group, topic, partition)?.keys() ?? []) {
      this.#pending.get(producerId)?.delete(group, topic, partition)
    }
    this.#openTransactions.delete(group, topic, partition)
  }

  replayEndTransaction(producerId: bigint, committed: boolean): void {
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    this.#pending.delete(producerId)
    for (const group of pending.groups.keys()) {
      for (const [topic, partition, value] of pending.ofGroup(group)) {
        this.#closeTransaction(producerId, group, topic, partition)
        // A plain commit that was written after the transaction's stands.
        const recordOffset = this.#committed.get(group, topic, partition)?.recordOffset ?? -1
        if (committed && value.recordOffset > recordOffset) this.#committed.set(group, topic, partition, value)
      }
    }
  }

  #closeTransaction(producerId: bigint, group: string, topic: string, partition: number): void {
    const producers = this.#openTransactions.get(group, topic, partition)
    if (producers === undefined) return
    producers.delete(producerId)
    if (producers.size === 0) this.#openTransactions.delete(group, topic, partition)
  }
}
