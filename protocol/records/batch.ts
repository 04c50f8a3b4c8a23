/**
 * Record batches as they stand in a buffer: functions of (buffer, position of the batch), no object per batch. Where
 * the formats differ, the function decides by the magic byte; records inside a batch are read by `cursor.ts` and
 * `legacy.ts`.
 */
import { s8, s16be, s32be, struct, u32be } from 'buffer-layout'
import { type CompressionType, compressionTypeOfId } from './compression-type.ts'
import { crc32, crc32c } from './crc32c.ts'
import { CorruptRecordError, InvalidRecordError, UnreadableRecordsError } from './errors.ts'
import { type Int64, int64, offsetIn, readInt64, writeInt64 } from './layout.ts'

export const MAGIC_V0 = 0
export const MAGIC_V1 = 1
export const MAGIC_V2 = 2

export const NO_TIMESTAMP = -1
export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
export const NO_SEQUENCE = -1
export const NO_PARTITION_LEADER_EPOCH = -1

export const TimestampType = { NO_TIMESTAMP_TYPE: -1, CREATE_TIME: 0, LOG_APPEND_TIME: 1 } as const
export type TimestampType = (typeof TimestampType)[keyof typeof TimestampType]

/** The header of a batch of magic 2; the records follow it. */
export const BATCH_HEADER = struct([
  int64('baseOffset'),
  s32be('batchLength'),
  s32be('partitionLeaderEpoch'),
  s8('magic'),
  u32be('crc'),
  s16be('attributes'),
  s32be('lastOffsetDelta'),
  int64('baseTimestamp'),
  int64('maxTimestamp'),
  int64('producerId'),
  s16be('producerEpoch'),
  s32be('baseSequence'),
  s32be('recordsCount'),
])

/** The header of a message of magic 1; one of magic 0 ends before the timestamp. Key and value follow. */
const MESSAGE_HEADER = struct([
  int64('offset'),
  s32be('messageSize'),
  u32be('crc'),
  s8('magic'),
  s8('attributes'),
  int64('timestamp'),
])

/** Offsets in a batch of magic 2; offset, length and magic byte stand in the same place in every format. */
export const BatchField = {
  BASE_OFFSET: offsetIn(BATCH_HEADER, 'baseOffset'),
  LENGTH: offsetIn(BATCH_HEADER, 'batchLength'),
  LEADER_EPOCH: offsetIn(BATCH_HEADER, 'partitionLeaderEpoch'),
  MAGIC: offsetIn(BATCH_HEADER, 'magic'),
  CRC: offsetIn(BATCH_HEADER, 'crc'),
  ATTRIBUTES: offsetIn(BATCH_HEADER, 'attributes'),
  LAST_OFFSET_DELTA: offsetIn(BATCH_HEADER, 'lastOffsetDelta'),
  BASE_TIMESTAMP: offsetIn(BATCH_HEADER, 'baseTimestamp'),
  MAX_TIMESTAMP: offsetIn(BATCH_HEADER, 'maxTimestamp'),
  PRODUCER_ID: offsetIn(BATCH_HEADER, 'producerId'),
  PRODUCER_EPOCH: offsetIn(BATCH_HEADER, 'producerEpoch'),
  BASE_SEQUENCE: offsetIn(BATCH_HEADER, 'baseSequence'),
  RECORDS_COUNT: offsetIn(BATCH_HEADER, 'recordsCount'),
} as const

export const MessageField = {
  CRC: offsetIn(MESSAGE_HEADER, 'crc'),
  ATTRIBUTES: offsetIn(MESSAGE_HEADER, 'attributes'),
  TIMESTAMP: offsetIn(MESSAGE_HEADER, 'timestamp'),
  KEY_V0: offsetIn(MESSAGE_HEADER, 'timestamp'),
  KEY_V1: MESSAGE_HEADER.span,
} as const

const F = BatchField

/** Bytes that the length field does not count: the offset and itself. */
export const LOG_OVERHEAD = F.LENGTH + 4
export const RECORD_BATCH_OVERHEAD = BATCH_HEADER.span
export const HEADER_SIZE_UP_TO_MAGIC = F.MAGIC + 1
/** The least that the length field may say: an empty message of magic 0. */
export const RECORD_OVERHEAD_V0 = MessageField.KEY_V0 - LOG_OVERHEAD + 8

