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
  const map = new OffsetMap(limits.dedupeBufferBytes, limits.loadFactor, upTo - from)
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

  get #maxRecordBytes(): number {
    return this.#pass.state.config.maxDecompressedMessageBytes
  }

  async isFullAfter(segment: Segment): Promise<boolean> {
    await segment.loadIndexes()
    const { position } = segment.offsetIndex.lookup(this.#from)
    return forEachBatch(this.#pass, segment, position, async (buffer, at) => {
      this.#pass.stats.bytesRead += batch.sizeInBytes(buffer, at)
      if (batch.isControlBatch(buffer, at)) this.#transactions.isMarkerObsolete(buffer, at)
      else if (!this.#transactions.isAborted(buffer, at) && (await this.#isFullAfterBatch(buffer, at))) return true
      const lastOffset = batch.lastOffset(buffer, at)
      if (lastOffset >= this.#from) this.#map.latestOffset = lastOffset
      return false
    })
  }

  #isFullAfterBatch(buffer: Buffer, at: number): boolean | Promise<boolean> {
    if (batch.magic(buffer, at) >= batch.MAGIC_V2) return this.#enterRecords(buffer, at)
    const records = legacyRecords(buffer, at, {
      maxBytes: DEFAULT_MAX_INFLATED_BYTES,
      maxRecordBytes: this.#maxRecordBytes,
    })
    return records.some((record) => !this.#enter(messageKey(record.buffer, record.position), Number(record.offset)))
  }

  async #enterRecords(buffer: Buffer, at: number): Promise<boolean> {
    const { pacer, state } = this.#pass
    const cursor = await openRecordsBeside(this.#cursor, buffer, at, {
      compute: state.context.compute,
      maxRecordBytes: this.#maxRecordBytes,
    })
    const baseOffset = batch.baseOffset(buffer, at)
    for (let count = 1; cursor.next(); count++) {
      if (!this.#enter(cursor.key(), baseOffset + cursor.offsetDelta)) return true
      const pause = count % RECORDS_PER_LOOK === 0 ? pacer.pause() : null
      if (pause !== null) await pause
    }
    return false
  }

  /** False when there is no room. */
  #enter(key: Buffer | null, offset: number): boolean {
    if (key === null || offset < this.#from) return true
    if (this.#map.isFull) return false
    this.#map.put(key, offset)
    return true
  }
}
