import type { Random } from '../env/random.ts'

const UUID_BYTES = 16

/** A random id as Kafka makes them: version 4, never one that begins with a dash, which command lines would mistake. */
export function randomUuid(random: Random): string {
  for (;;) {
    const bytes = random.bytes(UUID_BYTES)
    bytes[6] = (bytes[6] & 0x0f) | 0x40
    bytes[8] = (bytes[8] & 0x3f) | 0x80
    const text = bytes.toString('base64url')
    if (!text.startsWith('-')) return text
  }
}
