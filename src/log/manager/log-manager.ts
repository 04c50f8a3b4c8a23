/**
 * All logs of a broker and the directories they live in.
 *
 * open() locks the directories and checks whose they are; openMetadataLog() gives the controller its log; loadLogs()
 * opens all others once the metadata image says what there should be; then createLog, getLog and deleteLog. stop()
 * closes everything, so that the next start has nothing to recover.
 */

import { first } from '../../../protocol/collections/elements.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { type Environment, FileSystemError } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import { runBounded } from '../../env/run-bounded.ts'
import type { CleanerSettings } from '../cleaner/cleaner-settings.ts'
import { LogCleaner } from '../cleaner/log-cleaner.ts'
import { createLogContext } from '../create-log-context.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import {
  deletedDirectoryName,
  joinPath,
  METADATA_TOPIC,
  METADATA_TOPIC_ID,
  partitionDirectoryName,
} from '../files/file-names.ts'
import type { LogConfig } from '../log-config.ts'
import type { LogContext } from '../log-context.ts'
import type { LogState } from '../log-state.ts'
import { type InterruptedMove, MoveRegistry } from '../moves/move-registry.ts'
import { PartitionLog } from '../partition-log.ts'
import { createLogFiles, loadLog } from '../recovery/load-log.ts'
import { claimDirectories } from './claim-directories.ts'
import { type LoadOptions, type LoadTarget, loadDirectory, readTopicId, writeTopicId } from './load-directory.ts'
import { CheckpointFile, type LogDirectory } from './log-directory.ts'
import { LogTasks } from './log-tasks.ts'

export type { LoadOptions } from './load-directory.ts'

export interface LogManagerOptions {
  environment: Environment
  logger: Logger
  /** log.dirs */
  logDirectories: readonly string[]
  /** metadata.log.dir; the first log directory when absent. */
  metadataDirectory?: string
  nodeId: number
  /** null: the id in meta.properties, or a new one for directories that no broker has used. */
  clusterId: string | null
  /** The id for directories that no broker has used; absent: a new one. Rejects with a sentence for a person. */
  clusterIdOfNew?: () => Promise<string>
  retentionCheckIntervalMs?: number
  initialTaskDelayMs?: number
  flushSchedulerIntervalMs?: number
  flushOffsetCheckpointIntervalMs?: number
  /** replica.high.watermark.checkpoint.interval.ms */
  highWatermarkCheckpointIntervalMs?: number
  producerIdExpirationMs?: number
  /** replica.alter.log.dirs.io.max.bytes.per.second */
  moveBytesPerSecond?: number
  producerIdExpirationCheckIntervalMs?: number
  tailCacheBytes?: number
  maxOpenFiles?: number
  /** The `log.cleaner.*` keys; null when log.cleaner.enable is off. Kafka's defaults when absent. */
  cleaner?: CleanerSettings | null
  /** A directory's disk has failed; `remaining` directories still serve. */
  onDirectoryFailure?(directory: string, error: Error, remaining: number): void
}

export interface CreateLogOptions {
  topicId: string
  config: LogConfig
  /**
   * The directory.id of the directory for the log; the directory with the fewest logs when absent or not one of ours.
   */
  directoryId?: string
}

export interface LogDirectoryInfo {
  readonly path: string
  /** The directory.id of meta.properties, base64url. */
  readonly id: string
  readonly offline: boolean
  /** Whether the directory takes no new partitions (KIP-1066). */
  readonly isCordoned: boolean
}

/** How many logs are opened, created or closed at a time: enough to keep the disk busy. */
const PARALLEL_LOGS = 32
/** A stop writes the checkpoints after so many logs: if it is cut short, those were not closed in vain. */
const CLOSED_PER_CHECKPOINT = 1000

