import type { Random } from '../env/index.ts'

const VERSION_BYTE = 6
const VARIANT_BYTE = 8

/** A random UUID (version 4) in the hexadecimal form, which makes member ids unique. */
export function memberUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[VERSION_BYTE] = (bytes[VERSION_BYTE] & 0x0f) | 0x40
  bytes[VARIANT_BYTE] = (bytes[VARIANT_BYTE] & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
