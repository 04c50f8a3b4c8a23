import * as batch from '../../../protocol/records/batch.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { openRecords } from '../../../protocol/records/decode.ts'
import { ensureMessageValid, legacyRecords, messageKey, messageValue } from '../../../protocol/records/legacy.ts'
import { DEFAULT_MAX_INFLATED_BYTES } from '../../../protocol/records/record-checks.ts'
import type { Compute } from '../../env/index.ts'
import { NO_OFFSET } from '../producers/producer-entry.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import { compactBatch, convertLegacy, emptyBatch } from './compacted-batch.ts'
import type { OffsetMap } from './offset-map.ts'
import type { Pacer } from './pacer.ts'

/** How many records are looked at between two looks at the clock. */
const RECORDS_PER_LOOK = 64

/** The last traces of a producer that is still known: an offset of data, or -1 and the epoch of a marker. */
export interface LastRecord {
  readonly lastDataOffset: number
  readonly epoch: number
}

export interface FilterOptions {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  readonly producers: ReadonlyMap<number, LastRecord>
  /**
   * The batch that ends here stays, be it empty, so that the offsets before it are not given again. Below it there is
   * always a later batch that says as much (KAFKA-20452).
   */
  readonly highWatermark: number
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** Whether tombstones of magic 0 and 1, which have no delete horizon, are still too young to go. */
  readonly retainsLegacyTombstones: boolean
  readonly compute: Compute
  /** max.decompressed.message.bytes: a longer record inside a compressed batch ends the cleaning. */
  readonly maxRecordBytes: number
  readonly pacer: Pacer
}

/**
 * Sets a cursor on the records of a batch of magic 2; large compressed ones are inflated beside the loop.
 */
export function openRecordsBeside(
  cursor: RecordCursor,
  buffer: Buffer,
  at: number,
  { compute, maxRecordBytes }: { readonly compute: Compute; readonly maxRecordBytes: number },
): RecordCursor | Promise<RecordCursor> {
  const type = batch.compressionType(buffer, at)
  const sizeInBytes = batch.sizeInBytes(buffer, at)
  const count = batch.recordsCount(buffer, at)
  if (type === CompressionType.NONE || count === 0 || !compute.worthIt(sizeInBytes)) {
    return openRecords(cursor, buffer, at, { maxBytes: DEFAULT_MAX_INFLATED_BYTES, maxRecordBytes })
  }
  const packed = buffer.subarray(at + batch.RECORD_BATCH_OVERHEAD, at + sizeInBytes)
  return compute
    .inflate(type, packed, { maxBytes: DEFAULT_MAX_INFLATED_BYTES })
    .then(({ bytes, failure }) => cursor.reset(bytes, 0, bytes.length, count, 'inflated', failure, maxRecordBytes))
}

/** Decides how much of each batch compaction leaves, in the order of the log. */
export class BatchFilter {
  readonly #options: FilterOptions
  readonly #cursor = new RecordCursor()
  #retained = new Uint8Array(1024)
  recordsRead = 0
  recordsRetained = 0

  constructor(options: FilterOptions) {
    this.#options = options
  }

  /**
   * The batch as it stays: the very bytes it has where nothing of it goes, null where nothing stays. Throws a
   * `CorruptRecordError` for one that is damaged.
   */
  filter(buffer: Buffer, at: number): Buffer | null | Promise<Buffer | null> {
    const { transactions, nowMs, highWatermark } = this.#options
    // The batch was sound when its records were entered into the map.
    const isSuperseded = this.#isSuperseded(buffer, at)
    if (!isSuperseded) batch.ensureValid(buffer, at)
    const isControl = batch.isControlBatch(buffer, at)
    const isObsolete = isControl ? transactions.isMarkerObsolete(buffer, at) : transactions.isAborted(buffer, at)
    // A marker stays as long as a reader may still be in its transaction, as a tombstone does (KIP-534).
    const hasExpired = batch.hasDeleteHorizon(buffer, at) && batch.baseTimestamp(buffer, at) <= nowMs
    const discardsRecords = isObsolete && (!isControl || hasExpired)
    const isLast = batch.lastOffset(buffer, at) + 1 === highWatermark
    const retainsEmpty = isLast || this.#isLastOfProducer(buffer, at)
    const orEmpty = (kept: Buffer | null) => kept ?? (retainsEmpty ? emptyBatch(buffer, at) : null)
    if (discardsRecords || isSuperseded) {
      this.recordsRead += Math.max(1, batch.recordsCount(buffer, at))
      return orEmpty(null)
    }
    return batch.magic(buffer, at) >= batch.MAGIC_V2
      ? this.#filterRecords(buffer, at, isControl && isObsolete).then(orEmpty)
      : orEmpty(this.#filterLegacy(buffer, at))
  }

  /** Whether a later record has taken the place of each one in the batch, which need not be decoded to tell. */
  #isSuperseded(buffer: Buffer, at: number): boolean {
    const { map } = this.#options
    const count = batch.recordsCount(buffer, at)
    return count > 0 && map.supersededIn(batch.baseOffset(buffer, at), batch.lastOffset(buffer, at)) === count
  }

