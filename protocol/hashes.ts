/** Hashes by which clients and brokers agree without asking, and the two forms of Kafka's uuids. */
import { byteAt } from './bytes.ts'

const MURMUR2_SEED = 0x9747b28c | 0
const MURMUR2_MULTIPLIER = 0x5bd1e995

/** Murmur2 as a signed int32, as Kafka's producers hash keys. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let hash = MURMUR2_SEED ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    word = Math.imul(word, MURMUR2_MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MURMUR2_MULTIPLIER) ^ Math.imul(word, MURMUR2_MULTIPLIER)
  }
  if (at < length) {
    if (length - at === 3) hash ^= byteAt(bytes, at + 2) << 16
    if (length - at >= 2) hash ^= byteAt(bytes, at + 1) << 8
    hash = Math.imul(hash ^ byteAt(bytes, at), MURMUR2_MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MURMUR2_MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** The partition that Kafka's producers choose for a key. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  return toPositive(murmur2(key)) % partitions
}

/** Clears the sign bit. It is not the absolute value. */
export function toPositive(value: number): number {
  return value & 0x7fffffff
}

/** Java's String.hashCode, over UTF-16 units. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/** The absolute value of an int32, and 0 for the one that has none. */
export function abs(value: number): number {
  return value === -0x80000000 ? 0 : Math.abs(value)
}

/**
 * The partition of an internal topic that keeps what belongs to `key`: a group in `__consumer_offsets`, a transactional
 * id in `__transaction_state`, a share partition (`sharePartitionKey`) in `__share_group_state`.
 */
export function coordinatorPartition(key: string, partitions: number): number {
  return abs(javaHashCode(key)) % partitions
}

/** The key by which a share partition is hashed and looked up (KIP-932). */
export function sharePartitionKey(groupId: string, topicId: string, partition: number): string {
  return `${groupId}:${topicId}:${partition}`
}

/** Kafka's text of a uuid: base64url of the 16 bytes without padding. */
export function uuidText(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** The 16 bytes of a uuid's text. Throws `RangeError` for any other text. */
export function uuidBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== 16 || text.length !== 22) throw new RangeError(`${JSON.stringify(text)} is not a Kafka uuid`)
  return bytes
}

/** Java's UUID.hashCode, which orders uuids in some of Kafka's hash tables. */
export function uuidHashCode(bytes: Buffer): number {
  return bytes.readInt32BE(0) ^ bytes.readInt32BE(4) ^ bytes.readInt32BE(8) ^ bytes.readInt32BE(12)
}

const SMALLEST_TABLE = 16
const FULL_AT = 0.75

/**
 * Distinct texts in the order in which one of Java's hash tables gives them: what Kafka makes of such a table (an id, a list
 * in an answer) has that order. `grows`: a HashSet to which they were added grows when more than three quarters are taken,
 * one that copies a list, and a ConcurrentHashMap, as soon as three quarters are. Texts of one bucket keep their order.
 */
export function javaHashOrder(texts: readonly string[], grows: 'beyond' | 'at' = 'beyond'): string[] {
  let size = SMALLEST_TABLE
  while (grows === 'at' ? texts.length >= size * FULL_AT : texts.length > size * FULL_AT) size *= 2
  const bucketOf = (text: string): number => {
    const hash = javaHashCode(text)
    return (hash ^ (hash >>> 16)) & (size - 1)
  }
  return [...texts].sort((one, other) => bucketOf(one) - bucketOf(other))
}
