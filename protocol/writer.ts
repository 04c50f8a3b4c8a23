import { at, first } from './collections/elements.ts'
import { ProtocolError } from './protocol-error.ts'
import { type UnknownTaggedField, ZERO_UUID } from './schema.ts'

/** From this size on a byte field is handed on as it is; below, a copy costs less than one more buffer in a write. */
const REFERENCE_BYTES = 1024
const FIRST_CHUNK_BYTES = 16 * 1024
const LARGEST_CHUNK_BYTES = 256 * 1024
/** A remainder below this is not worth keeping for the next writer. */
const SMALLEST_REMAINDER_BYTES = 512
/** A UTF-16 unit never takes more than three bytes of UTF-8. */
const BYTES_PER_CHAR = 3
const SHORT_TEXT = 40

interface Chunk {
  readonly bytes: Buffer
  readonly view: DataView
  used: number
}

/** The rest of the last writer's chunk. Taken out while a writer uses it, so that no two write to the same bytes. */
let spareChunk: Chunk | undefined

function newChunk(size: number): Chunk {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size), used: 0 }
}

/**
 * Writes Kafka's primitive types into pooled chunks. Large byte fields are not copied: `buffers()` is the written bytes
 * in order, with those fields standing between them as the very buffers that were given. They must not change before
 * the bytes have left.
 */
export class Writer {
  private chunk: Chunk
  private parts: Buffer[] = []
  /** Where in the chunk the part begins that is being written. */
  private partStart: number
  private finished = false
  view: DataView
  bytes: Buffer
  position: number

  constructor() {
    const chunk = spareChunk ?? newChunk(FIRST_CHUNK_BYTES)
    spareChunk = undefined
    this.chunk = chunk
    this.view = chunk.view
    this.bytes = chunk.bytes
    this.position = chunk.used
    this.partStart = chunk.used
  }

  /**
   * Makes room for `size` bytes and returns where they go; `view` and `bytes` are to be read after this call. Compiled
   * encoders reserve a run of fixed fields at once.
   */
  reserve(size: number): number {
    const position = this.position
    if (size > this.bytes.length - position) return this.reserveInNewChunk(size)
    this.position = position + size
    return position
  }

