/** CRC-32C guards batches of magic 2 and producer snapshots; plain CRC-32 guards messages of magic 0 and 1. */
import { byteAt, wordAt } from '../bytes.ts'
import { loadNative, zlib } from './native.ts'

type NativeCrc32 = { crc32c(input: Uint8Array): number }

/** Below this many bytes the table is quicker than a call into native code. */
const NATIVE_FROM_BYTES = 128
/** So many bytes the table checks in less time than it takes to load native code: a start needs none. */
const NATIVE_AFTER_BYTES = 65_536

/** undefined: not asked for yet. */
let native: NativeCrc32 | null | undefined
let bytesWithout = 0

/** CRC-32C (Castagnoli) of bytes [start, end) as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (end - start < NATIVE_FROM_BYTES || !hasNative(end - start)) return crc32cTable(bytes, start, end)
  return native!.crc32c(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
}

function hasNative(sizeBytes: number): boolean {
  if (native === undefined) {
    bytesWithout += sizeBytes
    if (bytesWithout < NATIVE_AFTER_BYTES) return false
    native = loadNative<NativeCrc32>('@node-rs/crc32')
  }
  return native !== null
}

/** CRC-32 (as in gzip) of bytes [start, end) as an unsigned number. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return zlib().crc32(bytes.subarray(start, end))
}

const CASTAGNOLI_REVERSED = 0x82f63b78

/** Slicing by four: table k holds the CRC of a byte that is followed by k zero bytes. */
function makeTables(): Int32Array {
  const tables = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CASTAGNOLI_REVERSED : crc >>> 1
    tables[byte] = crc
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = wordAt(tables, i - 256)
    tables[i] = (previous >>> 8) ^ wordAt(tables, previous & 0xff)
  }
  return tables
}

let tables: Int32Array | undefined

/** The implementation without native code; exported to be compared with the other one. */
export function crc32cTable(bytes: Uint8Array, start: number, end: number): number {
  tables ??= makeTables()
  const table = tables
  let crc = -1
  let at = start
  for (const wordsEnd = end - 3; at < wordsEnd; at += 4) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    crc =
      wordAt(table, 768 + (crc & 0xff)) ^
      wordAt(table, 512 + ((crc >>> 8) & 0xff)) ^
      wordAt(table, 256 + ((crc >>> 16) & 0xff)) ^
      wordAt(table, crc >>> 24)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ wordAt(table, (crc ^ byteAt(bytes, at)) & 0xff)
  return ~crc >>> 0
}
