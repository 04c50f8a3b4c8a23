/**
 * Walks the records of magic 2 without an object per record. Verdicts are those of Kafka's DefaultRecord: what does not
 * fit is an `InvalidRecordError`, except that an overlong length in an uncompressed batch is the unnamed failure that
 * it is there (UNKNOWN_SERVER_ERROR).
 */
import { byteAt } from '../bytes.ts'
import { decodeUtf8 } from '../utf8.ts'
import { InvalidRecordError, UnreadableRecordsError } from './errors.ts'
import { type RecordScan, scanRecords } from './scan.ts'

/**
 * How the bytes under a cursor are read.
 * `plain`: an uncompressed batch.
 * `inflated`: what a codec gave; each record is confined to its declared length.
 * `skipping`: the same where neither key nor value matters. Kafka then skips from field to field and never compares
 * where it arrives with the declared length, so some broken records pass. A length that no record may have does not.
 */
export type CursorMode = 'plain' | 'inflated' | 'skipping'

export interface RecordHeader {
  key: string
  value: Buffer | null
}

/** 7 bytes of a varlong hold 49 bits: exact in a number. */
const EXACT_VARLONG_BYTES = 7
const MAX_VARINT_BYTES = 5
const MAX_VARLONG_BYTES = 10
/** -1 in zigzag. */
const RAW_NULL = 1

export class RecordCursor {
  buffer: Buffer = Buffer.alloc(0)
  /** The size of the current record, once `next` has returned true; its length field is included. */
  sizeInBytes = 0
  attributes = 0
  /** Milliseconds from the batch's base timestamp; rounded where `wideTimestampDelta` is not null. */
  timestampDelta = 0
  /** All bits of the delta, where a number may not hold them. */
  wideTimestampDelta: bigint | null = null
  offsetDelta = 0
  /** Where the key's bytes are; a negative length is null. */
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  headersStart = 0
  headersCount = 0

  private start = 0
  private count = 0
  private at = 0
  private end = 0
  /** How far the current record may be read. */
  private limit = 0
  /** The limit is the record's own end, which may be the end of the bytes as well. */
  private confined = false
  private left = 0
  private mode: CursorMode = 'plain'
  private failure: Error | null = null
  private maxRecordBytes = Number.POSITIVE_INFINITY

  /**
   * Starts over: `count` records in bytes [start, end). `failure` is why the bytes end early, when a codec broke off;
   * a read that needs what would have followed throws it. `maxRecordBytes` (max.decompressed.message.bytes) bounds the
   * declared length of each record that a codec gave.
   */
  reset(
    buffer: Buffer,
    start: number,
    end: number,
    count: number,
    mode: CursorMode = 'plain',
    failure: Error | null = null,
    maxRecordBytes = Number.POSITIVE_INFINITY,
  ): this {
    if (count < 0) throw new InvalidRecordError(`Found invalid record count ${count} in magic v2 batch`)
    this.buffer = buffer
    this.start = start
    this.end = end
    this.count = count
    this.mode = mode
    this.failure = failure
    this.maxRecordBytes = mode === 'plain' ? Number.POSITIVE_INFINITY : maxRecordBytes
    return this.rewind()
  }

  /** Where the next record begins. */
  get position(): number {
    return this.at
  }

  /** Goes back before the first record. */
  rewind(): this {
    this.at = this.start
    this.left = this.count
    return this
  }

  /** All records at once, if each is of the common form; null: they have to be read one by one. The cursor stays. */
  scan(): RecordScan | null {
    if (this.end - this.start > this.maxRecordBytes) return null
    return this.failure === null ? scanRecords(this.buffer, this.start, this.end, this.count) : null
  }

  /** Reads the next record; false after the last one. */
  next(): boolean {
    if (this.left === 0) return false
    this.left--
    if (!this.readPlainly()) this.readCarefully()
    if (this.left === 0) this.ensureNoneRemaining()
    return true
  }

