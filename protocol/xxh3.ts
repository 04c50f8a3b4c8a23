/**
 * XXH3, 64 bits, without a seed: what Kafka calls a group's topics by, to see whether they have changed (KIP-1101).
 * Numbers are unsigned and of 64 bits; the letters of the specification are kept where it has no better names.
 */

import { byteAt } from './bytes.ts'
import { at } from './collections/elements.ts'

const MASK = (1n << 64n) - 1n
const PRIME32_1 = 0x9e3779b1n
const PRIME32_2 = 0x85ebca77n
const PRIME32_3 = 0xc2b2ae3dn
const PRIME64_1 = 0x9e3779b185ebca87n
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn
const PRIME64_3 = 0x165667b19e3779f9n
const PRIME64_4 = 0x85ebca77c2b2ae63n
const PRIME64_5 = 0x27d4eb2f165667c5n
const PRIME_MX1 = 0x165667919e3779f9n
const PRIME_MX2 = 0x9fb21c651e98df25n

const STRIPE_BYTES = 64
const SECRET_STEP = 8
const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e' +
    'e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a' +
    '51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8f' +
    'f8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)
const STRIPES_PER_BLOCK = (SECRET.length - STRIPE_BYTES) / SECRET_STEP

const wrap = (value: bigint): bigint => value & MASK
const secret = (at: number): bigint => SECRET.readBigUInt64LE(at)

export function xxh3(bytes: Buffer): bigint {
  const { length } = bytes
  if (length <= 16) return upTo16(bytes)
  if (length <= 128) return upTo128(bytes)
  if (length <= 240) return upTo240(bytes)
  return long(bytes)
}

function upTo16(bytes: Buffer): bigint {
  const { length } = bytes
  if (length > 8) {
    const low = bytes.readBigUInt64LE(0) ^ secret(24) ^ secret(32)
    const high = bytes.readBigUInt64LE(length - 8) ^ secret(40) ^ secret(48)
    return avalanche(wrap(BigInt(length) + swap64(low) + high + foldedProduct(low, high)))
  }
  if (length >= 4) {
    const first = BigInt(bytes.readUInt32LE(0))
    const last = BigInt(bytes.readUInt32LE(length - 4))
    return avalancheOf4To8(((first << 32n) + last) ^ secret(8) ^ secret(16), BigInt(length))
  }
  if (length > 0) {
    const combined =
      (byteAt(bytes, 0) << 16) | (byteAt(bytes, length >> 1) << 24) | byteAt(bytes, length - 1) | (length << 8)
    const flip = BigInt((SECRET.readUInt32LE(0) ^ SECRET.readUInt32LE(4)) >>> 0)
    return avalanche64(BigInt(combined >>> 0) ^ flip)
  }
  return avalanche64(secret(56) ^ secret(64))
}

function upTo128(bytes: Buffer): bigint {
  const { length } = bytes
  let sum = wrap(BigInt(length) * PRIME64_1)
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    sum += mix16(bytes, i * 16, i * 32)
    sum += mix16(bytes, length - 16 * (i + 1), i * 32 + 16)
  }
  return avalanche(wrap(sum))
}

function upTo240(bytes: Buffer): bigint {
  const { length } = bytes
  let sum = wrap(BigInt(length) * PRIME64_1)
  for (let i = 0; i < 8; i++) sum += mix16(bytes, i * 16, i * 16)
  sum = avalanche(wrap(sum))
  for (let i = 8; i < length >> 4; i++) sum += mix16(bytes, i * 16, (i - 8) * 16 + 3)
  sum += mix16(bytes, length - 16, 136 - 17)
  return avalanche(wrap(sum))
}

function long(bytes: Buffer): bigint {
  const { length } = bytes
  const lanes = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]
  const stripes = Math.floor((length - 1) / STRIPE_BYTES)
  for (let stripe = 0; stripe < stripes; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK
    accumulate(lanes, bytes, stripe * STRIPE_BYTES, inBlock * SECRET_STEP)
    if (inBlock === STRIPES_PER_BLOCK - 1) scramble(lanes)
  }
  accumulate(lanes, bytes, length - STRIPE_BYTES, SECRET.length - STRIPE_BYTES - 7)
  let sum = wrap(BigInt(length) * PRIME64_1)
  for (let i = 0; i < 4; i++) {
    sum += foldedProduct(at(lanes, 2 * i) ^ secret(11 + 16 * i), at(lanes, 2 * i + 1) ^ secret(19 + 16 * i))
  }
  return avalanche(wrap(sum))
}

function accumulate(lanes: bigint[], bytes: Buffer, position: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const value = bytes.readBigUInt64LE(position + 8 * i)
    const keyed = value ^ secret(secretAt + 8 * i)
    lanes[i ^ 1] = wrap(at(lanes, i ^ 1) + value)
    lanes[i] = wrap(at(lanes, i) + (keyed & 0xffffffffn) * (keyed >> 32n))
  }
}

const mixed = (lane: bigint): bigint => lane ^ (lane >> 47n)

function scramble(lanes: bigint[]): void {
  const secretAt = SECRET.length - STRIPE_BYTES
  for (let i = 0; i < 8; i++) {
    const lane = mixed(at(lanes, i)) ^ secret(secretAt + 8 * i)
    lanes[i] = wrap(lane * PRIME32_1)
  }
}

function mix16(bytes: Buffer, at: number, secretAt: number): bigint {
  const low = bytes.readBigUInt64LE(at) ^ secret(secretAt)
  return foldedProduct(low, bytes.readBigUInt64LE(at + 8) ^ secret(secretAt + 8))
}

function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product & MASK) ^ (product >> 64n)
}

function avalanche(hash: bigint): bigint {
  const mixed = wrap((hash ^ (hash >> 37n)) * PRIME_MX1)
  return mixed ^ (mixed >> 32n)
}

function avalanche64(hash: bigint): bigint {
  let mixed = wrap((hash ^ (hash >> 33n)) * PRIME64_2)
  mixed = wrap((mixed ^ (mixed >> 29n)) * PRIME64_3)
  return mixed ^ (mixed >> 32n)
}

function avalancheOf4To8(keyed: bigint, length: bigint): bigint {
  let mixed = wrap((keyed ^ rotateLeft(keyed, 49n) ^ rotateLeft(keyed, 24n)) * PRIME_MX2)
  mixed = wrap((mixed ^ ((mixed >> 35n) + length)) * PRIME_MX2)
  return mixed ^ (mixed >> 28n)
}

function rotateLeft(value: bigint, by: bigint): bigint {
  return wrap((value << by) | (value >> (64n - by)))
}

function swap64(value: bigint): bigint {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes.readBigUInt64BE()
}
