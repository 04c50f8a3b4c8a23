/**
 * Log compaction: keeps, of the records with one key, the last. `log.cleaner.threads` cleaners work beside each other,
 * none of them a thread: each takes the log that is the dirtiest, cleans it in slices between which the loop turns, and
 * looks again after log.cleaner.backoff.ms when nothing is worth it.
 *
 * A log is free, being cleaned (or its old segments deleted), being aborted, or paused (`CleaningStates`). Whatever changes
 * the log in a way that a cleaning must not see runs in `withoutCleaning`, which aborts and pauses first: truncation,
 * deletion, a move to another directory, retention. A change of the configuration away from `compact` aborts. A failed
 * directory ends a cleaning by itself: it finds the log offline.
 *
 * Up to where a log has been cleaned is in its directory's `cleaner-offset-checkpoint`. That is written after the cleaned
 * segments are in place; a crash before that costs one more cleaning. `segment-replacement` has the other crash points.
 *
 * Before anything is replaced, the log is flushed and its recovery point is on the disk: recovery, which starts there,
 * takes a gap between two segments for one that a failure of power has left, and compaction leaves such gaps.
 *
 * A full disk ends a cleaning without harm, and the next round tries again (Apache would take the directory offline). Other
 * failures of the disk take it offline. A log whose content cannot be cleaned (a damaged batch) is uncleanable until
 * the broker starts again, as in Apache; the others go on.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { type Clock, FileSystemError } from '../../env/index.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import type { LogContext } from '../log-context.ts'
import type { LogDirectory } from '../manager/log-directory.ts'
import type { PartitionLog } from '../partition-log.ts'
import { Throttler } from '../throttler.ts'
import { Backoff } from './backoff.ts'
import { cleanLog } from './clean-log.ts'
import { type CheckpointOwner, CleanerCheckpoints } from './cleaner-checkpoints.ts'
import { type CleanerSettings, DEFAULT_CLEANER_SETTINGS } from './cleaner-settings.ts'
import { CleaningAbortedError, type CleaningPass, type CleaningStats } from './cleaning-pass.ts'
import { CleaningStates } from './cleaning-states.ts'
import { Pacer } from './pacer.ts'
import { isCleanable, type LogToClean, measure } from './selection.ts'

/** A cleaner has one buffer to read into and one to write from. */
const BUFFERS_PER_CLEANER = 2
/** The least that is read at once, however small the configured buffer is. */
const MIN_IO_BUFFER_BYTES = 4096

export interface CleanerTarget extends CheckpointOwner {
  readonly context: LogContext
  readonly liveDirectories: readonly LogDirectory[]
  logs(): Iterable<PartitionLog>
  /** Puts the recovery points of a directory's logs on the disk. */
  checkpointRecoveryPoints(directory: LogDirectory): Promise<void>
}

export class LogCleaner {
  readonly #target: CleanerTarget
  readonly #states = new CleaningStates()
  readonly #checkpoints: CleanerCheckpoints
  readonly #throttler: Throttler
  readonly #backoff: Backoff
  /** Logs that could not be cleaned, for what is in them. */
  readonly #uncleanable = new WeakSet<PartitionLog>()
  #settings: CleanerSettings
  #cleaners: Promise<void>[] = []
  #running = 0
  #stopped = false

  constructor(target: CleanerTarget, settings: CleanerSettings = DEFAULT_CLEANER_SETTINGS) {
    this.#target = target
    this.#settings = settings
    this.#checkpoints = new CleanerCheckpoints(target)
    this.#throttler = new Throttler(target.context.clock, settings.ioMaxBytesPerSecond)
    this.#backoff = new Backoff(target.context.clock)
  }