  bool(value: boolean): void {
    const at = this.reserve(1)
    this.view.setInt8(at, value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.reserve(1)
    this.view.setInt8(at, value)
  }

  int16(value: number): void {
    const at = this.reserve(2)
    this.view.setInt16(at, value)
  }

  int32(value: number): void {
    const at = this.reserve(4)
    this.view.setInt32(at, value)
  }

  int64(value: bigint): void {
    const at = this.reserve(8)
    this.view.setBigInt64(at, value)
  }

  float64(value: number): void {
    const at = this.reserve(8)
    this.view.setFloat64(at, value)
  }

  uuid(value: string): void {
    const at = this.reserve(16)
    this.uuidAt(at, value)
  }

  /** Writes a UUID into 16 reserved bytes. */
  uuidAt(position: number, value: string): void {
    if (value === ZERO_UUID) this.bytes.fill(0, position, position + 16)
    else if (value.length !== 22 || this.bytes.write(value, position, 16, 'base64url') !== 16) {
      throw new ProtocolError('unwritable', `'${value}' is not a UUID of 22 base64url characters`)
    }
  }

  /** The value's 32 bits; a negative one takes five bytes. */
  unsignedVarint(value: number): void {
    let at = this.reserve(5)
    const bytes = this.bytes
    if ((value & ~0x7f) === 0) {
      bytes[at] = value
      this.position = at + 1
      return
    }
    while (value & ~0x7f) {
      bytes[at++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    bytes[at++] = value
    this.position = at
  }

  /** The count of an array of fixed-size elements; returns where in the reserved bytes the elements go. */
  arrayOfFixed(count: number, elementSize: number): number {
    const at = this.reserve(4 + count * elementSize)
    this.view.setInt32(at, count)
    return at + 4
  }

  compactArrayOfFixed(count: number, elementSize: number): number {
    if (count < 0x7f) {
      const at = this.reserve(1 + count * elementSize)
      this.bytes[at] = count + 1
      return at + 1
    }
    this.unsignedVarint(count + 1)
    return this.reserve(count * elementSize)
  }

  string(value: string): void {
    const at = this.reserve(2 + value.length * BYTES_PER_CHAR)
    const length = this.textAt(at + 2, value)
    this.view.setInt16(at, length)
    this.position = at + 2 + length
  }

  compactString(value: string): void {
    const longest = value.length * BYTES_PER_CHAR
    const lengthBytes = longest < 0x7f ? 1 : varintSize(Buffer.byteLength(value) + 1)
    const at = this.reserve(lengthBytes + longest)
    const length = this.textAt(at + lengthBytes, value)
    this.varintAt(at, length + 1)
    this.position = at + lengthBytes + length
  }

  nullableString(value: string | null): void {
    if (value === null) this.int16(-1)
    else this.string(value)
  }

  compactNullableString(value: string | null): void {
    if (value === null) this.unsignedVarint(0)
    else this.compactString(value)
  }

  bytes32(value: Buffer | readonly Buffer[] | null): void {
    this.int32(value === null ? -1 : byteLength(value))
    if (value !== null) this.raw(value)
  }

  compactBytes(value: Buffer | readonly Buffer[] | null): void {
    this.unsignedVarint(value === null ? 0 : byteLength(value) + 1)
    if (value !== null) this.raw(value)
  }

  /** The bytes alone: copied when few, else as a reference. */
  raw(value: Buffer | readonly Buffer[]): void {
    if (!(value instanceof Uint8Array)) {
      for (const part of value) this.raw(part)
    } else if (value.length < REFERENCE_BYTES) {
      const at = this.reserve(value.length)
      this.bytes.set(value, at)
    } else {
      this.endPart()
      this.parts.push(value)
    }
  }

  /** Writes the unknown tagged fields that come before `nextTag`, from index `from` on; returns where it stopped. */
  unknownTaggedFields(fields: readonly UnknownTaggedField[], from: number, nextTag: number): number {
    let i = from
    let before = from === 0 ? -1 : at(fields, from - 1).tag
    for (; i < fields.length; i++) {
      const { tag, data } = at(fields, i)
      if (tag === nextTag) {
        throw new ProtocolError('unwritable', `tagged field ${tag} is known, it cannot be among the unknown ones`)
      }
      if (tag > nextTag) break
      if (tag <= before) {
        throw new ProtocolError('unwritable', `tagged field ${tag} comes after ${before}, but is not higher`)
      }
      before = tag
      this.unsignedVarint(tag)
      this.unsignedVarint(data.length)
      this.raw(data)
    }
    return i
  }

  /** Begins a value whose size must stand before it. Hand the result to `endSized`. */
  beginSized(): number {
    this.endPart()
    return this.parts.length
  }

  /** Puts the size (unsigned varint) of what was written since `beginSized` before it. */
  endSized(mark: number): void {
    this.endPart()
    let size = 0
    for (let i = mark; i < this.parts.length; i++) size += at(this.parts, i).length
    this.unsignedVarint(size)
    this.endPart()
    this.parts.splice(mark, 0, this.parts.pop()!)
  }

  /** Everything written, in order. The writer is done after this. */
  buffers(): Buffer[] {
    this.endPart()
    if (!this.finished) {
      this.finished = true
      this.chunk.used = this.position
      if (this.bytes.length - this.position >= SMALLEST_REMAINDER_BYTES) spareChunk = this.chunk
    }
    return this.parts
  }

  /** Everything written, as one buffer. */
  toBuffer(): Buffer {
    const parts = this.buffers()
    return parts.length === 1 ? first(parts) : Buffer.concat(parts)
  }

  private textAt(position: number, value: string): number {
    const bytes = this.bytes
    const length = value.length
    if (length <= SHORT_TEXT) {
      let i = 0
      for (; i < length; i++) {
        const char = value.charCodeAt(i)
        if (char > 0x7f) break
        bytes[position + i] = char
      }
      if (i === length) return length
    }
    const written = bytes.write(value, position)
    if (written > 0x7fff) {
      throw new ProtocolError('unwritable', `a string of ${written} bytes; at most 32767 can be written`)
    }
    return written
  }

  private varintAt(position: number, value: number): void {
    const bytes = this.bytes
    while (value > 0x7f) {
      bytes[position++] = (value & 0x7f) | 0x80
      value >>>= 7
    }
    bytes[position] = value
  }

  private endPart(): void {
    if (this.position > this.partStart) this.parts.push(this.bytes.subarray(this.partStart, this.position))
    this.partStart = this.position
  }

  private reserveInNewChunk(size: number): number {
    this.endPart()
    const chunk = newChunk(Math.max(size, Math.min(this.bytes.length * 2, LARGEST_CHUNK_BYTES)))
    this.chunk = chunk
    this.view = chunk.view
    this.bytes = chunk.bytes
    this.partStart = 0
    this.position = size
    return 0
  }
}

export function byteLength(value: Buffer | readonly Buffer[]): number {
  if (value instanceof Uint8Array) return value.length
  let size = 0
  for (const part of value) size += part.length
  return size
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}
