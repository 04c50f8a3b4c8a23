import { countBits } from '../../../protocol/collections/bits.ts'

const BITS = 32

/** A set of offsets of a dirty section, one bit each. */
export class OffsetBits {
  readonly #from: number
  readonly #words: Int32Array
  #end: number

  /** Takes offsets from `from` on, as many of them as `limitBytes` have room for; others are never in it. */
  constructor(from: number, upTo: number, limitBytes: number) {
    const words = Math.max(0, Math.min(Math.ceil((upTo - from) / BITS), Math.floor(limitBytes / 4)))
    this.#from = from
    this.#words = new Int32Array(words)
    this.#end = from + words * BITS
  }

  /** Nothing is in the set any more, and nothing can be added. */
  close(): void {
    this.#end = this.#from
  }

  add(offset: number): void {
    if (!this.#covers(offset)) return
    const index = offset - this.#from
    this.#words[index >>> 5]! |= 1 << (index & 31)
  }

  has(offset: number): boolean {
    if (!this.#covers(offset)) return false
    const index = offset - this.#from
    return (this.#words[index >>> 5]! & (1 << (index & 31))) !== 0
  }

  /** How many there are in [first, last]. */
  count(first: number, last: number): number {
    const end = Math.min(last + 1, this.#end) - this.#from
    let count = 0
    for (let index = Math.max(0, first - this.#from); index < end; ) {
      const next = Math.min((index | 31) + 1, end)
      const mask = (-1 << (index & 31)) & (-1 >>> (31 - ((next - 1) & 31)))
      count += countBits(this.#words[index >>> 5]! & mask)
      index = next
    }
    return count
  }

  #covers(offset: number): boolean {
    return offset >= this.#from && offset < this.#end
  }
}
