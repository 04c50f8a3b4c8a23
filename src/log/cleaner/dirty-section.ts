import * as batch from '../../../protocol/records/batch.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { legacyRecords, messageKey } from '../../../protocol/records/legacy.ts'
import { DEFAULT_MAX_INFLATED_BYTES } from '../../../protocol/records/record-checks.ts'
import { abortedTransactionsBetween } from '../segment/aborted-transactions.ts'
import type { Segment } from '../segment/segment.ts'
import { openRecordsBeside } from './batch-filter.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import { type CleaningPass, forEachBatch } from './cleaning-pass.ts'
import { OffsetMap } from './offset-map.ts'
import { segmentsBetween } from './selection.ts'

const RECORDS_PER_LOOK = 64

/** The last offset of every key in [from, upTo), or in as much of it as the map has room for. */
export async function mapDirtySection(pass: CleaningPass, from: number, upTo: number): Promise<OffsetMap> {
  const { state, limits } = pass
  const map = new OffsetMap(limits.dedupeBufferBytes, limits.loadFactor, from, upTo)
  const transactions = new CleanedTransactions(() => {})
  transactions.add(await abortedTransactionsBetween(state.segments, from, upTo))
  const mapper = new DirtySectionMapper(pass, map, transactions, from)
  const dirty = segmentsBetween(state.segments, from, upTo)
  for (const [i, segment] of dirty.entries()) {
    pass.checkAborted()
    if (await mapper.isFullAfter(segment)) break
    // Compaction may have left a gap behind the last batch.
    map.latestOffset = (dirty[i + 1]?.baseOffset ?? upTo) - 1
  }
  return map
}

class DirtySectionMapper {
  readonly #pass: CleaningPass
  readonly #map: OffsetMap
  readonly #transactions: CleanedTransactions
  readonly #from: number
  readonly #cursor = new RecordCursor()

  constructor(pass: CleaningPass, map: OffsetMap, transactions: CleanedTransactions, from: number) {
    this.#pass = pass
    this.#map = map
    this.#transactions = transactions
    this.#from = from
  }

  async isFullAfter(segment: Segment): Promise<boolean> {
    await segment.loadIndexes()
    const { position } = segment.offsetIndex.lookup(this.#from)
    return forEachBatch(this.#pass, segment, position, (buffer, at) => {
      // To clean a damaged batch would be to give it a checksum that is right.
      batch.ensureValid(buffer, at)
      this.#pass.stats.bytesRead += batch.sizeInBytes(buffer, at)
      const isFull = this.#isFullAfterBatch(buffer, at)
      return isFull instanceof Promise
        ? isFull.then((late) => late || this.#hasAll(buffer, at))
        : isFull || this.#hasAll(buffer, at)
    })
  }

  /** The map has every record of the batch now. */
  #hasAll(buffer: Buffer, at: number): false {
    const lastOffset = batch.lastOffset(buffer, at)
    if (lastOffset >= this.#from) this.#map.latestOffset = lastOffset
    return false
  }

  #isFullAfterBatch(buffer: Buffer, at: number): boolean | Promise<boolean> {
    if (batch.isControlBatch(buffer, at)) {
      this.#transactions.isMarkerObsolete(buffer, at)
      return false
    }
    if (this.#transactions.isAborted(buffer, at)) return false
    if (batch.magic(buffer, at) < batch.MAGIC_V2) return this.#enterLegacy(buffer, at)
    // Every broker gives offsets in their order, and no two batches the same ones.
    if (batch.baseOffset(buffer, at) <= this.#map.latestOffset) this.#map.distrustOffsets()
    const { context, config } = this.#pass.state
    const limits = { compute: context.compute, maxRecordBytes: config.maxDecompressedMessageBytes }
    const cursor = openRecordsBeside(this.#cursor, buffer, at, limits)
    return cursor instanceof Promise
      ? cursor.then(() => this.#enterRecords(buffer, at))
      : this.#enterRecords(buffer, at)
  }

  /** All that the cursor has still before it. */
  #enterRecords(buffer: Buffer, at: number): boolean | Promise<boolean> {
    const cursor = this.#cursor
    const map = this.#map
    const baseOffset = batch.baseOffset(buffer, at)
    const lastOffset = batch.lastOffset(buffer, at)
    for (let count = 1; cursor.next(); count++) {
      const offset = baseOffset + cursor.offsetDelta
      if (cursor.keyLength < 0 || offset < this.#from) continue
      if (map.isFull) return true
      if (offset <= map.latestOffset || offset > lastOffset) map.distrustOffsets()
      map.put(cursor.buffer, cursor.keyStart, cursor.keyStart + cursor.keyLength, offset)
      const pause = count % RECORDS_PER_LOOK === 0 ? this.#pass.pacer.pause() : null
      if (pause !== null) return pause.then(() => this.#enterRecords(buffer, at))
    }
    return false
  }

  #enterLegacy(buffer: Buffer, at: number): boolean {
    const map = this.#map
    map.distrustOffsets()
    const maxRecordBytes = this.#pass.state.config.maxDecompressedMessageBytes
    for (const record of legacyRecords(buffer, at, { maxBytes: DEFAULT_MAX_INFLATED_BYTES, maxRecordBytes })) {
      const key = messageKey(record.buffer, record.position)
      const offset = Number(record.offset)
      if (key === null || offset < this.#from) continue
      if (map.isFull) return true
      map.put(key, 0, key.length, offset)
    }
    return false
  }
}
