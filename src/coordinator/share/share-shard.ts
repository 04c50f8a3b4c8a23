/**
 * The share coordinator's shard (KIP-932): the states of the share partitions of one partition of `__share_group_state`.
 *
 * A state begins with a snapshot (Initialize), changes by updates, is written as a whole again after
 * `share.coordinator.snapshot.update.records.per.snapshot` of them, and ends with a tombstone.
 *
 * Invariants:
 * - A state is its last snapshot and the updates behind it in the log; what lies before the oldest of the last snapshots
 *   of all states is needed by nobody and is deleted now and then. States that are not written for a long time get a
 *   snapshot of their own, so that they hold up nothing.
 * - A writer of an older leader epoch, or of an older state epoch, changes nothing (FENCED_LEADER_EPOCH,
 *   FENCED_STATE_EPOCH). The start offset never goes back, except by Initialize, which begins anew.
 *
 * A crash may come at any point: a record that is in the log is replayed, one that is not was never answered. Records are
 * deleted from the front of the log after what replaces them is committed.
 */
import { sharePartitionKey } from '../../../protocol/hashes.ts'
import { SHARE_GROUP_STATE_TOPIC } from '../../metadata/internal-topics.ts'
import { Effects } from '../runtime/effects.ts'
import type { CoordinatorKind, CoordinatorShard } from '../runtime/shard.ts'
import { type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import type { ShareCoordinatorConfig } from './share-config.ts'
import {
  afterSnapshot,
  afterUpdate,
  decodeShareState,
  encodeShareState,
  type SharePartitionKey,
  type ShareState,
  type ShareStateRecord,
} from './share-state.ts'

export type ShareTimeout = { readonly type: 'prune' } | { readonly type: 'snapshot-cold' }

/** Records before the offset are needed by nobody. */
export interface PruneTask {
  readonly type: 'prune'
  readonly offset: number
}

export interface ShareWords {
  readonly record: ShareStateRecord
  readonly timeout: ShareTimeout
  readonly task: PruneTask
  readonly step: never
}

/** The topics that exist, as far as the shard has to know. */
export interface ShareTopics {
  /** 0 for a topic that does not exist. */
  partitionCount(topicId: string): number
}

/** All that an operation on share states works with; what it wants to happen gathers in `effects`. */
export interface ShareContext {
  readonly shard: ShareShard
  readonly config: ShareCoordinatorConfig
  readonly topics: ShareTopics
  readonly nowMs: number
  readonly effects: Effects<ShareWords>
}

export class ShareShard implements CoordinatorShard<ShareWords> {
  readonly #states: TimelineMap<string, ShareState>
  /** Where the last snapshot or tombstone of all stands. */
  readonly #lastOffset: TimelineMap<'offset', number>
  readonly #config: ShareCoordinatorConfig
  readonly #topics: ShareTopics

  constructor(registry: SnapshotRegistry, config: ShareCoordinatorConfig, topics: ShareTopics) {
    this.#states = new TimelineMap(registry)
    this.#lastOffset = new TimelineMap(registry)
    this.#config = config
    this.#topics = topics
  }

  context(nowMs: number): ShareContext {
    return { shard: this, config: this.#config, topics: this.#topics, nowMs, effects: new Effects<ShareWords>() }
  }

  state({ groupId, topicId, partition }: SharePartitionKey, epoch?: number): ShareState | undefined {
    return this.#states.get(sharePartitionKey(groupId, topicId, partition), epoch)
  }

  states(): Iterable<ShareState> {
    return this.#states.values()
  }

  replay(offset: number, _producerId: bigint, { key, type, value }: ShareStateRecord): void {
    const name = sharePartitionKey(key.groupId, key.topicId, key.partition)
    const before = this.#states.get(name)
    if (type === 'update') {
      if (value !== null) this.#states.set(name, afterUpdate(before, key, value, offset))
      return
    }
    this.#lastOffset.set('offset', offset)
    if (value === null) this.#states.delete(name)
    else {
      const { updatesPerSnapshot } = this.#config
      this.#states.set(name, afterSnapshot(before, key, value, { offset, updatesPerSnapshot }))
    }
  }

  replayEndTransactionMarker(): void {}

  loaded(nowMs: number): Effects<ShareWords> {
    const { effects } = this.context(nowMs)
    return this.#schedulePruning(this.#scheduleSnapshots(effects))
  }

  timedOut({ type }: ShareTimeout, nowMs: number): Effects<ShareWords> {
    const { effects } = this.context(nowMs)
    if (type === 'snapshot-cold') {
      this.#snapshotCold(effects, nowMs)
      return this.#scheduleSnapshots(effects)
    }
    const offset = this.#redundantBefore()
    if (offset > 0) effects.perform({ type: 'prune', offset })
    return this.#schedulePruning(effects)
  }

  settled(): Effects<ShareWords> {
    return new Effects<ShareWords>()
  }

  #schedulePruning(effects: Effects<ShareWords>): Effects<ShareWords> {
    return effects.setTimer('prune', this.#config.pruneIntervalMs, { type: 'prune' })
  }

  #scheduleSnapshots(effects: Effects<ShareWords>): Effects<ShareWords> {
    return effects.setTimer('snapshot-cold', this.#config.coldSnapshotIntervalMs, { type: 'snapshot-cold' })
  }

  #redundantBefore(): number {
    let offset = Number.POSITIVE_INFINITY
    for (const { snapshotOffset } of this.#states.values()) offset = Math.min(offset, snapshotOffset)
    return Number.isFinite(offset) ? offset : (this.#lastOffset.get('offset') ?? 0)
  }

  /** While others are written, a state that is not would keep all of their records in the log. */
  #snapshotCold(effects: Effects<ShareWords>, nowMs: number): void {
    const states = [...this.#states.values()]
    if (states.every(({ createdAtMs, writtenAtMs }) => createdAtMs !== writtenAtMs)) return
    for (const state of states) {
      if (nowMs - state.writtenAtMs < this.#config.coldSnapshotIntervalMs) continue
      const value = { ...state, snapshotEpoch: state.snapshotEpoch + 1, writtenAtMs: nowMs }
      effects.append({ key: state.key, type: 'snapshot', value })
    }
  }
}

export function shareShardKind(
  config: ShareCoordinatorConfig,
  topics: ShareTopics,
): CoordinatorKind<ShareShard, ShareWords> {
  return {
    name: 'share coordinator',
    topic: SHARE_GROUP_STATE_TOPIC,
    create: (registry) => new ShareShard(registry, config, topics),
    encode: encodeShareState,
    decode: decodeShareState,
  }
}
