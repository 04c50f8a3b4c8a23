/**
 * Whole batches as plain objects, for tools, tests and whoever reads few of them. int64 is bigint here, as in decoded
 * messages, so that whatever a file holds can be shown; hot paths use `batch.ts` and `cursor.ts`.
 */
import { first } from '../collections/elements.ts'
import * as batch from './batch.ts'
import { inflate, type RecordLimits } from './compression.ts'
import { type CompressionName, CompressionType, compressionName } from './compression-type.ts'
import { RecordCursor, type RecordHeader } from './cursor.ts'
import { UnreadableRecordsError } from './errors.ts'
import { ensureMessageValid, legacyRecords, messageKey, messageValue } from './legacy.ts'

export interface DecodedRecord {
  offset: bigint
  timestamp: bigint
  /** -1 where the batch has none. */
  sequence: number
  key: Buffer | null
  value: Buffer | null
  headers: RecordHeader[]
}

export type TimestampTypeName = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/** Fields that magic 0 and 1 do not have stand at their sentinel: -1, false or null. */
export interface DecodedBatch {
  position: number
  sizeInBytes: number
  baseOffset: bigint
  lastOffset: bigint
  magic: number
  attributes: number
  compression: CompressionName
  timestampType: TimestampTypeName
  crc: number
  leaderEpoch: number
  lastOffsetDelta: number
  baseTimestamp: bigint
  maxTimestamp: bigint
  producerId: bigint
  producerEpoch: number
  baseSequence: number
  lastSequence: number
  isTransactional: boolean
  isControl: boolean
  deleteHorizonMs: bigint | null
  /** How many records the header declares; null where it does not. */
  count: number | null
  records: DecodedRecord[]
}

/** A batch read for a person may inflate to this much. */
const DEFAULT_LIMITS: RecordLimits = { maxBytes: 1 << 30 }

/** Every whole batch in the bytes; a torn one at the end is left out. Throws as `decodeBatch`. */
export function decodeBatches(buffer: Buffer, limits = DEFAULT_LIMITS): DecodedBatch[] {
  const decoded: DecodedBatch[] = []
  for (let at = 0, next = 0; (next = batch.nextBatch(buffer, at)) !== -1; at = next) {
    batch.ensureValid(buffer, at)
    decoded.push(decodeBatch(buffer, at, limits))
  }
  return decoded
}

/**
 * The batch at `position`, which `nextBatch` has found whole. Throws the typed errors of `errors.ts` where Kafka's
 * iteration over the records fails; the checksum of a batch of magic 2 is left to `ensureValid`.
 */
export function decodeBatch(buffer: Buffer, position: number, limits = DEFAULT_LIMITS): DecodedBatch {
  return batch.magic(buffer, position) >= batch.MAGIC_V2
    ? decodeV2(buffer, position, limits)
    : decodeLegacy(buffer, position, limits)
}

/**
 * Sets a cursor on the records of a batch of magic 2, inflating them when needed. Bytes past `maxBytes` are
 * refused with `RecordTooLargeError`, records past `maxRecordBytes` by the cursor.
 */
export function openRecords(
  cursor: RecordCursor,
  buffer: Buffer,
  position: number,
  { maxBytes, maxRecordBytes }: RecordLimits = DEFAULT_LIMITS,
): RecordCursor {
  const end = position + batch.sizeInBytes(buffer, position)
  const start = position + batch.RECORD_BATCH_OVERHEAD
  if (end < start) throw new UnreadableRecordsError('The size of a batch leaves no room for its header')
  const count = batch.recordsCount(buffer, position)
  // Kafka does not look at the payload of a batch that declares no records.
  if (count === 0) return cursor.reset(buffer, start, start, 0)
  const type = batch.compressionType(buffer, position)
  if (type === CompressionType.NONE) return cursor.reset(buffer, start, end, count)
  const { bytes, failure } = inflate(type, buffer.subarray(start, end), { magic: batch.MAGIC_V2, maxBytes })
  return cursor.reset(bytes, 0, bytes.length, count, 'inflated', failure, maxRecordBytes)
}

