/** Batches that compaction writes anew, because some of their records go or their delete horizon is set (KIP-534). */

import * as batch from '../../../protocol/records/batch.ts'
import { BatchBuilder, buildEmptyBatch, subtract } from '../../../protocol/records/build.ts'
import { compress } from '../../../protocol/records/compression.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import type { RecordCursor } from '../../../protocol/records/cursor.ts'
import { type Int64, narrow, writeInt64 } from '../../../protocol/records/layout.ts'
import { type LegacyRecord, messageKey, messageValue } from '../../../protocol/records/legacy.ts'
import { writeVarint, writeVarlong } from '../../../protocol/records/varint.ts'
import type { Compute } from '../../env/index.ts'
import { present } from '../../env/invariant.ts'

const F = batch.BatchField
/** The bytes by which the varints of length, timestamp and offset, key, value and header count may grow. */
const MAX_RECORD_GROWTH = 5 + 10 + 5 + 5 + 5 + 5

/** Records of a batch of magic 2, by their place in it. */
export interface RetainedRecords {
  /** One byte a record: whether it stays. */
  readonly retained: Uint8Array
  readonly count: number
  /** The bytes of the records that stay, as they stand in the inflated batch. */
  readonly sizeBytes: number
}

/**
 * The batch at `at` with the records that stay: offsets, sequence, epochs, codec and last offset are those it had, so
 * that a producer's sequence goes on behind it. `records` is the cursor that has been over it. With a delete horizon,
 * that is the base timestamp, and the records count from there.
 */
export function compactBatch(
  buffer: Buffer,
  at: number,
  records: RecordCursor,
  { retained, count, sizeBytes }: RetainedRecords,
  deleteHorizonMs: number | null,
  compute: Compute,
): Buffer | Promise<Buffer> {
  const rewriter = new RecordRewriter(buffer, at, deleteHorizonMs)
  const plain = Buffer.allocUnsafe(batch.RECORD_BATCH_OVERHEAD + sizeBytes + count * MAX_RECORD_GROWTH)
  let end = batch.RECORD_BATCH_OVERHEAD
  records.rewind()
  for (let i = 0, start = records.position; records.next(); i++) {
    const next = start + records.sizeInBytes
    if (retained[i] === 1) end = rewriter.write(plain, end, records, start, next)
    start = next
  }
  const body = plain.subarray(batch.RECORD_BATCH_OVERHEAD, end)
  const finish = (bytes: Buffer) => finishBatch(buffer, at, bytes, rewriter, count, deleteHorizonMs)
  const type = batch.compressionType(buffer, at)
  if (type === CompressionType.NONE) return finish(plain.subarray(0, end))
  if (compute.worthIt(body.length)) return compute.compress(type, body).then((bytes) => finish(withHeader(bytes)))
  return finish(withHeader(compress(type, body)))
}

function withHeader(records: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(batch.RECORD_BATCH_OVERHEAD + records.length)
  bytes.set(records, batch.RECORD_BATCH_OVERHEAD)
  return bytes
}

function finishBatch(
  buffer: Buffer,
  at: number,
  bytes: Buffer,
  rewriter: RecordRewriter,
  count: number,
  deleteHorizonMs: number | null,
): Buffer {
  buffer.copy(bytes, 0, at, at + batch.RECORD_BATCH_OVERHEAD)
  const kept = batch.COMPRESSION_MASK | batch.TIMESTAMP_TYPE_FLAG | batch.TRANSACTIONAL_FLAG | batch.CONTROL_FLAG
  const horizonFlag = deleteHorizonMs === null ? 0 : batch.DELETE_HORIZON_FLAG
  bytes.writeInt32BE(bytes.length - batch.LOG_OVERHEAD, F.LENGTH)
  bytes.writeInt16BE((batch.attributes(buffer, at) & kept) | horizonFlag, F.ATTRIBUTES)
  writeInt64(bytes, F.BASE_TIMESTAMP, rewriter.baseTimestamp)
  writeInt64(bytes, F.MAX_TIMESTAMP, rewriter.maxTimestamp)
  bytes.writeInt32BE(count, F.RECORDS_COUNT)
  batch.updateCrc(bytes, 0)
  return bytes
}

/** Copies records one by one; where the base timestamp is another than before, with another delta. */
class RecordRewriter {
  baseTimestamp: Int64 = batch.NO_TIMESTAMP
  maxTimestamp: Int64 = batch.NO_TIMESTAMP
  readonly #oldBase: Int64
  readonly #appendTime: Int64 | null
  #hasBase = false

