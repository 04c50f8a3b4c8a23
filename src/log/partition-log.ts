/**
 * One partition's log, the counterpart of Kafka's UnifiedLog: an ordered sequence of record batches in segments.
 *
 * Offsets: log start ≤ log end. Recovery point ≤ log end: what is before it is durable. What is committed is known to the
 * log's `Replica`, which is asked where retention, compaction and checkpoints need it.
 *
 * Who does what: `AppendQueue` orders appends and writes them, `LogReader` reads, `Flusher` makes durable, `truncation`
 * takes away at the end and `retention` at the front, `recovery` opens a directory, whoever wrote it. They share
 * `LogState`. Everything that changes the set of segments or the end of the log other than by an append runs
 * `exclusively` on the append queue; readers need no lock, since segment lists are replaced and never changed, and files
 * outlive their segments for a while.
 *
 * A crash may come at any point:
 * - in an append: the torn tail is behind the recovery point and is cut at the next start, as are whole batches that
 *   were never acknowledged (a client that retries them finds them gone or finds them duplicates, never twice).
 * - in a roll: the new segment exists or not; it is empty, and the old one is complete either way. Indexes of both are
 *   behind the recovery point and are built anew.
 * - between a roll and the flush that follows it: recovery starts in the old segment.
 * - in a truncation: segments above the target go first, the highest offsets survive no step that lower ones do not.
 * - in a deletion: files without a `.log` and files named `.deleted` are removed at the next start.
 * - in the replacement of segments by compacted ones (`cleaner/segment-replacement`): `.cleaned` is undone, `.swap` is
 *   finished.
 * - in the write of a checkpoint: the old one is whole until the new one is durable.
 */

import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { TimestampType } from '../../protocol/records/batch.ts'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import {
  type ValidatedBatch,
  type ValidationOptions,
  validateLeaderAppend,
} from '../../protocol/records/leader-append.ts'
import { AppendQueue } from './append/append-queue.ts'
import { Flusher } from './append/flusher.ts'
import { rollTo } from './append/roll.ts'
import type { LogConfig } from './log-config.ts'
import type { LogState } from './log-state.ts'
import { NO_OFFSET } from './producers/producer-entry.ts'
import type { VerificationGuard, VerificationRequest } from './producers/verification-guards.ts'
import { LogReader } from './read/log-reader.ts'
import { AbsentReplica, type Replica } from './replica.ts'
import { deletableSegments, moveLogStartOffset } from './retention.ts'
import { deleteSegments } from './segment-deletion.ts'
import { truncateFullyAndStartAt, truncateTo } from './truncation.ts'
import type {
  AbortedTransaction,
  ActiveProducer,
  AppendDone,
  AppendOptions,
  FetchedRecords,
  ReadOptions,
  TimestampOffset,
} from './types.ts'

export type * from './types.ts'

