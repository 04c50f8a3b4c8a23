import type { Layout, Structure } from 'buffer-layout'
import { blob } from 'buffer-layout'

/**
 * int64 in a fixed layout. buffer-layout would decode it to a number that loses bits past 2^53, so the layout declares
 * only where its eight bytes are; `readInt64` and Buffer's bigint accessors read them.
 */
export const int64 = (property: string): Layout => blob(8, property)

/** Where a field of a fixed layout starts. A wrong name is a bug, found when the module is loaded. */
export function offsetIn(layout: Structure, property: string): number {
  const offset = layout.offsetOf(property)
  if (offset === undefined) throw new Error(`the layout has no field ${property}`)
  return offset
}

const TWO_32 = 2 ** 32

/** int64 as a number: exact within ±2^53, the nearest number beyond. */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * TWO_32 + buffer.readUInt32BE(position + 4)
}

/** A number where it is exact, a bigint where it may not be: offsets and timestamps of records that are built. */
export type Int64 = number | bigint

/** A number where one holds the value. */
export function narrow(value: bigint): Int64 {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Writes a whole number within ±2^53, or any bigint of 64 bits, as int64. */
export function writeInt64(buffer: Buffer, position: number, value: Int64): void {
  if (typeof value === 'bigint') {
    buffer.writeBigInt64BE(value, position)
    return
  }
  buffer.writeInt32BE(Math.floor(value / TWO_32), position)
  // `>>> 0` takes the value modulo 2^32, for negative numbers too.
  buffer.writeUInt32BE(value >>> 0, position + 4)
}
