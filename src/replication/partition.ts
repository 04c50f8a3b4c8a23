/**
 * A partition that this broker leads: the log, the leader's epoch and those who wait for it to grow.
 *
 * Invariants: log start offset ≤ last stable offset ≤ high watermark ≤ log end offset. Readers see nothing beyond the
 * high watermark. With a single replica the high watermark follows each completed write; an acknowledged record is
 * therefore always below it.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { BatchField, LOG_OVERHEAD } from '../../protocol/records/batch.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type {
  AbortedTransaction,
  AppendDone,
  AppendOptions,
  FetchedRecords,
  PartitionLog,
  TimestampOffset,
} from '../log/partition-log.ts'
import type { FetchPartition, FetchResult } from './fetch-session.ts'

export type Isolation = 'readUncommitted' | 'readCommitted'

/** Called when readers may see more: with the bytes by which the readable part of the log has grown. */
export type ProgressListener = (grownBytes: number) => void

/** ListOffsets' reserved timestamps (KIP-79, KIP-734, KIP-405, KIP-1005, KIP-1023). */
export const ListOffsetsTimestamp = {
  LATEST: -1,
  EARLIEST: -2,
  MAX_TIMESTAMP: -3,
  EARLIEST_LOCAL: -4,
  LATEST_TIERED: -5,
  EARLIEST_PENDING_UPLOAD: -6,
} as const

/** How a client or a coordinator appends; see `AppendOptions` of the log. */
export type PartitionAppend = Omit<AppendOptions, 'leaderEpoch'> & { acks: number; origin: 'client' | 'coordinator' }

/** DeleteRecords' -1: everything that is committed. */
const DELETE_TO_HIGH_WATERMARK = -1

export interface EpochEndOffset {
  epoch: number
  endOffset: number
}

const UNDEFINED_EPOCH_END: EpochEndOffset = { epoch: -1, endOffset: -1 }

