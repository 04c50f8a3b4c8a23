/**
 * Opens a partition's directory, whoever wrote it last and however that ended: finishes or undoes what a crash has
 * interrupted (Kafka's `.cleaned`, `.swap` and `.deleted` protocol), finds the segments, recovers what may not be
 * whole, and brings offsets, leader epochs and producers up to the end of the log.
 */
import * as batch from '../../../protocol/records/batch.ts'
import { writeAll } from '../../env/atomic-file.ts'
import { FileSystemError } from '../../env/index.ts'
import { createSegment, drawRollJitterMs } from '../append/roll.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  joinPath,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  PARTITION_METADATA,
  PRODUCER_SNAPSHOT_SUFFIX,
  parseSegmentFileName,
  type SegmentFileName,
  SWAP_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../files/file-names.ts'
import { MalformedFileError } from '../files/malformed-file-error.ts'
import { formatPartitionMetadata } from '../files/partition-metadata-file.ts'
import { LeaderEpochCache, parseLeaderEpochs } from '../leader-epoch-cache.ts'
import type { LogConfig } from '../log-config.ts'
import type { LogContext } from '../log-context.ts'
import { type LogIdentity, LogState } from '../log-state.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import { Segment } from '../segment/segment.ts'
import { rebuildProducers } from './rebuild-producers.ts'
import { dropSegments, type GapExcuse, rebuildIndexes, recoverLog } from './recover-log.ts'

/** The offsets of a log in the checkpoints of the log directory. */
export interface LoadedOffsets {
  hadCleanShutdown: boolean
  recoveryPoint: number
  /** Default: long ago. */
  recoveryPointWrittenMs?: number
  logStartOffset: number
  highWatermark: number
  /** Up to where the log has been compacted. */
  cleanedUpTo?: number
}

/** To remove one takes longer than to open the log, so not each start does it. */
const FEW_STRAY_SNAPSHOTS = 4

type NamedFile = SegmentFileName & { name: string }

/** Makes an empty log. Its files become durable with the first flush: until then nothing in it was promised to last. */
export async function createLogFiles(context: LogContext, directory: string, topicId: string): Promise<void> {
  await context.files.makeDirectory(directory)
  await writePlainly(context, joinPath(directory, PARTITION_METADATA), formatPartitionMetadata(topicId))
  await writePlainly(context, joinPath(directory, LEADER_EPOCH_CHECKPOINT), Buffer.alloc(0))
}

async function writePlainly(context: LogContext, path: string, bytes: Buffer): Promise<void> {
  await context.files.remove(path)
  const file = await context.files.open(path, 'write')
  try {
    if (bytes.length > 0) await writeAll(file, [bytes], 0)
  } finally {
    await file.close()
  }
}

export async function loadLog(
  context: LogContext,
  identity: LogIdentity,
  config: LogConfig,
  offsets: LoadedOffsets,
  onFailure: (error: Error) => void,
): Promise<LogState> {
  const { files, replaced } = await segmentFiles(context, identity.directory)
  const epochs = await readEpochs(context, identity.directory)
  const state = new LogState(context, identity, config, epochs ?? new LeaderEpochCache(), onFailure)
  state.logStartOffset = offsets.logStartOffset
  state.recoveryPoint = offsets.recoveryPoint
  const lacking = await openSegments(state, files)
  state.snapshotOffsets = files
    .filter((file) => file.kind === PRODUCER_SNAPSHOT_SUFFIX)
    .map((file) => file.baseOffset)
    .sort((a, b) => a - b)

  // Leader epochs that cannot be read are found again in the batches.
  const mustRecover = !offsets.hadCleanShutdown || epochs === null
  if (epochs === null) state.recoveryPoint = Math.min(state.recoveryPoint, state.segments.first?.baseOffset ?? 0)
  // The process that made these files may have died before their names were durable.
  if (mustRecover || state.segments.count === 0) state.directoryChanged()
  // The files of a log that has been flushed once are found after a power failure.
  state.filesAreNew = state.directoryDirty && offsets.recoveryPoint === 0
  const { cleanedUpTo = 0 } = offsets
  const isCompacted: GapExcuse = ({ baseOffset }, next) => cleanedUpTo >= next.baseOffset || replaced.has(baseOffset)
  let endOffset =
    state.segments.count === 0 ? state.logStartOffset : await recover(state, lacking, mustRecover, isCompacted)
  if (mustRecover && endOffset === offsets.recoveryPoint) await finishCut(state, offsets.recoveryPointWrittenMs ?? 0)
  if (endOffset < state.logStartOffset) endOffset = await startOver(state, endOffset)
  if (state.segments.count === 0) {
    state.segments.add(await createSegment(state, endOffset))
    state.directoryChanged()
  }
  state.segments.active.rollJitterMs = drawRollJitterMs(state)
  await finish(state, endOffset, offsets.highWatermark, mustRecover)
  return state
}

