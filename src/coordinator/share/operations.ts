/** Initialize, Read, Write, Delete and ReadSummary of one share partition's state (KIP-932). */
import { ErrorCode, errorMessage } from '../../../protocol/errors.ts'
import type { RequestId } from '../runtime/effects.ts'
import type { NewShareState, ShareOutcome, ShareStateUpdate, ShareSummary, StoredShareState } from './share-outcomes.ts'
import type { ShareContext, ShareShard, ShareTopics } from './share-shard.ts'
import type { SharePartitionKey, ShareState } from './share-state.ts'
import { combineBatches } from './state-batches.ts'

const FIRST_LEADER_EPOCH = 0
const UNKNOWN_COUNT = -1
const UNKNOWN_OFFSET = -1

export const refused = (errorCode: number, message = errorMessage(errorCode)): ShareOutcome => {
  return { errorCode, errorMessage: message }
}
export const failedRead = (outcome: ShareOutcome): StoredShareState => {
  return { ...outcome, stateEpoch: 0, startOffset: 0, batches: [] }
}
export const failedSummary = (outcome: ShareOutcome): ShareSummary => {
  return { ...outcome, stateEpoch: 0, leaderEpoch: 0, startOffset: 0, deliveryCompleteCount: UNKNOWN_COUNT }
}
const DONE: ShareOutcome = { errorCode: ErrorCode.NONE, errorMessage: null }

/** Begins the state, or begins it anew. */
export function initializeState(
  { shard, topics, effects, nowMs }: ShareContext,
  key: SharePartitionKey,
  { stateEpoch, startOffset }: NewShareState,
  id: RequestId,
): void {
  const before = shard.state(key)
  const refusal = keyRefusal(key) ?? initializeRefusal(before, stateEpoch) ?? existenceRefusal(topics, key)
  if (refusal !== null) return void effects.reply(id, refusal)
  effects.append({
    key,
    type: 'snapshot',
    value: {
      snapshotEpoch: before === undefined ? 0 : before.snapshotEpoch + 1,
      stateEpoch,
      leaderEpoch: FIRST_LEADER_EPOCH,
      startOffset,
      deliveryCompleteCount: startOffset === UNKNOWN_OFFSET ? UNKNOWN_COUNT : 0,
      batches: [],
      createdAtMs: nowMs,
      writtenAtMs: nowMs,
    },
  })
  effects.reply(id, DONE)
}

/** A leader that reads in a new epoch writes it down, so that those before it write no more. */
export function readState(context: ShareContext, key: SharePartitionKey, leaderEpoch: number, id: RequestId): void {
  const { shard, topics, effects } = context
  const state = shard.state(key)
  const refusal =
    keyRefusal(key) ??
    epochRefusal(leaderEpoch, 'leader') ??
    uninitializedRefusal(state, 'Read') ??
    leaderRefusal(state, leaderEpoch) ??
    existenceRefusal(topics, key)
  if (state === undefined || refusal !== null) {
    return void effects.reply(id, failedRead(refusal ?? refused(ErrorCode.INVALID_REQUEST)))
  }
  const { stateEpoch, startOffset, batches, deliveryCompleteCount } = state
  if (state.fence.leaderEpoch !== leaderEpoch) {
    appendState(
      context,
      state,
      { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount, batches: [] },
      leaderEpoch,
    )
  }
  const stored: StoredShareState = { ...DONE, stateEpoch, startOffset, batches }
  effects.reply(id, stored)
}

export function writeState(
  context: ShareContext,
  key: SharePartitionKey,
  update: ShareStateUpdate,
  id: RequestId,
): void {
  const { shard, topics, effects } = context
  const state = shard.state(key)
  const refusal =
    keyRefusal(key) ??
    epochRefusal(update.leaderEpoch, 'leader') ??
    epochRefusal(update.stateEpoch, 'state') ??
    uninitializedRefusal(state, 'Write') ??
    leaderRefusal(state, update.leaderEpoch) ??
    stateRefusal(state, update.stateEpoch) ??
    existenceRefusal(topics, key)
  if (state === undefined || refusal !== null) {
    return void effects.reply(id, refusal ?? refused(ErrorCode.INVALID_REQUEST))
  }
  appendState(context, state, update, state.leaderEpoch)
  effects.reply(id, DONE)
}

