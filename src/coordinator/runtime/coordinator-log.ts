import type { KafkaError } from '../../../protocol/errors.ts'

/**
 * The log below a coordinator: one partition of an internal topic a shard. The replication layer implements it, so that
 * a coordinator's records take the same path as everybody's.
 *
 * Two moments of an append are told apart, because they fail differently. `done` reports that the batch is in the
 * leader's log, or that nothing of it is: only then may state be reverted. That it is committed is told by the high
 * watermark, later and for everything below it; a batch that waits for it is never taken back by the coordinator.
 */
export interface CoordinatorLog {
  /** The first offset that is kept. */
  startOffset(topic: string, partition: number): number
  /** The log end offset: what the next record gets. */
  endOffset(topic: string, partition: number): number
  highWatermark(topic: string, partition: number): number
  /** The topic's `max.message.bytes`: no larger batch may be appended. */
  maxBatchBytes(topic: string, partition: number): number

  /**
   * Whole batches from the one that holds `fromOffset`, up to the log end (not only up to the high watermark: a new
   * leader's log is the truth). At least one batch unless there is none; `nextOffset` is where to go on.
   */
  read(topic: string, partition: number, fromOffset: number, maxBytes: number): Promise<LogSlice>

  /**
   * Appends one batch; its offsets count from 0 and its leader epoch is set on the way. `leaderEpoch` is the one of the
   * election: under another one it fails with NOT_LEADER_OR_FOLLOWER. `done` may be called before `append` returns.
   * `transaction` is given for batches that are part of one, or end it.
   */
  append(
    topic: string,
    partition: number,
    batch: Buffer,
    leaderEpoch: number,
    done: AppendDone,
    transaction?: TransactionalAppend,
  ): void

  /** Calls `listener` whenever the high watermark moved, until the returned function is called. */
  onHighWatermark(topic: string, partition: number, listener: (highWatermark: number) => void): () => void
}

/** The log checks a transactional batch or a marker by this (KIP-890). */
export interface TransactionalAppend {
  readonly transactionVersion: number
  /** Undefined where no verification is asked for: a marker needs none. */
  readonly verificationGuard: object | null | undefined
}

export interface LogSlice {
  /** Buffers that each hold whole record batches, in offset order. */
  readonly records: readonly Buffer[]
  readonly nextOffset: number
}

export type AppendDone = (error: KafkaError | null, result: { baseOffset: number; lastOffset: number } | null) => void