/**
 * A cut makes its end the recovery point before it cuts. A process that died in its midst may have left a shorter file
 * that is not durable: power would bring the rest back, behind records that were appended meanwhile or in their place.
 */
async function finishCut({ segments }: LogState, recoveryPointWrittenMs: number): Promise<void> {
  const last = segments.all.at(-1)
  if (last !== undefined && last.modifiedMs >= recoveryPointWrittenMs) await last.syncBatches()
}

/** Resolves to the log end offset. */
async function recover(
  state: LogState,
  lacking: readonly Segment[],
  mustRecover: boolean,
  isCompacted: GapExcuse,
): Promise<number> {
  const recovered = mustRecover ? new Set(state.segments.from(state.recoveryPoint)) : new Set<Segment>()
  for (const segment of lacking) {
    if (recovered.has(segment)) continue
    state.context.logger.warn(`${state.name}: an index of ${segment.path} is missing and is built anew.`)
    await rebuildIndexes(state, segment)
  }
  return mustRecover ? recoverLog(state, isCompacted) : state.segments.active.nextOffset()
}

/** The log start offset can be beyond the end only when files were lost: the log then starts over from there. */
async function startOver(state: LogState, endOffset: number): Promise<number> {
  state.context.logger.warn(
    `${state.name} ends at offset ${endOffset}, before its log start offset ${state.logStartOffset}: its segments are deleted.`,
  )
  await dropSegments(state, state.segments.all)
  state.epochs.clear()
  await state.removeSnapshots(() => true)
  return state.logStartOffset
}

async function finish(state: LogState, end: number, highWatermark: number, recovered: boolean): Promise<void> {
  state.logEndOffset = end
  state.logStartOffset = Math.max(state.logStartOffset, state.segments.first.baseOffset)
  state.recoveryPoint = recovered ? Math.min(state.recoveryPoint, end) : end
  state.epochs.truncateFromEnd(end)
  state.epochs.truncateFromStart(state.logStartOffset)
  await state.removeSnapshots((offset) => offset > end)
  // Starts and stops that follow each other too soon for the periodic check leave many.
  if (state.snapshotOffsets.length > state.segments.count + FEW_STRAY_SNAPSHOTS) await state.removeStraySnapshots()
  if (state.recoveryPoint === end) for (const segment of state.segments.all) segment.flushedBytes = segment.sizeBytes
  if (!recovered) {
    state.soundFromOffset = end
    await rebuildProducers(state, end)
  }
  state.savedHighWatermark = highWatermark
}

async function readEpochs(context: LogContext, directory: string): Promise<LeaderEpochCache | null> {
  const path = joinPath(directory, LEADER_EPOCH_CHECKPOINT)
  try {
    return new LeaderEpochCache(parseLeaderEpochs(path, await context.files.readFile(path)))
  } catch (error) {
    // A file that is not there is one of an older broker, or of one that stopped before it came to write it.
    if (error instanceof FileSystemError && error.code === 'ENOENT') return new LeaderEpochCache()
    if (!(error instanceof MalformedFileError)) throw error
    context.logger.warn(`${error.message}; leader epochs are collected from the log.`)
    return null
  }
}

