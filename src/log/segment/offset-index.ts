import {
  OFFSET_INDEX_ENTRY_BYTES,
  offsetIndexPosition,
  offsetIndexRelativeOffset,
  writeOffsetIndexEntry,
} from '../../../protocol/records/index-entries.ts'
import { IndexFile } from './index-file.ts'
import type { SegmentContext } from './segment-context.ts'

export const MAX_RELATIVE_OFFSET = 2 ** 31 - 1

export interface OffsetPosition {
  offset: number
  position: number
}

/** Sparse: for some batches of a segment, the last offset and where in the `.log` file the batch begins. */
export class OffsetIndex extends IndexFile {
  readonly #baseOffset: number

  constructor(context: SegmentContext, path: string, baseOffset: number, isNew: boolean) {
    super(context, path, OFFSET_INDEX_ENTRY_BYTES, isNew)
    this.#baseOffset = baseOffset
  }

  append(offset: number, position: number): void {
    const at = this.grow()
    writeOffsetIndexEntry(this.bytes, at, offset - this.#baseOffset, position)
  }

  entry(index: number): OffsetPosition {
    const at = index * OFFSET_INDEX_ENTRY_BYTES
    return {
      offset: this.#baseOffset + offsetIndexRelativeOffset(this.bytes, at),
      position: offsetIndexPosition(this.bytes, at),
    }
  }

  /** The last entry at or before `offset`; the start of the segment when there is none. */
  lookup(offset: number): OffsetPosition {
    const index = this.#lastNotAbove(offset - this.#baseOffset, offsetIndexRelativeOffset)
    return index === -1 ? { offset: this.#baseOffset, position: 0 } : this.entry(index)
  }

  last(): OffsetPosition {
    return this.entryCount === 0 ? { offset: this.#baseOffset, position: 0 } : this.entry(this.entryCount - 1)
  }

  /** The first entry at or behind a file position: nothing before that position has an offset as large as its. */
  firstAtOrAfter(position: number): OffsetPosition | null {
    const index = this.#lastNotAbove(position - 1, offsetIndexPosition) + 1
    return index < this.entryCount ? this.entry(index) : null
  }

  /** Drops the entries for `offset` and above. */
  truncateTo(offset: number): void {
    this.keep(this.#lastNotAbove(offset - this.#baseOffset - 1, offsetIndexRelativeOffset) + 1)
  }

  /** Drops the entries that point at or behind a file position. */
  truncateToPosition(position: number): void {
    this.keep(this.#lastNotAbove(position - 1, offsetIndexPosition) + 1)
  }

  #lastNotAbove(value: number, field: (bytes: Buffer, at: number) => number): number {
    let low = 0
    let high = this.entryCount - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (field(this.bytes, middle * OFFSET_INDEX_ENTRY_BYTES) <= value) low = middle + 1
      else high = middle - 1
    }
    return high
  }

  protected validLength(bytes: Buffer): number {
    const end = bytes.length - (bytes.length % OFFSET_INDEX_ENTRY_BYTES)
    let previousOffset = -1
    let previousPosition = -1
    for (let at = 0; at < end; at += OFFSET_INDEX_ENTRY_BYTES) {
      const offset = offsetIndexRelativeOffset(bytes, at)
      const position = offsetIndexPosition(bytes, at)
      if (offset <= previousOffset || position <= previousPosition) return at
      previousOffset = offset
      previousPosition = position
    }
    return end
  }
}
