/** Opens what one log directory holds at the start of a broker. */
import { writeFileAtomically } from '../../env/atomic-file.ts'
import { FileSystemError } from '../../env/index.ts'
import { runBounded, turn } from '../../env/run-bounded.ts'
import { DataDirectoryError } from '../files/data-directory-error.ts'
import {
  joinPath,
  METADATA_TOPIC,
  PARTITION_METADATA,
  type PartitionDirectoryName,
  parsePartitionDirectoryName,
  partitionDirectoryName,
  strayDirectoryName,
} from '../files/file-names.ts'
import { MalformedFileError } from '../files/malformed-file-error.ts'
import type { OffsetCheckpoint } from '../files/offset-checkpoint.ts'
import { formatPartitionMetadata, parsePartitionMetadata } from '../files/partition-metadata-file.ts'
import type { LogConfig } from '../log-config.ts'
import type { LogContext } from '../log-context.ts'
import type { LogState } from '../log-state.ts'
import type { InterruptedMove } from '../moves/move-registry.ts'
import type { PartitionLog } from '../partition-log.ts'
import { type LoadedOffsets, loadLog } from '../recovery/load-log.ts'
import { DamagedLogError } from '../recovery/recover-log.ts'
import { CheckpointFile, type LogDirectory } from './log-directory.ts'

export interface LoadOptions {
  configOf(topic: string): LogConfig
  /** The id of the topic whose partition this is, if this broker should have it; null where it should not. */
  isKnown(topic: string, partition: number, topicId: string | null): boolean
  /** The topic's id, to complete a directory that does not say it. */
  topicIdOf(topic: string): string | undefined
  /** num.recovery.threads.per.data.dir: how many logs of a directory are recovered at a time. */
  recoveryThreads?: number
  onProgress?(loaded: number, total: number): void
}

/** The manager, as far as loading needs it. */
export interface LoadTarget {
  readonly context: LogContext
  getLog(topic: string, partition: number): PartitionLog | undefined
  register(directory: LogDirectory, state: LogState): PartitionLog
  directoryFailed(directory: LogDirectory, error: Error): void
  /** Copies of replicas that a move has left, to be judged when all logs are there. */
  readonly interruptedMoves: InterruptedMove[]
  /** The topic ids of logs that are there and could not be opened, by the names of their directories. */
  readonly withheld: Map<string, string>
}

const PARALLEL_LOGS = 32
const LOGS_PER_TURN = 256
/** Kafka's default. */
const RECOVERY_THREADS = 2

interface Checkpoints {
  hadCleanShutdown: boolean
  recoveryPoints: OffsetCheckpoint
  recoveryPointsWrittenMs: number
  startOffsets: OffsetCheckpoint
  highWatermarks: OffsetCheckpoint
  cleaned: OffsetCheckpoint
}

/** The marker of a clean stop is gone afterwards. */
export async function loadDirectory(
  target: LoadTarget,
  directory: LogDirectory,
  options: LoadOptions,
  progress: { loaded: number; total: number },
): Promise<void> {
  const { context } = target
  const found: (PartitionDirectoryName & { path: string })[] = []
  for (const name of await context.files.readDirectory(directory.path)) {
    const parsed = parsePartitionDirectoryName(name)
    const path = joinPath(directory.path, name)
    if (parsed !== null && parsed.topic !== METADATA_TOPIC) found.push({ ...parsed, path })
  }
  const unreadable = (problem: string) => context.logger.warn(`${problem}; it is done without.`)
  const read = (file: CheckpointFile) => directory.readCheckpoint(file, unreadable)
  const offsets = {
    recoveryPoints: await read(CheckpointFile.RECOVERY_POINT),
    recoveryPointsWrittenMs: await directory.writtenMs(CheckpointFile.RECOVERY_POINT),
    startOffsets: await read(CheckpointFile.LOG_START_OFFSET),
    highWatermarks: await read(CheckpointFile.HIGH_WATERMARK),
    cleaned: await read(CheckpointFile.CLEANER_OFFSET),
  }
  const hadCleanShutdown = (await directory.takeCleanShutdown()) !== null
  const checkpoints = { ...offsets, hadCleanShutdown }
  for (const { path, state } of found) await settleRenamed(context, path, state)
  for (const { topic, partition, path, state } of found) {
    if (state === 'future') target.interruptedMoves.push({ topic, partition, target: directory, path })
  }
  const current = found.filter(({ state }) => state === 'current')
  progress.total += current.length
  const remembered = { ...options, configOf: remembering(options.configOf) }
  const parallel = hadCleanShutdown ? PARALLEL_LOGS : (options.recoveryThreads ?? RECOVERY_THREADS)
  await runBounded(current, parallel, async ({ topic, partition, path }) => {
    await loadOne(target, directory, { topic, partition, path }, checkpoints, remembered)
    options.onProgress?.(++progress.loaded, progress.total)
    if (progress.loaded % LOGS_PER_TURN === 0) await turn(context.clock)
  })
}