/** The segments that lack an offset or time index although they have batches. */
async function openSegments(state: LogState, files: readonly NamedFile[]): Promise<Segment[]> {
  const { context, directory } = state
  const names = new Set(files.map((file) => file.name))
  const lacking: Segment[] = []
  const logs = files.filter((file) => file.kind === LOG_SUFFIX)
  const stats = await Promise.all(logs.map((file) => context.files.stat(joinPath(directory, file.name))))
  for (const [i, { baseOffset }] of logs.entries()) {
    const segment = Segment.open(context, directory, {
      baseOffset,
      sizeBytes: stats[i]?.sizeBytes ?? 0,
      modifiedMs: stats[i]?.modifiedMs ?? 0,
      hasTransactionIndex: names.has(segmentFileName(baseOffset, TRANSACTION_INDEX_SUFFIX)),
    })
    state.segments.add(segment)
    const hasIndexes = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX].every((kind) =>
      names.has(segmentFileName(baseOffset, kind)),
    )
    if (!hasIndexes && segment.sizeBytes > 0) lacking.push(segment)
  }
  return lacking
}

/**
 * The files of segments and snapshots that are left after interrupted replacements and deletions have been settled, and
 * the segments that others were replaced by a moment ago.
 */
async function segmentFiles(
  context: LogContext,
  directory: string,
): Promise<{ files: NamedFile[]; replaced: ReadonlySet<number> }> {
  let files = await listFiles(context, directory)
  const isReplaced = ({ kind, state }: NamedFile) =>
    kind === LOG_SUFFIX && (state === DELETED_SUFFIX || state === SWAP_SUFFIX)
  const replaced = new Set(files.filter(isReplaced).map((file) => file.baseOffset))
  if (files.some((file) => file.state !== '')) {
    await settle(context, directory, files)
    files = await listFiles(context, directory)
  }
  const bases = new Set(files.filter((file) => file.kind === LOG_SUFFIX).map((file) => file.baseOffset))
  const isOrphan = (file: NamedFile) => file.kind !== PRODUCER_SNAPSHOT_SUFFIX && !bases.has(file.baseOffset)
  for (const orphan of files.filter(isOrphan)) await context.files.remove(joinPath(directory, orphan.name))
  return { files: files.filter((file) => !isOrphan(file)), replaced }
}

async function listFiles(context: LogContext, directory: string): Promise<NamedFile[]> {
  const files: NamedFile[] = []
  for (const name of await context.files.readDirectory(directory)) {
    const parsed = parseSegmentFileName(name)
    if (parsed !== null) files.push({ ...parsed, name })
  }
  return files.sort((a, b) => a.baseOffset - b.baseOffset)
}

async function settle(context: LogContext, directory: string, files: readonly NamedFile[]): Promise<void> {
  const remove = async (gone: readonly NamedFile[]) => {
    for (const file of gone) await context.files.remove(joinPath(directory, file.name))
  }
  const cleaned = files.filter((file) => file.state === CLEANED_SUFFIX)
  const minCleaned = Math.min(...cleaned.map((file) => file.baseOffset))
  const swap = files.filter((file) => file.state === SWAP_SUFFIX)
  // Swap files beside files that are still being cleaned are part of a replacement that was not complete.
  const valid = swap.filter((file) => file.baseOffset < minCleaned)
  await remove(files.filter((file) => file.state === DELETED_SUFFIX))
  await remove(swap.filter((file) => !valid.includes(file)))
  await remove(cleaned)
  // Segments that a complete replacement covers are obsolete, whether or not they have been deleted yet.
  for (const { baseOffset, name } of valid.filter((file) => file.kind === LOG_SUFFIX)) {
    const end = await endOfSwapFile(context, joinPath(directory, name), baseOffset)
    const isCovered = (file: NamedFile) => file.baseOffset >= baseOffset && file.baseOffset < end
    await remove(files.filter((file) => file.state === '' && file.kind !== PRODUCER_SNAPSHOT_SUFFIX && isCovered(file)))
  }
  for (const { name } of valid) {
    await context.files.rename(joinPath(directory, name), joinPath(directory, name.slice(0, -SWAP_SUFFIX.length)))
  }
  await context.files.syncDirectory(directory)
}

async function endOfSwapFile(context: LogContext, path: string, baseOffset: number): Promise<number> {
  const end = await context.openFiles.with(path, 'read', async (file) => {
    const scanner = new BatchScanner(file, 0, await file.sizeBytes(), { wholeBatches: false })
    let next = baseOffset
    while (await scanner.next()) next = batch.lastOffset(scanner.buffer, scanner.at) + 1
    return next
  })
  context.openFiles.forget(path)
  return end
}