/** A share partition that has no state has nothing to lose. */
export function deleteState({ shard, topics, effects }: ShareContext, key: SharePartitionKey, id: RequestId): void {
  const refusal = keyRefusal(key) ?? existenceRefusal(topics, key)
  if (refusal === null && shard.state(key) !== undefined) effects.append({ key, type: 'snapshot', value: null })
  effects.reply(id, refusal ?? DONE)
}

/** As of `epoch`. */
export function readSummary(
  shard: ShareShard,
  topics: ShareTopics,
  key: SharePartitionKey,
  epoch: number,
): ShareSummary {
  const refusal = keyRefusal(key) ?? existenceRefusal(topics, key)
  if (refusal !== null) return failedSummary(refusal)
  const state = shard.state(key, epoch)
  if (state === undefined) return { ...failedSummary(DONE), startOffset: UNKNOWN_OFFSET }
  const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = state
  return { ...DONE, stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount }
}

/** The topics are gone, and so are the states of their partitions. */
export function forgetTopics({ shard, effects }: ShareContext, topicIds: ReadonlySet<string>): void {
  for (const { key } of shard.states()) {
    if (topicIds.has(key.topicId)) effects.append({ key, type: 'snapshot', value: null })
  }
}

/** An update, or the whole state when enough of them have been written. The start offset never goes back. */
function appendState(
  { config, effects, nowMs }: ShareContext,
  state: ShareState,
  update: ShareStateUpdate,
  leaderEpoch: number,
): void {
  const { key, stateEpoch, snapshotEpoch } = state
  const startOffset = Math.max(update.startOffset, state.startOffset)
  const common = { leaderEpoch, startOffset, deliveryCompleteCount: completeCount(state, update) }
  if (state.updates < config.updatesPerSnapshot) {
    const batches = combineBatches([], update.batches, startOffset)
    effects.append({ key, type: 'update', value: { ...common, snapshotEpoch, batches } })
    return
  }
  const batches = combineBatches(state.batches, update.batches, startOffset)
  const times = { createdAtMs: nowMs, writtenAtMs: nowMs }
  const value = { ...common, ...times, stateEpoch, snapshotEpoch: snapshotEpoch + 1, batches }
  effects.append({ key, type: 'snapshot', value })
}

/** The count belongs to the start offset that is further on. */
function completeCount(state: ShareState, update: ShareStateUpdate): number {
  if (update.startOffset > state.startOffset) return update.deliveryCompleteCount
  if (update.startOffset < state.startOffset) return state.deliveryCompleteCount
  return Math.max(update.deliveryCompleteCount, state.deliveryCompleteCount)
}

function keyRefusal({ partition }: SharePartitionKey): ShareOutcome | null {
  return partition < 0 ? invalid('The partition id cannot be a negative number.') : null
}

function epochRefusal(epoch: number, what: 'leader' | 'state'): ShareOutcome | null {
  return epoch < 0 ? invalid(`The ${what} epoch cannot be a negative number.`) : null
}

function initializeRefusal(state: ShareState | undefined, stateEpoch: number): ShareOutcome | null {
  return epochRefusal(stateEpoch, 'state') ?? stateRefusal(state, stateEpoch)
}

function uninitializedRefusal(state: ShareState | undefined, what: 'Read' | 'Write'): ShareOutcome | null {
  return state === undefined ? invalid(`${what} operation on uninitialized share partition not allowed.`) : null
}

function leaderRefusal(state: ShareState | undefined, leaderEpoch: number): ShareOutcome | null {
  return (state?.fence.leaderEpoch ?? 0) > leaderEpoch ? refused(ErrorCode.FENCED_LEADER_EPOCH) : null
}

function stateRefusal(state: ShareState | undefined, stateEpoch: number): ShareOutcome | null {
  return (state?.fence.stateEpoch ?? 0) > stateEpoch ? refused(ErrorCode.FENCED_STATE_EPOCH) : null
}

function existenceRefusal(topics: ShareTopics, { topicId, partition }: SharePartitionKey): ShareOutcome | null {
  return partition < topics.partitionCount(topicId) ? null : refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
}

const invalid = (message: string): ShareOutcome => refused(ErrorCode.INVALID_REQUEST, message)
