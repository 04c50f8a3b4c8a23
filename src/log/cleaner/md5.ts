/**
 * MD5 (RFC 1321) of short things, again and again: Node's own makes a buffer for each, and the way to it and back takes several
 * times as long as one block of 64 bytes, which nearly every key fits into.
 */
import { byteAt, int32At } from '../../../protocol/bytes.ts'

const BLOCK_BYTES = 64
const BLOCK_WORDS = 16
/** The bit behind the last byte, and the length in bits at the end of the last block. */
const PADDING_BYTES = 9
const END = 0x80
const TWO_29 = 2 ** 29

const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32))
const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const

const block = new Int32Array(BLOCK_WORDS)
const state = new Int32Array(4)

/** Writes the digest of bytes [start, end) as four words, which are little-endian in its bytes. */
export function md5(bytes: Uint8Array, start: number, end: number, digest: Int32Array): void {
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  const length = end - start
  const blocks = Math.ceil((length + PADDING_BYTES) / BLOCK_BYTES)
  for (let index = 0; index < blocks; index++) {
    fill(bytes, start + index * BLOCK_BYTES, end)
    if (index === blocks - 1) {
      block[14] = length << 3
      block[15] = Math.floor(length / TWO_29)
    }
    digestBlock()
  }
  for (let word = 0; word < 4; word++) digest[word] = state[word]!
}

/** The bytes from `start` on, as far as they are before `end`, the bit behind the last one, and zeros. */
function fill(bytes: Uint8Array, start: number, end: number): void {
  let at = start
  let word = 0
  for (; word < BLOCK_WORDS && end - at >= 4; at += 4) block[word++] = int32At(bytes, at)
  if (word < BLOCK_WORDS && at <= end) {
    let last = END
    for (let back = end - 1; back >= at; back--) last = (last << 8) | byteAt(bytes, back)
    block[word++] = last
  }
  while (word < BLOCK_WORDS) block[word++] = 0
}

function digestBlock(): void {
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  for (let step = 0; step < 64; step++) {
    const round = step >> 4
    let mixed: number
    let word: number
    if (round === 0) {
      mixed = d ^ (b & (c ^ d))
      word = step
    } else if (round === 1) {
      mixed = c ^ (d & (b ^ c))
      word = (5 * step + 1) & 15
    } else if (round === 2) {
      mixed = b ^ c ^ d
      word = (3 * step + 5) & 15
    } else {
      mixed = c ^ (b | ~d)
      word = (7 * step) & 15
    }
    const sum = (a + mixed + SINES[step]! + block[word]!) | 0
    const shift = SHIFTS[(round << 2) | (step & 3)]!
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}
