/** Builds batches of magic 2 from records: what coordinators, the controller, tools and tests append or send. */
import {
  BatchField,
  CONTROL_FLAG,
  DELETE_HORIZON_FLAG,
  LOG_OVERHEAD,
  MAGIC_V2,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  RECORD_BATCH_OVERHEAD,
  TIMESTAMP_TYPE_FLAG,
  TRANSACTIONAL_FLAG,
  updateCrc,
} from './batch.ts'
import { compress } from './compression.ts'
import { CompressionType } from './compression-type.ts'
import { type Int64, narrow, writeInt64 } from './layout.ts'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts'

/** A record to write. Offsets rise within a batch; without one a record follows the last. */
export interface RecordToWrite {
  key: Uint8Array | null
  value: Uint8Array | null
  /** Milliseconds, or -1 for none. */
  timestamp: Int64
  offset?: Int64
  headers?: readonly { key: string; value: Uint8Array | null }[]
}

export interface BatchOptions {
  /** Default 0, as a producer sends it. */
  baseOffset?: Int64
  /** Default: that of the last record. A compacted batch keeps the one it had. */
  lastOffset?: Int64
  compression?: CompressionType
  /** Kafka's for the codec; default the codec's own. */
  level?: number
  /** Given: the batch is of LogAppendTime, and this is when. */
  logAppendTimeMs?: Int64
  producerId?: Int64
  producerEpoch?: number
  baseSequence?: number
  isTransactional?: boolean
  isControl?: boolean
  partitionLeaderEpoch?: number
  /** When compaction may drop the tombstones (KIP-534). */
  deleteHorizonMs?: Int64
}

const INITIAL_BYTES = 512
const INT32_MAX = 2 ** 31 - 1
/** Attributes, timestamp and offset delta and the lengths at their longest, beside what the lengths count. */
const MAX_RECORD_OVERHEAD = 5 + 1 + 10 + 5 + 5 + 5 + 5

/** The batch as bytes; none for no records. */
export function buildBatch(options: BatchOptions, records: Iterable<RecordToWrite>): Buffer {
  const builder = new BatchBuilder(options)
  for (const record of records) builder.append(record)
  return builder.build()
}

/** A batch that holds no records any more, kept by compaction for its producer's sequence or a transaction's end. */
export function buildEmptyBatch(options: BatchOptions & { lastOffset: Int64; maxTimestamp: Int64 }): Buffer {
  const buffer = Buffer.alloc(RECORD_BATCH_OVERHEAD)
  writeHeader(buffer, options, {
    lastOffset: options.lastOffset,
    baseTimestamp: NO_TIMESTAMP,
    maxTimestamp: options.maxTimestamp,
    count: 0,
  })
  return buffer
}

export class BatchBuilder {
  private readonly options: BatchOptions
  private readonly baseOffset: Int64
  private buffer: Buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  private length = RECORD_BATCH_OVERHEAD
  private recordsCount = 0
  private baseTimestamp: Int64 | null
  private maxTimestamp: Int64 = NO_TIMESTAMP
  private lastOffset: Int64 = 0

  constructor(options: BatchOptions) {
    this.options = options
    this.baseOffset = options.baseOffset ?? 0
    this.baseTimestamp = options.deleteHorizonMs ?? null
  }

  get count(): number {
    return this.recordsCount
  }

  /** The size of the batch if it were built now without compression. */
  get sizeInBytes(): number {
    return this.length
  }

  append(record: RecordToWrite): void {
    const { timestamp } = record
    if (timestamp < 0 && BigInt(timestamp) !== -1n) throw new RangeError(`Invalid negative timestamp ${timestamp}`)
    this.baseTimestamp ??= timestamp
    const offset = record.offset ?? (this.recordsCount === 0 ? this.baseOffset : next(this.lastOffset))
    const offsetDelta = Number(subtract(offset, this.baseOffset))
    if (offsetDelta < 0 || offsetDelta > INT32_MAX || (this.recordsCount > 0 && offset <= this.lastOffset)) {
      throw new RangeError(`Offset ${offset} does not follow ${this.lastOffset} in a batch from ${this.baseOffset}`)
    }
    this.write(record, subtract(timestamp, this.baseTimestamp), offsetDelta)
    this.lastOffset = offset
    this.recordsCount++
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
  }