  #isLastOfProducer(buffer: Buffer, at: number): boolean {
    if (!batch.hasProducerId(buffer, at)) return false
    const last = this.#options.producers.get(batch.producerId(buffer, at))
    if (last === undefined) return false
    if (last.lastDataOffset !== NO_OFFSET) return batch.lastOffset(buffer, at) === last.lastDataOffset
    return batch.isControlBatch(buffer, at) && batch.producerEpoch(buffer, at) === last.epoch
  }

  async #filterRecords(buffer: Buffer, at: number, isObsoleteMarker: boolean): Promise<Buffer | null> {
    const { nowMs, deleteRetentionMs, compute, pacer } = this.#options
    const cursor = await openRecordsBeside(this.#cursor, buffer, at, this.#options)
    const isControl = batch.isControlBatch(buffer, at)
    const hadHorizon = batch.hasDeleteHorizon(buffer, at)
    const retainsTombstones = !hadHorizon || nowMs < batch.baseTimestamp(buffer, at)
    const baseOffset = batch.baseOffset(buffer, at)
    this.#reserve(batch.recordsCount(buffer, at))
    const retained = this.#retained
    let index = 0
    let count = 0
    let sizeBytes = 0
    let hasTombstones = false
    while (cursor.next()) {
      const stays = isControl || this.#retains(cursor, baseOffset + cursor.offsetDelta, retainsTombstones)
      retained[index++] = stays ? 1 : 0
      if (stays) {
        count++
        sizeBytes += cursor.sizeInBytes
        hasTombstones ||= cursor.valueLength < 0
      }
      const pause = index % RECORDS_PER_LOOK === 0 ? pacer.pause() : null
      if (pause !== null) await pause
    }
    this.recordsRead += index
    this.recordsRetained += count
    if (count === 0) return null
    const setsHorizon = (hasTombstones || isObsoleteMarker) && !hadHorizon
    if (count === index && !setsHorizon) return buffer.subarray(at, at + batch.sizeInBytes(buffer, at))
    const oldHorizonMs = hadHorizon ? batch.baseTimestamp(buffer, at) : null
    const deleteHorizonMs = setsHorizon ? nowMs + deleteRetentionMs : oldHorizonMs
    return compactBatch(buffer, at, cursor, { retained, count, sizeBytes }, deleteHorizonMs, compute)
  }

  #retains(record: RecordCursor, offset: number, retainsTombstones: boolean): boolean {
    const { map } = this.#options
    if (offset > map.latestOffset) return true
    // A topic that was not always compacted: such a record would stay for ever.
    if (record.keyLength < 0) return false
    if (record.valueLength < 0 && !retainsTombstones) return false
    return map.isLast(offset, record.buffer, record.keyStart, record.keyStart + record.keyLength)
  }

  #filterLegacy(buffer: Buffer, at: number): Buffer | null {
    const { map, nowMs, deleteRetentionMs, retainsLegacyTombstones, maxRecordBytes } = this.#options
    let hasTombstones = false
    const records = legacyRecords(buffer, at, { maxBytes: DEFAULT_MAX_INFLATED_BYTES, maxRecordBytes })
    const stay = records.filter((record) => {
      ensureMessageValid(record.buffer, record.position)
      const offset = Number(record.offset)
      const key = messageKey(record.buffer, record.position)
      const isTombstone = messageValue(record.buffer, record.position) === null
      const isLast = key !== null && map.isLast(offset, key, 0, key.length) && (!isTombstone || retainsLegacyTombstones)
      const stays = offset > map.latestOffset || isLast
      hasTombstones ||= stays && isTombstone
      return stays
    })
    this.recordsRead += records.length
    this.recordsRetained += stay.length
    return stay.length === 0 ? null : convertLegacy(buffer, at, stay, hasTombstones ? nowMs + deleteRetentionMs : null)
  }

  #reserve(count: number): void {
    if (this.#retained.length < count) this.#retained = new Uint8Array(count)
  }
}
