import type { IndexFile } from './index-file.ts'

/** Bounds the memory of indexes that were read for lookups in old segments: the least recently used are forgotten. */
export class IndexMemory {
  readonly #capacityBytes: number
  readonly #indexes = new Map<IndexFile, number>()
  #bytes = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  add(index: IndexFile): void {
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

  touch(index: IndexFile): void {
    const bytes = this.#indexes.get(index)
    if (bytes === undefined) return
    this.#indexes.delete(index)
    this.#indexes.set(index, bytes)
  }

  remove(index: IndexFile): void {
    const bytes = this.#indexes.get(index)
    if (bytes === undefined) return
    this.#indexes.delete(index)
    this.#bytes -= bytes
  }
}
