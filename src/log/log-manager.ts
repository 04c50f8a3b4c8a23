import type { Logger } from 'pino'
import type { Environment } from '../env/index.ts'
import type { LogConfig } from './log-config.ts'
import type { PartitionLog } from './partition-log.ts'

export interface LogManagerOptions {
  environment: Environment
  logger: Logger
  /** Absolute paths; the first one holds the metadata log unless `metadataDirectory` names another. */
  logDirectories: readonly string[]
  metadataDirectory?: string
  nodeId: number
  /** null: keep what meta.properties says, or make a new id for empty directories. */
  clusterId: string | null
  /** Kafka's names: num.recovery.threads.per.data.dir, log.retention.check.interval.ms, …; Kafka's defaults when absent. */
  recoveryThreads?: number
  retentionCheckIntervalMs?: number
  initialTaskDelayMs?: number
  flushSchedulerIntervalMs?: number
  flushOffsetCheckpointIntervalMs?: number
  producerIdExpirationMs?: number
  tailCacheBytes?: number
  maxOpenFiles?: number
  /** A directory went offline (EIO, failed fsync); `remaining` directories still serve. */
  onDirectoryFailure?(directory: string, error: Error, remaining: number): void
}

export interface LoadOptions {
  configOf(topic: string): LogConfig
  /** Whether the metadata knows this partition with this topic id (null: the directory does not say). */
  isKnown(topic: string, partition: number, topicId: string | null): boolean
  onProgress?(loaded: number, total: number): void
}

/**
 * open() locks and checks the directories; openMetadataLog() gives the controller its log; loadLogs() loads all others
 * once the metadata image is there; then getLog/createLog/deleteLog.
 */
export abstract class LogManager {
  abstract readonly clusterId: string
  abstract readonly nodeId: number
  abstract readonly directories: readonly LogDirectoryInfo[]
  /** Path of `__cluster_metadata-0`'s parent: quorum-state lives in `<it>/__cluster_metadata-0`, bootstrap.checkpoint here. */
  abstract readonly metadataDirectory: string
  /** True when the last stop was clean in every directory. */
  abstract readonly hadCleanShutdown: boolean
  abstract openMetadataLog(config: LogConfig): Promise<PartitionLog>
  abstract loadLogs(options: LoadOptions): Promise<void>
  abstract getLog(topic: string, partition: number): PartitionLog | undefined
  abstract logs(): Iterable<PartitionLog>
  abstract createLog(topic: string, partition: number, options: CreateLogOptions): Promise<PartitionLog>
  /** The directory is renamed when it resolves; it is removed after file.delete.delay.ms. */
  abstract deleteLog(topic: string, partition: number): Promise<void>
  abstract updateConfig(topic: string, config: LogConfig): void
  /** Closes all logs, writes the checkpoints and the clean shutdown marker, releases the locks. */
  abstract stop(brokerEpoch: number): Promise<void>
}

export interface CreateLogOptions {
  topicId: string
  config: LogConfig
  /** Directory id (base64url) or none: the directory with the fewest logs. */
  directoryId?: string
}

export interface LogDirectoryInfo {
  readonly path: string
  /** directory.id of meta.properties, base64url. */
  readonly id: string
  readonly offline: boolean
}