  /**
   * Most records: no headers, numbers of one or two bytes, and every field where the length says. Ending exactly there
   * proves that no byte beyond was looked at, and that no longer number was taken for a short one: it would have been
   * larger than the record. False, with nothing changed, leaves the record to `readCarefully`, whose verdict counts.
   */
  private readPlainly(): boolean {
    const { buffer, at: start } = this
    let at = start
    let raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    const end = at + (raw >>> 1)
    if (raw >= 0x4000 || (raw & 1) === 1 || end > this.end || end - at > this.maxRecordBytes) return false

    const attributes = (byteAt(buffer, at++) << 24) >> 24
    let rawTimestamp = byteAt(buffer, at++)
    if (rawTimestamp >= 0x80) rawTimestamp = (rawTimestamp & 0x7f) | (byteAt(buffer, at++) << 7)
    let rawOffset = byteAt(buffer, at++)
    if (rawOffset >= 0x80) rawOffset = (rawOffset & 0x7f) | (byteAt(buffer, at++) << 7)
    if (rawTimestamp >= 0x4000 || rawOffset >= 0x4000) return false

    raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    const keyStart = at
    if ((raw & 1) === 0) at += raw >>> 1
    else if (raw !== RAW_NULL) return false
    const keyLength = (raw & 1) === 0 ? raw >>> 1 : -1

    raw = byteAt(buffer, at++)
    if (raw >= 0x80) raw = (raw & 0x7f) | (byteAt(buffer, at++) << 7)
    const valueStart = at
    if ((raw & 1) === 0) at += raw >>> 1
    else if (raw !== RAW_NULL) return false
    if (at + 1 !== end || byteAt(buffer, at) !== 0) return false

    this.sizeInBytes = end - start
    this.attributes = attributes
    this.timestampDelta = (rawTimestamp >>> 1) ^ -(rawTimestamp & 1)
    this.wideTimestampDelta = null
    this.offsetDelta = (rawOffset >>> 1) ^ -(rawOffset & 1)
    this.keyStart = keyStart
    this.keyLength = keyLength
    this.valueStart = valueStart
    this.valueLength = (raw & 1) === 0 ? raw >>> 1 : -1
    this.headersStart = end
    this.headersCount = 0
    this.at = end
    return true
  }

  private readCarefully(): void {
    this.limit = this.end
    this.confined = false
    const start = this.at
    const size = this.varint(this.mode === 'plain')
    const bodyStart = this.at
    if (this.mode !== 'plain') this.checkDeclaredLength(size)
    if (this.mode !== 'skipping') this.confine(size)

    if (bodyStart >= this.limit) this.refuseEnd()
    this.attributes = (byteAt(this.buffer, bodyStart) << 24) >> 24
    this.at = bodyStart + 1
    this.varlong()
    this.offsetDelta = this.varint()
    this.keyLength = this.varint()
    this.keyStart = this.at
    if (this.keyLength > 0) this.skip(this.keyLength)
    this.valueLength = this.varint()
    this.valueStart = this.at
    if (this.valueLength > 0) this.skip(this.valueLength)
    this.headersCount = this.varint()
    this.headersStart = this.at
    if (this.headersCount !== 0) this.skipHeaders(this.headersCount)

    if (this.mode !== 'skipping' && this.at - bodyStart !== size) {
      throw new InvalidRecordError(
        `Invalid record size: expected to read ${size} bytes in record payload, but instead read ${this.at - bodyStart}`,
      )
    }
    this.sizeInBytes = bodyStart - start + size
  }

  key(): Buffer | null {
    return this.keyLength < 0 ? null : this.buffer.subarray(this.keyStart, this.keyStart + this.keyLength)
  }

  value(): Buffer | null {
    return this.valueLength < 0 ? null : this.buffer.subarray(this.valueStart, this.valueStart + this.valueLength)
  }

  /** The headers as objects, keys decoded, values as views. The cursor may go on afterwards. */
  headers(): RecordHeader[] {
    const headers: RecordHeader[] = []
    const after = this.at
    this.at = this.headersStart
    for (let i = 0; i < this.headersCount; i++) {
      const keyLength = this.varint()
      const key = decodeUtf8(this.buffer, this.at, keyLength)
      this.at += keyLength
      const valueLength = this.varint()
      const value = valueLength < 0 ? null : this.buffer.subarray(this.at, this.at + valueLength)
      if (valueLength > 0) this.at += valueLength
      headers.push({ key, value })
    }
    this.at = after
    return headers
  }

