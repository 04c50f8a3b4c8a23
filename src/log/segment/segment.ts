/**
 * One segment of a log: the `.log` file with the batches, and its indexes. Positions and sizes are bytes of that file.
 * Only the last segment grows: `prepareToGrow` makes it ready, `appended` follows each write, `becomeInactive` ends it.
 */
import * as batch from '../../../protocol/records/batch.ts'
import { OFFSET_INDEX_ENTRY_BYTES, TIME_INDEX_ENTRY_BYTES } from '../../../protocol/records/index-entries.ts'
import type { File } from '../../env/index.ts'
import {
  joinPath,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../files/file-names.ts'
import type { LogConfig } from '../log-config.ts'
import type { IndexFile } from './index-file.ts'
import { MAX_RELATIVE_OFFSET, OffsetIndex } from './offset-index.ts'
import type { OpenFile } from './open-files.ts'
import type { SegmentContext } from './segment-context.ts'
import {
  type BatchPosition,
  firstBatchTimestampOf,
  lastIndexedBatch,
  locateBatch,
  newestIndexedOrBehind,
  nextOffsetOf,
} from './segment-scans.ts'
import { TimeIndex, type TimestampAndOffset } from './time-index.ts'
import { TransactionIndex } from './transaction-index.ts'

/** The facts on a segment in a directory listing. */
export interface SegmentFiles {
  baseOffset: number
  sizeBytes: number
  modifiedMs: number
  hasTransactionIndex: boolean
}

const FILE_KINDS = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX]

const NEW: Omit<SegmentFiles, 'baseOffset' | 'modifiedMs'> = { sizeBytes: 0, hasTransactionIndex: false }

export class Segment {
  readonly context: SegmentContext
  readonly baseOffset: number
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly transactionIndex: TransactionIndex
  directory: string
  sizeBytes: number
  /** Bytes that have been fsynced, as far as this process knows. */
  flushedBytes: number
  /** The length of a file that was made longer than what is in it (log.preallocate); zeros follow the batches. */
  #preallocatedBytes = 0
  /** Random, so that many partitions do not roll at once. */
  rollJitterMs = 0
  /** When this segment began to grow, for segments without timestamps; after a restart, when it was opened. */
  createdMs: number
  /** The newest change of the file, when the segment was opened or compacted. */
  modifiedMs: number
  #suffix: string
  #bytesSinceLastIndexEntry = 0
  /** Largest timestamp of the first batch. null: not looked up; -1: no batch, or one without. */
  #firstBatchTimestampMs: number | null
  /** null: still in the time index alone. */
  #maxTimestamp: TimestampAndOffset | null
  #growing = false
  #renaming: Promise<void> | null = null
  /** Whether the indexes in the files are whole, and known to be durable. */
  #indexesDurable = true
  /** The recovery point may be beyond what the files of the indexes have. */
  #indexesLag = false
  #deleted = false

