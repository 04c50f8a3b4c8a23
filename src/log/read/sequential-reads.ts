/**
 * Reads of files that go on where an earlier one has ended: a consumer that catches up. Where the last whole batch of an
 * answer ends is remembered with the offset that comes next, so that the next read needs neither the index nor a search;
 * and once a reader has come back for more, its next bytes are read ahead while the client works on the last ones.
 *
 * What is remembered may be wrong by then (the log was cut, compaction has replaced the segment): then it is forgotten,
 * and every read looks at the batch that it finds.
 */
import * as batch from '../../../protocol/records/batch.ts'
import { release, SlabPool } from '../../env/slab-pool.ts'
import type { Segment } from '../segment/segment.ts'
import type { CachedTail } from './tail-cache.ts'

/** How many readers of one log are remembered. */
const READERS = 8
/** Less is read in no time when it is asked for. */
const SMALLEST_AHEAD_BYTES = 64 * 1024
/** Reads ahead may not keep those waiting that somebody waits for: libuv's pool has four threads. */
const CONCURRENT_AHEADS = 2

/** The memory of reads from files, and what of it is read ahead, over all logs of a broker. */
export class ReadMemory {
  readonly pool = new SlabPool()
  readonly #capacityBytes: number
  #bytes = 0
  #reading = 0
  /** Oldest first. */
  readonly #aheads = new Set<Ahead>()

  /** At most so many bytes are read ahead and not asked for. */
  constructor(aheadBytes: number) {
    this.#capacityBytes = aheadBytes
  }

  /** null when there is no room, or the disk is busy enough. */
  begin(segment: Segment, position: number, length: number): Ahead | null {
    if (this.#reading >= CONCURRENT_AHEADS || length > Math.min(this.pool.slabBytes, this.#capacityBytes)) return null
    for (const oldest of this.#aheads) {
      if (this.#bytes + length <= this.#capacityBytes) break
      this.drop(oldest)
    }
    const bytes = this.pool.reserve(length)
    this.#bytes += length
    this.#reading++
    const reading = segment
      .read((file) => file.read(bytes, 0, length, position))
      .then(
        (count) => bytes.subarray(0, count),
        // The reader that needs the bytes reads them again, and reports the error.
        () => null,
      )
    const ahead: Ahead = { length, reading: reading.finally(() => this.#reading--) }
    this.#aheads.add(ahead)
    return ahead
  }

  /** The bytes, counted for the caller; null when they could not be read or were given up in favour of others. */
  async take(ahead: Ahead): Promise<Buffer | null> {
    if (!this.#forget(ahead)) return null
    return ahead.reading
  }

  drop(ahead: Ahead): void {
    if (this.#forget(ahead)) void ahead.reading.then((bytes) => bytes !== null && release(bytes))
  }

  #forget(ahead: Ahead): boolean {
    if (!this.#aheads.delete(ahead)) return false
    this.#bytes -= ahead.length
    return true
  }
}

interface Ahead {
  readonly length: number
  readonly reading: Promise<Buffer | null>
}

/** Where a reader goes on. A position is one of this very segment: compaction puts another in its place. */
interface Sequel {
  readonly segment: Segment
  readonly position: number
  readonly cuts: number
  readonly ahead: Ahead | null
}

/** The log, as far as reads that follow each other depend on it. */
interface ReadLog {
  readonly cuts: number
  readonly tail: CachedTail
}

/** The readers of one log, by the offset that each will ask for next. */
export class SequentialReads {
  readonly #log: ReadLog
  readonly #memory: ReadMemory
  readonly #sequels = new Map<number, Sequel>()

  constructor(log: ReadLog, memory: ReadMemory) {
    this.#log = log
    this.#memory = memory
  }

  /** Where the batch with this offset begins, and its bytes if they were read ahead (counted for the caller). */
  async take(offset: number, segment: Segment): Promise<{ position: number; bytes: Buffer | null } | null> {
    const sequel = this.#sequels.get(offset)
    if (sequel === undefined || sequel.segment !== segment) return null
    this.#sequels.delete(offset)
    const bytes = sequel.ahead === null ? null : await this.#memory.take(sequel.ahead)
    if (sequel.cuts === this.#log.cuts) {
      if (bytes === null || bytes.length > batch.RECORD_BATCH_OVERHEAD) return { position: sequel.position, bytes }
    }
    if (bytes !== null) release(bytes)
    return null
  }

  /**
   * `bytes` from `position` on were answered; `again` to a reader that had come back for them. `cuts` is the log's count
   * from before they were read.
   */
  answered(
    segment: Segment,
    position: number,
    bytes: Buffer,
    options: { maxBytes: number; again: boolean; cuts: number },
  ): void {
    const whole = wholeBatches(bytes)
    if (whole === null) return
    const { tail } = this.#log
    const { nextOffset } = whole
    const nextPosition = position + whole.sizeBytes
    const length = Math.min(options.maxBytes, segment.sizeBytes - nextPosition)
    const worthIt = options.again && length >= SMALLEST_AHEAD_BYTES && tail.indexOf(nextOffset) === -1
    this.#remember(nextOffset, {
      segment,
      position: nextPosition,
      cuts: options.cuts,
      ahead: worthIt ? this.#memory.begin(segment, nextPosition, length) : null,
    })
  }

  #remember(offset: number, sequel: Sequel): void {
    this.#forget(offset)
    this.#sequels.set(offset, sequel)
    if (this.#sequels.size > READERS) this.#forget(this.#sequels.keys().next().value!)
  }

  #forget(offset: number): void {
    const sequel = this.#sequels.get(offset)
    this.#sequels.delete(offset)
    if (sequel?.ahead) this.#memory.drop(sequel.ahead)
  }
}

/** null: there is none, or something that is no batch, which is for the client to find. */
function wholeBatches(bytes: Buffer): { sizeBytes: number; nextOffset: number } | null {
  let end = 0
  let last = -1
  while (bytes.length - end >= batch.RECORD_BATCH_OVERHEAD) {
    const sizeBytes = batch.sizeInBytes(bytes, end)
    if (sizeBytes < batch.RECORD_OVERHEAD_V0 || sizeBytes > bytes.length - end) break
    last = end
    end += sizeBytes
  }
  try {
    return last === -1 ? null : { sizeBytes: end, nextOffset: batch.lastOffset(bytes, last) + 1 }
  } catch {
    return null
  }
}
