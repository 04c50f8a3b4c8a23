/** An index as its memory is counted. */
export interface LoadedIndex {
  readonly memoryBytes: number
  /** Whether its memory is free now; not while it grows. */
  unload(): boolean
}

/** Bounds the memory of indexes that were read for lookups in old segments: the least recently used are forgotten. */
export class IndexMemory {
  readonly #capacityBytes: number
  readonly #indexes = new Map<LoadedIndex, number>()
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
      if (!oldest.unload()) continue
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
}
