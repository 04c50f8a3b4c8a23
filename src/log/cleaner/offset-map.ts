import { wordAt } from '../../../protocol/bytes.ts'
import { md5 } from './md5.ts'
import { OffsetBits } from './offset-bits.ts'

/** MD5 of the key, then the offset plus one: a slot of zeros is empty. */
const WORDS_PER_SLOT = 6
const HASH_WORDS = 4
export const BYTES_PER_SLOT = WORDS_PER_SLOT * 4
const TWO_32 = 2 ** 32
/** The bits of offsets come on top of the map, with an eighth of its limit at most for both kinds. */
const MAP_BYTES_PER_BYTE_OF_BITS = 16

/**
 * The last offset of each key in the dirty part of a log: a hash table in one flat buffer that never grows. Of a key it
 * keeps only the 128 bits of its MD5, as Apache's does: 24 bytes whatever the key, so that a configured size holds the
 * same number of keys here and there, and a pass ends at the same offset. No two keys of a log share all 128 bits by
 * accident, and whoever could make some on purpose may write to the topic anyway.
 *
 * The map also notes which offsets are no longer the last of their keys: their records need not be looked up again, and a
 * batch whose records have all been superseded need not be decoded.
 */
export class OffsetMap {
  readonly #words: Int32Array
  /** The hash of the key that is looked for. */
  readonly #digest = new Int32Array(HASH_WORDS)
  readonly #slots: number
  readonly #entered: OffsetBits
  readonly #superseded: OffsetBits
  readonly #capacity: number
  #size = 0
  /** Everything up to here is in the map: what comes later is kept, whatever its key. */
  latestOffset = -1

  /**
   * For the keys of [from, upTo). `limitBytes` and `loadFactor` say how many are too many; the number of offsets, if
   * that is less, how many there can be at all: a log with few new records does not cost the whole buffer.
   */
  constructor(limitBytes: number, loadFactor: number, from: number, upTo: number) {
    const limitSlots = Math.floor(limitBytes / BYTES_PER_SLOT)
    this.#capacity = Math.max(1, Math.floor(limitSlots * loadFactor))
    const needed = Math.ceil((upTo - from + 1) / Math.max(loadFactor, 0.1))
    this.#slots = Math.max(2, Math.min(limitSlots, needed))
    this.#words = new Int32Array(this.#slots * WORDS_PER_SLOT)
    const bitsBytes = limitBytes / MAP_BYTES_PER_BYTE_OF_BITS
    this.#entered = new OffsetBits(from, upTo, bitsBytes)
    this.#superseded = new OffsetBits(from, upTo, bitsBytes)
  }

  get size(): number {
    return this.#size
  }

  /** Whether no further record may be entered, even one of a key that is there already. */
  get isFull(): boolean {
    return this.#size >= this.#capacity
  }

  /** The key is bytes [start, end). */
  put(bytes: Uint8Array, start: number, end: number, offset: number): void {
    md5(bytes, start, end, this.#digest)
    const at = this.#find()
    const words = this.#words
    const previous = this.#offsetAt(at)
    if (previous >= 0) {
      this.#superseded.add(previous)
    } else {
      for (let word = 0; word < HASH_WORDS; word++) words[at + word] = wordAt(this.#digest, word)
      this.#size++
    }
    words[at + HASH_WORDS] = (offset + 1) / TWO_32
    words[at + HASH_WORDS + 1] = offset + 1
    this.#entered.add(offset)
    this.latestOffset = offset
  }

  /** Offsets do not tell the records of this section apart: each has to be looked up. */
  distrustOffsets(): void {
    this.#entered.close()
    this.#superseded.close()
  }

  /** How many records of [first, last] are known to have been superseded. */
  supersededIn(first: number, last: number): number {
    return this.#superseded.count(first, last)
  }

  /** Whether no later record with the key at bytes [start, end) is known than the one at `offset`. */
  isLast(offset: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#superseded.has(offset)) return false
    return this.#entered.has(offset) || offset >= this.get(bytes, start, end)
  }

  /** -1 when the key is not in the dirty part. */
  get(bytes: Uint8Array, start: number, end: number): number {
    md5(bytes, start, end, this.#digest)
    const at = this.#find()
    return at < 0 ? -1 : this.#offsetAt(at)
  }

  /** The slot of the digest, or the empty one where it would be; -1 where there is neither. */
  #find(): number {
    for (let attempt = 0; attempt < this.#slots + HASH_WORDS; attempt++) {
      const at = this.#position(attempt)
      if (this.#isEmpty(at) || this.#holds(at)) return at
    }
    return -1
  }

  /** The words of the hash first, which lie anywhere, then slot after slot from the last of them on. */
  #position(attempt: number): number {
    const word = Math.min(attempt, HASH_WORDS - 1)
    const probe = (wordAt(this.#digest, word) + (attempt - word)) >>> 0
    return (probe % this.#slots) * WORDS_PER_SLOT
  }

  #isEmpty(at: number): boolean {
    return (wordAt(this.#words, at + HASH_WORDS) | wordAt(this.#words, at + HASH_WORDS + 1)) === 0
  }

  #offsetAt(at: number): number {
    const words = this.#words
    return wordAt(words, at + HASH_WORDS) * TWO_32 + (wordAt(words, at + HASH_WORDS + 1) >>> 0) - 1
  }

  #holds(at: number): boolean {
    for (let word = 0; word < HASH_WORDS; word++) {
      if (wordAt(this.#words, at + word) !== wordAt(this.#digest, word)) return false
    }
    return true
  }
}
