/** The Snappy block format: a varint with the length of what comes out, then literals and copies. */
import { byteAt, int32At, wordAt } from '../../bytes.ts'

const MAX_BLOCK_LENGTH = 2 ** 31 - 1
const HASH_BITS = 14
const SHORT_COPY = 32
/** Copies reach back two bytes' worth, so every 64 KiB are compressed for themselves. */
const FRAGMENT_BYTES = 64 * 1024

/** How many bytes the block gives; -1 when the varint is malformed. */
export function uncompressedLength(input: Uint8Array, start: number, end: number): number {
  let length = 0
  for (let i = 0; i < 5 && start + i < end; i++) {
    const byte = byteAt(input, start + i)
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length <= MAX_BLOCK_LENGTH ? length : -1
  }
  return -1
}

/** Inflates the block to exactly `length` bytes at `outputStart`; false when it is malformed. */
export function decompressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
  length: number,
): boolean {
  const outputEnd = outputStart + length
  let at = start
  while (byteAt(input, at++) >= 0x80);
  let to = outputStart
  while (at < end) {
    const tag = byteAt(input, at++)
    const kind = tag & 3
    let size = (tag >>> 2) + 1
    if (kind === 0) {
      if (size > 60) {
        const bytes = size - 60
        if (bytes > end - at) return false
        size = 1
        for (let i = 0; i < bytes; i++) size += byteAt(input, at + i) * 2 ** (8 * i)
        at += bytes
      }
      if (size > end - at || size > outputEnd - to) return false
      if (size > SHORT_COPY) output.set(input.subarray(at, at + size), to)
      else for (let i = 0; i < size; i++) output[to + i] = input[at + i] as number
      at += size
      to += size
      continue
    }
    let distance: number
    if (kind === 1) {
      if (at >= end) return false
      size = ((tag >>> 2) & 7) + 4
      distance = ((tag >>> 5) << 8) | byteAt(input, at)
      at += 1
    } else {
      const bytes = kind === 2 ? 2 : 4
      if (bytes > end - at) return false
      distance = byteAt(input, at) | (byteAt(input, at + 1) << 8)
      if (kind === 3) distance += (byteAt(input, at + 2) | (byteAt(input, at + 3) << 8)) * 2 ** 16
      at += bytes
    }
    if (distance === 0 || distance > to - outputStart || size > outputEnd - to) return false
    // Byte by byte, since a copy may overlap what it makes.
    for (let from = to - distance, last = to + size; to < last; ) output[to++] = output[from++] as number
  }
  return to === outputEnd
}

export function maxCompressedLength(length: number): number {
  return 32 + length + Math.floor(length / 6)
}

const table = new Int32Array(1 << HASH_BITS)

/** Deflates bytes [start, end) to `outputStart`, where `maxCompressedLength` has room; returns where the block ends. */
export function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  let to = writeLength(end - start, output, outputStart)
  for (let at = start; at < end; at += FRAGMENT_BYTES) {
    to = compressFragment(input, at, Math.min(at + FRAGMENT_BYTES, end), output, to)
  }
  return to
}

function compressFragment(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  table.fill(-1)
  let to = outputStart
  let anchor = start
  let at = start
  let misses = 0
  while (at + 4 <= end) {
    const sequence = int32At(input, at)
    const slot = Math.imul(sequence, 0x1e35a7bd) >>> (32 - HASH_BITS)
    const candidate = wordAt(table, slot)
    table[slot] = at
    if (candidate < 0 || int32At(input, candidate) !== sequence) {
      at += 1 + (misses++ >>> 5)
      continue
    }
    misses = 0
    let length = 4
    while (at + length < end && byteAt(input, candidate + length) === byteAt(input, at + length)) length++
    if (at > anchor) to = writeLiteral(input, anchor, at, output, to)
    to = writeCopies(at - candidate, length, output, to)
    at += length
    anchor = at
  }
  return anchor < end ? writeLiteral(input, anchor, end, output, to) : to
}

function writeLength(length: number, output: Uint8Array, outputStart: number): number {
  let to = outputStart
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) output[to++] = (rest & 0x7f) | 0x80
  output[to++] = rest
  return to
}

function writeLiteral(input: Uint8Array, start: number, end: number, output: Uint8Array, outputStart: number): number {
  const last = end - start - 1
  let to = outputStart
  if (last < 60) {
    output[to++] = last << 2
  } else if (last < 256) {
    output[to++] = 60 << 2
    output[to++] = last
  } else {
    output[to++] = 61 << 2
    output[to++] = last & 0xff
    output[to++] = last >>> 8
  }
  output.set(input.subarray(start, end), to)
  return to + end - start
}

/** One copy says up to 64 bytes. */
function writeCopies(distance: number, length: number, output: Uint8Array, outputStart: number): number {
  let to = outputStart
  for (let left = length; left > 0; ) {
    const size = Math.min(left, 64)
    output[to++] = ((size - 1) << 2) | 2
    output[to++] = distance & 0xff
    output[to++] = distance >>> 8
    left -= size
  }
  return to
}