export class LogManager implements LoadTarget {
  readonly clusterId: string
  readonly nodeId: number
  readonly context: LogContext
  readonly #options: LogManagerOptions
  readonly #directories: readonly LogDirectory[]
  readonly #metadataDirectory: LogDirectory
  readonly #logs = new Map<string, Map<number, PartitionLog>>()
  readonly #directoryOf = new Map<PartitionLog, LogDirectory>()
  readonly #creating = new Map<string, Promise<PartitionLog>>()
  readonly withheld = new Map<string, string>()
  /** How many logs are being created in each directory. */
  readonly #arriving = new Map<LogDirectory, number>()
  readonly #tasks: LogTasks
  /** Null when compaction is turned off. */
  readonly cleaner: LogCleaner | null
  readonly moves: MoveRegistry
  /** Logs that are about to be in a second directory, whose checkpoints name them already. */
  readonly #announced = new Map<PartitionLog, LogDirectory>()
  readonly interruptedMoves: InterruptedMove[] = []
  /** Registration epoch of the last stop, if that was clean in every directory (KIP-966); -1 otherwise. */
  previousBrokerEpoch = -1n
  #hadCleanShutdown = true
  /** Directories whose logs are all open: a stop has nothing to write down about the others. */
  readonly #loaded = new Set<LogDirectory>()

  private constructor(
    options: LogManagerOptions,
    clusterId: string,
    directories: readonly LogDirectory[],
    metadataDirectory: LogDirectory,
  ) {
    this.#options = options
    this.clusterId = clusterId
    this.nodeId = options.nodeId
    this.#directories = directories
    this.#metadataDirectory = metadataDirectory
    this.context = createLogContext(options.environment, options.logger, options)
    this.#tasks = new LogTasks(this, options)
    this.cleaner = options.cleaner === null ? null : new LogCleaner(this, options.cleaner)
    this.moves = new MoveRegistry(this, options.moveBytesPerSecond ?? Number.MAX_VALUE)
  }

