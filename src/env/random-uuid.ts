import type { Random } from './random.ts'

const UUID_BYTES = 16
const VERSION_AT = 6
const VARIANT_AT = 8

/** A random id as Kafka makes them: version 4, never one that begins with a dash, which command lines would mistake. */
export function randomUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(UUID_BYTES)
    bytes.writeUInt8((bytes.readUInt8(VERSION_AT) & 0x0f) | 0x40, VERSION_AT)
    bytes.writeUInt8((bytes.readUInt8(VARIANT_AT) & 0x3f) | 0x80, VARIANT_AT)
    const text = bytes.toString('base64url')
    if (!text.startsWith('-')) return text
  }
}