/** The partitions of a topic share their configuration. */
function remembering(configOf: LoadOptions['configOf']): LoadOptions['configOf'] {
  const known = new Map<string, LogConfig>()
  return (topic) => {
    let config = known.get(topic)
    if (config === undefined) known.set(topic, (config = configOf(topic)))
    return config
  }
}

async function settleRenamed(context: LogContext, path: string, state: PartitionDirectoryName['state']): Promise<void> {
  if (state === 'deleted') return context.files.removeTree(path)
  if (state === 'stray') context.logger.warn(`${path} belongs to no known topic and is left alone; remove it by hand.`)
}

async function loadOne(
  target: LoadTarget,
  directory: LogDirectory,
  { topic, partition, path }: { topic: string; partition: number; path: string },
  checkpoints: Checkpoints,
  options: LoadOptions,
): Promise<void> {
  const { context } = target
  const { topicId: recorded, problem } = await readTopicId(context, path)
  if (!options.isKnown(topic, partition, recorded)) {
    const stray = joinPath(directory.path, strayDirectoryName(topic, partition, context.random.bytes(16)))
    const why = recorded === null ? 'no known topic' : `no known topic: its ${PARTITION_METADATA} names ${recorded}`
    context.logger.warn(`${path} belongs to ${why}; it is renamed to ${stray}.`)
    return context.files.rename(path, stray)
  }
  const topicId = recorded ?? options.topicIdOf(topic) ?? ''
  if (recorded === null) {
    context.logger.warn(`${problem}: it is written anew for the topic ${topic}, whose id is ${topicId}.`)
    await writeTopicId(context, path, topicId)
  }
  const offsets = offsetsOf(checkpoints, partitionDirectoryName(topic, partition))
  try {
    const identity = { topic, partition, topicId, directory: path }
    const onFailure = (error: Error) => target.directoryFailed(directory, error)
    const state = await loadLog(context, identity, options.configOf(topic), offsets, onFailure)
    const other = target.getLog(topic, partition)
    if (other === undefined) target.register(directory, state)
    else await removeSecond(other, state)
  } catch (error) {
    if (error instanceof FileSystemError || error instanceof DataDirectoryError) throw error
    // One damaged partition is no reason to withhold the others. Nor is it to be made anew over what is left of it.
    target.withheld.set(partitionDirectoryName(topic, partition), topicId)
    if (!(error instanceof DamagedLogError)) context.logger.error({ err: error }, `${path} could not be opened.`)
    else context.logger.error(error.message)
  }
}

/** A move that was cut short between its last two steps leaves the same log twice, both of them durable. */
async function removeSecond(log: PartitionLog, second: LogState): Promise<void> {
  const { context, name, directory, topicId, logEndOffset, segments } = second
  for (const segment of segments.all) segment.forgetFiles()
  const isSame = logEndOffset === log.logEndOffset && segments.sizeBytes === log.sizeBytes
  if (topicId !== log.topicId || !isSame) {
    const message = `The partition ${name} is in ${log.directory} and in ${directory}: remove the older copy.`
    throw new DataDirectoryError('duplicate', directory, message)
  }
  context.logger.warn(`${directory} is what a move has left of ${log.directory}; it is removed.`)
  await context.files.removeTree(directory)
}

function offsetsOf(checkpoints: Checkpoints, name: string): LoadedOffsets {
  return {
    hadCleanShutdown: checkpoints.hadCleanShutdown,
    recoveryPoint: checkpoints.recoveryPoints.get(name)?.offset ?? 0,
    recoveryPointWrittenMs: checkpoints.recoveryPointsWrittenMs,
    logStartOffset: checkpoints.startOffsets.get(name)?.offset ?? 0,
    highWatermark: checkpoints.highWatermarks.get(name)?.offset ?? 0,
    cleanedUpTo: checkpoints.cleaned.get(name)?.offset ?? 0,
  }
}

/** The id is null where the file does not say it: it is not there, or did not survive a power failure. */
export async function readTopicId(
  context: LogContext,
  directory: string,
): Promise<{ topicId: string | null; problem: string | null }> {
  const path = joinPath(directory, PARTITION_METADATA)
  try {
    return { topicId: parsePartitionMetadata(path, await context.files.readFile(path)).topicId, problem: null }
  } catch (error) {
    if (error instanceof MalformedFileError) return { topicId: null, problem: error.message }
    const isAbsent = error instanceof FileSystemError && error.code === 'ENOENT'
    if (isAbsent) return { topicId: null, problem: `${path} is missing` }
    throw error
  }
}

export function writeTopicId(context: LogContext, directory: string, topicId: string): Promise<void> {
  return writeFileAtomically(context.files, joinPath(directory, PARTITION_METADATA), formatPartitionMetadata(topicId))
}
