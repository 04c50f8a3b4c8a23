import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { replaceFile, writeAll } from '../env/atomic-file.ts'
import type { Timer } from '../env/index.ts'
import { InvariantError, violation } from '../env/invariant.ts'
import {
  dirname,
  joinPath,
  LEADER_EPOCH_CHECKPOINT,
  PARTITION_METADATA,
  PRODUCER_SNAPSHOT_SUFFIX,
  partitionDirectoryName,
  segmentFileName,
} from './files/file-names.ts'
import { formatLeaderEpochs, type LeaderEpochCache } from './leader-epoch-cache.ts'
import type { LogConfig } from './log-config.ts'
import type { LogContext } from './log-context.ts'
import { NO_OFFSET } from './producers/producer-entry.ts'
import { formatProducerSnapshot } from './producers/producer-snapshot.ts'
import { ProducerState } from './producers/producer-state.ts'
import { VerificationGuards } from './producers/verification-guards.ts'
import { CachedTail } from './read/tail-cache.ts'
import { SegmentList } from './segment/segment-list.ts'

/** Where a log lives: its partition, and the log directory that fails as a whole. */
export interface LogIdentity {
  topic: string
  partition: number
  topicId: string
  /** Path of the partition's directory. */
  directory: string
}

/**
 * The state that the parts of one log share (append queue, reader, flusher, truncation): numbers that everybody sees,
 * and structures behind them. `PartitionLog` is the face of it.
 */
export class LogState {
  readonly context: LogContext
  readonly topic: string
  readonly partition: number
  topicId: string
  directory: string
  config: LogConfig
  readonly segments = new SegmentList()
  readonly producers = new ProducerState()
  readonly verifications = new VerificationGuards()
  readonly epochs: LeaderEpochCache
  readonly tail = new CachedTail()
  logStartOffset = 0
  /** After the last batch that has been written. */
  logEndOffset = 0
  /** The high watermark as the checkpoint on the disk has it. */
  savedHighWatermark = 0
  /** Everything before it is durable; recovery looks at what follows. */
  recoveryPoint = 0
  /** Batches from here on were checked when the log was opened, or written since. */
  soundFromOffset = 0
  lastFlushMs: number
  /** Offsets of the `.snapshot` files, rising. */
  snapshotOffsets: number[] = []
  /** How often files were created, renamed or removed; `#durableChanges` of them have been fsynced. */
  #directoryChanges = 0
  #durableChanges = 0
  /** The directory was made by this process, and is not known to be durable. */
  filesAreNew = false
  /** Counts each beginning and each end of a cut at the log's end: bytes looked at under another count may be others. */
  cuts = 0
  /** A cut is under way: files are going, and the log end offset still names records that they held. */
  beingCut = false
  /** How often compaction has put a segment in the place of others. */
  replacements = 0
  failure: Error | null = null
  readonly #timers = new Set<Timer>()
  #onFailure: (error: Error) => void

  constructor(
    context: LogContext,
    identity: LogIdentity,
    config: LogConfig,
    epochs: LeaderEpochCache,
    onFailure: (error: Error) => void,
  ) {
    this.context = context
    this.topic = identity.topic
    this.partition = identity.partition
    this.topicId = identity.topicId
    this.directory = identity.directory
    this.config = config
    this.epochs = epochs
    this.lastFlushMs = context.clock.nowMs()
    this.#onFailure = onFailure
  }

  get name(): string {
    return partitionDirectoryName(this.topic, this.partition)
  }

  /** An append has been written. Throws an `InvariantError` where the end of the log would go back. */
  grewTo(endOffset: number): void {
    if (endOffset < this.logEndOffset) {
      throw violation('log', `${this.name} ends at ${this.logEndOffset} and cannot grow to ${endOffset}`)
    }
    this.logEndOffset = endOffset
  }

  /** Everything before `offset` is durable. Throws an `InvariantError` where there is no such offset. */
  flushedTo(offset: number): void {
    if (offset > this.logEndOffset) {
      throw violation('log', `${this.name} ends at ${this.logEndOffset} and is durable up to ${offset} at most`)
    }
    this.recoveryPoint = Math.max(this.recoveryPoint, offset)
  }

  /** Whether a power failure could still undo a creation, a renaming or a removal of a file. */
  get directoryDirty(): boolean {
    return this.#directoryChanges !== this.#durableChanges
  }

  directoryChanged(): void {
    this.#directoryChanges++
  }

