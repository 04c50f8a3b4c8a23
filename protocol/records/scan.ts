/**
 * A leader's facts on a batch's records, in one walk of a few nanoseconds each: most are of a form that needs no
 * closer look. The verdict on all others is that of `RecordCursor`, whose `readPlainly` knows the same form.
 */
import { byteAt } from '../bytes.ts'

export interface RecordScan {
  /** Milliseconds from the batch's base timestamp. */
  minTimestampDelta: number
  maxTimestampDelta: number
  hasNullKey: boolean
  /** Offset deltas are 0, 1, 2, … */
  consecutive: boolean
}

/** The fewest bytes of a record: its length, attributes, two deltas, two lengths and the number of headers. */
const LEAST_RECORD_BYTES = 7
/** The first number that two bytes of a varint cannot hold; a third byte would be looked at in vain. */
const VARINT_LIMIT = 0x4000
/** -1 in zigzag. */
const RAW_NULL = 1

/**
 * `count` records in bytes [start, end), each without headers, with numbers of one or two bytes, and with every field
 * where its length says; null when one is not like that.
 */
export function scanRecords(buffer: Buffer, start: number, end: number, count: number): RecordScan | null {
  let at = start
  let minTimestampDelta = VARINT_LIMIT
  let maxTimestampDelta = -VARINT_LIMIT
  let nullKeys = 0
  let gaps = 0
  for (let index = 0; index < count; index++) {
    if (end - at < LEAST_RECORD_BYTES) return null
    let raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    const recordEnd = at + (raw >>> 1)
    if (raw >= VARINT_LIMIT || (raw & 1) === 1 || recordEnd > end) return null

    // Behind the attributes.
    raw = byteAt(buffer, at + 1)
    at += 2
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    if (raw >= VARINT_LIMIT) return null
    const timestampDelta = (raw >>> 1) ^ -(raw & 1)
    if (timestampDelta < minTimestampDelta) minTimestampDelta = timestampDelta
    if (timestampDelta > maxTimestampDelta) maxTimestampDelta = timestampDelta

    raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    if (raw >= VARINT_LIMIT) return null
    if (raw !== index << 1) gaps++

    raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    if (raw === RAW_NULL) nullKeys++
    else if ((raw & 1) === 1) return null
    else at += raw >>> 1
    if (at >= recordEnd) return null

    raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    if ((raw & 1) === 0) at += raw >>> 1
    else if (raw !== RAW_NULL) return null
    // Ending exactly there proves that no longer number was taken for a short one: it would exceed the record.
    if (at + 1 !== recordEnd || byteAt(buffer, at) !== 0) return null
    at = recordEnd
  }
  if (count === 0 || at !== end) return null
  return { minTimestampDelta, maxTimestampDelta, hasNullKey: nullKeys > 0, consecutive: gaps === 0 }
}