const INT32_MAX = 2 ** 31 - 1
/** The high word of 2^53. */
const UNSAFE_HIGH = 2 ** 21

export const COMPRESSION_MASK = 0x07
export const TIMESTAMP_TYPE_FLAG = 0x08
export const TRANSACTIONAL_FLAG = 0x10
export const CONTROL_FLAG = 0x20
export const DELETE_HORIZON_FLAG = 0x40

/**
 * Where the batch at `position` ends, which is where the next one begins; -1 when the bytes up to `end` do not hold it
 * whole (a torn tail, or nothing at all). Throws as Kafka does on a size or magic byte that no batch has:
 * ```ts
 * for (let at = 0, next = 0; (next = nextBatch(bytes, at)) !== -1; at = next) use(bytes, at)
 * ```
 */
export function nextBatch(buffer: Buffer, position: number, end = buffer.length): number {
  if (end - position < LOG_OVERHEAD) return -1
  const length = buffer.readInt32BE(position + F.LENGTH)
  if (length < RECORD_OVERHEAD_V0) {
    throw new CorruptRecordError(
      `Record size ${length} is less than the minimum record overhead (${RECORD_OVERHEAD_V0})`,
    )
  }
  if (end - position < HEADER_SIZE_UP_TO_MAGIC) return -1
  const version = buffer.readInt8(position + F.MAGIC)
  if (version < MAGIC_V0 || version > MAGIC_V2)
    throw new CorruptRecordError(`Invalid magic found in record: ${version}`)
  // Kafka's sum overflows here, and it fails without a verdict on the batch.
  if (length > INT32_MAX - LOG_OVERHEAD) throw new UnreadableRecordsError(`Record size ${length} is beyond any batch`)
  return end - position < length + LOG_OVERHEAD ? -1 : position + length + LOG_OVERHEAD
}

export function magic(buffer: Buffer, position: number): number {
  return buffer.readInt8(position + F.MAGIC)
}

/** The whole batch, header included. */
export function sizeInBytes(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position + F.LENGTH) + LOG_OVERHEAD
}

/**
 * The base offset of a batch. In magic 0 and 1, the offset in the header: that of a compressed message's last record.
 */
export function baseOffset(buffer: Buffer, position: number): number {
  const high = buffer.readInt32BE(position)
  if (high >= UNSAFE_HIGH || high < 0) {
    throw new CorruptRecordError(`Batch offset ${buffer.readBigInt64BE(position)} is outside [0, 2^53)`)
  }
  return high * 2 ** 32 + buffer.readUInt32BE(position + 4)
}

export function lastOffset(buffer: Buffer, position: number): number {
  return baseOffset(buffer, position) + lastOffsetDelta(buffer, position)
}

/** 0 for magic 0 and 1, whose header has the last offset itself. */
export function lastOffsetDelta(buffer: Buffer, position: number): number {
  return magic(buffer, position) < MAGIC_V2 ? 0 : buffer.readInt32BE(position + F.LAST_OFFSET_DELTA)
}

export function partitionLeaderEpoch(buffer: Buffer, position: number): number {
  if (magic(buffer, position) < MAGIC_V2) return NO_PARTITION_LEADER_EPOCH
  return buffer.readInt32BE(position + F.LEADER_EPOCH)
}

/** The stored checksum, unsigned. */
export function crc(buffer: Buffer, position: number): number {
  return buffer.readUInt32BE(position + (magic(buffer, position) < MAGIC_V2 ? MessageField.CRC : F.CRC))
}

/** All attribute bits; Kafka uses the low byte alone. */
export function attributes(buffer: Buffer, position: number): number {
  if (magic(buffer, position) < MAGIC_V2) return buffer.readInt8(position + MessageField.ATTRIBUTES)
  return buffer.readInt16BE(position + F.ATTRIBUTES)
}

