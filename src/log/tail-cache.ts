/**
 * The newest bytes of all logs, so that readers at the tail are answered from memory and at once. Bounded by the memory
 * that it really pins: a view that is most of its ArrayBuffer is kept as it is, a smaller one is copied into a slab that
 * many logs share. What was appended first goes first, whichever log it belongs to.
 *
 * Cached bytes are never changed: responses under way may still refer to them after they have left the cache.
 */
const SLAB_BYTES = 64 * 1024
/** A view of less than this part of its memory is copied. */
const KEEP_FROM_SHARE = 0.5
/** What the objects around a chunk cost, so that a million tiny appends are bounded as well. */
const CHUNK_OVERHEAD_BYTES = 160

/** Consecutive whole batches of one segment. */
export interface CachedChunk {
  readonly segmentBaseOffset: number
  readonly position: number
  readonly baseOffset: number
  endOffset: number
  bytes: Buffer
  /** Where the memory is counted; null once the chunk is out. */
  memory: Memory | null
}

/** An ArrayBuffer that chunks hold on to: counted until the last of them is gone. */
interface Memory {
  bytes: number
  users: number
}

/** The chunks of one log: consecutive, in order of their offsets. */
export class CachedTail {
  #chunks: CachedChunk[] = []
  #first = 0

  get isEmpty(): boolean {
    return this.#first === this.#chunks.length
  }

  get first(): CachedChunk | undefined {
    return this.#chunks[this.#first]
  }

  get last(): CachedChunk | undefined {
    return this.#chunks.at(-1)
  }

  push(chunk: CachedChunk): void {
    this.#chunks.push(chunk)
  }

  /** The oldest chunk has left the cache. */
  shift(): void {
    this.#first++
    if (this.#first < 32 || this.#first * 2 < this.#chunks.length) return
    this.#chunks = this.#chunks.slice(this.#first)
    this.#first = 0
  }

  /** The index of the chunk that holds `offset`, -1 when none does. */
  indexOf(offset: number): number {
    let low = this.#first
    let high = this.#chunks.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (this.#chunks[middle].baseOffset <= offset) low = middle + 1
      else high = middle - 1
    }
    return high >= this.#first && offset < this.#chunks[high].endOffset ? high : -1
  }

  at(index: number): CachedChunk | undefined {
    return this.#chunks[index]
  }

  takeAll(): CachedChunk[] {
    const chunks = this.#chunks.slice(this.#first)
    this.#chunks = []
    this.#first = 0
    return chunks
  }
}

export class TailCache {
  #capacityBytes: number
  #bytes = 0
  /** All chunks of all logs in order of arrival, with those that have left in between. */
  #queue: { tail: CachedTail; chunk: CachedChunk }[] = []
  #head = 0
  #slab: Buffer = Buffer.alloc(0)
  #slabUsed = 0
  #slabMemory: Memory = { bytes: 0, users: 0 }

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  get pinnedBytes(): number {
    return this.#bytes
  }

  /** `bytes` are whole batches for [baseOffset, endOffset), which nobody will change any more. */
  add(
    tail: CachedTail,
    bytes: Buffer,
    where: { segmentBaseOffset: number; position: number; baseOffset: number; endOffset: number },
  ): void {
    if (bytes.length > this.#capacityBytes) return this.drop(tail)
    const keep = bytes.length >= bytes.buffer.byteLength * KEEP_FROM_SHARE
    if (keep) {
      const memory = { bytes: bytes.buffer.byteLength, users: 0 }
      this.#insert(tail, { ...where, bytes, memory }, memory)
    } else if (bytes.length > SLAB_BYTES) {
      const copy = Buffer.allocUnsafeSlow(bytes.length)
      bytes.copy(copy)
      const memory = { bytes: copy.length, users: 0 }
      this.#insert(tail, { ...where, bytes: copy, memory }, memory)
    } else {
      this.#addToSlab(tail, bytes, where)
    }
    this.#evict()
  }

  #addToSlab(
    tail: CachedTail,
    bytes: Buffer,
    where: { segmentBaseOffset: number; position: number; baseOffset: number; endOffset: number },
  ): void {
    if (this.#slabUsed + bytes.length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
      this.#slabUsed = 0
      this.#slabMemory = { bytes: SLAB_BYTES, users: 0 }
    }
    const start = this.#slabUsed
    this.#slabUsed += bytes.copy(this.#slab, start)
    const last = tail.last
    const continues =
      last !== undefined &&
      last.memory === this.#slabMemory &&
      last.segmentBaseOffset === where.segmentBaseOffset &&
      last.endOffset === where.baseOffset &&
      last.bytes.byteOffset + last.bytes.length === start
    if (continues) {
      last.bytes = this.#slab.subarray(last.bytes.byteOffset, this.#slabUsed)
      last.endOffset = where.endOffset
    } else {
      const memory = this.#slabMemory
      this.#insert(tail, { ...where, bytes: this.#slab.subarray(start, this.#slabUsed), memory }, memory)
    }
  }

  #insert(tail: CachedTail, chunk: CachedChunk, memory: Memory): void {
    // A gap (an append that was not cached) would make the tail answer for offsets that it lacks.
    if (tail.last !== undefined && tail.last.endOffset !== chunk.baseOffset) this.drop(tail)
    if (memory.users++ === 0) this.#bytes += memory.bytes
    this.#bytes += CHUNK_OVERHEAD_BYTES
    tail.push(chunk)
    this.#queue.push({ tail, chunk })
  }

  #evict(): void {
    while (this.#bytes > this.#capacityBytes && this.#head < this.#queue.length) {
      const { tail, chunk } = this.#queue[this.#head++]
      if (chunk.memory === null) continue
      this.#release(chunk)
      tail.shift()
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
  }

  #release(chunk: CachedChunk): void {
    const memory = chunk.memory!
    chunk.memory = null
    this.#bytes -= CHUNK_OVERHEAD_BYTES
    if (--memory.users === 0) this.#bytes -= memory.bytes
  }

  /** Forgets what is before `offset`: compaction has taken some of it away. */
  dropBefore(tail: CachedTail, offset: number): void {
    for (let first = tail.first; first !== undefined && first.baseOffset < offset; first = tail.first) {
      this.#release(first)
      tail.shift()
    }
  }

  /** Forgets a log's tail: it was cut, or the log is gone. */
  drop(tail: CachedTail): void {
    for (const chunk of tail.takeAll()) this.#release(chunk)
  }
}
