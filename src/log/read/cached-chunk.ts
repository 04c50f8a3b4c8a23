/** Bytes of one log in memory, and where in them its batches begin. */
import * as batch from '../../../protocol/records/batch.ts'
import type { Slab } from '../../env/slab-pool.ts'

/** A walk over batches takes no more of them than lie in so many bytes, but for those of one append. */
const MARK_BYTES = 2 * 1024

/** Consecutive whole batches of one segment. */
export interface CachedChunk {
  readonly segmentBaseOffset: number
  readonly position: number
  readonly baseOffset: number
  endOffset: number
  bytes: Buffer
  /** Where some of the appends begin that it has grown by, the newest among them, first to last; null: it has not grown. */
  marks: Mark[] | null
  /** Where the memory is counted; null once the chunk is out. */
  memory: Memory | null
}

/** A batch begins `at` bytes into the chunk. */
interface Mark {
  readonly offset: number
  readonly at: number
}

/** A slab, or an ArrayBuffer of its own, that chunks hold on to: counted until the last of them is gone. */
export interface Memory {
  readonly slab: Slab | null
  readonly bytes: number
  users: number
}

/** Something was appended behind the chunk's bytes. `bytes`: both together. */
export function grow(chunk: CachedChunk, bytes: Buffer, endOffset: number): void {
  const mark = { offset: chunk.endOffset, at: chunk.bytes.length }
  chunk.bytes = bytes
  chunk.endOffset = endOffset
  chunk.marks ??= []
  const { marks } = chunk
  const before = marks.at(-2)?.at ?? 0
  const newest = marks.at(-1)
  // Most readers ask for the newest append, which has a mark whatever it lies next to.
  if (newest !== undefined && newest.at - before < MARK_BYTES) marks[marks.length - 1] = mark
  else marks.push(mark)
}

/** Where in the chunk the batch begins that holds `offset`; the chunk must have it. */
export function batchHolding({ bytes, marks }: CachedChunk, offset: number): number {
  let at = marks === null ? 0 : startOfWalk(marks, offset)
  while (batch.lastOffset(bytes, at) < offset) at += batch.sizeInBytes(bytes, at)
  return at
}

function startOfWalk(marks: readonly Mark[], offset: number): number {
  for (let index = marks.length - 1; index >= 0; index--) {
    const mark = marks[index]
    if (mark !== undefined && mark.offset <= offset) return mark.at
  }
  return 0
}
