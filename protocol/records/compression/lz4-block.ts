/** The LZ4 block format: sequences of literals and matches. Reading is in JavaScript, since a bound is then easy to keep. */
import { byteAt, int32At, wordAt } from '../../bytes.ts'

const MIN_MATCH = 4
/** The format ends every block with this many literals, and starts no match within the last twelve bytes. */
const LAST_LITERALS = 5
const MATCH_SAFETY = 12
const MAX_DISTANCE = 65_535
const HASH_BITS = 14
/** Up to here a loop is quicker than a call into the engine. */
const SHORT_COPY = 32

/** How many bytes the block in [start, end) gives, without making them; -1 when it is malformed. */
export function measureBlock(input: Uint8Array, start: number, end: number): number {
  let at = start
  let size = 0
  while (at < end) {
    const token = byteAt(input, at++)
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) literals += more = input[at++] ?? 0
    }
    at += literals
    size += literals
    // The last sequence has literals alone.
    if (at >= end) return at === end ? size : -1
    at += 2
    let length = (token & 15) + MIN_MATCH
    if ((token & 15) === 15) {
      let more = 255
      while (more === 255) length += more = input[at++] ?? 0
    }
    size += length
  }
  return -1
}

/**
 * Inflates the block in [start, end), which `measureBlock` has found well formed, to `outputStart`, where as much room
 * is as it said. False for a match that reaches back beyond the block's own output.
 */
export function decompressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): boolean {
  let at = start
  let to = outputStart
  for (;;) {
    const token = byteAt(input, at++)
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) literals += more = byteAt(input, at++)
    }
    if (literals > SHORT_COPY) {
      output.set(input.subarray(at, at + literals), to)
      at += literals
      to += literals
    } else {
      for (const last = at + literals; at < last; ) output[to++] = input[at++] as number
    }
    if (at === end) return true

    const distance = byteAt(input, at) | (byteAt(input, at + 1) << 8)
    at += 2
    let length = (token & 15) + MIN_MATCH
    if ((token & 15) === 15) {
      let more = 255
      while (more === 255) length += more = byteAt(input, at++)
    }
    if (distance === 0 || distance > to - outputStart) return false
    if (distance >= length && length > SHORT_COPY) {
      output.copyWithin(to, to - distance, to - distance + length)
      to += length
    } else {
      // Where the match overlaps what it makes, it must go byte by byte.
      for (let from = to - distance, last = to + length; to < last; ) output[to++] = output[from++] as number
    }
  }
}

/** The most that a block of `length` bytes can take. */
export function maxCompressedLength(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

const table = new Int32Array(1 << HASH_BITS)

/** Deflates bytes [start, end) of `input` to `output`, which has room for `maxCompressedLength`; returns its end. */
export function compressBlock(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputStart: number,
): number {
  table.fill(-1)
  const matchLimit = end - MATCH_SAFETY
  let to = outputStart
  let anchor = start
  let at = start
  let misses = 0
  while (at < matchLimit) {
    const sequence = int32At(input, at)
    const slot = Math.imul(sequence, 2654435761) >>> (32 - HASH_BITS)
    const candidate = wordAt(table, slot)
    table[slot] = at
    if (candidate < 0 || at - candidate > MAX_DISTANCE || int32At(input, candidate) !== sequence) {
      // Where nothing repeats, looking at every byte is not worth it.
      at += 1 + (misses++ >>> 6)
      continue
    }
    misses = 0
    const length = matchLength(input, candidate, at, end - LAST_LITERALS)
    to = writeSequence(input, anchor, at, at - candidate, length, output, to)
    at += length
    anchor = at
  }
  return writeLiterals(input, anchor, end, 0, output, to)
}

function matchLength(input: Uint8Array, candidate: number, at: number, limit: number): number {
  let length = MIN_MATCH
  while (at + length < limit && byteAt(input, candidate + length) === byteAt(input, at + length)) length++
  return length
}

function writeSequence(
  input: Uint8Array,
  anchor: number,
  at: number,
  distance: number,
  length: number,
  output: Uint8Array,
  outputStart: number,
): number {
  const extra = length - MIN_MATCH
  let to = writeLiterals(input, anchor, at, Math.min(extra, 15), output, outputStart)
  output[to++] = distance & 0xff
  output[to++] = distance >>> 8
  if (extra >= 15) to = writeLength(extra - 15, output, to)
  return to
}

function writeLiterals(
  input: Uint8Array,
  start: number,
  end: number,
  matchBits: number,
  output: Uint8Array,
  outputStart: number,
): number {
  const count = end - start
  let to = outputStart
  output[to++] = (Math.min(count, 15) << 4) | matchBits
  if (count >= 15) to = writeLength(count - 15, output, to)
  output.set(input.subarray(start, end), to)
  return to + count
}

function writeLength(rest: number, output: Uint8Array, outputStart: number): number {
  let to = outputStart
  let left = rest
  for (; left >= 255; left -= 255) output[to++] = 255
  output[to++] = left
  return to
}
