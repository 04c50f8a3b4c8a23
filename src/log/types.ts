import type { KafkaError } from '../../protocol/errors.ts'
import type { AppendOrigin } from './producers/append-origin.ts'
import type { VerificationGuard } from './producers/verification-guards.ts'

export type { AppendOrigin } from './producers/append-origin.ts'

export interface AppendOptions {
  leaderEpoch: number
  origin: AppendOrigin
  /** KIP-890: from version 2 on a transaction marker carries a bumped epoch, which must be new. 0 when absent. */
  transactionVersion?: number
  /**
   * Given where transactional records are accepted only if their coordinator knows of them: the guard that
   * `startVerification` returned. Absent: they are accepted.
   */
  verificationGuard?: VerificationGuard | null
}

/** The result of one append. For a duplicate, the offsets and the time of the first time it was appended. */
export interface AppendResult {
  firstOffset: number
  lastOffset: number
  /** -1 unless message.timestamp.type is LogAppendTime. */
  logAppendTimeMs: number
  maxTimestampMs: number
  logStartOffset: number
  leaderEpoch: number
  /** Bytes added to the log: 0 for a duplicate. */
  sizeBytes: number
  duplicate: boolean
}

/** Called exactly once. Errors may be `RecordValidationError`s, which name the records that were refused. */
export type AppendDone = (error: KafkaError | null, result: AppendResult | null) => void

export interface ReadOptions {
  maxBytes: number
  /** The first offset that must not be returned: the log end, the high watermark or the last stable offset. */
  upToOffset: number
  /** At least one whole batch, if there is one, even if it is larger than `maxBytes` (KIP-74). */
  minOneBatch: boolean
}

/**
 * Consecutive bytes of one segment. The last batch may be cut off where `maxBytes` were full, as Kafka does. The
 * buffers are retained for who has asked (`env/slab-pool`): released when they are not needed any more, their memory is
 * used again.
 */
export interface FetchedRecords {
  readonly buffers: readonly Buffer[]
  readonly sizeBytes: number
  /** Where these bytes stand; `abortedTransactions` takes it to judge as far as Kafka would. */
  readonly position: LogPosition
}

export interface LogPosition {
  offset: number
  segmentBaseOffset: number
  /** Byte position in that segment. */
  position: number
  /** As the log counted them when this was read. */
  replacements: number
}

export interface AbortedTransaction {
  producerId: number
  firstOffset: number
}

/** A `leaderEpoch` of -1 is an unknown one; a `timestamp` of -1 was not asked for. */
export interface TimestampOffset {
  timestamp: number
  offset: number
  leaderEpoch: number
}

/** An idempotent producer as DescribeProducers shows it. -1 stands for "none". */
export interface ActiveProducer {
  producerId: number
  producerEpoch: number
  lastSequence: number
  lastTimestampMs: number
  coordinatorEpoch: number
  currentTransactionFirstOffset: number
}
