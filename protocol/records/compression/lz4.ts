/**
 * LZ4 frames as Kafka reads and writes them: blocks do not depend on each other, the checksum of the whole content is
 * skipped, and what follows the end mark is ignored. Its clients before 0.10 hashed the magic number into the header's
 * checksum (KAFKA-3160); messages of magic 0 keep that fault, and their header checksum is not looked at.
 */
import { byteAt } from '../../bytes.ts'
import { loadNative } from '../native.ts'
import { brokenStream, GrowingBuffer, type Inflated } from './inflated.ts'
import { compressBlock, decompressBlock, maxCompressedLength, measureBlock } from './lz4-block.ts'
import { xxhash32 } from './xxhash32.ts'

const FRAME_MAGIC = 0x184d2204
const UNCOMPRESSED_BIT = 0x80000000
const FLAG_VERSION_MASK = 0xc0
const FLAG_VERSION = 0x40
const FLAG_INDEPENDENT = 0x20
const FLAG_BLOCK_CHECKSUM = 0x10
const FLAG_CONTENT_SIZE = 0x08
const FLAG_CONTENT_CHECKSUM = 0x04
const FLAG_RESERVED = 0x03
/** 64 KiB blocks. */
const BLOCK_DESCRIPTOR = 0x40
const BLOCK_BYTES = 64 * 1024
const HEADER_BYTES = 7

/** Below this a call into native code costs more than it saves. */
const NATIVE_FROM_BYTES = 2 * 1024

type NativeLz4 = { compressFrameSync(data: Buffer): Buffer; decompressFrameSync(data: Buffer): Buffer }

/** `magic`: of the batch, as 0 wants the old header. */
export function lz4(bytes: Uint8Array, magic: number): Buffer {
  const native = magic === 0 ? null : loadNative<NativeLz4>('lz4-napi')
  if (native !== null) return native.compressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  return lz4Frame(bytes, magic)
}

/** The implementation without native code. */
export function lz4Frame(bytes: Uint8Array, magic: number): Buffer {
  const blocks = Math.ceil(bytes.length / BLOCK_BYTES)
  const output = Buffer.allocUnsafe(HEADER_BYTES + blocks * 4 + maxCompressedLength(bytes.length) + blocks * 16 + 4)
  output.writeUInt32LE(FRAME_MAGIC, 0)
  output[4] = FLAG_VERSION | FLAG_INDEPENDENT
  output[5] = BLOCK_DESCRIPTOR
  output[6] = headerChecksum(output, magic === 0 ? 0 : 4, 6)
  let to = HEADER_BYTES
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const blockEnd = Math.min(at + BLOCK_BYTES, bytes.length)
    const end = compressBlock(bytes, at, blockEnd, output, to + 4)
    if (end - to - 4 < blockEnd - at) {
      output.writeUInt32LE(end - to - 4, to)
      to = end
    } else {
      output.writeUInt32LE((UNCOMPRESSED_BIT | (blockEnd - at)) >>> 0, to)
      output.set(bytes.subarray(at, blockEnd), to + 4)
      to += 4 + blockEnd - at
    }
  }
  output.writeUInt32LE(0, to)
  return output.subarray(0, to + 4)
}

export function unlz4(bytes: Buffer, maxBytes: number, magic: number): Inflated {
  const header = readHeader(bytes, magic)
  return (magic === 0 ? null : unlz4Native(bytes, maxBytes, header)) ?? unlz4Portable(bytes, maxBytes, header)
}

/**
 * Null where it takes the other way: for frames too small or too large for this one, and for those that a stricter
 * reader than Kafka's refuses (it checks the sum of the whole content) or that are broken, of which the beginning counts.
 */
function unlz4Native(bytes: Buffer, maxBytes: number, header: FrameHeader): Inflated | null {
  if (bytes.length < NATIVE_FROM_BYTES) return null
  const frame = measureFrame(bytes, header)
  if (frame === null || frame.mostBytes > maxBytes) return null
  const native = loadNative<NativeLz4>('lz4-napi')
  if (native === null) return null
  try {
    return { bytes: native.decompressFrameSync(bytes.subarray(0, frame.end)), failure: null }
  } catch {
    return null
  }
}