  /** Once the logs are there. */
  async start(): Promise<void> {
    await this.#checkpoints.load(this.#target.liveDirectories)
    this.configure(this.#settings)
  }

  /** A cleaning that is under way ends with the settings that it began with, but for the throttle. */
  configure(settings: CleanerSettings): void {
    this.#settings = settings
    this.#throttler.bytesPerSecond = settings.ioMaxBytesPerSecond
    while (this.#running < settings.threads && !this.#stopped) this.#cleaners.push(this.#clean(this.#running++))
    this.#backoff.end()
  }

  /** Nothing is cleaned any more when this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#backoff.end()
    await Promise.all(this.#cleaners)
  }

  isUncleanable(log: PartitionLog): boolean {
    return this.#uncleanable.has(log)
  }

  /** Aborts a cleaning of the log, if there is one, and runs `change` while there is none. */
  async withoutCleaning<T>(log: PartitionLog, change: () => Promise<T>): Promise<T> {
    await this.#states.pause(log)
    try {
      return await change()
    } finally {
      this.#states.resume(log)
    }
  }

  /** As `withoutCleaning`, but leaves a cleaning alone and then does nothing. */
  async unlessCleaning(log: PartitionLog, work: () => Promise<unknown>): Promise<void> {
    if (!this.#states.begin(log)) return
    try {
      await work()
    } finally {
      this.#states.end(log)
    }
  }

  /** The configuration of the log says `compact` no more. */
  abort(log: PartitionLog): void {
    void this.withoutCleaning(log, async () => {})
  }

  /** The log has been cut back to `offset`. */
  truncated(log: PartitionLog, offset: number): Promise<void> {
    return this.#checkpoints.truncate(log, offset)
  }

  /** The log has left the directory. */
  forget(log: PartitionLog, directory: LogDirectory): Promise<void> {
    return this.#checkpoints.remove(log, directory)
  }

  /** The log, and what is known of it, is in another directory. */
  moved(log: PartitionLog, from: LogDirectory, to: LogDirectory): Promise<void> {
    return this.#checkpoints.move(log, from, to)
  }

  async #clean(index: number): Promise<void> {
    while (!this.#stopped && index < this.#settings.threads) {
      let cleaned = false
      try {
        cleaned = await this.#cleanDirtiest()
        await this.#deleteOldSegments()
      } catch (error) {
        this.#target.context.logger.error({ err: error }, 'A log cleaner failed; it goes on after its backoff.')
      }
      if (!cleaned && !this.#stopped) await this.#backoff.wait(this.#settings.backoffMs)
    }
    this.#running--
  }

  /** False when there was nothing to do. */
  async #cleanDirtiest(): Promise<boolean> {
    const dirtiest = await this.#dirtiest()
    if (dirtiest === null) return false
    return this.#cleanOne(dirtiest)
  }

  /** Compacts a log as far as that is possible now, however little there is to gain. */
  async compact(log: PartitionLog): Promise<void> {
    await this.withoutCleaning(log, async () => {})
    if (!this.#isCandidate(log)) return
    const measured = await this.#measure(log, this.#clock.nowMs())
    if (measured === null || measured.cleanableBytes === 0 || !this.#states.begin(log)) return
    await this.#cleanOne(measured)
  }

  async #cleanOne(measured: LogToClean): Promise<boolean> {
    const { log, firstDirtyOffset } = measured
    let endOffset = firstDirtyOffset
    try {
      endOffset = await this.#run(measured)
      if (!this.#states.isAborted(log)) await this.#checkpoints.set(log, endOffset)
    } catch (error) {
      this.#judge(log, error)
    } finally {
      this.#states.end(log)
    }
    return endOffset > firstDirtyOffset
  }

  /** The log with the highest share of dirty bytes, among those worth a cleaning; it is being cleaned from now on. */
  async #dirtiest(): Promise<LogToClean | null> {
    const nowMs = this.#clock.nowMs()
    const cleanable: LogToClean[] = []
    for (const log of [...this.#target.logs()]) {
      if (!this.#isCandidate(log)) continue
      const measured = await this.#measure(log, nowMs)
      if (measured !== null && measured.totalBytes > 0 && isCleanable(measured)) cleanable.push(measured)
    }
    cleanable.sort((a, b) => b.cleanableRatio - a.cleanableRatio)
    // Another cleaner may have taken one while the others were measured.
    return cleanable.find(({ log }) => this.#isCandidate(log) && this.#states.begin(log)) ?? null
  }

  #isCandidate(log: PartitionLog): boolean {
    return log.config.compact && !log.offline && this.#states.isFree(log) && !this.#uncleanable.has(log)
  }

  async #measure(log: PartitionLog, nowMs: number): Promise<LogToClean | null> {
    try {
      const measured = await measure(log, this.#checkpoints.offsetOf(log), nowMs)
      if (measured.resetsCheckpoint) await this.#checkpoints.set(log, measured.firstDirtyOffset)
      return measured
    } catch (error) {
      this.#judge(log, error)
      return null
    }
  }

  async #run(cleanable: LogToClean): Promise<number> {
    const { log } = cleanable
    const { clock, logger } = this.#target.context
    const startMs = clock.monotonicMs()
    const stats = { bytesRead: 0, bytesWritten: 0, recordsRead: 0, recordsRetained: 0 }
    await log.flush()
    const directory = this.#target.directoryOf(log)
    if (directory !== undefined) await this.#target.checkpointRecoveryPoints(directory)
    const endOffset = await cleanLog(this.#pass(log, stats), cleanable)
    const seconds = (clock.monotonicMs() - startMs) / 1000
    logger.info(
      `${log.state.name}: cleaned offsets ${cleanable.firstDirtyOffset} to ${endOffset}: ${report(stats, seconds)}`,
    )
    return endOffset
  }

  #pass(log: PartitionLog, stats: CleaningStats): CleaningPass {
    const { threads, dedupeBufferBytes, loadFactor, ioBufferBytes } = this.#settings
    const cleaners = Math.max(1, threads)
    return {
      state: log.state,
      limits: {
        dedupeBufferBytes: Math.floor(dedupeBufferBytes / cleaners),
        loadFactor,
        ioBufferBytes: Math.max(MIN_IO_BUFFER_BYTES, Math.floor(ioBufferBytes / cleaners / BUFFERS_PER_CLEANER)),
      },
      throttler: this.#throttler,
      pacer: new Pacer(this.#clock),
      nowMs: this.#clock.nowMs(),
      stats,
      checkAborted: () => {
        if (this.#stopped || log.offline || this.#states.isAborted(log)) throw new CleaningAbortedError()
      },
    }
  }

  #judge(log: PartitionLog, error: unknown): void {
    const { logger } = this.#target.context
    if (error instanceof CleaningAbortedError || log.offline) return
    if (error instanceof KafkaError && error.code === ErrorCode.KAFKA_STORAGE_ERROR) return
    if (isOutOfSpace(error)) {
      return logger.warn(`${log.state.name}: no space is left to clean it with; it is tried again later.`)
    }
    if (error instanceof FileSystemError) return log.state.fail(error)
    this.#uncleanable.add(log)
    logger.warn({ err: error }, `${log.state.name} cannot be cleaned, and is not until the broker starts again.`)
  }

  /** Retention of compacted logs: of what `compact,delete` lets go, and of what is before the log start offset. */
  async #deleteOldSegments(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const log of [...this.#target.logs()]) {
      if (this.#stopped) return
      if (!this.#isCandidate(log)) continue
      await this.unlessCleaning(log, () => log.deleteOldSegments(nowMs).catch((error) => this.#judge(log, error)))
    }
  }

  get #clock(): Clock {
    return this.#target.context.clock
  }
}

function report({ bytesRead, bytesWritten, recordsRead, recordsRetained }: CleaningStats, seconds: number): string {
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  const records = `${recordsRetained} of ${recordsRead} records`
  return `kept ${records}, read ${megabytes(bytesRead)} MB, wrote ${megabytes(bytesWritten)} MB in ${seconds.toFixed(1)} s.`
}