  private constructor(context: SegmentContext, directory: string, files: SegmentFiles, isNew: boolean, suffix = '') {
    this.context = context
    this.directory = directory
    this.baseOffset = files.baseOffset
    this.sizeBytes = files.sizeBytes
    this.modifiedMs = files.modifiedMs
    this.flushedBytes = 0
    this.createdMs = context.clock.nowMs()
    this.#suffix = suffix
    this.offsetIndex = new OffsetIndex(context, this.#file(OFFSET_INDEX_SUFFIX), files.baseOffset, isNew)
    this.timeIndex = new TimeIndex(context, this.#file(TIME_INDEX_SUFFIX), files.baseOffset, isNew)
    this.transactionIndex = new TransactionIndex(
      context,
      this.#file(TRANSACTION_INDEX_SUFFIX),
      isNew || !files.hasTransactionIndex,
    )
    this.#firstBatchTimestampMs = files.sizeBytes === 0 ? -1 : null
    this.#maxTimestamp = isNew ? { timestamp: -1, offset: files.baseOffset } : null
  }

  /** A segment whose files are there; nothing is read yet. */
  static open(context: SegmentContext, directory: string, files: SegmentFiles): Segment {
    return new Segment(context, directory, files, false)
  }

  /** Creates the files of an empty segment, emptying leftovers of the same name. */
  static async create(
    context: SegmentContext,
    directory: string,
    baseOffset: number,
    { suffix = '', preallocateBytes = 0 } = {},
  ): Promise<Segment> {
    const files = { ...NEW, baseOffset, modifiedMs: context.clock.nowMs() }
    const segment = new Segment(context, directory, files, true, suffix)
    await context.files.remove(segment.transactionIndex.path)
    await context.openFiles.with(segment.path, 'write', async (file) => {
      if ((await file.sizeBytes()) > 0) await file.truncate(0)
      if (preallocateBytes > 0) await file.truncate(preallocateBytes)
    })
    segment.#preallocatedBytes = preallocateBytes
    await segment.offsetIndex.persist({ sync: false })
    await segment.timeIndex.persist({ sync: false })
    return segment
  }

  get path(): string {
    return this.#file(LOG_SUFFIX)
  }

  get suffix(): string {
    return this.#suffix
  }

  #file(kind: string): string {
    return joinPath(this.directory, segmentFileName(this.baseOffset, kind) + this.#suffix)
  }

  /** Null when both indexes are in memory, where they stay for this turn of the loop. */
  loadIndexes(): Promise<void> | null {
    const offsets = this.offsetIndex.load()
    const times = this.timeIndex.load()
    if (offsets === null && times === null) return null
    return this.#loadBoth()
  }

  async #loadBoth(): Promise<void> {
    await this.transactionIndex.load()
    const both = [this.offsetIndex, this.timeIndex]
    await this.context.indexMemory.holding(both, async () => {
      for (const index of both) await index.load()
    })
  }

  /** Keeps the indexes in memory until `releaseIndexes`: their files are about to get other names. */
  async holdIndexes(): Promise<void> {
    for (const index of this.#indexes()) {
      index.pin()
      await index.load()
    }
  }

  releaseIndexes(): void {
    for (const index of this.#indexes()) index.unpin()
  }

  /** A compacted segment is as old as what it was made of: retention goes by that where records have no timestamps. */
  async setModified(modifiedMs: number): Promise<void> {
    this.modifiedMs = modifiedMs
    await this.context.files.setModified(this.path, modifiedMs)
  }

  get growing(): boolean {
    return this.#growing
  }

  /** Loads and keeps what appends need. */
  async prepareToGrow(): Promise<void> {
    if (this.#growing) return
    await this.holdIndexes()
    await this.maxTimestamp()
    await this.firstBatchTimestampMs()
    this.#growing = true
    this.#indexesDurable = false
  }

  /** For a segment that is ready to grow. */
  get knownFirstBatchTimestampMs(): number {
    return this.#firstBatchTimestampMs ?? -1
  }

  /** How long the segment has waited to be rolled, measured by timestamps where there are some (KIP-33). */
  static waitedMs(firstTimestampMs: number, createdMs: number, nowMs: number, timestampMs: number): number {
    return firstTimestampMs >= 0 ? timestampMs - firstTimestampMs : nowMs - createdMs
  }

  static canHold(baseOffset: number, offset: number): boolean {
    return offset >= baseOffset && offset - baseOffset <= MAX_RELATIVE_OFFSET
  }

  /** Whether `moreEntries` may fill one of the indexes. */
  indexesFull(config: LogConfig, moreEntries: number): boolean {
    const offsetCapacity = Math.floor(config.segmentIndexBytes / OFFSET_INDEX_ENTRY_BYTES)
    // The last slot of the time index is kept for the entry that is written when the segment ends.
    const timeCapacity = Math.floor(config.segmentIndexBytes / TIME_INDEX_ENTRY_BYTES) - 1
    return (
      this.offsetIndex.entryCount + moreEntries >= offsetCapacity ||
      this.timeIndex.entryCount + moreEntries >= timeCapacity
    )
  }

  /** `bytes` have been written at the end of the file: whole batches, whose offsets go on where the segment ended. */
  appended(bytes: Buffer, config: LogConfig): void {
    let max = this.#maxTimestamp!
    for (let at = 0; at < bytes.length; ) {
      const size = batch.sizeInBytes(bytes, at)
      const lastOffset = batch.lastOffset(bytes, at)
      const timestamp = batch.maxTimestamp(bytes, at)
      if (this.sizeBytes === 0) this.#firstBatchTimestampMs = timestamp
      if (timestamp > max.timestamp) max = { timestamp, offset: lastOffset }
      if (this.#bytesSinceLastIndexEntry > config.indexIntervalBytes) {
        this.offsetIndex.append(lastOffset, this.sizeBytes)
        this.timeIndex.maybeAppend(max.timestamp, max.offset)
        this.#bytesSinceLastIndexEntry = 0
      }
      this.#bytesSinceLastIndexEntry += size
      this.sizeBytes += size
      at += size
    }
    this.#maxTimestamp = max
  }

  /** The segment grows no more. Its indexes get their last entries and are written, but not fsynced. */
  async becomeInactive(): Promise<void> {
    this.#finishTimeIndex()
    await this.persistIndexes({ sync: false })
    await this.#trim()
    this.#growing = false
    this.releaseIndexes()
  }

  /** Whether there was something to take away. */
  async #trim(): Promise<boolean> {
    if (this.#preallocatedBytes <= this.sizeBytes) return false
    await this.context.openFiles.with(this.path, 'write', (file) => file.truncate(this.sizeBytes))
    this.#preallocatedBytes = 0
    return true
  }

  #finishTimeIndex(): void {
    const max = this.#maxTimestamp
    if (max !== null && this.timeIndex.loaded && max.timestamp >= 0) {
      this.timeIndex.maybeAppend(max.timestamp, max.offset)
    }
  }

  /**
   * The offset index goes last: recovery takes an entry of it that is before the recovery point for a sign that all
   * indexes are durable up to there (`resume`).
   */
  async persistIndexes(options: { sync: boolean }): Promise<void> {
    const others = { sync: options.sync || this.#indexesLag }
    await this.timeIndex.persist(others)
    if (!this.transactionIndex.isEmpty) await this.transactionIndex.persist(others)
    await this.offsetIndex.persist(options)
  }

  get indexesDurable(): boolean {
    return this.#indexesDurable
  }

  /** fsyncs the batches and, once it has stopped growing, the indexes. */
  async flush(): Promise<void> {
    if (this.#deleted) return
    const sizeBytes = this.sizeBytes
    await this.syncBatches()
    if (this.#growing) {
      this.#indexesLag = true
    } else {
      await this.persistIndexes({ sync: true })
      this.#indexesDurable = true
      this.#indexesLag = false
    }
    this.flushedBytes = Math.max(this.flushedBytes, sizeBytes)
  }

  /** fsyncs the batches alone, which is enough to have them back, and not to let the recovery point pass them. */
  async syncBatches(): Promise<void> {
    if (!this.#deleted) await this.context.openFiles.with(this.path, 'write', (file) => file.sync())
  }

  /** A clean stop: afterwards the files say all there is to say, and are durable. */
  async close(): Promise<void> {
    this.#finishTimeIndex()
    const isTrimmed = await this.#trim()
    if (isTrimmed || this.flushedBytes < this.sizeBytes) await this.flush()
    for (const index of [this.timeIndex, this.transactionIndex, this.offsetIndex]) {
      if (index.dirty && !(index === this.transactionIndex && index.isEmpty)) await index.persist({ sync: true })
    }
    this.forgetFiles()
  }

  forgetFiles(): void {
    for (const path of [this.path, ...this.#indexes().map((index) => index.path)]) this.context.openFiles.forget(path)
  }

  #indexes() {
    return [this.offsetIndex, this.timeIndex, this.transactionIndex]
  }

  async read<T>(use: (file: File) => Promise<T>): Promise<T> {
    const open = await this.#openToRead()
    try {
      return await use(open.file)
    } finally {
      open.release()
    }
  }

  /** The segment may be given another name at any moment: by a deletion, or when it takes the place of others. */
  async #openToRead(): Promise<OpenFile> {
    for (;;) {
      if (this.#renaming !== null) await this.#renaming
      const { path } = this
      try {
        return this.context.openFiles.acquireNow(path, 'read') ?? (await this.context.openFiles.acquire(path, 'read'))
      } catch (error) {
        if (this.path === path && this.#renaming === null) throw error
      }
    }
  }

  /** Largest timestamp and the last offset of its batch; the time index is loaded for it once. */
  async maxTimestamp(): Promise<TimestampAndOffset> {
    if (this.#maxTimestamp !== null) return this.#maxTimestamp
    await this.timeIndex.load()
    this.#maxTimestamp ??= this.timeIndex.last()
    return this.#maxTimestamp
  }

  async firstBatchTimestampMs(): Promise<number> {
    if (this.#firstBatchTimestampMs !== null) return this.#firstBatchTimestampMs
    const found = await firstBatchTimestampOf(this)
    this.#firstBatchTimestampMs ??= found
    return this.#firstBatchTimestampMs
  }

  /** The time that retention compares: the largest timestamp, or where records have none, the file's last write. */
  async largestTimestampMs(): Promise<number> {
    const { timestamp } = await this.maxTimestamp()
    return timestamp >= 0 ? timestamp : this.modifiedMs
  }

  /** The first batch whose last offset is at least `offset`; null when the segment ends before. */
  locate(offset: number): Promise<BatchPosition | null> {
    return locateBatch(this, offset)
  }

  /** The offset after the last batch; the base offset of an empty segment. */
  nextOffset(): Promise<number> {
    return nextOffsetOf(this)
  }

  /** Cuts everything from the batch on that holds `offset`. Returns how many bytes went. */
  async truncateTo(offset: number): Promise<number> {
    const found = await this.locate(offset)
    const position = found?.position ?? this.sizeBytes
    return this.truncateToPosition(position, offset)
  }

  /** Cuts the file at a batch's start; `offset` is the first one that the segment does not have any more. */
  async truncateToPosition(position: number, offset: number): Promise<number> {
    const cut = this.sizeBytes - position
    await this.holdIndexes()
    for (const index of this.#indexes()) {
      index.truncateTo(offset)
      await index.trimFile()
    }
    this.sizeBytes = position
    if (cut > 0) await this.cutFile()
    this.#bytesSinceLastIndexEntry = 0
    if (position === 0) {
      this.createdMs = this.context.clock.nowMs()
      this.#firstBatchTimestampMs = -1
    }
    this.#maxTimestamp = await newestIndexedOrBehind(this)
    if (!this.#growing) this.releaseIndexes()
    return cut
  }

  /** Takes what the file has behind `sizeBytes` away for good. */
  async cutFile(): Promise<void> {
    const { sizeBytes } = this
    await this.context.openFiles.with(this.path, 'write', async (file) => {
      await file.truncate(sizeBytes)
      // Before anything takes the place of what was cut: power must not bring that back.
      await file.sync()
    })
    this.flushedBytes = Math.min(this.flushedBytes, sizeBytes)
  }

  /**
   * Makes the segment ready for `appended` to go on behind the last batch that its indexes are known to be right about,
   * where recovery begins to read; resolves to the offset there. What they say below `durableOffset`, the recovery
   * point, was durable before the recovery point got there. Whatever else the files have is taken away for good: it
   * must not be found there when the recovery point has passed it.
   */
  async resume(durableOffset: number): Promise<number> {
    await this.holdIndexes()
    for (const index of this.#indexes()) index.truncateTo(durableOffset)
    const last = await lastIndexedBatch(this)
    // The transaction index stays: its entries are rebuilt with the producer state alone, which may begin further on.
    const rebuilt = [this.offsetIndex, this.timeIndex]
    if (last === null) for (const index of rebuilt) index.truncateTo(this.baseOffset)
    for (const index of this.#indexes()) await index.trimFile()
    if (last === null) {
      this.#startOver(rebuilt)
      return this.baseOffset
    }
    this.sizeBytes = last.position + last.sizeInBytes
    this.#bytesSinceLastIndexEntry = last.sizeInBytes
    this.#maxTimestamp = this.timeIndex.last()
    this.#indexesLag = true
    return this.offsetIndex.last().offset + 1
  }

  /** Starts the indexes over: `appended` rebuilds them batch by batch, as if the segment was written again. */
  startRebuild(): void {
    this.#startOver(this.#indexes())
  }

  #startOver(indexes: readonly IndexFile[]): void {
    for (const index of indexes) index.reset()
    this.#indexesDurable = false
    this.#indexesLag = true
    this.sizeBytes = 0
    this.#bytesSinceLastIndexEntry = 0
    this.#firstBatchTimestampMs = -1
    this.#maxTimestamp = { timestamp: -1, offset: this.baseOffset }
  }

  /** The indexes of a segment that will not grow are complete again; `sizeBytes` is what they cover. */
  async finishRebuild(): Promise<void> {
    this.#indexesDurable = false
    this.#finishTimeIndex()
    await this.persistIndexes({ sync: false })
    if (this.transactionIndex.isEmpty) await this.context.files.remove(this.transactionIndex.path)
    this.releaseIndexes()
  }

  /** Renames the files that exist, `.log` first, as Apache does: a start after a crash in between can tell what to do. */
  async changeSuffix(suffix: string): Promise<void> {
    const renaming = this.#changeSuffix(suffix)
    this.#renaming = renaming.catch(() => {})
    await renaming.finally(() => {
      this.#renaming = null
    })
  }

  async #changeSuffix(suffix: string): Promise<void> {
    const from = FILE_KINDS.map((kind) => ({ kind, path: this.#file(kind) }))
    this.forgetFiles()
    this.#suffix = suffix
    for (const { kind, path } of from) await this.#rename(path, this.#file(kind))
    this.#updateIndexPaths()
  }

  async #rename(from: string, to: string): Promise<void> {
    if ((await this.context.files.stat(from)) !== null) await this.context.files.rename(from, to)
  }

  /** The files are in another directory now, under the same names and with the same content. */
  moveTo(directory: string): void {
    this.forgetFiles()
    this.directory = directory
    this.#updateIndexPaths()
  }

  #updateIndexPaths(): void {
    this.offsetIndex.path = this.#file(OFFSET_INDEX_SUFFIX)
    this.timeIndex.path = this.#file(TIME_INDEX_SUFFIX)
    this.transactionIndex.path = this.#file(TRANSACTION_INDEX_SUFFIX)
  }

  async deleteFiles(): Promise<void> {
    this.#deleted = true
    this.forgetFiles()
    for (const index of this.#indexes()) index.reset()
    await Segment.removeFiles(this.context, this.directory, this.baseOffset, this.#suffix)
  }

  /** The files of a segment under names of this suffix, as far as they are there. */
  static async removeFiles(
    context: SegmentContext,
    directory: string,
    baseOffset: number,
    suffix: string,
  ): Promise<void> {
    for (const kind of FILE_KINDS)
      await context.files.remove(joinPath(directory, segmentFileName(baseOffset, kind) + suffix))
  }
}