  constructor(buffer: Buffer, at: number, deleteHorizonMs: number | null) {
    this.#oldBase = narrow(buffer.readBigInt64BE(at + F.BASE_TIMESTAMP))
    const isAppendTime = batch.timestampType(buffer, at) === batch.TimestampType.LOG_APPEND_TIME
    this.#appendTime = isAppendTime ? narrow(batch.maxTimestampExact(buffer, at)) : null
    if (this.#appendTime !== null) this.maxTimestamp = this.#appendTime
    if (deleteHorizonMs === null) return
    this.baseTimestamp = deleteHorizonMs
    this.#hasBase = true
  }

  write(target: Buffer, position: number, record: RecordCursor, start: number, end: number): number {
    const oldDelta: Int64 = record.wideTimestampDelta ?? record.timestampDelta
    const timestamp = this.#appendTime ?? add(this.#oldBase, oldDelta)
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    if (!this.#hasBase) this.baseTimestamp = timestamp
    this.#hasBase = true
    const delta = subtract(timestamp, this.baseTimestamp)
    if (delta === oldDelta) return position + record.buffer.copy(target, position, start, end)
    return rewrite(target, position, record, delta, end)
  }
}

function rewrite(target: Buffer, position: number, record: RecordCursor, delta: Int64, end: number): number {
  // The body is written behind the longest length field that there is, and moved up to the one that it has.
  const bodyStart = position + 5
  target[bodyStart] = record.attributes
  let at = writeVarlong(target, bodyStart + 1, delta)
  at = writeVarint(target, at, record.offsetDelta)
  at = writeVarint(target, at, record.keyLength)
  if (record.keyLength > 0) at += record.buffer.copy(target, at, record.keyStart, record.keyStart + record.keyLength)
  at = writeVarint(target, at, record.valueLength)
  if (record.valueLength > 0) {
    at += record.buffer.copy(target, at, record.valueStart, record.valueStart + record.valueLength)
  }
  at = writeVarint(target, at, record.headersCount)
  if (record.headersCount > 0) at += record.buffer.copy(target, at, record.headersStart, end)
  const body = writeVarint(target, position, at - bodyStart)
  target.copyWithin(body, bodyStart, at)
  return body + at - bodyStart
}

function add(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b
  return narrow(BigInt.asIntN(64, BigInt(a) + BigInt(b)))
}

/**
 * The batch without any record: it keeps its producer's last sequence and epoch, or the last offset of what was
 * cleaned.
 */
export function emptyBatch(buffer: Buffer, at: number): Buffer {
  const lastOffset = batch.lastOffset(buffer, at)
  const maxTimestamp = narrow(batch.maxTimestampExact(buffer, at))
  if (batch.magic(buffer, at) < batch.MAGIC_V2) {
    return buildEmptyBatch({ baseOffset: lastOffset, lastOffset, maxTimestamp })
  }
  const isAppendTime = batch.timestampType(buffer, at) === batch.TimestampType.LOG_APPEND_TIME
  return buildEmptyBatch({
    baseOffset: batch.baseOffset(buffer, at),
    lastOffset,
    maxTimestamp,
    logAppendTimeMs: isAppendTime ? maxTimestamp : undefined,
    producerId: batch.producerId(buffer, at),
    producerEpoch: batch.producerEpoch(buffer, at),
    baseSequence: batch.baseSequence(buffer, at),
    isTransactional: batch.isTransactional(buffer, at),
    isControl: batch.isControlBatch(buffer, at),
    partitionLeaderEpoch: batch.partitionLeaderEpoch(buffer, at),
  })
}

/** Messages of magic 0 or 1, of which there is at least one, as a batch of magic 2 in the same codec. */
export function convertLegacy(
  buffer: Buffer,
  at: number,
  records: readonly LegacyRecord[],
  deleteHorizonMs: number | null,
): Buffer {
  const isAppendTime = batch.timestampType(buffer, at) === batch.TimestampType.LOG_APPEND_TIME
  const builder = new BatchBuilder({
    baseOffset: narrow(present(records[0], 'log', 'a batch that stays has a record').offset),
    compression: batch.compressionType(buffer, at),
    logAppendTimeMs: isAppendTime ? narrow(batch.maxTimestampExact(buffer, at)) : undefined,
    deleteHorizonMs: deleteHorizonMs ?? undefined,
  })
  for (const { buffer: message, position, offset, timestamp } of records) {
    const key = messageKey(message, position)
    const value = messageValue(message, position)
    builder.append({ key, value, offset: narrow(offset), timestamp: narrow(timestamp) })
  }
  return builder.build()
}
