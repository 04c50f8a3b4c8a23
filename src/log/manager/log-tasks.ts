/**
 * Periodic tasks of a broker's logs, on a few timers for all of them: retention, checkpoints, flushes by
 * time, forgetting idle producers, removing deleted directories and old snapshots.
 */
import type { Clock, Timer } from '../../env/index.ts'
import { turn } from '../../env/run-bounded.ts'
import type { LogCleaner } from '../cleaner/log-cleaner.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import { METADATA_TOPIC } from '../files/file-names.ts'
import type { PartitionOffset } from '../files/offset-checkpoint.ts'
import type { LogContext } from '../log-context.ts'
import type { PartitionLog } from '../partition-log.ts'
import { CheckpointFile, type LogDirectory } from './log-directory.ts'

export interface TaskOptions {
  retentionCheckIntervalMs?: number
  initialTaskDelayMs?: number
  flushSchedulerIntervalMs?: number
  flushOffsetCheckpointIntervalMs?: number
  highWatermarkCheckpointIntervalMs?: number
  producerIdExpirationCheckIntervalMs?: number
}

/** Kafka's defaults. */
const DEFAULTS: Required<TaskOptions> = {
  retentionCheckIntervalMs: 300_000,
  initialTaskDelayMs: 30_000,
  flushSchedulerIntervalMs: Number.POSITIVE_INFINITY,
  flushOffsetCheckpointIntervalMs: 60_000,
  highWatermarkCheckpointIntervalMs: 5_000,
  producerIdExpirationCheckIntervalMs: 600_000,
}

/** Recovery points that have moved reach the disk within this time, so that a crash finds little to recover. */
const CHECKPOINT_SOON_MS = 1000
/** When no log has been created for so long, the new ones are made durable, so that a stop need not wait for it. */
const SETTLE_MS = 2000
/** How soon a full disk is asked for room again. */
const TRY_AGAIN_MS = 1000
/** How often logs with a finite flush.ms are looked at when log.flush.scheduler.interval.ms is not set. */
const FLUSH_CHECK_MS = 1000
/** Long.MAX_VALUE as a number: Kafka's default of log.flush.scheduler.interval.ms. */
const NEVER_MS = 2 ** 63
/** A long walk over many logs lets the loop turn in between. */
const LOGS_PER_TURN = 256

export interface TaskTarget {
  readonly context: LogContext
  readonly liveDirectories: LogDirectory[]
  logs(): Iterable<PartitionLog>
  logsIn(directory: LogDirectory): Iterable<PartitionLog>
  directoryFailed(directory: LogDirectory, error: Error): void
  /** Takes care of the retention of compacted logs. */
  readonly cleaner: LogCleaner | null
}

export class LogTasks {
  readonly #target: TaskTarget
  readonly #options: Required<TaskOptions>
  readonly #timers = new Set<Timer>()
  readonly #soon = new Set<LogDirectory>()
  /** Directories whose checkpoints may name partitions that have been deleted since. */
  readonly #stale = new Set<LogDirectory>()
  /** Logs whose newest files were never fsynced: a power failure would leave nothing of them. */
  readonly #unsettled = new Set<PartitionLog>()
  #settling: Timer | null = null
  #flushing = false
  #stopped = false

  constructor(target: TaskTarget, options: TaskOptions) {
    this.#target = target
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    this.#options = { ...DEFAULTS, ...Object.fromEntries(given) }
  }

  start(): void {
    const { initialTaskDelayMs, retentionCheckIntervalMs, flushOffsetCheckpointIntervalMs } = this.#options
    this.#every(retentionCheckIntervalMs, () => this.#checkRetention(), initialTaskDelayMs)
    this.#every(flushOffsetCheckpointIntervalMs, () => this.#checkpointAll(), initialTaskDelayMs)
    this.#every(this.#options.highWatermarkCheckpointIntervalMs, () => this.#checkpointHighWatermarks())
    this.#every(this.#options.producerIdExpirationCheckIntervalMs, () => this.#expireProducers())
    this.configsChanged()
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Logs that want to be flushed by time need a timer, the others do without. */
  configsChanged(): void {
    if (this.#flushing || this.#stopped) return
    for (const log of this.#target.logs()) {
      if (!Number.isFinite(log.config.flushMs)) continue
      this.#flushing = true
      const { flushSchedulerIntervalMs } = this.#options
      const intervalMs = flushSchedulerIntervalMs < NEVER_MS ? flushSchedulerIntervalMs : FLUSH_CHECK_MS
      this.#every(intervalMs, () => this.#flushOverdue())
      return
    }
  }

  #after(delayMs: number, run: () => void): Timer | null {
    if (this.#stopped) return null
    const timer = this.#clock.schedule(delayMs, () => {
      this.#timers.delete(timer)
      if (!this.#stopped) run()
    })
    this.#timers.add(timer)
    return timer
  }

  /** The next run is scheduled when one has ended: a slow one never overlaps with itself. */
  #every(intervalMs: number, run: () => Promise<void>, delayMs = intervalMs): void {
    if (!Number.isFinite(intervalMs)) return
    this.#after(delayMs, () => {
      run()
        .catch((error) => this.#target.context.logger.error({ err: error }, 'A periodic task of the logs failed.'))
        .finally(() => this.#every(intervalMs, run))
    })
  }

