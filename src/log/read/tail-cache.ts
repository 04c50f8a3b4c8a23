/**
 * The newest bytes of all logs, so that readers at the tail are answered from memory and at once. Bounded by the memory
 * that it really pins: what lies in a slab of received requests, or is most of its ArrayBuffer, is kept as it is and
 * counts with all that it pins; anything else, and what is small, is copied into a slab that many logs share. What was
 * appended first goes first, whichever log it belongs to.
 *
 * Cached bytes are never changed, and each chunk retains its memory (`env/slab-pool`); a read that answers with bytes
 * of the cache retains them too, as they may leave the cache before the answer has left.
 */
import { release, retain, type Slab, SlabPool, slabOf } from '../../env/slab-pool.ts'
import { type CachedChunk, grow, type Memory } from './cached-chunk.ts'

const SMALL_SLAB_BYTES = 64 * 1024
/** Below this a copy is cheaper than one more chunk, and lets the chunks of a log grow together. */
const SMALL_BYTES = 8 * 1024
/** A view of less than this part of memory that is in no slab is copied. */
const KEEP_FROM_SHARE = 0.5
/** The cost of the objects around a chunk, so that a million tiny appends are bounded as well. */
const CHUNK_OVERHEAD_BYTES = 160

const NOTHING = Buffer.alloc(0)

/** A chunk without its bytes. */
type Where = Omit<CachedChunk, 'bytes' | 'marks' | 'memory'>

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
      const chunk = this.#chunks[middle]
      if (chunk !== undefined && chunk.baseOffset <= offset) low = middle + 1
      else high = middle - 1
    }
    const found = high >= this.#first ? this.#chunks[high] : undefined
    return found !== undefined && offset < found.endOffset ? high : -1
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
  /** Memory of slabs that chunks are in. */
  readonly #slabs = new Map<Slab, Memory>()
  readonly #smallSlabs = new SlabPool(SMALL_SLAB_BYTES)

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  get pinnedBytes(): number {
    return this.#bytes
  }

  /** `bytes` are whole batches for [baseOffset, endOffset), which nobody will change any more. */
  add(tail: CachedTail, bytes: Buffer, where: Where): void {
    if (bytes.length > this.#capacityBytes) return this.drop(tail)
    const slab = slabOf(bytes)
    if (bytes.length < SMALL_BYTES) this.#addSmall(tail, bytes, where)
    else if (slab !== undefined) {
      retain(bytes)
      this.#insert(tail, where, bytes, this.#memoryOf(slab))
    } else {
      const keep = bytes.length >= bytes.buffer.byteLength * KEEP_FROM_SHARE
      const own = keep ? bytes : copyOf(bytes)
      this.#insert(tail, where, own, { slab: null, bytes: own.buffer.byteLength, users: 0 })
    }
    this.#evict()
  }

  #memoryOf(slab: Slab): Memory {
    let memory = this.#slabs.get(slab)
    if (memory === undefined) {
      memory = { slab, bytes: slab.bytes.length, users: 0 }
      this.#slabs.set(slab, memory)
    }
    return memory
  }

  #addSmall(tail: CachedTail, bytes: Buffer, where: Where): void {
    const copy = this.#smallSlabs.copy(bytes)
    const slab = slabOf(copy)!
    const { last } = tail
    const continues =
      last !== undefined &&
      last.memory?.slab === slab &&
      last.segmentBaseOffset === where.segmentBaseOffset &&
      last.endOffset === where.baseOffset &&
      last.bytes.byteOffset + last.bytes.length === copy.byteOffset
    if (!continues) return this.#insert(tail, where, copy, this.#memoryOf(slab))
    grow(last, slab.bytes.subarray(last.bytes.byteOffset, copy.byteOffset + copy.length), where.endOffset)
    // The chunk is counted once, however much it has grown.
    release(copy)
  }

  #insert(
    tail: CachedTail,
    { segmentBaseOffset, position, baseOffset, endOffset }: Where,
    bytes: Buffer,
    memory: Memory,
  ): void {
    // A gap (an append that was not cached) would make the tail answer for offsets that it lacks.
    if (tail.last !== undefined && tail.last.endOffset !== baseOffset) this.drop(tail)
    const chunk: CachedChunk = { segmentBaseOffset, position, baseOffset, endOffset, bytes, marks: null, memory }
    if (memory.users++ === 0) this.#bytes += memory.bytes
    this.#bytes += CHUNK_OVERHEAD_BYTES
    tail.push(chunk)
    this.#queue.push({ tail, chunk })
  }

  #evict(): void {
    while (this.#bytes > this.#capacityBytes) {
      const oldest = this.#queue[this.#head]
      if (oldest === undefined) break
      this.#head++
      const { tail, chunk } = oldest
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
    if (--memory.users === 0) {
      this.#bytes -= memory.bytes
      if (memory.slab !== null) this.#slabs.delete(memory.slab)
    }
    release(chunk.bytes)
    // The lists let go of their entries in bulk, and must not keep the memory until then.
    chunk.bytes = NOTHING
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

/** Slow on purpose: in memory of its own. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
