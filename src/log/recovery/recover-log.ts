/**
 * Recovery of what was not known to be durable when the broker went down. From the last batch before the recovery point
 * on that the indexes know, every batch is checked and the indexes, the producer state and the leader epochs are built
 * anew: a log that nobody has written to since the last clean stop costs next to nothing. What is torn or corrupt
 * behind the recovery point is cut, with everything after it: it was never promised to be durable. Before the recovery
 * point nothing is cut: a batch that has been damaged since stays and is reported.
 */

import { KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import { present } from '../../env/invariant.ts'
import { turn } from '../../env/run-bounded.ts'
import type { LogState } from '../log-state.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import { Segment } from '../segment/segment.ts'
import { loadNewestSnapshot, REPLAY_CHUNK_BYTES, rebuildProducers, replayProducers } from './rebuild-producers.ts'

/** Signals are heard and progress is shown after so much at the latest. */
const BYTES_PER_TURN = 32 * 1024 * 1024

/** Damage where nothing may be cut: the partition cannot be served until a person has looked at it. */
export class DamagedLogError extends Error {
  constructor(path: string, position: number, cause: Error) {
    const what = `${path} is damaged at byte ${position}, before the point up to which it was durable`
    super(`${what}; restore it from a replica or a backup, or delete the partition. (${cause.message})`, { cause })
    this.name = 'DamagedLogError'
  }
}

/** Where the check of a segment begins. */
interface RecoveryStart {
  nextOffset: number
  /** The producer state has what is before this offset. */
  producersOffset: number
}

/**
 * Whether compaction explains a gap between a segment and the next one. Apache's cleaner leaves such gaps before it is
 * written down how far the log is durable (ours cleans nothing beyond the recovery point). It shows by how far the log
 * is clean, or, in the minute after a replacement, by the file that was replaced.
 */
export type GapExcuse = (segment: Segment, next: Segment) => boolean

/** Leaves the producer state as of the end of the log; resolves to the offset there. */
export async function recoverLog(state: LogState, isCompacted: GapExcuse): Promise<number> {
  const unflushed = state.segments.from(state.recoveryPoint)
  for (let i = 0; ; i++) {
    const segment = present(unflushed[i], 'log', 'recovery ends with the last segment')
    const fileBytes = segment.sizeBytes
    const nextOffset = await segment.resume(state.recoveryPoint)
    if (i === 0) state.soundFromOffset = nextOffset
    const producersOffset = i === 0 ? await producersFrom(state, segment, nextOffset) : nextOffset
    const { cutBytes, endOffset } = await recoverSegment(state, segment, fileBytes, { nextOffset, producersOffset })
    // A roll that was given up, and a crash before what it had made was removed.
    let next: Segment | undefined = unflushed[i + 1]
    while (next !== undefined && next.sizeBytes === 0 && next.baseOffset < endOffset) {
      await dropSegments(state, unflushed.splice(i + 1, 1))
      next = unflushed[i + 1]
    }
    // Power can take the end of a segment and leave the beginning of the next one.
    const endsEarly =
      next !== undefined &&
      endOffset < next.baseOffset &&
      next.baseOffset > state.recoveryPoint &&
      !(state.config.compact && isCompacted(segment, next))
    if (cutBytes > 0 || endsEarly) {
      state.context.logger.warn(
        `${state.name}: cut ${cutBytes} torn or corrupt bytes from ${segment.path}; the log now ends at offset ${endOffset}.`,
      )
      await dropSegments(state, unflushed.slice(i + 1))
      await state.context.files.syncDirectory(state.directory)
    }
    if (cutBytes > 0 || endsEarly || next === undefined) {
      segment.releaseIndexes()
      return endOffset
    }
    await segment.finishRebuild()
    await state.writeSnapshot(next.baseOffset, state.producerSnapshot())
  }
}

/**
 * Brings the producer state up to `nextOffset`, or beyond: a clean stop, and a step back of a follower, leave a snapshot
 * inside of a segment, which is before the recovery point and therefore stays. Both make the indexes of that segment
 * durable before they write it. Batches from the offset on that this resolves to are still to be replayed.
 */
async function producersFrom(state: LogState, segment: Segment, nextOffset: number): Promise<number> {
  const snapshotOffset = await loadNewestSnapshot(state, state.recoveryPoint)
  if (snapshotOffset >= nextOffset) {
    // Transactions that the replay completes are entered; those that it skips are there.
    segment.transactionIndex.truncateTo(snapshotOffset)
    return snapshotOffset
  }
  segment.transactionIndex.truncateTo(nextOffset)
  await rebuildProducers(state, nextOffset)
  return nextOffset
}

/** Builds the indexes of one segment before the recovery point anew, because a file of theirs is missing. */
export async function rebuildIndexes(state: LogState, segment: Segment): Promise<void> {
  const { baseOffset, sizeBytes } = segment
  await rebuildProducers(state, baseOffset)
  segment.startRebuild()
  await recoverSegment(state, segment, sizeBytes, { nextOffset: baseOffset, producersOffset: baseOffset })
  await segment.finishRebuild()
  await segment.flush()
}

/** Checks what is behind `segment.sizeBytes`; what is left after what cannot be kept has been cut from the end. */
async function recoverSegment(
  state: LogState,
  segment: Segment,
  fileBytes: number,
  start: RecoveryStart,
): Promise<{ cutBytes: number; endOffset: number }> {
  const progress = { ...start }
  await segment.read(async (file) => {
    const options = { wholeBatches: true, chunkBytes: REPLAY_CHUNK_BYTES, reuseBuffer: true }
    const scanner = new BatchScanner(file, segment.sizeBytes, fileBytes, options)
    let nextTurn = segment.sizeBytes + BYTES_PER_TURN
    try {
      for (let step = scanner.next(); step instanceof Promise ? await step : step; step = scanner.next()) {
        recoverBatch(state, segment, scanner, progress)
        progress.nextOffset = batch.lastOffset(scanner.buffer, scanner.at) + 1
        if (scanner.position < nextTurn) continue
        await turn(state.context.clock)
        nextTurn = scanner.position + BYTES_PER_TURN
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (progress.nextOffset < state.recoveryPoint) throw new DamagedLogError(segment.path, scanner.position, error)
      state.context.logger.warn(
        `${state.name}: no valid batch begins at byte ${scanner.position} of ${segment.path} (${error.message}); the log is cut there.`,
      )
    }
    if (segment.sizeBytes < fileBytes && progress.nextOffset < state.recoveryPoint) {
      throw new DamagedLogError(segment.path, segment.sizeBytes, new Error('the file ends inside a batch'))
    }
  })
  const cutBytes = fileBytes - segment.sizeBytes
  if (cutBytes > 0) await segment.cutFile()
  return { cutBytes, endOffset: progress.nextOffset }
}

function recoverBatch(state: LogState, segment: Segment, scanner: BatchScanner, start: RecoveryStart): void {
  const { buffer, at, sizeInBytes } = scanner
  const lastOffset = batch.lastOffset(buffer, at)
  const { nextOffset, producersOffset } = start
  if (lastOffset < nextOffset || !Segment.canHold(segment.baseOffset, lastOffset)) {
    throw new CorruptRecordError(`Batch ends at offset ${lastOffset}, where at least ${nextOffset} should be`)
  }
  const isValid = batch.isValid(buffer, at)
  if (!isValid && lastOffset >= state.recoveryPoint) batch.ensureValid(buffer, at)
  if (isValid) {
    recoverEpoch(state, buffer, at)
    const completed = lastOffset < producersOffset ? [] : replayProducers(state, buffer, at)
    for (const transaction of completed) if (transaction.aborted) segment.transactionIndex.append(transaction)
  } else {
    state.soundFromOffset = lastOffset + 1
    const where = `offsets ${batch.baseOffset(buffer, at)} to ${lastOffset}, byte ${scanner.position} of ${segment.path}`
    state.context.logger.error(`${state.name}: a durable batch has been damaged and is left as it is: ${where}.`)
  }
  segment.appended(buffer.subarray(at, at + sizeInBytes), state.config)
}

function recoverEpoch(state: LogState, buffer: Buffer, at: number): void {
  const epoch = batch.partitionLeaderEpoch(buffer, at)
  if (epoch > state.epochs.latestEpoch) state.epochs.assign(epoch, batch.baseOffset(buffer, at))
}

/** Segments that no reader has seen yet: no need to wait with their deletion. */
export async function dropSegments(state: LogState, segments: readonly Segment[]): Promise<void> {
  if (segments.length === 0) return
  state.segments.remove(segments)
  for (const segment of segments) {
    await segment.deleteFiles()
    await state.removeSnapshots((offset) => offset === segment.baseOffset)
  }
}
