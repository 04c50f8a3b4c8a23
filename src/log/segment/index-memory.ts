/** An index as its memory is counted. */
export interface LoadedIndex {
  readonly memoryBytes: number
  /** Whether its memory is free now; not while it grows. */
  unload(): boolean
}

/**
 * Bounds the memory of indexes that were read for lookups in old segments: the least recently used are forgotten, but for
 * those that somebody holds until he has all that he needs. So much more may be in memory meanwhile: readers that took from
 * each other what they had, and read it again, would never come to an end.
 */
export class IndexMemory {
  readonly #capacityBytes: number
  readonly #indexes = new Map<LoadedIndex, number>()
  /** How many hold each. */
  readonly #holders = new Map<LoadedIndex, number>()
  #bytes = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  add(index: LoadedIndex): void {
    this.remove(index)
    this.#indexes.set(index, index.memoryBytes)
    this.#bytes += index.memoryBytes
    for (const [oldest, bytes] of this.#indexes) {
      if (this.#bytes <= this.#capacityBytes || oldest === index) return
      if (this.#holders.has(oldest) || !oldest.unload()) continue
      this.#indexes.delete(oldest)
      this.#bytes -= bytes
    }
  }

  touch(index: LoadedIndex): void {
    const bytes = this.#indexes.get(index)
    if (bytes === undefined) return
    this.#indexes.delete(index)
    this.#indexes.set(index, bytes)
  }

  remove(index: LoadedIndex): void {
    const bytes = this.#indexes.get(index)
    if (bytes === undefined) return
    this.#indexes.delete(index)
    this.#bytes -= bytes
  }

  /** Indexes stay in memory until `work` is done, those as well that it loads. */
  async holding(indexes: readonly LoadedIndex[], work: () => Promise<void>): Promise<void> {
    for (const index of indexes) this.#holders.set(index, (this.#holders.get(index) ?? 0) + 1)
    try {
      await work()
    } finally {
      for (const index of indexes) this.#letGo(index)
    }
  }

  #letGo(index: LoadedIndex): void {
    const others = (this.#holders.get(index) ?? 1) - 1
    if (others === 0) this.#holders.delete(index)
    else this.#holders.set(index, others)
  }
}