  /** Rejects with a `DataDirectoryError`: one clear sentence, nothing touched. */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const { clusterId, directories, metadataDirectory } = await claimDirectories(options)
    const manager = new LogManager(options, clusterId, directories, metadataDirectory)
    await manager.#findLastStop()
    return manager
  }

  get directories(): readonly LogDirectoryInfo[] {
    return this.#directories
  }

  /** The directories as the parts of `log/` itself see them. */
  get allDirectories(): readonly LogDirectory[] {
    return this.#directories
  }

  /** Parent of `__cluster_metadata-0`; the `bootstrap.checkpoint` of Kafka 4.3 is here. */
  get metadataDirectory(): string {
    return this.#metadataDirectory.path
  }

  /** The directory.id of the metadata directory, base64url. */
  get metadataDirectoryId(): string {
    return this.#metadataDirectory.id
  }

  /** Whether every directory had been closed whole, as the last run has left it. */
  get hadCleanShutdown(): boolean {
    return this.#hadCleanShutdown
  }

  /** These directories take no new partitions, all others do (KIP-1066). */
  cordon(paths: readonly string[]): void {
    for (const directory of this.#directories) directory.isCordoned = paths.includes(directory.path)
  }

  get liveDirectories(): LogDirectory[] {
    return this.#directories.filter((directory) => !directory.offline)
  }

  *logs(): Iterable<PartitionLog> {
    for (const partitions of this.#logs.values()) yield* partitions.values()
  }

  *logsIn(directory: LogDirectoryInfo): Iterable<PartitionLog> {
    for (const [log, home] of this.#directoryOf) {
      if (home === directory || this.#announced.get(log) === directory) yield log
    }
  }

  getLog(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(topic)?.get(partition)
  }

  directoryOf(log: PartitionLog): LogDirectory | undefined {
    return this.#directoryOf.get(log)
  }

  checkpointRecoveryPoints(directory: LogDirectory): Promise<void> {
    return this.#tasks.checkpointRecoveryPoints(directory)
  }

  /** Bytes of the volume that a directory is on. */
  space(directory: LogDirectoryInfo): Promise<{ totalBytes: number; usableBytes: number }> {
    return this.context.files.space(directory.path)
  }

  /** The log of the quorum. It is small and fsynced throughout, so it is recovered from its start each time. */
  async openMetadataLog(config: LogConfig): Promise<PartitionLog> {
    const home = this.#metadataDirectory
    const topicId = METADATA_TOPIC_ID
    const directory = joinPath(home.path, partitionDirectoryName(METADATA_TOPIC, 0))
    if ((await this.context.files.stat(directory)) === null) await createLogFiles(this.context, directory, topicId)
    // A directory that `kafka-storage format --standalone` has made holds nothing but the snapshot with the voters.
    const { topicId: recorded, problem } = await readTopicId(this.context, directory)
    if (recorded !== topicId) {
      if (problem !== null) this.context.logger.warn(`${problem}: it is written anew.`)
      await writeTopicId(this.context, directory, topicId)
    }
    const offsets = { hadCleanShutdown: false, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 }
    const identity = { topic: METADATA_TOPIC, partition: 0, topicId, directory }
    const state = await loadLog(this.context, identity, config, offsets, (error) => this.directoryFailed(home, error))
    return this.register(home, state)
  }

  /** Finds out how the last run ended, by what it has left in the directories. */
  async #findLastStop(): Promise<void> {
    const epochs: (bigint | null)[] = []
    for (const directory of this.liveDirectories) {
      try {
        epochs.push(await directory.cleanShutdownEpoch())
      } catch (error) {
        this.directoryFailed(directory, error as Error)
      }
    }
    this.#hadCleanShutdown = epochs.every((epoch) => epoch !== null)
    const [first] = epochs
    const isAgreed = first !== undefined && first !== null && epochs.every((epoch) => epoch === first)
    this.previousBrokerEpoch = isAgreed ? first : -1n
  }

  /** Opens every log of every directory. A log that the metadata does not know is renamed and left alone. */
  async loadLogs(options: LoadOptions): Promise<void> {
    const progress = { loaded: 0, total: 0 }
    const load = async (directory: LogDirectory) => {
      try {
        await loadDirectory(this, directory, options, progress)
        this.#loaded.add(directory)
      } catch (error) {
        this.directoryFailed(directory, error as Error)
      }
    }
    await Promise.all(this.liveDirectories.map(load))
    this.#tasks.start()
    await this.cleaner?.start()
    await this.moves.resume(this.interruptedMoves.splice(0))
  }

  register(directory: LogDirectory, state: LogState): PartitionLog {
    const log: PartitionLog = new PartitionLog(state, {
      checkpointLogStartOffset: () => this.#tasks.checkpointLogStartOffsets(this.#homeOf(log)),
      flushed: () => this.#tasks.checkpointSoon(this.#homeOf(log)),
      checkpointRecoveryPoint: () => this.#tasks.checkpointRecoveryPoints(this.#homeOf(log)),
      checkpointHighWatermark: () => this.#tasks.checkpointHighWatermarks(this.#homeOf(log)),
      withoutCleaning: (change) => this.cleaner?.withoutCleaning(log, change) ?? change(),
      truncated: async (offset) => this.cleaner?.truncated(log, offset),
    })
    const partitions = this.#logs.get(state.topic)
    if (partitions === undefined) this.#logs.set(state.topic, new Map([[state.partition, log]]))
    else partitions.set(state.partition, log)
    this.#directoryOf.set(log, directory)
    return log
  }

  /** The directory of a log. That of one that was deleted a moment ago, and is still being flushed, matters to nobody. */
  #homeOf(log: PartitionLog): LogDirectory {
    return this.#directoryOf.get(log) ?? this.#metadataDirectory
  }

  async announceMove(log: PartitionLog, target: LogDirectory): Promise<void> {
    this.#announced.set(log, target)
    await this.#tasks.checkpoint(target, Object.values(CheckpointFile))
  }

  moved(log: PartitionLog, target: LogDirectory, path: string): void {
    const source = this.#homeOf(log)
    this.#directoryOf.set(log, target)
    // Until the log is gone from its old directory, a crash may still find it there.
    this.#announced.set(log, source)
    log.state.moveTo(path, (error) => this.directoryFailed(target, error))
  }

  async leftBehind(log: PartitionLog, source: LogDirectory, path: string): Promise<void> {
    this.moveEnded(log)
    this.#tasks.removeTreeLater(path, log.config.fileDeleteDelayMs)
    this.#tasks.deleted(source)
    await this.#tasks.forgetDeleted(source)
  }

  moveEnded(log: PartitionLog): void {
    this.#announced.delete(log)
  }

  /** Whether the log is there and could not be opened: it waits for a person, and its files are left as they are. */
  isWithheld(topic: string, partition: number, topicId: string): boolean {
    return this.withheld.get(partitionDirectoryName(topic, partition)) === topicId
  }

  /** The log, made if it is not there. Rejects with INCONSISTENT_TOPIC_ID where another topic of that name has one. */
  async createLog(topic: string, partition: number, options: CreateLogOptions): Promise<PartitionLog> {
    const name = partitionDirectoryName(topic, partition)
    const existing = this.getLog(topic, partition) ?? (await this.#creating.get(name))
    if (existing !== undefined) {
      if (existing.topicId === options.topicId) return existing
      const message = `${name} belongs to the topic ${existing.topicId}, not to ${options.topicId}`
      throw new KafkaError(ErrorCode.INCONSISTENT_TOPIC_ID, message)
    }
    const creating = this.#create(topic, partition, options).finally(() => this.#creating.delete(name))
    this.#creating.set(name, creating)
    return creating
  }

  async #create(topic: string, partition: number, options: CreateLogOptions): Promise<PartitionLog> {
    const home = this.moves.takePreferred(topic, partition) ?? this.#placeFor(options.directoryId)
    const directory = joinPath(home.path, partitionDirectoryName(topic, partition))
    const { topicId, config } = options
    const identity = { topic, partition, topicId, directory }
    const offsets = { hadCleanShutdown: true, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 }
    this.#arriving.set(home, (this.#arriving.get(home) ?? 0) + 1)
    try {
      // The checkpoints of a deleted namesake must not be believed of this log after a crash.
      await this.#tasks.forgetDeleted(home)
      await createLogFiles(this.context, directory, topicId)
      const state = await loadLog(this.context, identity, config, offsets, (error) => this.directoryFailed(home, error))
      const log = this.register(home, state)
      this.#tasks.created(log)
      return log
    } catch (error) {
      if (error instanceof KafkaError) throw error
      if (error instanceof FileSystemError && !isOutOfSpace(error)) this.directoryFailed(home, error)
      const message = `The log of ${topic}-${partition} cannot be created: ${(error as Error).message}`
      throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, message, { cause: error })
    } finally {
      this.#arriving.set(home, this.#arriving.get(home)! - 1)
    }
  }

  /** Work that a full disk has prevented is done when there may be room again, unless the broker stops before. */
  tryAgainLater(work: () => Promise<void>): void {
    this.#tasks.tryAgainLater(work)
  }

  #placeFor(directoryId: string | undefined): LogDirectory {
    // metadata.log.dir may be a directory that log.dirs does not name: partitions are not for it.
    const live = this.liveDirectories.filter(({ path }) => this.#options.logDirectories.includes(path))
    const named = live.find((directory) => directory.id === directoryId)
    if (named !== undefined) return named
    const open = live.filter(({ isCordoned }) => !isCordoned)
    const candidates = open.length > 0 ? open : live
    if (candidates.length === 0) throw this.#allOffline()
    // Most brokers have one directory, whose logs need not be counted for each that comes.
    if (candidates.length === 1) return first(candidates)
    const counts = new Map(candidates.map((directory) => [directory, this.#arriving.get(directory) ?? 0]))
    for (const home of this.#directoryOf.values()) {
      const count = counts.get(home)
      if (count !== undefined) counts.set(home, count + 1)
    }
    const [emptiest] = first([...counts].sort(([, a], [, b]) => a - b))
    return emptiest
  }

  #allOffline(): KafkaError {
    const failures = this.#directories.flatMap(({ failure }) => failure?.message ?? [])
    return new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `All log directories are offline: ${failures.join('; ')}`)
  }

  /** The directory has its new name when this resolves; it is removed after file.delete.delay.ms. */
  async deleteLog(topic: string, partition: number): Promise<void> {
    const log = this.getLog(topic, partition) ?? (await this.#creating.get(partitionDirectoryName(topic, partition)))
    if (log === undefined) return
    if (this.moves.moveOf(log) !== undefined) await this.moves.cancel(log)
    const home = this.#directoryOf.get(log)!
    const partitions = this.#logs.get(topic)!
    partitions.delete(partition)
    if (partitions.size === 0) this.#logs.delete(topic)
    this.#directoryOf.delete(log)
    const { fileDeleteDelayMs } = log.config
    if (this.cleaner === null) await log.abandon()
    else await this.cleaner.withoutCleaning(log, () => log.abandon())
    if (home.offline) return
    await this.cleaner?.forget(log, home)
    this.#tasks.deleted(home)
    const uniqueId = this.context.random.bytes(16)
    const renamed = joinPath(home.path, deletedDirectoryName(topic, partition, uniqueId))
    try {
      await this.context.files.rename(log.directory, renamed)
    } catch (error) {
      return this.directoryFailed(home, error as Error)
    }
    this.#tasks.removeTreeLater(renamed, fileDeleteDelayMs)
  }

  updateConfig(topic: string, config: LogConfig): void {
    for (const log of this.#logs.get(topic)?.values() ?? []) {
      if (log.config.compact && !config.compact) this.cleaner?.abort(log)
      log.updateConfig(config)
    }
    this.#tasks.configsChanged()
  }

  /** The whole directory is lost, with every log in it. */
  directoryFailed(directory: LogDirectory, error: Error): void {
    if (directory.offline) return
    directory.failure = error
    for (const log of this.logsIn(directory)) log.takeOffline(error)
    this.#options.onDirectoryFailure?.(directory.path, error, this.liveDirectories.length)
  }

  /** Brings the files of all logs, and the checkpoints, up to what has been appended so far. The logs go on. */
  async checkpoint(): Promise<void> {
    await runBounded([...this.logs()], PARALLEL_LOGS, (log) => log.checkpoint())
    for (const directory of this.liveDirectories) await this.#tasks.checkpoint(directory, Object.values(CheckpointFile))
  }

  /**
   * Closes all logs, writes the checkpoints and the marker of a clean stop, releases the locks. A stop before the logs
   * were loaded leaves the checkpoints and the lack of a marker as they were: the next start must recover.
   */
  async stop(brokerEpoch: bigint | number, onProgress?: (closed: number, total: number) => void): Promise<void> {
    this.#tasks.stop()
    await this.moves.stop()
    await this.cleaner?.stop()
    const failed = new Set<LogDirectory>(this.#directories.filter((directory) => directory.offline))
    let closed = 0
    const logs = [...this.logs()]
    await runBounded(logs, PARALLEL_LOGS, async (log) => {
      const home = this.#directoryOf.get(log)!
      // A log that went offline alone has not been made durable: its directory must not be taken for cleanly closed.
      if (log.offline) failed.add(home)
      try {
        await log.close()
        onProgress?.(++closed, logs.length)
        if (closed % CLOSED_PER_CHECKPOINT === 0 && this.#loaded.has(home)) await this.#tasks.checkpointClosed(home)
      } catch (error) {
        failed.add(home)
        this.context.logger.error({ err: error }, `${log.directory} could not be closed.`)
      }
    })
    for (const directory of this.#loaded) {
      if (!failed.has(directory) && !directory.offline) await this.#closeDirectory(directory, BigInt(brokerEpoch))
    }
    await this.context.openFiles.closeAll()
    for (const directory of this.#directories) await directory.unlock()
  }

  async #closeDirectory(directory: LogDirectory, brokerEpoch: bigint): Promise<void> {
    try {
      await this.#tasks.checkpoint(directory, Object.values(CheckpointFile))
      await directory.writeCleanShutdown(brokerEpoch)
    } catch (error) {
      this.context.logger.error({ err: error }, `The clean stop of ${directory.path} could not be written down.`)
    }
  }
}