  /**
   * Deletions at the front whose segments have left the list and whose files do not all have their new names yet: a
   * power failure would bring the segments back. One that fails stays counted.
   */
  deletionsUnderWay = 0

  /** Whether a start after a crash could find segments before the log start offset that only a checkpoint rules out. */
  get olderSegmentsMayReturn(): boolean {
    return this.directoryDirty || this.deletionsUnderWay > 0
  }

  /**
   * The disk has failed: nothing is tried again. The directory hears of it, and takes its other logs along. A broken
   * invariant is no failure of the disk, and ends this log alone.
   */
  fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    this.context.tailCache.drop(this.tail)
    if (!(error instanceof InvariantError)) return this.#onFailure(error)
    this.context.logger.error({ err: error }, `${this.name} is taken offline.`)
  }

  /** The log is in another directory now, which was made durable before; `onFailure` is that one's. */
  moveTo(directory: string, onFailure: (error: Error) => void): void {
    this.directory = directory
    this.#onFailure = onFailure
    for (const segment of this.segments.all) segment.moveTo(directory)
  }

  storageError(cause: Error | null = this.failure): KafkaError {
    const message = `The log of ${this.name} cannot be used: ${cause?.message ?? 'its directory is offline'}`
    return new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, message, cause === null ? {} : { cause })
  }

  path(fileName: string): string {
    return joinPath(this.directory, fileName)
  }

  snapshotPath(offset: number): string {
    return this.path(segmentFileName(offset, PRODUCER_SNAPSHOT_SUFFIX))
  }

  producerSnapshot(): Buffer {
    return formatProducerSnapshot(this.producers.entries())
  }

  get lastSnapshotOffset(): number {
    return this.snapshotOffsets.at(-1) ?? NO_OFFSET
  }

  /** Not fsynced: a snapshot that a crash has torn is told by its checksum, and an older one serves. */
  async writeSnapshot(offset: number, bytes: Buffer): Promise<void> {
    const path = this.snapshotPath(offset)
    const { files } = this.context
    await files.remove(path)
    const file = await files.open(path, 'write')
    try {
      await writeAll(file, [bytes], 0)
    } finally {
      await file.close()
    }
    this.snapshotOffsets = [...this.snapshotOffsets.filter((other) => other !== offset), offset].sort((a, b) => a - b)
    this.directoryChanged()
  }

  async syncSnapshot(offset: number): Promise<void> {
    const file = await this.context.files.open(this.snapshotPath(offset), 'write')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async removeSnapshots(which: (offset: number) => boolean): Promise<void> {
    const gone = this.snapshotOffsets.filter(which)
    this.snapshotOffsets = this.snapshotOffsets.filter((offset) => !which(offset))
    for (const offset of gone) await this.context.files.remove(this.snapshotPath(offset))
  }

  /**
   * Snapshots belong to the starts of segments, and the newest one to the end of a clean stop. Those that earlier stops
   * have left are as true as ever and only in the way. They are there when many logs have been opened, and go when
   * there is time for it. Undefined when there are none.
   */
  removeStraySnapshots(): Promise<void> | undefined {
    if (this.snapshotOffsets.length <= 1) return undefined
    const bases = new Set(this.segments.all.map((segment) => segment.baseOffset))
    const isStray = (offset: number) => !bases.has(offset) && offset !== this.lastSnapshotOffset
    return this.snapshotOffsets.some(isStray) ? this.removeSnapshots(isStray) : undefined
  }

  /** The names of this log's files and of its directory are found again after a power failure. */
  async syncDirectories(): Promise<void> {
    const { files, openFiles, directorySyncs } = this.context
    const changes = this.#directoryChanges
    if (this.filesAreNew) {
      const path = this.path(PARTITION_METADATA)
      await openFiles.with(path, 'write', (file) => file.sync())
      openFiles.forget(path)
    }
    await files.syncDirectory(this.directory)
    if (this.filesAreNew) await directorySyncs.sync(dirname(this.directory))
    this.filesAreNew = false
    this.#durableChanges = changes
  }

  /** Runs then, unless the log is closed before. */
  later(delayMs: number, run: () => void): void {
    const timer = this.context.clock.schedule(delayMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
  }

  cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  /** Durable with the next `syncDirectories`. */
  async writeEpochs(): Promise<void> {
    if (!this.epochs.isDirty) return
    const { entries } = this.epochs
    await replaceFile(this.context.files, this.path(LEADER_EPOCH_CHECKPOINT), formatLeaderEpochs(entries))
    this.directoryChanged()
    this.epochs.saved(entries)
  }
}
