/**
 * Snappy in the framing of xerial's snappy-java, which Kafka writes; it also reads one bare block, as some clients send.
 */
import { loadNative } from '../native.ts'
import { brokenStream, GrowingBuffer, type Inflated, wholeChunks } from './inflated.ts'
import { compressBlock, decompressBlock, maxCompressedLength, uncompressedLength } from './snappy-block.ts'

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** The first four bytes of a header as an int32: where a chunk's length should stand, another stream begins. */
const XERIAL_MAGIC_HEAD = XERIAL_MAGIC.readInt32BE(0)
const HEADER_BYTES = 16
const VERSION = 1
const CHUNK_BYTES = 32 * 1024
const MAX_CHUNK_BYTES = 512 * 1024 * 1024
/** Kafka takes this much from snappy-java at a time. */
const READ_CHUNK_BYTES = 2 * 1024
/** The most that a block can inflate: an element of three bytes copies 64. */
const MAX_RATIO = 22
/** Below this a call into native code costs more than it saves. */
const NATIVE_FROM_BYTES = 2 * 1024

type NativeSnappy = {
  compressSync(input: Uint8Array): Buffer
  uncompressSync(input: Uint8Array, options: { asBuffer: true }): Buffer
}

export function snappy(bytes: Uint8Array): Buffer {
  const native = bytes.length < NATIVE_FROM_BYTES ? null : loadNative<NativeSnappy>('snappy')
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES)
  const output = Buffer.allocUnsafe(HEADER_BYTES + chunks * (4 + maxCompressedLength(CHUNK_BYTES)))
  XERIAL_MAGIC.copy(output)
  output.writeInt32BE(VERSION, 8)
  output.writeInt32BE(VERSION, 12)
  let to = HEADER_BYTES
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const end = Math.min(at + CHUNK_BYTES, bytes.length)
    const size =
      native === null
        ? compressBlock(bytes, at, end, output, to + 4) - to - 4
        : native.compressSync(bytes.subarray(at, end)).copy(output, to + 4)
    output.writeInt32BE(size, to)
    to += 4 + size
  }
  return output.subarray(0, to)
}

export function unsnappy(bytes: Buffer, maxBytes: number): Inflated {
  if (bytes.length === 0) throw brokenStream('Cannot decompress empty stream')
  const output = new GrowingBuffer(bytes.length * 2, maxBytes)
  if (bytes.length < HEADER_BYTES || XERIAL_MAGIC.compare(bytes, 0, XERIAL_MAGIC.length) !== 0) {
    const fault = inflateBlock(bytes, 0, bytes.length, output)
    if (fault !== null) throw brokenStream(fault)
    return { bytes: output.done(), failure: null }
  }
  const fault = inflateChunks(bytes, output)
  if (fault === null) return { bytes: output.done(), failure: null }
  return { bytes: wholeChunks(output.done(), READ_CHUNK_BYTES), failure: brokenStream(fault) }
}

function inflateChunks(bytes: Buffer, output: GrowingBuffer): string | null {
  let at = HEADER_BYTES
  // Fewer bytes than a length takes are the end, whatever they are.
  while (bytes.length - at >= 4) {
    const size = bytes.readInt32BE(at)
    if (size === XERIAL_MAGIC_HEAD) {
      if (bytes.length - at < HEADER_BYTES) return 'Insufficient header size in a concatenated block'
      const header = bytes.subarray(at, at + HEADER_BYTES)
      if (XERIAL_MAGIC.compare(header, 0, XERIAL_MAGIC.length) !== 0) return null
      if (header.readInt32BE(8) < VERSION) return 'Compressed with an incompatible codec version'
      at += HEADER_BYTES
      continue
    }
    at += 4
    if (size < 0 || size > MAX_CHUNK_BYTES) return `chunkSize is too big or negative : ${size}`
    if (bytes.length - at < size) return 'failed to read chunk'
    const fault = inflateBlock(bytes, at, at + size, output)
    if (fault !== null) return fault
    at += size
  }
  return null
}

function inflateBlock(bytes: Buffer, start: number, end: number, output: GrowingBuffer): string | null {
  const length = uncompressedLength(bytes, start, end)
  // A declared length that no block of this size can give must not be given room.
  if (length < 0 || length > (end - start) * MAX_RATIO) return 'a malformed Snappy block'
  output.reserve(length)
  const native = end - start < NATIVE_FROM_BYTES ? null : loadNative<NativeSnappy>('snappy')
  if (native === null) {
    if (!decompressBlock(bytes, start, end, output.bytes, output.length, length)) return 'a malformed Snappy block'
  } else {
    try {
      output.bytes.set(native.uncompressSync(bytes.subarray(start, end), { asBuffer: true }), output.length)
    } catch (error) {
      return (error as Error).message
    }
  }
  output.length += length
  return null
}
