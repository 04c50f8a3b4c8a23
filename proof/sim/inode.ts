import type { SeededRandom } from './random.ts'

export const PAGE_BYTES = 4096
/** The bytes that a disk writes at once: a torn page is torn between sectors. */
const SECTOR_BYTES = 512

/** How far a sync goes that begins now. */
export interface SyncPoint {
  write: number
  sizeBytes: number
}

/**
 * A file's content twice: as the page cache has it, which is what everybody reads, and as it would be found after a
 * loss of power. Pages travel from the one to the other by sync, or one by one by themselves.
 */
export class FileInode {
  readonly kind = 'file'
  modifiedMs = 0
  #cache: Buffer = Buffer.alloc(0)
  #sizeBytes = 0
  #durable: Buffer = Buffer.alloc(0)
  #durableBytes = 0
  /** Pages whose cached content is newer than the durable one, with the number of their last write. */
  #dirty = new Map<number, number>()
  #writes = 0
  /** The shortest the file has been since the last sync: until then, a truncation may come undone. */
  #truncatedTo: number | null = null

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  read(target: Buffer, targetOffset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.#sizeBytes)
    if (end <= position) return 0
    return this.#cache.copy(target, targetOffset, position, end)
  }

  content(): Buffer {
    return Buffer.from(this.#cache.subarray(0, this.#sizeBytes))
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    const end = position + bytes.length
    this.#cache = grown(this.#cache, end)
    this.#cache.set(bytes, position)
    this.#markDirty(Math.min(position, this.#sizeBytes), end)
    this.#sizeBytes = Math.max(this.#sizeBytes, end)
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes > this.#sizeBytes) {
      this.#cache = grown(this.#cache, sizeBytes)
      this.#markDirty(this.#sizeBytes, sizeBytes)
    } else {
      this.#cache.fill(0, sizeBytes, this.#sizeBytes)
      this.#truncatedTo = Math.min(this.#truncatedTo ?? sizeBytes, sizeBytes)
      for (const page of this.#dirty.keys()) if (page * PAGE_BYTES >= sizeBytes) this.#dirty.delete(page)
      if (sizeBytes % PAGE_BYTES !== 0) this.#markDirty(sizeBytes - 1, sizeBytes)
    }
    this.#sizeBytes = sizeBytes
  }

  beginSync(): SyncPoint {
    return { write: this.#writes, sizeBytes: this.#sizeBytes }
  }

  /** Pages written again since `beginSync` stay dirty. */
  finishSync(point: SyncPoint): void {
    if (this.#truncatedTo !== null) this.#truncateDurable(this.#truncatedTo)
    this.#truncatedTo = null
    for (const page of [...this.#dirty.keys()]) this.#writeBack(page, point.write)
    this.#durableBytes = Math.max(this.#durableBytes, Math.min(point.sizeBytes, this.#sizeBytes))
    this.#durable = grown(this.#durable, this.#durableBytes)
  }

  /** As Linux does it: the pages count as clean though they never reached the disk. */
  failSync(): void {
    this.#dirty.clear()
  }

  /** The kernel writes a page back when it likes. */
  writeBackSome(random: SeededRandom): void {
    if (this.#dirty.size === 0 || this.#truncatedTo !== null) return
    this.#writeBack(random.pick([...this.#dirty.keys()]), Number.POSITIVE_INFINITY)
  }

  losePower(random: SeededRandom): void {
    const truncationHeld = this.#truncatedTo === null || random.chance(0.5)
    if (truncationHeld) {
      if (this.#truncatedTo !== null) this.#truncateDurable(this.#truncatedTo)
      for (const page of [...this.#dirty.keys()]) this.#loseOrKeep(page, random)
      // The size may be ahead of the content; the hole reads as zeros.
      if (random.chance(0.3)) this.#extendDurable(this.#sizeBytes)
    }
    this.#sizeBytes = this.#durableBytes
    this.#cache = grown(Buffer.from(this.#durable.subarray(0, this.#durableBytes)), this.#durableBytes)
    this.#dirty.clear()
    this.#truncatedTo = null
  }

  /** Rot: wrong in the cache and on the disk. */
  flipBit(position: number, bit: number): void {
    this.#cache[position] ^= 1 << bit
    if (position < this.#durableBytes) this.#durable[position] ^= 1 << bit
  }

  #loseOrKeep(page: number, random: SeededRandom): void {
    const fate = random.float()
    if (fate < 0.4) return
    if (fate < 0.8) {
      this.#writeBack(page, Number.POSITIVE_INFINITY)
      return
    }
    for (let sector = 0; sector < PAGE_BYTES / SECTOR_BYTES; sector++) {
      const start = page * PAGE_BYTES + sector * SECTOR_BYTES
      if (random.chance(0.5)) this.#copyToDurable(start, start + SECTOR_BYTES)
    }
  }

  #markDirty(start: number, end: number): void {
    this.#writes++
    for (let page = Math.floor(start / PAGE_BYTES); page * PAGE_BYTES < end; page++) this.#dirty.set(page, this.#writes)
  }

  #writeBack(page: number, upToWrite: number): void {
    this.#copyToDurable(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
    if ((this.#dirty.get(page) ?? 0) <= upToWrite) this.#dirty.delete(page)
  }

  #copyToDurable(start: number, end: number): void {
    const limit = Math.min(end, this.#sizeBytes)
    if (limit <= start) return
    this.#extendDurable(limit)
    this.#cache.copy(this.#durable, start, start, limit)
  }

  #extendDurable(sizeBytes: number): void {
    if (sizeBytes <= this.#durableBytes) return
    this.#durable = grown(this.#durable, sizeBytes)
    this.#durableBytes = sizeBytes
  }

  #truncateDurable(sizeBytes: number): void {
    if (sizeBytes >= this.#durableBytes) return
    this.#durable.fill(0, sizeBytes, this.#durableBytes)
    this.#durableBytes = sizeBytes
  }
}

/** Bytes beyond a file's size are zero, here and after growing. */
function grown(buffer: Buffer, sizeBytes: number): Buffer {
  if (sizeBytes <= buffer.length) return buffer
  const larger = Buffer.alloc(Math.max(sizeBytes, buffer.length * 2, PAGE_BYTES))
  buffer.copy(larger)
  return larger
}
