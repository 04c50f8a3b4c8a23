/** The parts of a leader's validation share its options, its result and the checks of single records. */
import { ErrorCode } from '../errors.ts'
import { NO_TIMESTAMP, TimestampType } from './batch.ts'
import type { CompressionType } from './compression-type.ts'
import { type RecordError, RecordValidationError } from './errors.ts'
import type { Int64 } from './layout.ts'

export interface ValidationOptions {
  /** Clients may send neither control batches nor gaps, and their sequences must be there. */
  origin: 'client' | 'coordinator'
  /** For messages: `topic-partition`. */
  topicPartition: string
  /** compression.type of the topic; `producer` keeps what was sent. */
  compression: CompressionType | 'producer'
  /** compression.gzip.level and its like; used where the leader compresses. */
  compressionLevel?: number
  /** cleanup.policy has compact: every record needs a key. */
  compacted: boolean
  /** message.timestamp.type */
  timestampType: typeof TimestampType.CREATE_TIME | typeof TimestampType.LOG_APPEND_TIME
  /** message.timestamp.before.max.ms and message.timestamp.after.max.ms; Infinity for no limit. */
  timestampBeforeMaxMs: number
  timestampAfterMaxMs: number
  nowMs: number
  /** max.message.bytes; Infinity for internal topics' own writes. */
  maxMessageBytes: number
  /** A batch that inflates to more is refused with MESSAGE_TOO_LARGE. Default `DEFAULT_MAX_INFLATED_BYTES`. */
  maxInflatedBytes?: number
  /**
   * max.decompressed.message.bytes: a record of a compressed batch that declares itself longer is refused with
   * INVALID_RECORD. Default: no limit.
   */
  maxRecordBytes?: number
}

/** Kafka inflates as a stream and knows no limit; here the whole batch is in memory at once. */
export const DEFAULT_MAX_INFLATED_BYTES = 256 * 1024 * 1024

/** One batch of magic 2, as the log stores it but for what `assignOffsets` sets. */
export interface ValidatedBatch {
  /** The batch and nothing else: a view of what was sent, patched in place, or bytes of its own when rebuilt. */
  readonly bytes: Buffer
  /** How many offsets it takes. */
  readonly recordsCount: number
  /** -1 for none; the append time once `assignOffsets` has set it. */
  maxTimestampMs: number
  /** message.timestamp.type is LogAppendTime: `assignOffsets` stamps it. */
  readonly takesAppendTime: boolean
  /** Converted or compressed anew, so that `bytes` are not the client's. */
  readonly rebuilt: boolean
}

/** Judges records one by one as LogValidator does, and collects what it refuses. */
export class RecordChecks {
  private readonly errors: RecordError[] = []
  private readonly options: ValidationOptions
  private readonly batchHasAppendTime: boolean
  /** A record with a timestamp in here, and a key if it must have one, needs no closer look. */
  private readonly earliest: number
  private readonly latest: number
  private invalidTimestamp = false

  constructor(options: ValidationOptions, batchTimestampType: TimestampType) {
    this.options = options
    this.batchHasAppendTime = batchTimestampType === TimestampType.LOG_APPEND_TIME
    const judgesTime = options.timestampType === TimestampType.CREATE_TIME
    this.earliest = judgesTime ? options.nowMs - options.timestampBeforeMaxMs : -Infinity
    this.latest = judgesTime
      ? options.nowMs + options.timestampAfterMaxMs
      : this.batchHasAppendTime
        ? -Infinity
        : Infinity
  }

  /** Whether records of these timestamps may all stand without a closer look. */
  acceptsAll(earliest: number, latest: number, hasNullKey: boolean): boolean {
    return earliest >= this.earliest && latest <= this.latest && !(hasNullKey && this.options.compacted)
  }

  /** Whether the record may stand. */
  accepts(index: number, hasKey: boolean, timestamp: Int64, offset: Int64): boolean {
    if (timestamp >= this.earliest && timestamp <= this.latest && (hasKey || !this.options.compacted)) return true
    return this.judge(index, hasKey, timestamp, offset)
  }

  private judge(index: number, hasKey: boolean, timestamp: Int64, offset: Int64): boolean {
    const { options } = this
    if (options.compacted && !hasKey) {
      const where = `in topic partition ${options.topicPartition}`
      return this.refuse(index, `Compacted topic cannot accept message without key ${where}`)
    }
    if (options.timestampType === TimestampType.CREATE_TIME && timestamp !== NO_TIMESTAMP) {
      const age = typeof timestamp === 'number' ? options.nowMs - timestamp : wideAge(options.nowMs, timestamp)
      if (age <= options.timestampBeforeMaxMs && -age <= options.timestampAfterMaxMs) return true
      this.invalidTimestamp = true
      return this.refuse(
        index,
        `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within ` +
          `[${timeBound(options.nowMs, -options.timestampBeforeMaxMs)}, ${timeBound(options.nowMs, options.timestampAfterMaxMs)}]`,
      )
    }
    if (!this.batchHasAppendTime) return true
    this.invalidTimestamp = true
    return this.refuse(
      index,
      `Invalid timestamp type in message with offset ${offset}. Producer should not set timestamp type to LogAppendTime.`,
    )
  }

  refuse(index: number, message: string): false {
    this.errors.push({ batchIndex: index, message })
    return false
  }

  /** Throws `RecordValidationError` if any record was refused. */
  finish(): void {
    const { errors } = this
    if (errors.length === 0) return
    if (this.invalidTimestamp) {
      const message = 'One or more records have been rejected due to invalid timestamp'
      throw new RecordValidationError(ErrorCode.INVALID_TIMESTAMP, message, errors)
    }
    const shown = errors
      .slice(0, 3)
      .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
    throw new RecordValidationError(
      ErrorCode.INVALID_RECORD,
      `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the ` +
        `first three errors at most: [${shown.join(', ')}]`,
      errors,
    )
  }
}

const INT64_MAX = 2n ** 63n - 1n

/** The bounds of a timestamp in Kafka's words: where there is no limit its sum wraps. */
function timeBound(nowMs: number, distanceMs: number): number | bigint {
  if (Number.isFinite(distanceMs)) return nowMs + distanceMs
  return BigInt.asIntN(64, BigInt(nowMs) + (distanceMs < 0 ? -INT64_MAX : INT64_MAX))
}

/** The difference of two int64 as Java has it, which may wrap. */
function wideAge(nowMs: number, timestamp: bigint): number {
  return Number(BigInt.asIntN(64, BigInt(nowMs) - timestamp))
}
