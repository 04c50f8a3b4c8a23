import { md5 } from './md5.ts'

/** MD5 of the key, then the offset plus one: a slot of zeros is empty. */
const WORDS_PER_SLOT = 6
const HASH_WORDS = 4
export const BYTES_PER_SLOT = WORDS_PER_SLOT * 4
const TWO_32 = 2 ** 32

/**
 * The last offset of each key in the dirty part of a log: a hash table in one flat buffer that never grows. Of a key it
 * keeps only the 128 bits of its MD5, as Apache's does: 24 bytes whatever the key, so that a configured size holds the
 * same number of keys here and there, and a pass ends at the same offset. No two keys of a log share all 128 bits by
 * accident, and whoever could make some on purpose may write to the topic anyway.
 */
export class OffsetMap {
  readonly #words: Uint32Array
  /** The hash of the key that is looked for. */
  readonly #digest = new Uint32Array(HASH_WORDS)
  readonly #slots: number
  readonly #capacity: number
  #size = 0
  /** Everything up to here is in the map: what comes later is kept, whatever its key. */
  latestOffset = -1

  /**
   * `limitBytes` and `loadFactor` say how many keys are too many; `expectedKeys`, if fewer, how many there can be at
   * all: a log with few new records does not cost the whole buffer.
   */
  constructor(limitBytes: number, loadFactor: number, expectedKeys: number) {
    const limitSlots = Math.floor(limitBytes / BYTES_PER_SLOT)
    this.#capacity = Math.max(1, Math.floor(limitSlots * loadFactor))
    const needed = Math.ceil((expectedKeys + 1) / Math.max(loadFactor, 0.1))
    this.#slots = Math.max(2, Math.min(limitSlots, needed))
    const bytes = Buffer.alloc(this.#slots * BYTES_PER_SLOT)
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, this.#slots * WORDS_PER_SLOT)
  }

  get size(): number {
    return this.#size
  }

  /** Whether no further record may be entered, even one of a key that is there already. */
  get isFull(): boolean {
    return this.#size >= this.#capacity
  }

  put(key: Buffer, offset: number): void {
    const digest = this.#digest
    md5(key, digest)
    let attempt = 0
    let at = this.#position(digest, attempt)
    while (!this.#isEmpty(at) && !this.#holds(at, digest)) at = this.#position(digest, ++attempt)
    const words = this.#words
    if (this.#isEmpty(at)) {
      for (let word = 0; word < HASH_WORDS; word++) words[at + word] = digest[word]!
      this.#size++
    }
    words[at + HASH_WORDS] = Math.floor((offset + 1) / TWO_32)
    words[at + HASH_WORDS + 1] = (offset + 1) >>> 0
    this.latestOffset = offset
  }

  /** -1 when the key is not in the dirty part. */
  get(key: Buffer): number {
    const digest = this.#digest
    md5(key, digest)
    for (let attempt = 0; attempt < this.#slots + HASH_WORDS; attempt++) {
      const at = this.#position(digest, attempt)
      if (this.#isEmpty(at)) return -1
      if (!this.#holds(at, digest)) continue
      return this.#words[at + HASH_WORDS]! * TWO_32 + this.#words[at + HASH_WORDS + 1]! - 1
    }
    return -1
  }

  /** The words of the hash first, which lie anywhere, then slot after slot from the last of them on. */
  #position(digest: Uint32Array, attempt: number): number {
    const word = Math.min(attempt, HASH_WORDS - 1)
    const probe = digest[word]! + (attempt - word)
    return (probe % this.#slots) * WORDS_PER_SLOT
  }

  #isEmpty(at: number): boolean {
    return this.#words[at + HASH_WORDS] === 0 && this.#words[at + HASH_WORDS + 1] === 0
  }

  #holds(at: number, digest: Uint32Array): boolean {
    for (let word = 0; word < HASH_WORDS; word++) {
      if (this.#words[at + word] !== digest[word]) return false
    }
    return true
  }
}
