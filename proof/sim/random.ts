/**
 * Reproducible randomness (sfc32). A stream has a name, so that one more draw in one part of the world does not change
 * what another part draws.
 */
export class SeededRandom {
  readonly name: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number | string) {
    this.name = String(seed)
    const hash = scramble(this.name)
    this.#a = hash()
    this.#b = hash()
    this.#c = hash()
    for (let i = 0; i < 12; i++) this.next32()
  }

  stream(name: string): SeededRandom {
    return new SeededRandom(`${this.name}/${name}`)
  }

  next32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result
    return result >>> 0
  }

  /** In [0, 1), with 53 random bits. */
  float(): number {
    return ((this.next32() >>> 5) * 2 ** 26 + (this.next32() >>> 6)) / 2 ** 53
  }

  /** A whole number in [0, below). */
  integer(below: number): number {
    return Math.floor(this.float() * below)
  }

  /** In [low, high). */
  between(low: number, high: number): number {
    return low + this.float() * (high - low)
  }

  chance(probability: number): boolean {
    return this.float() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(items.length)]
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count)
    for (let i = 0; i < count; i++) bytes[i] = this.next32()
    return bytes
  }
}

/** Draws well-mixed 32-bit words from a text (MurmurHash3's mixing). */
function scramble(text: string): () => number {
  let hash = 1779033703 ^ text.length
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 3432918353)
    hash = (hash << 13) | (hash >>> 19)
  }
  return () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507)
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909)
    return (hash ^= hash >>> 16) >>> 0
  }
}