  get #clock(): Clock {
    return this.#target.context.clock
  }

  async #forEachLog(work: (log: PartitionLog) => Promise<unknown> | undefined): Promise<void> {
    let count = 0
    for (const log of [...this.#target.logs()]) {
      if (this.#stopped) return
      if (!log.offline) await work(log)
      if (++count % LOGS_PER_TURN === 0) await turn(this.#clock)
    }
  }

  async #checkRetention(): Promise<void> {
    await this.#forEachLog((log) => this.#removeStraySnapshots(log))
    const nowMs = this.#clock.nowMs()
    const { cleaner } = this.#target
    return this.#forEachLog((log) => {
      if (log.config.compact) return undefined
      const work = () => log.deleteOldSegments(nowMs).catch(() => undefined)
      return cleaner === null ? work() : cleaner.unlessCleaning(log, work)
    })
  }

  /** Each takes its time, and thousands of logs may have one. */
  async #removeStraySnapshots({ state }: PartitionLog): Promise<void> {
    try {
      await state.removeStraySnapshots()?.then(() => turn(this.#clock))
    } catch (err) {
      this.#target.context.logger.warn({ err }, `An old snapshot of ${state.name} could not be removed.`)
    }
  }

  #expireProducers(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    return this.#forEachLog((log) => {
      const { producerIdExpirationMs } = this.#target.context
      log.state.producers.removeExpired(nowMs, producerIdExpirationMs)
      log.state.verifications.removeExpired(nowMs, producerIdExpirationMs)
      return undefined
    })
  }

  #flushOverdue(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    return this.#forEachLog((log) => {
      const isOverdue = nowMs - log.state.lastFlushMs >= log.config.flushMs
      // The failure has taken the directory offline already.
      return isOverdue && log.recoveryPoint < log.logEndOffset ? log.flush().catch(() => undefined) : undefined
    })
  }

  async #checkpointAll(): Promise<void> {
    for (const directory of this.#target.liveDirectories) await this.#tryCheckpoint(directory, PERIODIC)
  }

  /** Where nothing was committed since the last time, nothing is written. */
  async #checkpointHighWatermarks(): Promise<void> {
    for (const directory of this.#target.liveDirectories) {
      const logs = this.#target.logsIn(directory)
      if (hasMoved(logs)) await this.#tryCheckpoint(directory, [CheckpointFile.HIGH_WATERMARK])
    }
  }

  async #tryCheckpoint(directory: LogDirectory, files: readonly CheckpointFile[]): Promise<void> {
    try {
      await this.#checkpointOrFail(directory, files)
    } catch (error) {
      this.#target.context.logger.warn({ err: error }, `A checkpoint of ${directory.path} could not be written.`)
    }
  }

  /** A full disk is no failure of the directory: the next attempt may find room. */
  async #checkpointOrFail(directory: LogDirectory, files: readonly CheckpointFile[]): Promise<void> {
    try {
      await this.checkpoint(directory, files)
    } catch (error) {
      if (!isOutOfSpace(error)) this.#target.directoryFailed(directory, error as Error)
      throw error
    }
  }

  /** The recovery point of a log of this directory has moved. */
  checkpointSoon(directory: LogDirectory): void {
    if (this.#soon.has(directory)) return
    this.#soon.add(directory)
    this.#after(CHECKPOINT_SOON_MS, () => {
      this.#soon.delete(directory)
      void this.#tryCheckpoint(directory, [CheckpointFile.RECOVERY_POINT])
    })
  }

  /** In the middle of a stop: should it be cut short, what has been closed so far need not be recovered. */
  async checkpointClosed(directory: LogDirectory): Promise<void> {
    await this.#tryCheckpoint(directory, [CheckpointFile.RECOVERY_POINT])
  }

  checkpointLogStartOffsets(directory: LogDirectory): Promise<void> {
    return this.#checkpointOrFail(directory, [CheckpointFile.LOG_START_OFFSET])
  }

  checkpointHighWatermarks(directory: LogDirectory): Promise<void> {
    return this.#checkpointOrFail(directory, [CheckpointFile.HIGH_WATERMARK])
  }

  checkpointRecoveryPoints(directory: LogDirectory): Promise<void> {
    return this.#checkpointOrFail(directory, [CheckpointFile.RECOVERY_POINT])
  }

  async checkpoint(directory: LogDirectory, files: readonly CheckpointFile[]): Promise<void> {
    const logs = [...this.#target.logsIn(directory)].filter((log) => !isMetadata(log))
    for (const file of files) {
      const offsets = OFFSETS[file]?.(logs)
      if (offsets === undefined) continue
      await directory.writeCheckpoint(file, offsets)
      if (file === CheckpointFile.HIGH_WATERMARK) remember(logs, offsets)
    }
  }

  /** The log has been created: its directory and its files are to be there after a power failure, before long. */
  created(log: PartitionLog): void {
    if (Number.isFinite(log.config.flushMs)) this.configsChanged()
    this.#unsettled.add(log)
    if (this.#settling !== null) {
      this.#settling.cancel()
      this.#timers.delete(this.#settling)
    }
    this.#settling = this.#after(SETTLE_MS, () => void this.#settle())
  }

  /** Flushes new logs one at a time, so that appends to other logs do not wait behind them for the disk. */
  async #settle(): Promise<void> {
    this.#settling = null
    for (const log of this.#unsettled) {
      // More are being created: they go first.
      if (this.#stopped || this.#settling !== null) return
      this.#unsettled.delete(log)
      // A failure has taken the directory offline already; a full disk is asked again when the log is closed.
      if (!log.offline) await log.flush().catch(() => undefined)
    }
  }

  /** A log of this directory has been deleted; the checkpoints still name it. */
  deleted(directory: LogDirectory): void {
    this.#stale.add(directory)
  }

  /** Afterwards the checkpoints name no partition that is not there. */
  async forgetDeleted(directory: LogDirectory): Promise<void> {
    if (!this.#stale.delete(directory)) return
    await this.checkpoint(directory, PERIODIC)
  }

  tryAgainLater(work: () => Promise<void>): void {
    this.#after(TRY_AGAIN_MS, () => {
      work().catch((error) => this.#target.context.logger.error({ err: error }, 'A log could not be created.'))
    })
  }

  /** The files of a deleted partition go when nobody can be reading them any more, or at the next start. */
  removeTreeLater(path: string, delayMs: number): void {
    this.#after(delayMs, () => {
      this.#target.context.files.removeTree(path).catch((error) => {
        this.#target.context.logger.warn({ err: error }, `${path} could not be removed.`)
      })
    })
  }
}