/** Throws `UnreadableRecordsError` for an id that no codec has. */
export function compressionType(buffer: Buffer, position: number): CompressionType {
  return compressionTypeOfId(attributes(buffer, position) & COMPRESSION_MASK)
}

export function timestampType(buffer: Buffer, position: number): TimestampType {
  if (magic(buffer, position) === MAGIC_V0) return TimestampType.NO_TIMESTAMP_TYPE
  return (attributes(buffer, position) & TIMESTAMP_TYPE_FLAG) === 0
    ? TimestampType.CREATE_TIME
    : TimestampType.LOG_APPEND_TIME
}

export function isTransactional(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= MAGIC_V2 && (attributes(buffer, position) & TRANSACTIONAL_FLAG) !== 0
}

export function isControlBatch(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= MAGIC_V2 && (attributes(buffer, position) & CONTROL_FLAG) !== 0
}

/** When set, `baseTimestamp` is the time after which compaction may drop the batch's tombstones (KIP-534). */
export function hasDeleteHorizon(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= MAGIC_V2 && (attributes(buffer, position) & DELETE_HORIZON_FLAG) !== 0
}

/** Milliseconds; the nearest number where the bytes hold more than 2^53. -1 for magic 0. */
export function baseTimestamp(buffer: Buffer, position: number): number {
  return magic(buffer, position) < MAGIC_V2
    ? maxTimestamp(buffer, position)
    : readInt64(buffer, position + F.BASE_TIMESTAMP)
}

/** As `baseTimestamp`. */
export function maxTimestamp(buffer: Buffer, position: number): number {
  const version = magic(buffer, position)
  if (version === MAGIC_V0) return NO_TIMESTAMP
  return readInt64(buffer, position + (version === MAGIC_V1 ? MessageField.TIMESTAMP : F.MAX_TIMESTAMP))
}

/** `maxTimestamp` with all its bits, for the rare batch whose timestamps are beyond 2^53. */
export function maxTimestampExact(buffer: Buffer, position: number): bigint {
  const version = magic(buffer, position)
  if (version === MAGIC_V0) return -1n
  return buffer.readBigInt64BE(position + (version === MAGIC_V1 ? MessageField.TIMESTAMP : F.MAX_TIMESTAMP))
}

export function hasProducerId(buffer: Buffer, position: number): boolean {
  return magic(buffer, position) >= MAGIC_V2 && buffer.readInt32BE(position + F.PRODUCER_ID) >= 0
}

/** -1 when there is none. Ids that no broker hands out (2^53 and more) are refused. */
export function producerId(buffer: Buffer, position: number): number {
  if (!hasProducerId(buffer, position)) return NO_PRODUCER_ID
  const id = readInt64(buffer, position + F.PRODUCER_ID)
  if (!Number.isSafeInteger(id)) {
    throw new InvalidRecordError(`Producer id ${buffer.readBigInt64BE(position + F.PRODUCER_ID)} is outside [0, 2^53)`)
  }
  return id
}

export function producerEpoch(buffer: Buffer, position: number): number {
  return magic(buffer, position) < MAGIC_V2 ? NO_PRODUCER_EPOCH : buffer.readInt16BE(position + F.PRODUCER_EPOCH)
}

export function baseSequence(buffer: Buffer, position: number): number {
  return magic(buffer, position) < MAGIC_V2 ? NO_SEQUENCE : buffer.readInt32BE(position + F.BASE_SEQUENCE)
}

export function lastSequence(buffer: Buffer, position: number): number {
  const first = baseSequence(buffer, position)
  return first === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(first, lastOffsetDelta(buffer, position))
}

/** Sequences wrap from 2147483647 to 0. */
export function incrementSequence(sequence: number, increment: number): number {
  return sequence > INT32_MAX - increment ? increment - (INT32_MAX - sequence) - 1 : sequence + increment
}

export function decrementSequence(sequence: number, decrement: number): number {
  return sequence < decrement ? INT32_MAX - (decrement - sequence) + 1 : sequence - decrement
}

