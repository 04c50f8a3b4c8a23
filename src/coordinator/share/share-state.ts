/** The state of share partitions as their coordinator keeps it, and its records in `__share_group_state` (KIP-932). */
import { ShareSnapshotKey, ShareSnapshotValue } from '../../../protocol/messages/share-state-snapshot.ts'
import { ShareUpdateKey, ShareUpdateValue } from '../../../protocol/messages/share-state-update.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  recordKeyType,
} from '../../../protocol/record-serde.ts'
import type { EncodedRecord } from '../runtime/shard.ts'
import { combineBatches, type StateBatch } from './state-batches.ts'

/** A partition of a topic as one share group sees it. */
export interface SharePartitionKey {
  readonly groupId: string
  readonly topicId: string
  readonly partition: number
}

interface Progress {
  readonly snapshotEpoch: number
  readonly leaderEpoch: number
  /** -1: the leader of the partition will decide, by `share.auto.offset.reset`. */
  readonly startOffset: number
  /** How many of the records from the start offset on are done with; -1: not known. */
  readonly deliveryCompleteCount: number
  readonly batches: readonly StateBatch[]
}

/** Everything that is to be remembered of a share partition. */
export interface ShareSnapshot extends Progress {
  readonly stateEpoch: number
  readonly createdAtMs: number
  readonly writtenAtMs: number
}

export type ShareStateRecord = { readonly key: SharePartitionKey } & (
  | { readonly type: 'snapshot'; readonly value: ShareSnapshot | null }
  | { readonly type: 'update'; readonly value: Progress | null }
)

/** The state of a share partition: durable, replaced by its records. */
export interface ShareState extends ShareSnapshot {
  readonly key: SharePartitionKey
  /** The highest epochs that have been seen: what is older is fenced. */
  readonly fence: { readonly leaderEpoch: number; readonly stateEpoch: number }
  /** How many updates have been written since the last snapshot but one that was due. */
  readonly updates: number
  /** Where the last snapshot stands in the log; nothing before it is needed. */
  readonly snapshotOffset: number
}

const VERSION = 0
const NO_STATE_EPOCH = 0
const NO_TIME = 0

/** The state after a snapshot. */
export function afterSnapshot(
  before: ShareState | undefined,
  key: SharePartitionKey,
  snapshot: ShareSnapshot,
  { offset, updatesPerSnapshot }: { offset: number; updatesPerSnapshot: number },
): ShareState {
  const fence = {
    leaderEpoch: Math.max(before?.fence.leaderEpoch ?? 0, snapshot.leaderEpoch),
    stateEpoch: Math.max(before?.fence.stateEpoch ?? 0, snapshot.stateEpoch),
  }
  const updates = before?.updates ?? 0
  return { ...snapshot, key, fence, updates: updates >= updatesPerSnapshot ? 0 : updates, snapshotOffset: offset }
}

/** The state after an update; one without a snapshot before it is all that is known. */
export function afterUpdate(
  before: ShareState | undefined,
  key: SharePartitionKey,
  update: Progress,
  offset: number,
): ShareState {
  if (before === undefined) {
    const fence = { leaderEpoch: update.leaderEpoch, stateEpoch: NO_STATE_EPOCH }
    const times = { createdAtMs: NO_TIME, writtenAtMs: NO_TIME }
    return { ...update, ...times, key, stateEpoch: NO_STATE_EPOCH, fence, updates: 1, snapshotOffset: offset }
  }
  const startOffset = update.startOffset === -1 ? before.startOffset : update.startOffset
  return {
    ...before,
    startOffset,
    leaderEpoch: update.leaderEpoch === -1 ? before.leaderEpoch : update.leaderEpoch,
    deliveryCompleteCount: update.deliveryCompleteCount,
    batches: combineBatches(before.batches, update.batches, startOffset),
    fence: { ...before.fence, leaderEpoch: Math.max(before.fence.leaderEpoch, update.leaderEpoch) },
    updates: before.updates + 1,
  }
}

export function encodeShareState({ key, type, value }: ShareStateRecord): EncodedRecord {
  if (type === 'update') {
    const bytes = value && encodeVersioned(ShareUpdateValue, VERSION, { ...stored(value) })
    return { key: encodeRecordKey(ShareUpdateKey, key), value: bytes }
  }
  const bytes =
    value &&
    encodeVersioned(ShareSnapshotValue, VERSION, {
      ...stored(value),
      stateEpoch: value.stateEpoch,
      createTimestamp: BigInt(value.createdAtMs),
      writeTimestamp: BigInt(value.writtenAtMs),
    })
  return { key: encodeRecordKey(ShareSnapshotKey, key), value: bytes }
}

function stored({ snapshotEpoch, leaderEpoch, startOffset, deliveryCompleteCount, batches }: Progress) {
  const stateBatches = batches.map(({ firstOffset, lastOffset, deliveryState, deliveryCount }) => ({
    firstOffset: BigInt(firstOffset),
    lastOffset: BigInt(lastOffset),
    deliveryState,
    deliveryCount,
  }))
  return { snapshotEpoch, leaderEpoch, startOffset: BigInt(startOffset), deliveryCompleteCount, stateBatches }
}

/** Null for a record type of a later Kafka. */
export function decodeShareState(key: Buffer, bytes: Buffer | null): ShareStateRecord | null {
  switch (recordKeyType(key)) {
    case ShareSnapshotKey.apiKey: {
      const value = bytes && decodeVersioned(ShareSnapshotValue, bytes).message
      return { type: 'snapshot', key: decodeRecordKey(ShareSnapshotKey, key), value: value && snapshotOf(value) }
    }
    case ShareUpdateKey.apiKey: {
      const value = bytes && decodeVersioned(ShareUpdateValue, bytes).message
      return { type: 'update', key: decodeRecordKey(ShareUpdateKey, key), value: value && progressOf(value) }
    }
    default:
      return null
  }
}

function snapshotOf(value: ShareSnapshotValue): ShareSnapshot {
  return {
    ...progressOf(value),
    stateEpoch: value.stateEpoch,
    createdAtMs: Number(value.createTimestamp),
    writtenAtMs: Number(value.writeTimestamp),
  }
}

function progressOf(value: ShareSnapshotValue | ShareUpdateValue): Progress {
  return {
    snapshotEpoch: value.snapshotEpoch,
    leaderEpoch: value.leaderEpoch,
    startOffset: Number(value.startOffset),
    deliveryCompleteCount: value.deliveryCompleteCount,
    batches: value.stateBatches.map(({ firstOffset, lastOffset, deliveryState, deliveryCount }) => ({
      firstOffset: Number(firstOffset),
      lastOffset: Number(lastOffset),
      deliveryState,
      deliveryCount,
    })),
  }
}