const PERIODIC: readonly CheckpointFile[] = [
  CheckpointFile.RECOVERY_POINT,
  CheckpointFile.LOG_START_OFFSET,
  CheckpointFile.HIGH_WATERMARK,
]

const OFFSETS: Partial<Record<CheckpointFile, (logs: readonly PartitionLog[]) => PartitionOffset[]>> = {
  [CheckpointFile.RECOVERY_POINT]: (logs) => logs.map((log) => at(log, log.recoveryPoint)),
  [CheckpointFile.HIGH_WATERMARK]: (logs) => logs.map((log) => at(log, log.replica.highWatermark)),
  // A log that starts where its first segment does needs no entry, once no power failure can bring older ones back.
  [CheckpointFile.LOG_START_OFFSET]: (logs) =>
    logs
      .filter(
        ({ state }) => state.logStartOffset > (state.olderSegmentsMayReturn ? 0 : state.segments.first.baseOffset),
      )
      .map((log) => at(log, log.logStartOffset)),
}

function remember(logs: readonly PartitionLog[], highWatermarks: readonly PartitionOffset[]): void {
  for (const [at, { offset }] of highWatermarks.entries()) {
    const log = logs[at]
    if (log !== undefined) log.state.savedHighWatermark = offset
  }
}

function hasMoved(logs: Iterable<PartitionLog>): boolean {
  for (const log of logs) if (!isMetadata(log) && log.replica.highWatermark !== log.savedHighWatermark) return true
  return false
}

const at = ({ topic, partition }: PartitionLog, offset: number): PartitionOffset => ({ topic, partition, offset })

const isMetadata = (log: PartitionLog): boolean => log.topic === METADATA_TOPIC
