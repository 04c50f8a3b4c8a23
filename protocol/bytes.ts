/**
 * Bytes and table entries in loops that run for each byte of what clients send. The caller has made sure that the position
 * is inside, or lets the bitwise arithmetic that follows make 0 of what lies beyond the end and judges the result; a check
 * for each byte would cost more than the loop's own work. Everywhere else `elements.ts` is the one to use.
 */

export function byteAt(bytes: Uint8Array, position: number): number {
  return bytes[position] as number
}

/** An entry of a table of 32-bit numbers. */
export function wordAt(table: Int32Array, index: number): number {
  return table[index] as number
}

/** Four bytes, little-endian, as a signed number. */
export function int32At(bytes: Uint8Array, position: number): number {
  return (
    byteAt(bytes, position) |
    (byteAt(bytes, position + 1) << 8) |
    (byteAt(bytes, position + 2) << 16) |
    (byteAt(bytes, position + 3) << 24)
  )
}
