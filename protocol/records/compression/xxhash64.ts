/**
 * XXH64, whose lower half is the checksum of a Zstandard frame's content. Stripes are taken in halves of 32 bits, which is
 * ten times as quick as with BigInt; the rest is short enough for that.
 */

import { byteAt, wordAt } from '../../bytes.ts'
import { at } from '../../collections/elements.ts'

const PRIME_1 = 0x9e3779b185ebca87n
const PRIME_2 = 0xc2b2ae3d27d4eb4fn
const PRIME_3 = 0x165667b19e3779f9n
const PRIME_4 = 0x85ebca77c2b2ae63n
const PRIME_5 = 0x27d4eb2f165667c5n
const PRIME_1_LOW = 0x85ebca87 | 0
const PRIME_1_HIGH = 0x9e3779b1 | 0
const PRIME_2_LOW = 0x27d4eb4f
const PRIME_2_HIGH = 0xc2b2ae3d | 0

const STRIPE_BYTES = 32
const LANES = 4

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (value >> (64n - bits))
const round = (lane: bigint, input: bigint): bigint => wrap(rotate(wrap(lane + input * PRIME_2), 31n) * PRIME_1)

/** The hash of the bytes with seed 0. */
export function xxhash64(bytes: Buffer): bigint {
  const stripes = Math.floor(bytes.length / STRIPE_BYTES)
  let hash = wrap((stripes > 0 ? mergedLanes(bytes, stripes) : PRIME_5) + BigInt(bytes.length))
  let at = stripes * STRIPE_BYTES
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4)
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(bytes.readUInt32LE(at)) * PRIME_1), 23n) * PRIME_2 + PRIME_3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = wrap(rotate(hash ^ wrap(BigInt(byteAt(bytes, at)) * PRIME_5), 11n) * PRIME_1)
  hash = wrap((hash ^ (hash >> 33n)) * PRIME_2)
  hash = wrap((hash ^ (hash >> 29n)) * PRIME_3)
  return hash ^ (hash >> 32n)
}

const LANE_ROTATIONS: readonly bigint[] = [1n, 7n, 12n, 18n]

function mergedLanes(bytes: Buffer, stripes: number): bigint {
  const state = new BigUint64Array([wrap(PRIME_1 + PRIME_2), PRIME_2, 0n, wrap(-PRIME_1)])
  const halves = new Int32Array(state.buffer)
  const words = stripes * LANES
  for (let word = 0; word < words; word++) addWord(halves, (word & (LANES - 1)) * 2, bytes, word * 8)
  const sum = state.reduce((sum, lane, index) => wrap(sum + rotate(lane, at(LANE_ROTATIONS, index))), 0n)
  return state.reduce((hash, lane) => wrap((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4), sum)
}

/** One `round` of the lane whose halves are at `lane`. Little-endian machines alone run Node. */
function addWord(halves: Int32Array, lane: number, bytes: Uint8Array, at: number): void {
  const inputLow =
    byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
  const inputHigh =
    byteAt(bytes, at + 4) | (byteAt(bytes, at + 5) << 8) | (byteAt(bytes, at + 6) << 16) | (byteAt(bytes, at + 7) << 24)
  const low = (wordAt(halves, lane) >>> 0) + (Math.imul(inputLow, PRIME_2_LOW) >>> 0)
  const high =
    wordAt(halves, lane + 1) +
    highProduct(inputLow, PRIME_2_LOW) +
    Math.imul(inputLow, PRIME_2_HIGH) +
    Math.imul(inputHigh, PRIME_2_LOW) +
    (low > 0xffffffff ? 1 : 0)
  const turnedLow = (low << 31) | ((high | 0) >>> 1)
  const turnedHigh = (high << 31) | ((low | 0) >>> 1)
  halves[lane] = Math.imul(turnedLow, PRIME_1_LOW)
  halves[lane + 1] =
    highProduct(turnedLow, PRIME_1_LOW) + Math.imul(turnedLow, PRIME_1_HIGH) + Math.imul(turnedHigh, PRIME_1_LOW)
}

/** The upper half of the product of two numbers of 32 bits without a sign. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const middle = a0 * b1 + ((a0 * b0) >>> 16)
  const carried = a1 * b0 + (middle & 0xffff)
  return a1 * b1 + (middle >>> 16) + (carried >>> 16)
}