  /** The output of a codec is not trusted: Kafka looks at the length before it makes room for the record. */
  private checkDeclaredLength(size: number): void {
    if (size < 0) throw new InvalidRecordError(`Invalid record size: ${size} is negative.`)
    if (size <= this.maxRecordBytes) return
    throw new InvalidRecordError(
      `Invalid record size: ${size} exceeds the configured maximum record size of ${this.maxRecordBytes}.`,
    )
  }

  private confine(size: number): void {
    const remaining = this.end - this.at
    if (size > remaining) {
      throw (
        this.failure ??
        new InvalidRecordError(
          `Invalid record size: expected ${size} bytes in record payload, but there are ${remaining}`,
        )
      )
    }
    if (this.mode === 'inflated') {
      this.limit = this.at + size
      this.confined = true
    }
  }

  private skip(length: number): void {
    if (length > this.limit - this.at) this.refuseEnd()
    this.at += length
  }

  private skipHeaders(count: number): void {
    if (count < 0) throw new InvalidRecordError(`Found invalid number of record headers ${count}`)
    if (count > this.limit - this.at && this.mode !== 'skipping') {
      throw new InvalidRecordError(`Found invalid number of record headers. ${count} is larger than what remains`)
    }
    for (let i = 0; i < count; i++) {
      const keyLength = this.varint()
      if (keyLength < 0) throw new InvalidRecordError(`Invalid negative header key size ${keyLength}`)
      this.skip(keyLength)
      const valueLength = this.varint()
      if (valueLength > 0) this.skip(valueLength)
    }
  }

  /** Kafka looks whether anything follows the last record, which is where a codec's late failure shows. */
  private ensureNoneRemaining(): void {
    if (this.at < this.end) {
      throw new InvalidRecordError('Incorrect declared batch size, records still remaining in file')
    }
    if (this.failure !== null) throw this.failure
  }

  /** `ofRecord`: an overlong varint is the failure without a name. */
  private varint(ofRecord = false): number {
    const buffer = this.buffer
    const at = this.at
    if (at + 1 < this.limit) {
      const first = byteAt(buffer, at)
      if (first < 0x80) {
        this.at = at + 1
        return (first >>> 1) ^ -(first & 1)
      }
      const second = byteAt(buffer, at + 1)
      if (second < 0x80) {
        this.at = at + 2
        const zigzag = (first & 0x7f) | (second << 7)
        return (zigzag >>> 1) ^ -(zigzag & 1)
      }
    }
    return this.longVarint(ofRecord)
  }

  private longVarint(ofRecord: boolean): number {
    let zigzag = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (this.at >= this.limit) this.refuseEnd()
      const byte = byteAt(this.buffer, this.at++)
      zigzag |= (byte & 0x7f) << (7 * i)
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    const message = `Found invalid record structure: a varint of more than ${MAX_VARINT_BYTES} bytes`
    throw ofRecord ? new UnreadableRecordsError(message) : new InvalidRecordError(message)
  }

  /** Reads the timestamp delta into its two fields. */
  private varlong(): void {
    const buffer = this.buffer
    const start = this.at
    const limit = this.limit
    this.wideTimestampDelta = null
    let value = 0
    let scale = 1
    for (let at = start; at - start < EXACT_VARLONG_BYTES; at++) {
      if (at >= limit) this.refuseEnd()
      const byte = byteAt(buffer, at)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        this.at = at + 1
        this.timestampDelta = value % 2 === 0 ? value / 2 : -(value + 1) / 2
        return
      }
      scale *= 0x80
    }
    this.wideVarlong()
  }

  private wideVarlong(): void {
    let zigzag = 0n
    for (let i = 0; i < MAX_VARLONG_BYTES; i++) {
      if (this.at >= this.limit) this.refuseEnd()
      const byte = byteAt(this.buffer, this.at++)
      zigzag |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) {
        zigzag = BigInt.asUintN(64, zigzag)
        this.wideTimestampDelta = BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
        this.timestampDelta = Number(this.wideTimestampDelta)
        return
      }
    }
    throw new InvalidRecordError(`Found invalid record structure: a varlong of more than ${MAX_VARLONG_BYTES} bytes`)
  }

  private refuseEnd(): never {
    if (this.failure !== null && !this.confined) throw this.failure
    throw new InvalidRecordError('Found invalid record structure: the bytes end inside a record')
  }
}
