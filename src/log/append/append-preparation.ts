/**
 * An append before it is written: it gets its place at the end of the plan, producer state takes it up
 * (or finds that it has been here before), and the segment it goes into is decided. All of it can be undone.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import { assignOffsets, type ValidatedBatch } from '../../../protocol/records/leader-append.ts'
import type { EpochEntry } from '../leader-epoch-cache.ts'
import type { LogState } from '../log-state.ts'
import { producerBatch } from '../producers/producer-batch.ts'
import { type BatchMetadata, firstOffsetOf } from '../producers/producer-entry.ts'
import {
  emptyProducerUpdate,
  type ProducerBatch,
  type ProducerOrigin,
  type ProducerUndo,
  type ProducerUpdate,
} from '../producers/producer-state.ts'
import type { AppendDone, AppendOptions, AppendResult } from '../types.ts'
import type { AppendPlan } from './append-plan.ts'
import { drawRollJitterMs } from './roll.ts'

export type Submission =
  | { kind: 'leader'; validated: ValidatedBatch; options: AppendOptions; done: AppendDone }
  /** Offsets and epochs were given by a leader, of a partition or of a quorum. */
  | { kind: 'asGiven'; records: Buffer; done: AppendDone }

export interface PreparedAppend {
  /** Empty for a duplicate, which only waits until what it repeats is written. */
  readonly bytes: Buffer
  readonly batchCount: number
  readonly firstOffset: number
  readonly endOffset: number
  readonly result: AppendResult
  readonly done: AppendDone
  /** The segment that starts with this append; null: it goes into the active one. */
  roll: PlannedRoll | null
  readonly producers: ProducerUndo | null
  /** Leader epochs as they were, if this append changes them. */
  readonly epochsBefore: readonly EpochEntry[] | null
}

/** A new segment begins where the one before it ends, even if the offsets that an append was given leave a gap. */
export interface PlannedRoll {
  readonly baseOffset: number
  /** Producer state as of there. */
  readonly snapshot: Buffer
}

/** The headers of an append, summed up. */
interface Summary {
  batchCount: number
  firstTimestampMs: number
  maxTimestampMs: number
  lastOffset: number
}

/** Throws the `KafkaError` that the append is answered with; nothing has changed then. */
export function prepareAppend(state: LogState, plan: AppendPlan, submission: Submission): PreparedAppend {
  const bytes = submission.kind === 'leader' ? submission.validated.bytes : submission.records
  let logAppendTimeMs: number = batch.NO_TIMESTAMP
  if (submission.kind === 'leader') {
    // The same leader may have begun another epoch while the append waited: epochs in a log never go back.
    const leaderEpoch = Math.max(submission.options.leaderEpoch, state.epochs.latestEpoch)
    const nowMs = state.context.clock.nowMs()
    ;({ logAppendTimeMs } = assignOffsets(submission.validated, { nextOffset: plan.endOffset, leaderEpoch, nowMs }))
  }
  const summary = summarize(state, bytes, submission.kind === 'asGiven' ? plan.endOffset : null)
  if (bytes.length > state.config.segmentBytes) {
    throw new KafkaError(
      ErrorCode.RECORD_LIST_TOO_LARGE,
      `Message batch size is ${bytes.length} bytes in append to partition ${state.name}, which exceeds the maximum configured segment size of ${state.config.segmentBytes}.`,
    )
  }
  const update = checkProducers(state, bytes, submission.kind === 'leader' ? submission.options : null)
  const { done } = submission
  const leaderEpoch = bytes.length === 0 ? -1 : batch.partitionLeaderEpoch(bytes, 0)
  if (update !== null && 'duplicate' in update) {
    return duplicateOf(state, plan, update.duplicate, leaderEpoch, done)
  }

  const roll = planRoll(state, plan, bytes.length, summary)
  const firstOffset = bytes.length === 0 ? -1 : batch.baseOffset(bytes, 0)
  const epochsBefore = assignEpochs(state, bytes)
  const endOffset = summary.lastOffset + 1
  const { batchCount, firstTimestampMs, maxTimestampMs, lastOffset } = summary
  plan.add({ sizeBytes: bytes.length, firstTimestampMs, endOffset, batchCount })
  return {
    bytes,
    batchCount,
    firstOffset,
    endOffset,
    result: {
      firstOffset,
      lastOffset,
      logAppendTimeMs,
      maxTimestampMs,
      logStartOffset: state.logStartOffset,
      leaderEpoch,
      sizeBytes: bytes.length,
      duplicate: false,
    },
    done,
    roll,
    producers: update === null ? null : state.producers.apply(update),
    epochsBefore,
  }
}