function decodeV2(buffer: Buffer, position: number, limits: RecordLimits): DecodedBatch {
  const F = batch.BatchField
  const cursor = openRecords(new RecordCursor(), buffer, position, limits)
  const baseOffset = buffer.readBigInt64BE(position)
  const lastOffsetDelta = batch.lastOffsetDelta(buffer, position)
  const baseTimestamp = buffer.readBigInt64BE(position + F.BASE_TIMESTAMP)
  const maxTimestamp = buffer.readBigInt64BE(position + F.MAX_TIMESTAMP)
  const baseSequence = batch.baseSequence(buffer, position)
  const type = batch.timestampType(buffer, position)
  const records: DecodedRecord[] = []
  while (cursor.next()) {
    const created = baseTimestamp + (cursor.wideTimestampDelta ?? BigInt(cursor.timestampDelta))
    records.push({
      offset: BigInt.asIntN(64, baseOffset + BigInt(cursor.offsetDelta)),
      timestamp: type === batch.TimestampType.LOG_APPEND_TIME ? maxTimestamp : BigInt.asIntN(64, created),
      sequence: baseSequence < 0 ? -1 : batch.incrementSequence(baseSequence, cursor.offsetDelta),
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    })
  }
  return {
    position,
    sizeInBytes: batch.sizeInBytes(buffer, position),
    baseOffset,
    lastOffset: BigInt.asIntN(64, baseOffset + BigInt(lastOffsetDelta)),
    magic: batch.magic(buffer, position),
    attributes: batch.attributes(buffer, position),
    compression: compressionName(batch.compressionType(buffer, position)),
    timestampType: type === batch.TimestampType.LOG_APPEND_TIME ? 'LogAppendTime' : 'CreateTime',
    crc: batch.crc(buffer, position),
    leaderEpoch: batch.partitionLeaderEpoch(buffer, position),
    lastOffsetDelta,
    baseTimestamp,
    maxTimestamp,
    producerId: buffer.readBigInt64BE(position + F.PRODUCER_ID),
    producerEpoch: batch.producerEpoch(buffer, position),
    baseSequence,
    lastSequence: batch.lastSequence(buffer, position),
    isTransactional: batch.isTransactional(buffer, position),
    isControl: batch.isControlBatch(buffer, position),
    deleteHorizonMs: batch.hasDeleteHorizon(buffer, position) ? baseTimestamp : null,
    count: batch.recordsCount(buffer, position),
    records,
  }
}

function decodeLegacy(buffer: Buffer, position: number, limits: RecordLimits): DecodedBatch {
  const records = legacyRecords(buffer, position, limits).map((record): DecodedRecord => {
    // Each inner message has a checksum of its own.
    ensureMessageValid(record.buffer, record.position)
    const key = messageKey(record.buffer, record.position)
    const value = messageValue(record.buffer, record.position)
    return { offset: record.offset, timestamp: record.timestamp, sequence: -1, key, value, headers: [] }
  })
  const version = batch.magic(buffer, position)
  const appendTime = batch.timestampType(buffer, position) === batch.TimestampType.LOG_APPEND_TIME
  const maxTimestamp = batch.maxTimestampExact(buffer, position)
  return {
    position,
    sizeInBytes: batch.sizeInBytes(buffer, position),
    baseOffset: first(records).offset,
    lastOffset: buffer.readBigInt64BE(position),
    magic: version,
    attributes: batch.attributes(buffer, position),
    compression: compressionName(batch.compressionType(buffer, position)),
    timestampType: version === batch.MAGIC_V0 ? 'NoTimestampType' : appendTime ? 'LogAppendTime' : 'CreateTime',
    crc: batch.crc(buffer, position),
    leaderEpoch: batch.NO_PARTITION_LEADER_EPOCH,
    lastOffsetDelta: 0,
    baseTimestamp: maxTimestamp,
    maxTimestamp,
    producerId: -1n,
    producerEpoch: batch.NO_PRODUCER_EPOCH,
    baseSequence: batch.NO_SEQUENCE,
    lastSequence: batch.NO_SEQUENCE,
    isTransactional: false,
    isControl: false,
    deleteHorizonMs: null,
    count: null,
    records,
  }
}