/** How many records the header of magic 2 declares; -1 for magic 0 and 1, which do not say. */
export function recordsCount(buffer: Buffer, position: number): number {
  return magic(buffer, position) < MAGIC_V2 ? -1 : buffer.readInt32BE(position + F.RECORDS_COUNT)
}

function computeCrc(buffer: Buffer, position: number): number {
  const end = position + sizeInBytes(buffer, position)
  // Everything after the checksum is covered; in magic 2 that leaves out base offset and leader epoch, so that a leader
  // may set them without touching the rest.
  return magic(buffer, position) < MAGIC_V2
    ? crc32(buffer, position + MessageField.CRC + 4, end)
    : crc32c(buffer, position + F.CRC + 4, end)
}

/** Whether the batch is large enough to be one and its checksum is right. */
export function isValid(buffer: Buffer, position: number): boolean {
  if (magic(buffer, position) >= MAGIC_V2 && sizeInBytes(buffer, position) < RECORD_BATCH_OVERHEAD) return false
  return crc(buffer, position) === computeCrc(buffer, position)
}

/** Throws `CorruptRecordError` unless `isValid`. */
export function ensureValid(buffer: Buffer, position: number): void {
  const size = sizeInBytes(buffer, position)
  if (magic(buffer, position) >= MAGIC_V2 && size < RECORD_BATCH_OVERHEAD) {
    throw new CorruptRecordError(
      `Record batch is corrupt (the size ${size} is smaller than the minimum allowed overhead ${RECORD_BATCH_OVERHEAD})`,
    )
  }
  const computed = computeCrc(buffer, position)
  const stored = crc(buffer, position)
  if (stored !== computed) {
    throw new CorruptRecordError(`Record is corrupt (stored crc = ${stored}, computed crc = ${computed})`)
  }
}

/** Not covered by the checksum of magic 2; in magic 0 and 1 the offset field, neither. */
export function setBaseOffset(buffer: Buffer, position: number, offset: number): void {
  writeInt64(buffer, position, offset)
}

export function setLastOffset(buffer: Buffer, position: number, offset: number): void {
  setBaseOffset(buffer, position, offset - lastOffsetDelta(buffer, position))
}

/** Magic 2 alone has one; it is not covered by the checksum. */
export function setPartitionLeaderEpoch(buffer: Buffer, position: number, epoch: number): void {
  buffer.writeInt32BE(epoch, position + F.LEADER_EPOCH)
}

/**
 * Sets what the record timestamps mean and how large they get, and the checksum anew, when either differs from what is
 * there. The other attributes stay, but bits that Kafka has no use for are cleared, as its own rewrite does.
 */
export function setMaxTimestamp(buffer: Buffer, position: number, type: TimestampType, timestampMs: Int64): void {
  if (magic(buffer, position) === MAGIC_V0) throw new Error('a message of magic 0 has no timestamp to set')
  const unchanged =
    typeof timestampMs === 'bigint'
      ? maxTimestampExact(buffer, position) === timestampMs
      : maxTimestamp(buffer, position) === timestampMs
  if (timestampType(buffer, position) === type && unchanged) return
  const legacy = magic(buffer, position) === MAGIC_V1
  const typeFlag = type === TimestampType.LOG_APPEND_TIME ? TIMESTAMP_TYPE_FLAG : 0
  if (legacy) {
    buffer.writeInt8((attributes(buffer, position) & COMPRESSION_MASK) | typeFlag, position + MessageField.ATTRIBUTES)
    writeInt64(buffer, position + MessageField.TIMESTAMP, timestampMs)
  } else {
    const kept = COMPRESSION_MASK | TRANSACTIONAL_FLAG | CONTROL_FLAG | DELETE_HORIZON_FLAG
    buffer.writeInt16BE((attributes(buffer, position) & kept) | typeFlag, position + F.ATTRIBUTES)
    writeInt64(buffer, position + F.MAX_TIMESTAMP, timestampMs)
  }
  updateCrc(buffer, position)
}

export function updateCrc(buffer: Buffer, position: number): void {
  const at = position + (magic(buffer, position) < MAGIC_V2 ? MessageField.CRC : F.CRC)
  buffer.writeUInt32BE(computeCrc(buffer, position), at)
}