/** `checkFrom`: batches that were given their offsets elsewhere must be whole and go on from there. */
function summarize(state: LogState, bytes: Buffer, checkFrom: number | null): Summary {
  const summary: Summary = { batchCount: 0, firstTimestampMs: -1, maxTimestampMs: -1, lastOffset: -1 }
  let expected = checkFrom
  for (let at = 0; at < bytes.length; at += batch.sizeInBytes(bytes, at)) {
    if (expected !== null) {
      if (batch.nextBatch(bytes, at) === -1) throw new CorruptRecordError('The records end inside a batch')
      batch.ensureValid(bytes, at)
      if (batch.baseOffset(bytes, at) < expected) {
        throw new KafkaError(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          `Unexpected offset in append to ${state.name}: ${batch.baseOffset(bytes, at)} is less than the next offset ${expected}.`,
        )
      }
      expected = batch.lastOffset(bytes, at) + 1
    }
    const timestamp = batch.maxTimestamp(bytes, at)
    if (summary.batchCount++ === 0) summary.firstTimestampMs = timestamp
    summary.maxTimestampMs = Math.max(summary.maxTimestampMs, timestamp)
    summary.lastOffset = batch.lastOffset(bytes, at)
  }
  return summary
}

/** null: no batch has a producer. Without `options` the batches are as a leader has accepted them. */
function checkProducers(
  state: LogState,
  bytes: Buffer,
  options: AppendOptions | null,
): ProducerUpdate | { duplicate: BatchMetadata } | null {
  const origin: ProducerOrigin = options?.origin ?? 'replication'
  let update: ProducerUpdate | null = null
  for (let at = 0; at < bytes.length; at += batch.sizeInBytes(bytes, at)) {
    const candidate: ProducerBatch | null = producerBatch(bytes, at)
    if (candidate === null) continue
    const duplicate = origin === 'client' ? state.producers.duplicateOf(candidate) : undefined
    if (duplicate !== undefined) return { duplicate }
    const entry = state.producers.entry(candidate.producerId)
    if (options !== null) state.verifications.check(candidate, options.origin, options.verificationGuard, entry)
    update ??= emptyProducerUpdate()
    state.producers.check(candidate, update, origin, options?.transactionVersion ?? 0)
    state.verifications.appended(candidate)
  }
  return update
}

/** Answered with the offsets of the first time, but not before those are in the log. */
function duplicateOf(
  state: LogState,
  plan: AppendPlan,
  first: BatchMetadata,
  leaderEpoch: number,
  done: AppendDone,
): PreparedAppend {
  return {
    bytes: Buffer.alloc(0),
    batchCount: 0,
    firstOffset: plan.endOffset,
    endOffset: plan.endOffset,
    result: {
      firstOffset: firstOffsetOf(first),
      lastOffset: first.lastOffset,
      logAppendTimeMs: first.timestampMs,
      maxTimestampMs: first.timestampMs,
      logStartOffset: state.logStartOffset,
      leaderEpoch,
      sizeBytes: 0,
      duplicate: true,
    },
    done,
    roll: null,
    producers: null,
    epochsBefore: null,
  }
}

function planRoll(state: LogState, plan: AppendPlan, sizeBytes: number, summary: Summary): PlannedRoll | null {
  const nowMs = state.context.clock.nowMs()
  const { maxTimestampMs, lastOffset } = summary
  if (!plan.mustRoll(state.config, { sizeBytes, maxTimestampMs, lastOffset }, nowMs)) return null
  const rollJitterMs = drawRollJitterMs(state)
  plan.roll(nowMs, rollJitterMs)
  return { baseOffset: plan.endOffset, snapshot: state.producerSnapshot() }
}

function assignEpochs(state: LogState, bytes: Buffer): readonly EpochEntry[] | null {
  const before = state.epochs.entries
  for (let at = 0; at < bytes.length; at += batch.sizeInBytes(bytes, at)) {
    state.epochs.assign(batch.partitionLeaderEpoch(bytes, at), batch.baseOffset(bytes, at))
  }
  return state.epochs.entries === before ? null : before
}