/** Where the first frame ends, and the most that its blocks can give; null when it is cut short. */
function measureFrame(bytes: Buffer, { flags, blockBytes, headerEnd }: FrameHeader) {
  const checksumBytes = (flags & FLAG_BLOCK_CHECKSUM) !== 0 ? 4 : 0
  const trailerBytes = (flags & FLAG_CONTENT_CHECKSUM) !== 0 ? 4 : 0
  let mostBytes = 0
  for (let at = headerEnd; at + 4 <= bytes.length; mostBytes += blockBytes) {
    const size = bytes.readUInt32LE(at) & ~UNCOMPRESSED_BIT
    at += 4
    if (size === 0) return at + trailerBytes <= bytes.length ? { end: at + trailerBytes, mostBytes } : null
    if (size > blockBytes) return null
    at += size + checksumBytes
  }
  return null
}

/** The implementation without native code. */
function unlz4Portable(bytes: Buffer, maxBytes: number, { flags, blockBytes, headerEnd }: FrameHeader): Inflated {
  const output = new GrowingBuffer(Math.min(bytes.length * 4, blockBytes), maxBytes)
  let at = headerEnd
  for (;;) {
    if (bytes.length - at < 4) return broken(output, 'Stream ended prematurely')
    const header = bytes.readUInt32LE(at)
    const size = header & ~UNCOMPRESSED_BIT
    at += 4
    if (size === 0) {
      const cut = (flags & FLAG_CONTENT_CHECKSUM) !== 0 && bytes.length - at < 4
      return cut ? broken(output, 'Stream ended prematurely') : { bytes: output.done(), failure: null }
    }
    if (size > blockBytes) return broken(output, `Block size ${size} exceeded max: ${blockBytes}`)
    const checksumBytes = (flags & FLAG_BLOCK_CHECKSUM) !== 0 ? 4 : 0
    if (bytes.length - at < size + checksumBytes) return broken(output, 'Stream ended prematurely')
    if (checksumBytes > 0 && bytes.readUInt32LE(at + size) !== xxhash32(bytes, at, at + size)) {
      return broken(output, 'Block checksum mismatch')
    }
    if ((header & UNCOMPRESSED_BIT) !== 0) output.append(bytes.subarray(at, at + size))
    else if (!inflateBlock(bytes, at, at + size, blockBytes, output)) return broken(output, 'a malformed LZ4 block')
    at += size + checksumBytes
  }
}

function broken(output: GrowingBuffer, what: string): Inflated {
  return { bytes: output.done(), failure: brokenStream(what) }
}

interface FrameHeader {
  flags: number
  blockBytes: number
  headerEnd: number
}

function readHeader(bytes: Buffer, magic: number): FrameHeader {
  if (bytes.length < HEADER_BYTES) throw brokenStream('Stream ended prematurely')
  if (bytes.readUInt32LE(0) !== FRAME_MAGIC) throw brokenStream('Stream unsupported (invalid magic bytes)')
  const flags = byteAt(bytes, 4)
  if ((flags & FLAG_RESERVED) !== 0) throw brokenStream('Reserved bits must be 0')
  if ((flags & FLAG_INDEPENDENT) === 0) throw brokenStream('Dependent block stream is unsupported')
  if ((flags & FLAG_VERSION_MASK) !== FLAG_VERSION) throw brokenStream('LZ4 frame version is unsupported')
  const size = (byteAt(bytes, 5) >>> 4) & 7
  if ((byteAt(bytes, 5) & 0x8f) !== 0 || size < 4) throw brokenStream('LZ4 block descriptor is unsupported')
  const end = 6 + ((flags & FLAG_CONTENT_SIZE) !== 0 ? 8 : 0)
  if (bytes.length < end + 1) throw brokenStream('Stream ended prematurely')
  if (magic !== 0 && byteAt(bytes, end) !== headerChecksum(bytes, 4, end)) {
    throw brokenStream('Stream frame descriptor corrupted')
  }
  return { flags, blockBytes: 1 << (2 * size + 8), headerEnd: end + 1 }
}

function headerChecksum(bytes: Uint8Array, start: number, end: number): number {
  return (xxhash32(bytes, start, end) >>> 8) & 0xff
}

/** False when the bytes are no block, or one that gives more than the frame's blocks may. */
function inflateBlock(bytes: Buffer, start: number, end: number, blockBytes: number, output: GrowingBuffer): boolean {
  const size = measureBlock(bytes, start, end)
  if (size < 0 || size > blockBytes) return false
  output.reserve(size)
  if (!decompressBlock(bytes, start, end, output.bytes, output.length)) return false
  output.length += size
  return true
}
