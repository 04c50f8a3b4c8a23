/** The facts that Zstandard frames tell without being inflated (RFC 8878, section 3.1.1). */
import { byteAt } from '../../bytes.ts'

export const ZSTD_FRAME_MAGIC = 0xfd2fb528
export const ZSTD_MAX_BLOCK_BYTES = 128 * 1024

const MAGIC_BYTES = 4
const SINGLE_SEGMENT_FLAG = 0x20
const CHECKSUM_FLAG = 0x04
const DICTIONARY_FLAGS = 0x03
const RESERVED_FLAG = 0x08
const CHECKSUM_BYTES = 4
const SKIPPABLE_MAGIC = 0x184d2a50
const SKIPPABLE_MASK = 0xfffffff0
/** By the two highest bits of the descriptor; a single segment declares its size even where they are 0. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const
const BLOCK_HEADER_BYTES = 3
const LAST_BLOCK_FLAG = 1
const REPEATED_BLOCK = 1
const COMPRESSED_BLOCK = 2

/** A frame as its headers describe it. */
export interface ZstdFrame {
  /** Where what follows it begins. */
  readonly end: number
  /** The most that it can inflate to by the headers of its blocks, whatever it declares. */
  readonly mostBytes: number
  /** The size that the frame declares to inflate to; null where it does not. */
  readonly contentBytes: number | null
  /** The lower half of its content's XXH64; null where it has none. */
  readonly checksum: number | null
}

/** The frame at `at`; null where no whole frame stands there that needs no dictionary. */
export function readZstdFrame(bytes: Buffer, at: number): ZstdFrame | null {
  const header = readFrameHeader(bytes, at)
  if (header === null) return null
  let mostBytes = 0
  let next = header.blocksAt
  for (let isLast = false; !isLast; ) {
    if (bytes.length - next < BLOCK_HEADER_BYTES) return null
    const block = bytes.readUIntLE(next, BLOCK_HEADER_BYTES)
    const type = (block >> 1) & 3
    const size = block >> 3
    if (type > COMPRESSED_BLOCK || size > ZSTD_MAX_BLOCK_BYTES) return null
    mostBytes += type === COMPRESSED_BLOCK ? ZSTD_MAX_BLOCK_BYTES : size
    next += BLOCK_HEADER_BYTES + (type === REPEATED_BLOCK ? 1 : size)
    isLast = (block & LAST_BLOCK_FLAG) !== 0
  }
  const end = next + (header.hasChecksum ? CHECKSUM_BYTES : 0)
  if (end > bytes.length) return null
  const checksum = header.hasChecksum ? bytes.readUInt32LE(next) : null
  return { end, mostBytes, contentBytes: header.contentBytes, checksum }
}

/** Where a frame ends that holds nothing for this reader; null where no whole one stands at `at`. */
export function endOfSkippableFrame(bytes: Buffer, at: number): number | null {
  if (bytes.length - at < 8 || (bytes.readUInt32LE(at) & SKIPPABLE_MASK) >>> 0 !== SKIPPABLE_MAGIC) return null
  const end = at + 8 + bytes.readUInt32LE(at + 4)
  return end <= bytes.length ? end : null
}

/**
 * The most that the bytes can inflate to by the headers of their blocks. Null where they are not whole frames, one
 * after the other, that need no dictionary.
 */
export function mostInflatedBytes(bytes: Buffer): number | null {
  let most = 0
  for (let at = 0; at < bytes.length || at === 0; ) {
    const frame = readZstdFrame(bytes, at)
    if (frame === null) return null
    most += frame.mostBytes
    at = frame.end
  }
  return most
}

interface FrameHeader {
  readonly blocksAt: number
  readonly hasChecksum: boolean
  readonly contentBytes: number | null
}

function readFrameHeader(bytes: Buffer, at: number): FrameHeader | null {
  if (bytes.length - at < MAGIC_BYTES + 1 || bytes.readUInt32LE(at) !== ZSTD_FRAME_MAGIC) return null
  const descriptor = byteAt(bytes, at + MAGIC_BYTES)
  if ((descriptor & (DICTIONARY_FLAGS | RESERVED_FLAG)) !== 0) return null
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_FLAG) !== 0
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0)
  const sizeAt = at + MAGIC_BYTES + 1 + (isSingleSegment ? 0 : 1)
  const blocksAt = sizeAt + sizeBytes
  if (blocksAt > bytes.length) return null
  const contentBytes = sizeBytes === 0 ? null : readContentSize(bytes, sizeAt, sizeBytes)
  return { blocksAt, hasChecksum: (descriptor & CHECKSUM_FLAG) !== 0, contentBytes }
}

function readContentSize(bytes: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(bytes.readBigUInt64LE(at))
  // Two bytes begin where one has ended.
  return bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
}
