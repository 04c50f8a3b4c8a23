/** Builds messages of magic 0 and 1, which no log is written with any more: for consumers that know nothing newer, and tests. */
import {
  LOG_OVERHEAD,
  MAGIC_V0,
  MAGIC_V1,
  MessageField,
  NO_TIMESTAMP,
  TIMESTAMP_TYPE_FLAG,
  updateCrc,
} from './batch.ts'
import { type RecordToWrite, subtract } from './build.ts'
import { compress } from './compression.ts'
import { CompressionType } from './compression-type.ts'
import { type Int64, writeInt64 } from './layout.ts'

export interface LegacyOptions {
  magic: typeof MAGIC_V0 | typeof MAGIC_V1
  baseOffset?: Int64
  compression?: CompressionType
  /** Given: messages of LogAppendTime. Magic 1 alone. */
  logAppendTimeMs?: Int64
}

/** One message a record, or one that holds them all compressed. Headers do not exist here. */
export function buildLegacy(options: LegacyOptions, records: readonly RecordToWrite[]): Buffer {
  const { magic, baseOffset = 0, compression = CompressionType.NONE, logAppendTimeMs } = options
  if (compression === CompressionType.ZSTD) throw new RangeError('zstd needs magic 2')
  if (records.length === 0) return Buffer.alloc(0)
  const typeFlag = logAppendTimeMs === undefined ? 0 : TIMESTAMP_TYPE_FLAG
  const relative = magic === MAGIC_V1 && compression !== CompressionType.NONE
  let maxTimestamp: Int64 = NO_TIMESTAMP
  let lastOffset: Int64 = baseOffset
  const messages = records.map((record, index) => {
    lastOffset = record.offset ?? BigInt(baseOffset) + BigInt(index)
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
    const offset = relative ? subtract(lastOffset, baseOffset) : lastOffset
    return message(magic, offset, typeFlag, logAppendTimeMs ?? record.timestamp, record.key, record.value)
  })
  if (compression === CompressionType.NONE) return Buffer.concat(messages)
  const value = compress(compression, Buffer.concat(messages), undefined, magic)
  return message(magic, lastOffset, compression | typeFlag, logAppendTimeMs ?? maxTimestamp, null, value)
}

function message(
  magic: number,
  offset: Int64,
  attributes: number,
  timestamp: Int64,
  key: Uint8Array | null,
  value: Uint8Array | null,
): Buffer {
  const keyAt = magic === MAGIC_V0 ? MessageField.KEY_V0 : MessageField.KEY_V1
  const buffer = Buffer.allocUnsafe(keyAt + 8 + (key?.length ?? 0) + (value?.length ?? 0))
  writeInt64(buffer, 0, offset)
  buffer.writeInt32BE(buffer.length - LOG_OVERHEAD, LOG_OVERHEAD - 4)
  buffer.writeInt8(magic, MessageField.CRC + 4)
  buffer.writeInt8(attributes, MessageField.ATTRIBUTES)
  if (magic === MAGIC_V1) writeInt64(buffer, MessageField.TIMESTAMP, timestamp)
  const valueAt = writeSized(buffer, keyAt, key)
  writeSized(buffer, valueAt, value)
  updateCrc(buffer, 0)
  return buffer
}

function writeSized(buffer: Buffer, position: number, bytes: Uint8Array | null): number {
  buffer.writeInt32BE(bytes === null ? -1 : bytes.length, position)
  if (bytes === null) return position + 4
  buffer.set(bytes, position + 4)
  return position + 4 + bytes.length
}
