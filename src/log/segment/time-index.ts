import {
  TIME_INDEX_ENTRY_BYTES,
  timeIndexRelativeOffset,
  timeIndexTimestamp,
  writeTimeIndexEntry,
} from '../../../protocol/records/index-entries.ts'
import { IndexFile } from './index-file.ts'
import type { SegmentContext } from './segment-context.ts'

/** -1 and the segment's base offset when nothing has a timestamp. */
export interface TimestampAndOffset {
  timestamp: number
  offset: number
}

/** The largest timestamp so far, and the last offset of the batch that brought it, at some points of a segment. */
export class TimeIndex extends IndexFile {
  readonly #baseOffset: number

  constructor(context: SegmentContext, path: string, baseOffset: number, isNew: boolean) {
    super(context, path, TIME_INDEX_ENTRY_BYTES, isNew)
    this.#baseOffset = baseOffset
  }

  /** Timestamps and offsets only ever grow in this index; an entry that does not add anything is left out. */
  maybeAppend(timestamp: number, offset: number): void {
    const last = this.last()
    if (timestamp <= last.timestamp || (this.entryCount > 0 && offset < last.offset)) return
    const at = this.grow()
    writeTimeIndexEntry(this.bytes, at, timestamp, offset - this.#baseOffset)
  }

  last(): TimestampAndOffset {
    return this.entryCount === 0 ? { timestamp: -1, offset: this.#baseOffset } : this.entry(this.entryCount - 1)
  }

  entry(index: number): TimestampAndOffset {
    const at = index * TIME_INDEX_ENTRY_BYTES
    return {
      timestamp: timeIndexTimestamp(this.bytes, at),
      offset: this.#baseOffset + timeIndexRelativeOffset(this.bytes, at),
    }
  }

  /** The last entry whose timestamp is at most `timestamp`: everything before its offset is older still. */
  lookup(timestamp: number): TimestampAndOffset {
    let low = 0
    let high = this.entryCount - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (timeIndexTimestamp(this.bytes, middle * TIME_INDEX_ENTRY_BYTES) <= timestamp) low = middle + 1
      else high = middle - 1
    }
    return high === -1 ? { timestamp: -1, offset: this.#baseOffset } : this.entry(high)
  }

  /** Drops the entries for `offset` and above. */
  truncateTo(offset: number): void {
    let count = this.entryCount
    while (count > 0 && this.entry(count - 1).offset >= offset) count--
    this.keep(count)
  }

  protected validLength(bytes: Buffer): number {
    const end = bytes.length - (bytes.length % TIME_INDEX_ENTRY_BYTES)
    let previousTimestamp = -1
    let previousOffset = -1
    for (let at = 0; at < end; at += TIME_INDEX_ENTRY_BYTES) {
      const timestamp = timeIndexTimestamp(bytes, at)
      const offset = timeIndexRelativeOffset(bytes, at)
      if (timestamp <= previousTimestamp || offset < previousOffset) return at
      previousTimestamp = timestamp
      previousOffset = offset
    }
    return end
  }
}