export interface PartitionLogHooks {
  /** Makes the log start offset last: DeleteRecords is answered after it. */
  checkpointLogStartOffset(): Promise<void>
  /** The recovery point has moved on. */
  flushed(): void
  /** Committed records are about to be cut: the next start must not take what comes in its place for committed. */
  checkpointHighWatermark(): Promise<void>
  /** The recovery point was taken back by a truncation: what is appended now must not be taken for durable. */
  checkpointRecoveryPoint(): Promise<void>
  /** Runs a truncation while the log is not being compacted. */
  withoutCleaning<T>(change: () => Promise<T>): Promise<T>
  /** Records appended from `offset` on have not been compacted, whatever was there before. */
  truncated(offset: number): Promise<void>
}

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly #state: LogState
  readonly #flusher: Flusher
  readonly #reader: LogReader
  readonly #queue: AppendQueue
  readonly #hooks: PartitionLogHooks
  /** The last append that is validated aside, or waits for one that is. It never rejects. */
  #lastValidation: Promise<void> | null = null
  #replica: Replica = new AbsentReplica(this)

  constructor(state: LogState, hooks: PartitionLogHooks) {
    this.topic = state.topic
    this.partition = state.partition
    this.#state = state
    this.#hooks = hooks
    this.#flusher = new Flusher(state, () => hooks.flushed())
    this.#reader = new LogReader(state)
    this.#queue = new AppendQueue(state, this.#flusher, (endOffset) => this.#replica.written(endOffset))
  }

  /** For the parts of `log/` itself. */
  get state(): LogState {
    return this.#state
  }

  /** Kafka's base64url text. */
  get topicId(): string {
    return this.#state.topicId
  }

  /** Path of `<topic>-<partition>`. */
  get directory(): string {
    return this.#state.directory
  }

  get config(): LogConfig {
    return this.#state.config
  }

  updateConfig(config: LogConfig): void {
    this.#state.config = config
  }

  get logStartOffset(): number {
    return this.#state.logStartOffset
  }

  get logEndOffset(): number {
    return this.#state.logEndOffset
  }

  /** The replica that owns the log, and knows how far it is committed. */
  get replica(): Replica {
    return this.#replica
  }

  /** `replica` owns the log from now on; null: nobody does, and the log stays committed as far as it was. */
  attach(replica: Replica | null): void {
    if (replica === null) this.#state.savedHighWatermark = this.#replica.highWatermark
    this.#replica = replica ?? new AbsentReplica(this)
    this.committedUpTo(this.#replica.highWatermark)
  }

  /** The high watermark that replication-offset-checkpoint has for this log. */
  get savedHighWatermark(): number {
    return this.#state.savedHighWatermark
  }

  /**
   * Where the records end that are committed below `highWatermark` and in no open transaction. Of a transaction whose first
   * records have been deleted, the rest is unstable.
   */
  lastStableOffsetAt(highWatermark: number): number {
    const { firstUnstableOffset } = this.#state.producers
    return firstUnstableOffset === NO_OFFSET
      ? highWatermark
      : Math.min(highWatermark, Math.max(firstUnstableOffset, this.logStartOffset))
  }

  /** The replica's high watermark has come to `highWatermark`: transactions whose markers are below it are decided. */
  committedUpTo(highWatermark: number): void {
    const { producers } = this.#state
    if (producers.hasUnreplicated) producers.highWatermarkMoved(highWatermark)
  }

  get recoveryPoint(): number {
    return this.#state.recoveryPoint
  }

  /** -1 when there is none. */
  get latestEpoch(): number {
    return this.#state.epochs.latestEpoch
  }

  get sizeBytes(): number {
    return this.#state.segments.sizeBytes
  }

  /** True once its directory has failed, or it was closed or deleted: every call answers KAFKA_STORAGE_ERROR. */
  get offline(): boolean {
    return this.#state.failure !== null
  }

  /**
   * Appends what a client or a coordinator sends: validates it as Apache's LogValidator does, assigns offsets, checks the
   * producer's sequence. `records` belongs to the log from now on: its headers are patched in place, and readers are
   * served from it. `done` is called once the bytes are written, never before; duplicates get their first offsets.
   */
  appendAsLeader(records: Buffer, options: AppendOptions, done: AppendDone): void {
    let validated: ValidatedBatch | null | Promise<ValidatedBatch | null>
    try {
      const { compute } = this.#state.context
      validated = validateLeaderAppend(records, this.#validationOptions(options.origin), compute)
    } catch (error) {
      return this.#refuse(error, done)
    }
    if (!(validated instanceof Promise) && this.#lastValidation === null) {
      return this.#submitValidated(validated, options, done)
    }
    // One is with a worker: those behind it keep their place, whatever becomes of it.
    const result = Promise.resolve(validated)
    result.catch(() => {})
    const turn = Promise.resolve(this.#lastValidation)
      .then(() => result)
      .then(
        (found) => this.#submitValidated(found, options, done),
        (error) => this.#refuse(error, done),
      )
    this.#lastValidation = turn
    void turn.then(() => {
      if (this.#lastValidation === turn) this.#lastValidation = null
    })
  }

  /**
   * Appends batches as a leader has given them, offsets and leader epochs kept: what a follower fetched, or what the
   * quorum's leader made. They must be whole, sound and not before the log end (CORRUPT_MESSAGE, OFFSET_OUT_OF_RANGE).
   * `records` belongs to the log from now on.
   */
  appendAsGiven(records: Buffer, done: AppendDone): void {
    this.#queue.submit({ kind: 'asGiven', records, done })
  }

  /** Resolves when every append that has been asked for so far is written and answered, or refused. */
  async settled(): Promise<void> {
    while (this.#lastValidation !== null) await this.#lastValidation
    await this.#queue.settled()
  }

  #submitValidated(validated: ValidatedBatch | null, options: AppendOptions, done: AppendDone): void {
    if (validated !== null) return this.#queue.submit({ kind: 'leader', validated, options, done })
    // Bytes without a whole batch: Kafka answers without an error and appends nothing.
    const { logStartOffset } = this.#state
    const nothing = { firstOffset: -1, lastOffset: -1, logAppendTimeMs: -1, maxTimestampMs: -1, logStartOffset }
    done(null, { ...nothing, leaderEpoch: options.leaderEpoch, sizeBytes: 0, duplicate: false })
  }

  #refuse(error: unknown, done: AppendDone): void {
    if (error instanceof KafkaError) return done(error, null)
    this.#state.context.logger.error({ err: error }, `${this.#state.name}: validation failed unexpectedly.`)
    done(new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, undefined, { cause: error }), null)
  }

  #validationOptions(origin: 'client' | 'coordinator'): ValidationOptions {
    const { config, context, name } = this.#state
    return {
      origin,
      topicPartition: name,
      compression: COMPRESSION[config.compressionType],
      compressionLevel: compressionLevel(config),
      compacted: config.compact,
      timestampType:
        config.messageTimestampType === 'LogAppendTime' ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
      timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
      timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
      nowMs: context.clock.nowMs(),
      maxMessageBytes: config.maxMessageBytes,
      maxRecordBytes: config.maxDecompressedMessageBytes,
    }
  }

  /**
   * The bytes from the batch on that holds `offset`; at once where they are in memory. Throws or rejects with
   * OFFSET_OUT_OF_RANGE or KAFKA_STORAGE_ERROR.
   */
  read(offset: number, options: ReadOptions): FetchedRecords | Promise<FetchedRecords> {
    return this.#reader.read(offset, options)
  }

  /** The transactions that a read_committed reader of `records` has to leave out; at once where there is nothing to look up. */
  abortedTransactions(records: FetchedRecords): AbortedTransaction[] | Promise<AbortedTransaction[]> {
    return this.#reader.abortedTransactions(records)
  }

  /** ListOffsets' reserved timestamps -1 … -6, or the first record at or after a time; null when there is none. */
  offsetForTimestamp(timestamp: number): Promise<TimestampOffset | null> {
    return this.#reader.offsetForTimestamp(timestamp)
  }

  /** ListOffsets v0; see `segmentOffsetsBefore`. */
  segmentOffsetsBefore(timestamp: number, maxCount: number): Promise<number[]> {
    return this.#reader.segmentOffsetsBefore(timestamp, maxCount)
  }

  /** The largest epoch that is at most `epoch`, and where it ends; null when unknown. */
  endOffsetForEpoch(epoch: number): { epoch: number; endOffset: number } | null {
    return this.#state.epochs.endOffsetFor(epoch, this.#state.logEndOffset)
  }

  /** A leader begins its epoch at the end of the log, before it appends anything. */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    this.#state.epochs.assign(epoch, startOffset)
  }

  /**
   * Asked before the first append of a transaction, for the guard to append with; null when the transaction is under way
   * here. Throws INVALID_PRODUCER_EPOCH when the producer was fenced.
   */
  startVerification(request: VerificationRequest): VerificationGuard | null {
    const { verifications, producers, context } = this.#state
    return verifications.start(request, producers.entry(request.producerId), context.clock.nowMs())
  }

  activeProducers(): ActiveProducer[] {
    return this.#state.producers.activeProducers()
  }

  /** Moves the log start offset forward to `offset`. Resolves to where it is then, once that is durable. */
  async deleteRecordsBefore(offset: number): Promise<number> {
    if (this.#state.failure !== null) throw this.#state.storageError()
    const start = moveLogStartOffset(this.#state, offset)
    // A directory that power could still take would come back empty, from offset 0.
    if (this.#state.filesAreNew) await this.flush()
    try {
      await this.#hooks.checkpointLogStartOffset()
    } catch (error) {
      throw this.#state.storageError(error as Error)
    }
    return start
  }

  /** A follower's log starts where its leader's does. Durable with the next checkpoint. */
  followLogStart(offset: number): void {
    moveLogStartOffset(this.#state, offset)
  }

  /** The error that this log answers with while it is offline. */
  storageError(): KafkaError {
    return this.#state.storageError()
  }

  truncateTo(offset: number): Promise<void> {
    return this.#truncate(offset, truncateTo)
  }

  truncateFullyAndStartAt(offset: number): Promise<void> {
    return this.#truncate(offset, truncateFullyAndStartAt)
  }

  #truncate(offset: number, cut: typeof truncateTo): Promise<void> {
    const change = async () => {
      if (offset < this.#state.savedHighWatermark) {
        this.#state.savedHighWatermark = offset
        await this.#hooks.checkpointHighWatermark()
      }
      await cut(this.#state, offset, () => this.#hooks.checkpointRecoveryPoint())
      // The producers were collected from the log anew, which does not say what is committed.
      this.committedUpTo(this.#replica.highWatermark)
      await this.#hooks.truncated(offset)
    }
    return this.#hooks.withoutCleaning(async () => {
      // The recovery point can come down to the cut: a start tells by it that the cut may not be durable.
      if (offset > this.#state.recoveryPoint && offset < this.#state.logEndOffset) await this.flush()
      await this.#change(change)
    })
  }

  /** Deletes the segments that retention or the log start offset let go; how many. */
  async deleteOldSegments(nowMs: number): Promise<number> {
    if (this.#state.failure !== null) return 0
    const deletable = await deletableSegments(this.#state, nowMs, this.#replica.highWatermark)
    if (deletable.length > 0) await this.#change(() => deleteSegments(this.#state, deletable))
    return deletable.length
  }

  /** Starts a new segment, unless the active one is empty. */
  roll(): Promise<void> {
    return this.#change(async () => {
      const state = this.#state
      if (state.segments.active.sizeBytes === 0) return
      await state.segments.active.prepareToGrow()
      await rollTo(state, state.logEndOffset, state.producerSnapshot())
    })
  }

  /** Runs `work` while nothing is appended; its failures are the caller's. */
  holdAppends<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.exclusively(work)
  }

  /** Runs `change` while nothing is appended, and treats its failure as one of the disk. */
  async #change<T>(change: () => Promise<T>): Promise<T> {
    return this.#queue.exclusively(async () => {
      if (this.#state.failure !== null) throw this.#state.storageError()
      try {
        return await change()
      } catch (error) {
        if (error instanceof KafkaError) throw error
        this.#state.fail(error as Error)
        throw this.#state.storageError()
      }
    })
  }

  /** Everything appended so far is durable when it resolves. A failure takes the directory offline. */
  flush(): Promise<void> {
    return this.#flusher.flush()
  }

  /**
   * Makes all of it durable, with what a start would otherwise collect from the batches: a copy of the directory that is
   * made now is opened without reading them.
   */
  async checkpoint(): Promise<void> {
    if (this.#state.failure !== null) return
    await this.flush()
    await this.#change(async () => {
      const state = this.#state
      await state.segments.active.persistIndexes({ sync: false })
      if (state.logEndOffset > Math.max(state.lastSnapshotOffset, state.segments.first.baseOffset)) {
        await state.writeSnapshot(state.logEndOffset, state.producerSnapshot())
      }
    })
  }

  /** A clean stop: everything is on the disk and says so, and the next start has nothing to recover. */
  close(): Promise<void> {
    return this.#queue.exclusively(async () => {
      const state = this.#state
      if (state.failure !== null) return
      try {
        await this.#flusher.flush()
        await state.segments.active.close()
        // Not fsynced: should power take it now, an older one and the log say the same.
        if (state.logEndOffset > Math.max(state.lastSnapshotOffset, state.segments.first.baseOffset)) {
          await state.writeSnapshot(state.logEndOffset, state.producerSnapshot())
        }
        this.#forget()
      } finally {
        // Appends that come late must not be written behind the end that the clean stop has recorded.
        state.failure ??= new Error('it has been closed')
      }
    })
  }

  /** The directory is about to be renamed or removed; nothing is written any more. */
  abandon(): Promise<void> {
    return this.#queue.exclusively(async () => {
      this.#state.failure ??= new Error('the partition has been deleted')
      this.#forget()
    })
  }

  #forget(): void {
    this.#state.cancelTimers()
    this.#state.context.tailCache.drop(this.#state.tail)
    for (const segment of this.#state.segments.all) segment.forgetFiles()
  }

  /** Takes the log offline without a word to its directory, which has failed already. */
  takeOffline(error: Error): void {
    this.#state.failure ??= error
    this.#forget()
  }
}

const COMPRESSION = {
  producer: 'producer',
  uncompressed: CompressionType.NONE,
  gzip: CompressionType.GZIP,
  snappy: CompressionType.SNAPPY,
  lz4: CompressionType.LZ4,
  zstd: CompressionType.ZSTD,
} as const

function compressionLevel(config: LogConfig): number | undefined {
  switch (config.compressionType) {
    case 'gzip':
      return config.compressionGzipLevel
    case 'lz4':
      return config.compressionLz4Level
    case 'zstd':
      return config.compressionZstdLevel
    default:
      return undefined
  }
}
