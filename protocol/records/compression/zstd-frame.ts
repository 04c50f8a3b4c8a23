/** What can be told of Zstandard frames without inflating them (RFC 8878, section 3.1.1). */

export const ZSTD_FRAME_MAGIC = 0xfd2fb528
export const ZSTD_MAX_BLOCK_BYTES = 128 * 1024

const MAGIC_BYTES = 4
const SINGLE_SEGMENT_FLAG = 0x20
const CHECKSUM_FLAG = 0x04
const DICTIONARY_FLAGS = 0x03
/** By the two highest bits of the descriptor; a single segment declares its size even where they are 0. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const
const BLOCK_HEADER_BYTES = 3
const LAST_BLOCK_FLAG = 1
const REPEATED_BLOCK = 1
const COMPRESSED_BLOCK = 2

/**
 * The most that the bytes can inflate to by the headers of their blocks, whatever the frames declare. Null where they are
 * not whole frames, one after the other, that need no dictionary.
 */
export function mostInflatedBytes(bytes: Buffer): number | null {
  let most = 0
  for (let at = 0; at < bytes.length || at === 0; ) {
    const frame = readFrameHeader(bytes, at)
    if (frame === null) return null
    at = frame.blocksAt
    for (let isLast = false; !isLast; ) {
      if (bytes.length - at < BLOCK_HEADER_BYTES) return null
      const header = bytes.readUIntLE(at, BLOCK_HEADER_BYTES)
      const type = (header >> 1) & 3
      const size = header >> 3
      if (type > COMPRESSED_BLOCK || size > ZSTD_MAX_BLOCK_BYTES) return null
      most += type === COMPRESSED_BLOCK ? ZSTD_MAX_BLOCK_BYTES : size
      at += BLOCK_HEADER_BYTES + (type === REPEATED_BLOCK ? 1 : size)
      isLast = (header & LAST_BLOCK_FLAG) !== 0
    }
    at += frame.checksumBytes
    if (at > bytes.length) return null
  }
  return most
}

function readFrameHeader(bytes: Buffer, at: number): { blocksAt: number; checksumBytes: number } | null {
  if (bytes.length - at < MAGIC_BYTES + 1 || bytes.readUInt32LE(at) !== ZSTD_FRAME_MAGIC) return null
  const descriptor = bytes[at + MAGIC_BYTES]
  if ((descriptor & DICTIONARY_FLAGS) !== 0) return null
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_FLAG) !== 0
  const windowBytes = isSingleSegment ? 0 : 1
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0)
  const checksumBytes = (descriptor & CHECKSUM_FLAG) !== 0 ? 4 : 0
  return { blocksAt: at + MAGIC_BYTES + 1 + windowBytes + sizeBytes, checksumBytes }
}