  /** The batch as bytes that are the caller's own; no bytes for no records. */
  build(): Buffer {
    if (this.recordsCount === 0) return Buffer.alloc(0)
    const { options } = this
    const batch = this.compressed()
    writeHeader(batch, options, {
      lastOffset: options.lastOffset ?? this.lastOffset,
      baseTimestamp: this.baseTimestamp ?? NO_TIMESTAMP,
      maxTimestamp: options.logAppendTimeMs ?? this.maxTimestamp,
      count: this.recordsCount,
    })
    return batch
  }

  private compressed(): Buffer {
    const { compression = CompressionType.NONE, level } = this.options
    const plain = this.buffer.subarray(0, this.length)
    if (compression === CompressionType.NONE) return plain
    const records = compress(compression, plain.subarray(RECORD_BATCH_OVERHEAD), level)
    const batch = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + records.length)
    records.copy(batch, RECORD_BATCH_OVERHEAD)
    return batch
  }

  private write(record: RecordToWrite, timestampDelta: Int64, offsetDelta: number): void {
    const { key, value, headers = [] } = record
    let bodySize = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta) + sizeOfVarint(headers.length)
    bodySize += sizeOfNullable(key) + sizeOfNullable(value)
    for (const header of headers) {
      const keyLength = Buffer.byteLength(header.key)
      bodySize += sizeOfVarint(keyLength) + keyLength + sizeOfNullable(header.value)
    }
    this.reserve(bodySize + MAX_RECORD_OVERHEAD)
    const { buffer } = this
    let at = writeVarint(buffer, this.length, bodySize)
    buffer[at++] = 0
    at = writeVarlong(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, offsetDelta)
    at = writeNullable(buffer, at, key)
    at = writeNullable(buffer, at, value)
    at = writeVarint(buffer, at, headers.length)
    for (const header of headers) {
      at = writeVarint(buffer, at, Buffer.byteLength(header.key))
      at += buffer.write(header.key, at)
      at = writeNullable(buffer, at, header.value)
    }
    this.length = at
  }

  private reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }
}

function writeHeader(
  batch: Buffer,
  options: BatchOptions,
  facts: { lastOffset: Int64; baseTimestamp: Int64; maxTimestamp: Int64; count: number },
): void {
  const F = BatchField
  const baseOffset = options.baseOffset ?? 0
  const flags =
    (options.compression ?? CompressionType.NONE) |
    (options.logAppendTimeMs !== undefined ? TIMESTAMP_TYPE_FLAG : 0) |
    (options.isTransactional ? TRANSACTIONAL_FLAG : 0) |
    (options.isControl ? CONTROL_FLAG : 0) |
    (options.deleteHorizonMs !== undefined ? DELETE_HORIZON_FLAG : 0)
  writeInt64(batch, F.BASE_OFFSET, baseOffset)
  batch.writeInt32BE(batch.length - LOG_OVERHEAD, F.LENGTH)
  batch.writeInt32BE(options.partitionLeaderEpoch ?? NO_PARTITION_LEADER_EPOCH, F.LEADER_EPOCH)
  batch.writeInt8(MAGIC_V2, F.MAGIC)
  batch.writeInt16BE(flags, F.ATTRIBUTES)
  batch.writeInt32BE(Number(subtract(facts.lastOffset, baseOffset)), F.LAST_OFFSET_DELTA)
  writeInt64(batch, F.BASE_TIMESTAMP, facts.baseTimestamp)
  writeInt64(batch, F.MAX_TIMESTAMP, facts.maxTimestamp)
  writeInt64(batch, F.PRODUCER_ID, options.producerId ?? NO_PRODUCER_ID)
  batch.writeInt16BE(options.producerEpoch ?? NO_PRODUCER_EPOCH, F.PRODUCER_EPOCH)
  batch.writeInt32BE(options.baseSequence ?? NO_SEQUENCE, F.BASE_SEQUENCE)
  batch.writeInt32BE(facts.count, F.RECORDS_COUNT)
  updateCrc(batch, 0)
}

/** Exact whatever the operands are, and a number where one holds the difference. */
export function subtract(left: Int64, right: Int64): Int64 {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return narrow(BigInt.asIntN(64, BigInt(left) - BigInt(right)))
}

function next(offset: Int64): Int64 {
  return typeof offset === 'number' ? offset + 1 : offset + 1n
}

function sizeOfNullable(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function writeNullable(target: Buffer, position: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(target, position, -1)
  const at = writeVarint(target, position, bytes.length)
  target.set(bytes, at)
  return at + bytes.length
}