export class Partition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly log: PartitionLog
  readonly #listeners = new Set<ProgressListener>()
  leaderId: number
  leaderEpoch: number
  inSyncReplicas: readonly number[]
  replicas: readonly number[]

  constructor(
    log: PartitionLog,
    state: { leaderId: number; leaderEpoch: number; inSyncReplicas: readonly number[]; replicas: readonly number[] },
  ) {
    this.topic = log.topic
    this.topicId = log.topicId
    this.partition = log.partition
    this.log = log
    this.leaderId = state.leaderId
    this.leaderEpoch = state.leaderEpoch
    this.inSyncReplicas = state.inSyncReplicas
    this.replicas = state.replicas
  }

  /** A leader's epoch begins where the log ends when it takes over, whether or not anything is appended in it. */
  beginEpoch(): void {
    if (this.leaderEpoch > this.log.latestEpoch) {
      this.log.assignEpochStartOffset(this.leaderEpoch, this.log.logEndOffset)
    }
  }

  /**
   * Appends a client's or a coordinator's batches. `acks` -1 asks for enough in-sync replicas first:
   * min.insync.replicas counts only as far as the partition has replicas at all (KIP-966), so that a single replica
   * with min.insync.replicas 2 accepts writes, as Apache's does.
   */
  append(records: Buffer, options: PartitionAppend, done: AppendDone): void {
    const { acks, origin, transactionVersion, verificationGuard } = options
    if (acks === -1) {
      const required = Math.min(this.log.config.minInsyncReplicas, this.replicas.length)
      if (this.inSyncReplicas.length < required) {
        const have = `[${this.inSyncReplicas.join(', ')}]`
        const message = `The size of the current ISR ${have} is insufficient to satisfy the min.isr requirement of ${required} for partition ${this.topic}-${this.partition}`
        return done(new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS, message), null)
      }
    }
    const append = { leaderEpoch: this.leaderEpoch, origin, transactionVersion, verificationGuard }
    this.log.appendAsLeader(records, append, (error, result) => {
      // Who appended is told first: nothing that goes wrong with those who wait may keep the answer from it.
      done(error, result)
      if (error === null && result !== null) this.advance(result.sizeBytes)
    })
  }

  /** Tells those who wait that the log has grown, or (0 bytes) that its stable part or its state may have changed. */
  advance(grownBytes: number): void {
    for (const listener of this.#listeners) listener(grownBytes)
  }

  /** The returned function ends the subscription. */
  onProgress(listener: ProgressListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The end of what a reader may see. */
  readableEnd(isolation: Isolation): number {
    return isolation === 'readCommitted' ? this.log.lastStableOffset : this.log.highWatermark
  }

  /** KIP-320. -1 stands for an old client that does not know the epoch. */
  checkLeaderEpoch(currentLeaderEpoch: number): void {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.leaderEpoch) return
    throw new KafkaError(
      currentLeaderEpoch < this.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH,
    )
  }

  /**
   * Reads at most `maxBytes` from the asked offset on, at least one whole batch when `minOneBatch`. Offsets in the
   * result are those from before the read. Errors of the read are thrown as `KafkaError`s.
   */
  fetch(
    request: FetchPartition,
    options: { maxBytes: number; minOneBatch: boolean; isolation: Isolation },
  ): FetchResult | Promise<FetchResult> {
    this.checkLeaderEpoch(request.currentLeaderEpoch)
    const result = this.#emptyResult(request)
    const diverging = this.#divergingEpoch(request)
    if (diverging !== null) {
      result.divergingEpoch = { epoch: diverging.epoch, endOffset: BigInt(diverging.endOffset) }
      return result
    }
    const upTo = this.readableEnd(options.isolation)
    // Kafka's log fails to read less than nothing, which it notices only where there is something to read.
    if (options.maxBytes < 0 && request.fetchOffset >= this.log.logStartOffset && request.fetchOffset < upTo) {
      throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    }
    const read = this.log.read(request.fetchOffset, {
      maxBytes: Math.max(0, options.maxBytes),
      upToOffset: upTo,
      minOneBatch: options.minOneBatch,
    })
    return read instanceof Promise
      ? read.then((records) => this.#complete(result, records, options.isolation))
      : this.#complete(result, read, options.isolation)
  }

  #complete(result: FetchResult, records: FetchedRecords, isolation: Isolation): FetchResult | Promise<FetchResult> {
    // A first batch that was cut says nothing: the client gets it when its turn for a whole one comes (KIP-74).
    if (isCut(records)) {
      releaseAll(records.buffers)
      return result
    }
    result.records = records.buffers
    result.sizeBytes = records.sizeBytes
    if (isolation === 'readUncommitted') return result
    const withAborted = (aborted: readonly AbortedTransaction[]): FetchResult => {
      result.abortedTransactions = aborted.map(({ producerId, firstOffset }) => ({
        producerId: BigInt(producerId),
        firstOffset: BigInt(firstOffset),
      }))
      return result
    }
    const aborted = this.log.abortedTransactions(records)
    return aborted instanceof Promise ? aborted.then(withAborted) : withAborted(aborted)
  }

  #emptyResult(request: FetchPartition): FetchResult {
    return {
      request,
      errorCode: ErrorCode.NONE,
      highWatermark: this.log.highWatermark,
      lastStableOffset: this.log.lastStableOffset,
      logStartOffset: this.log.logStartOffset,
      records: [],
      sizeBytes: 0,
      abortedTransactions: null,
      divergingEpoch: null,
    }
  }

  /** KIP-595: where the client's log leaves ours, when it says which epoch its last record had. */
  #divergingEpoch(request: FetchPartition): EpochEndOffset | null {
    if (request.lastFetchedEpoch === -1) return null
    const end = this.endOffsetForEpoch(request.lastFetchedEpoch)
    if (end.endOffset === -1 || end.epoch === -1 || request.fetchOffset < this.log.logStartOffset) {
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    }
    return end.epoch < request.lastFetchedEpoch || end.endOffset < request.fetchOffset ? end : null
  }

  /** Moves the log start offset to `offset`, or to the high watermark for -1; resolves to where it is then. */
  async deleteRecords(offset: number): Promise<number> {
    const { config } = this.log
    if (config.compact && !config.delete) {
      const message = `Records of partition ${this.topic}-${this.partition} can not be deleted due to the configured policy`
      throw new KafkaError(ErrorCode.POLICY_VIOLATION, message)
    }
    const target = offset === DELETE_TO_HIGH_WATERMARK ? this.log.highWatermark : offset
    if (target < 0) throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    return this.log.deleteRecordsBefore(target)
  }

  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.log.endOffsetForEpoch(epoch) ?? UNDEFINED_EPOCH_END
  }

  /**
   * ListOffsets. A consumer sees no further than its isolation allows; null is a replica's or debugger's view, to the
   * log end. Resolves to null when there is no such offset.
   */
  async offsetForTimestamp(
    timestamp: number,
    isolation: Isolation | null,
    currentLeaderEpoch: number,
  ): Promise<TimestampOffset | null> {
    this.checkLeaderEpoch(currentLeaderEpoch)
    const end = isolation === null ? this.log.logEndOffset : this.readableEnd(isolation)
    if (timestamp === ListOffsetsTimestamp.LATEST) return { offset: end, timestamp: -1, leaderEpoch: this.leaderEpoch }
    const found = await this.log.offsetForTimestamp(timestamp)
    const bounded = timestamp !== ListOffsetsTimestamp.EARLIEST && timestamp !== ListOffsetsTimestamp.EARLIEST_LOCAL
    return found !== null && bounded && found.offset >= end ? null : found
  }

  /** ListOffsets v0: at most `maxCount` offsets of segments, the largest first; a client is told of none it cannot read. */
  async segmentOffsetsBefore(timestamp: number, maxCount: number, isClient: boolean): Promise<number[]> {
    const offsets = await this.log.segmentOffsetsBefore(timestamp, maxCount)
    const end = this.log.highWatermark
    if (!isClient || !offsets.some((offset) => offset > end)) return offsets
    return [end, ...offsets.filter((offset) => offset <= end)]
  }
}

/** Whether not even the first batch is whole. */
function isCut({ buffers, sizeBytes }: FetchedRecords): boolean {
  if (sizeBytes === 0) return false
  if (sizeBytes < LOG_OVERHEAD) return true
  const start = buffers[0].length < LOG_OVERHEAD ? Buffer.concat([...buffers], LOG_OVERHEAD) : buffers[0]
  return sizeBytes < LOG_OVERHEAD + start.readInt32BE(BatchField.LENGTH)
}
