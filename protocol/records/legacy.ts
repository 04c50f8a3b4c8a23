/**
 * Messages of magic 0 and 1, which logs written before Kafka 0.11 still hold. A compressed message holds others as its
 * value: with absolute offsets in magic 0, counted from the first one in magic 1 (KIP-31).
 */
import { byteAt } from '../bytes.ts'
import {
  COMPRESSION_MASK,
  compressionType,
  LOG_OVERHEAD,
  MAGIC_V0,
  MAGIC_V1,
  MessageField,
  magic,
  RECORD_OVERHEAD_V0,
  sizeInBytes,
  TimestampType,
  timestampType,
} from './batch.ts'
import { inflate, type RecordLimits } from './compression.ts'
import { CompressionType } from './compression-type.ts'
import { crc32 } from './crc32c.ts'
import { CorruptRecordError, InvalidRecordError, UnreadableRecordsError } from './errors.ts'

/** One record of magic 0 or 1: where its message stands, with offset and timestamp as its wrapper makes them. */
export interface LegacyRecord {
  readonly offset: bigint
  readonly timestamp: bigint
  /** The message with its offset and size in front; the functions of `batch.ts` read it. */
  readonly buffer: Buffer
  readonly position: number
}

/** The records of the message at `position`: itself, or those inside when it is compressed. */
export function legacyRecords(buffer: Buffer, position: number, limits: RecordLimits): LegacyRecord[] {
  const offset = buffer.readBigInt64BE(position)
  if (compressionType(buffer, position) === CompressionType.NONE) {
    return [{ offset, timestamp: messageTimestamp(buffer, position), buffer, position }]
  }
  return innerRecords(buffer, position, offset, limits)
}

/** null when the length is negative. */
export function messageKey(buffer: Buffer, position: number): Buffer | null {
  return sizeDelimited(buffer, position, keySizeAt(buffer, position))
}

export function messageValue(buffer: Buffer, position: number): Buffer | null {
  const keyAt = keySizeAt(buffer, position)
  const keySize = messageInt32(buffer, position, keyAt)
  return sizeDelimited(buffer, position, keyAt + 4 + Math.max(0, keySize))
}

export function messageHasKey(buffer: Buffer, position: number): boolean {
  return messageInt32(buffer, position, keySizeAt(buffer, position)) >= 0
}

/**
 * Throws `CorruptRecordError` for a wrong checksum. Unlike the functions of `batch.ts` it holds for whatever magic byte
 * an inner message has: Kafka takes all of them for messages.
 */
export function ensureMessageValid(buffer: Buffer, position: number): void {
  const stored = buffer.readUInt32BE(position + MessageField.CRC)
  const computed = crc32(buffer, position + MessageField.CRC + 4, position + sizeInBytes(buffer, position))
  if (stored === computed) return
  throw new CorruptRecordError(`Record is corrupt (stored crc = ${stored}, computed crc = ${computed})`)
}

function keySizeAt(buffer: Buffer, position: number): number {
  return magic(buffer, position) === MAGIC_V0 ? MessageField.KEY_V0 : MessageField.KEY_V1
}

function messageTimestamp(buffer: Buffer, position: number): bigint {
  if (magic(buffer, position) === MAGIC_V0) return -1n
  if (sizeInBytes(buffer, position) < MessageField.KEY_V1) throw unreadable()
  return buffer.readBigInt64BE(position + MessageField.TIMESTAMP)
}

/** A message too short for its own lengths: Kafka meets an index out of bounds there and has no verdict. */
function unreadable(): UnreadableRecordsError {
  return new UnreadableRecordsError('A length in a message of magic 0 or 1 points beyond its end')
}

function messageInt32(buffer: Buffer, position: number, at: number): number {
  if (at + 4 > sizeInBytes(buffer, position)) throw unreadable()
  return buffer.readInt32BE(position + at)
}

function sizeDelimited(buffer: Buffer, position: number, at: number): Buffer | null {
  const size = messageInt32(buffer, position, at)
  if (size < 0) return null
  if (size > sizeInBytes(buffer, position) - at - 4) throw unreadable()
  return buffer.subarray(position + at + 4, position + at + 4 + size)
}

function innerRecords(
  buffer: Buffer,
  position: number,
  wrapperOffset: bigint,
  { maxBytes, maxRecordBytes = Number.POSITIVE_INFINITY }: RecordLimits,
): LegacyRecord[] {
  const wrapperMagic = magic(buffer, position)
  const type = compressionType(buffer, position)
  if (type === CompressionType.ZSTD) {
    throw new InvalidRecordError(`Invalid compression zstd in a message of magic ${wrapperMagic}`)
  }
  const value = messageValue(buffer, position)
  if (value === null) {
    throw new InvalidRecordError(`Found invalid compressed record set with null value (magic = ${wrapperMagic})`)
  }
  const { bytes, failure } = inflate(type, value, { magic: wrapperMagic, maxBytes })
  const positions = innerMessages(bytes, failure, maxRecordBytes)

  let base = 0n
  if (wrapperMagic === MAGIC_V1 && wrapperOffset !== 0n) {
    // The wrapper's offset is 0 in what some versions of librdkafka produce; the inner ones then stand for themselves.
    const lastInner = bytes.readBigInt64BE(positions[positions.length - 1])
    if (wrapperOffset < lastInner) {
      throw new InvalidRecordError(
        `Found invalid wrapper offset in compressed v1 message set, ${wrapperOffset} is less than the last inner ${lastInner}`,
      )
    }
    base = wrapperOffset - lastInner
  }
  const appendTime = timestampType(buffer, position) === TimestampType.LOG_APPEND_TIME
  return positions.map((at) => {
    if ((byteAt(bytes, at + MessageField.ATTRIBUTES) & COMPRESSION_MASK) !== 0) {
      throw new InvalidRecordError('Inner messages must not be compressed')
    }
    const usesWrapperTime = appendTime && magic(bytes, at) === MAGIC_V1
    const timestamp = usesWrapperTime ? messageTimestamp(buffer, position) : messageTimestamp(bytes, at)
    return { offset: base + bytes.readBigInt64BE(at), timestamp, buffer: bytes, position: at }
  })
}

/** Where the messages in an inflated value begin; one cut short at the end is not counted, as Kafka's reader does. */
function innerMessages(bytes: Buffer, failure: Error | null, maxRecordBytes: number): number[] {
  const positions: number[] = []
  let at = 0
  for (;;) {
    if (bytes.length - at < LOG_OVERHEAD) break
    const size = bytes.readInt32BE(at + LOG_OVERHEAD - 4)
    if (size < RECORD_OVERHEAD_V0) {
      throw new CorruptRecordError(`Record size is less than the minimum record overhead (${RECORD_OVERHEAD_V0})`)
    }
    if (size > maxRecordBytes) {
      throw new InvalidRecordError(
        `Invalid record size: ${size} exceeds the configured maximum record size of ${maxRecordBytes}.`,
      )
    }
    if (bytes.length - at - LOG_OVERHEAD < size) break
    positions.push(at)
    at += LOG_OVERHEAD + size
  }
  if (failure !== null) throw failure
  if (positions.length === 0) throw new InvalidRecordError('Found invalid compressed record set with no inner records')
  return positions
}
