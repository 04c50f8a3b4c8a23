import { ProtocolError } from './protocol-error.ts'
import { ZERO_UUID } from './schema.ts'
import { decodeUtf8 } from './utf8.ts'

const EMPTY = Buffer.alloc(0)

/** Kafka's MessageUtil: more than anybody sends, and far less than would exhaust memory. */
const MAX_ARRAY_LENGTH = 1_000_000
const MAX_TAGGED_FIELD_COUNT = 10_000

/**
 * Reads Kafka's primitive types from one frame, front to back, and never past its end: whatever the bytes say, each
 * method either answers from bytes that are there or throws a `ProtocolError`. Verdicts are those of the parsers that
 * Kafka generates: any negative length means null, a string is at most 32,767 bytes, an array has no more elements than
 * bytes are left and at most a million, a structure at most ten thousand tagged fields, and a varint five bytes.
 */
export class Reader {
  readonly bytes: Buffer
  readonly view: DataView
  readonly end: number
  position = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Claims the next `size` bytes and returns where they begin. Compiled decoders claim a run of fixed fields at once. */
  take(size: number): number {
    const position = this.position
    if (size > this.end - position) throw truncated(size, this.end - position)
    this.position = position + size
    return position
  }

  bool(): boolean {
    return this.view.getInt8(this.take(1)) !== 0
  }

  int8(): number {
    return this.view.getInt8(this.take(1))
  }

  int16(): number {
    return this.view.getInt16(this.take(2))
  }

  uint16(): number {
    return this.view.getUint16(this.take(2))
  }

  int32(): number {
    return this.view.getInt32(this.take(4))
  }

  uint32(): number {
    return this.view.getUint32(this.take(4))
  }

  int64(): bigint {
    return this.view.getBigInt64(this.take(8))
  }

  float64(): number {
    return this.view.getFloat64(this.take(8))
  }

  uuid(): string {
    return this.uuidAt(this.take(16))
  }

  /** The text of the UUID at a claimed position. Most are absent ids, which cost no text. */
  uuidAt(position: number): string {
    const view = this.view
    if (view.getInt32(position) === 0 && view.getInt32(position + 4) === 0) {
      if (view.getInt32(position + 8) === 0 && view.getInt32(position + 12) === 0) return ZERO_UUID
    }
    return this.bytes.toString('base64url', position, position + 16)
  }

  /** Up to 32 bits; as in Java the result is a signed int32, so that the highest bit makes it negative. */
  unsignedVarint(): number {
    let byte = this.view.getUint8(this.take(1))
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      byte = this.view.getUint8(this.take(1))
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    byte = this.view.getUint8(this.take(1))
    if (byte >= 0x80) throw new ProtocolError('malformed', 'a varint has more than five bytes')
    return value | (byte << 28)
  }

  /** A length or count of the compact form, where zero stands for null and n + 1 for n. Negative: null. */
  compactLength(): number {
    return (this.unsignedVarint() - 1) | 0
  }

  string(field: string): string {
    return this.utf8(this.int16()) ?? rejectNull(field)
  }

  nullableString(): string | null {
    return this.utf8(this.int16())
  }

  compactString(field: string): string {
    return this.utf8(this.compactLength()) ?? rejectNull(field)
  }

  compactNullableString(): string | null {
    return this.utf8(this.compactLength())
  }

  bytes32(field: string): Buffer {
    return this.slice(this.int32()) ?? rejectNull(field)
  }

  nullableBytes32(): Buffer | null {
    return this.slice(this.int32())
  }

  compactBytes(field: string): Buffer {
    return this.slice(this.compactLength()) ?? rejectNull(field)
  }

  compactNullableBytes(): Buffer | null {
    return this.slice(this.compactLength())
  }

  /** How many elements follow. `minElementSize` is what each of them takes at least, so that a count which the rest of
   * the frame cannot hold is refused before anything is allocated for it. Negative: null. */
  arrayLength(minElementSize: number): number {
    return this.checkCount(this.int32(), minElementSize)
  }

  compactArrayLength(minElementSize: number): number {
    return this.checkCount(this.compactLength(), minElementSize)
  }

  /** How many tagged fields end a structure. */
  taggedFieldCount(): number {
    const count = this.unsignedVarint()
    if (count < 0 || count > this.remaining) {
      throw new ProtocolError('malformed', `${count} tagged fields, but only ${this.remaining} bytes are left`)
    }
    if (count > MAX_TAGGED_FIELD_COUNT) {
      throw new ProtocolError('malformed', `${count} tagged fields; at most ${MAX_TAGGED_FIELD_COUNT} are allowed`)
    }
    return count
  }

  /** The field after `tag` and its size, added to those already met. The array is made for the first one. */
  unknownTaggedField(known: { tag: number; data: Buffer }[] | undefined, tag: number, size: number) {
    if (size < 0) throw new ProtocolError('malformed', `tagged field ${tag} has the size ${size}`)
    const field = { tag, data: this.slice(size)! }
    if (known === undefined) return [field]
    known.push(field)
    return known
  }

  private utf8(length: number): string | null {
    if (length <= 0) return length === 0 ? '' : null
    if (length > 0x7fff) throw new ProtocolError('malformed', `a string of ${length} bytes; at most 32767 are allowed`)
    return decodeUtf8(this.bytes, this.take(length), length)
  }

  private slice(length: number): Buffer | null {
    if (length <= 0) return length === 0 ? EMPTY : null
    const start = this.take(length)
    return this.bytes.subarray(start, start + length)
  }

  private checkCount(count: number, minElementSize: number): number {
    if (count * minElementSize > this.end - this.position) {
      throw new ProtocolError('malformed', `an array of ${count} elements, but only ${this.remaining} bytes are left`)
    }
    if (count > MAX_ARRAY_LENGTH) {
      throw new ProtocolError('malformed', `an array of ${count} elements; at most ${MAX_ARRAY_LENGTH} are allowed`)
    }
    return count
  }
}

export function rejectNull(field: string): never {
  throw new ProtocolError('malformed', `${field} is null, which it cannot be`)
}

function truncated(wanted: number, left: number): ProtocolError {
  return new ProtocolError('truncated', `${wanted} bytes are wanted, but only ${left} are left`)
}
