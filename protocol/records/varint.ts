import type { Int64 } from './layout.ts'

/** Bytes that a zigzag varint of a 32-bit number takes. */
export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5
}

/** Bytes that a zigzag varlong takes. */
export function sizeOfVarlong(value: Int64): number {
  if (isInt32(value)) return sizeOfVarint(value)
  let size = 1
  for (let rest = zigzagLong(value) >> 7n; rest > 0n; rest >>= 7n) size++
  return size
}

/** Writes a 32-bit number and returns the position after it. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  return writeUnsignedVarint(target, position, ((value << 1) ^ (value >> 31)) >>> 0)
}

/** Writes an unsigned 32-bit number and returns the position after it. */
export function writeUnsignedVarint(target: Uint8Array, position: number, value: number): number {
  let at = position
  let rest = value
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}

/** Writes a 64-bit number and returns the position after it. */
export function writeVarlong(target: Uint8Array, position: number, value: Int64): number {
  if (isInt32(value)) return writeVarint(target, position, value)
  let at = position
  let rest = zigzagLong(value)
  while (rest >= 0x80n) {
    target[at++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  target[at++] = Number(rest)
  return at
}

function isInt32(value: Int64): value is number {
  return typeof value === 'number' && value === (value | 0)
}

function zigzagLong(value: Int64): bigint {
  const signed = BigInt(value)
  return BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n))
}
