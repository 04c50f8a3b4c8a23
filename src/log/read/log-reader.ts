/** Reads of one log: by offset, by time, and the aborted transactions that belong to a read. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../../protocol/list-offsets-timestamp.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { decodeBatch } from '../../../protocol/records/decode.ts'
import { DEFAULT_MAX_INFLATED_BYTES } from '../../../protocol/records/record-checks.ts'
import { FileSystemError } from '../../env/index.ts'
import { release, retain } from '../../env/slab-pool.ts'
import type { LogState } from '../log-state.ts'
import { abortedTransactionsBetween } from '../segment/aborted-transactions.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import type { Segment } from '../segment/segment.ts'
import type { AbortedTransaction, FetchedRecords, ReadOptions, TimestampOffset } from '../types.ts'
import { batchHolding, type CachedChunk } from './cached-chunk.ts'
import { CheckedBytes } from './checked-bytes.ts'
import { segmentOffsetsBefore } from './segment-offsets.ts'
import { SequentialReads } from './sequential-reads.ts'

/** Where a read begins, and whether its reader was there before. */
interface ReadFrom {
  segment: Segment
  position: number
  end: number
  /** Read ahead already, from `position` on. */
  bytes: Buffer | null
  again: boolean
}

export class LogReader {
  readonly #state: LogState
  readonly #sequentialReads: SequentialReads
  readonly #checkedBytes: CheckedBytes

  constructor(state: LogState) {
    this.#state = state
    this.#checkedBytes = new CheckedBytes(state)
    this.#sequentialReads = new SequentialReads(state, state.context.readMemory)
  }

  read(offset: number, options: ReadOptions): FetchedRecords | Promise<FetchedRecords> {
    const state = this.#state
    if (state.failure !== null) throw state.storageError()
    if (offset < state.logStartOffset || offset > state.logEndOffset) {
      const range = `${state.logStartOffset} to ${state.logEndOffset}`
      throw new KafkaError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `Received request for offset ${offset} for partition ${state.name}, but the log has offsets ${range}.`,
      )
    }
    if (offset >= options.upToOffset) return nothingAt(offset)
    return this.#readCached(offset, options) ?? this.#readFiles(offset, options)
  }

  /** null: the offset is not in memory. */
  #readCached(offset: number, options: ReadOptions): FetchedRecords | null {
    const { tail } = this.#state
    let index = tail.indexOf(offset)
    if (index === -1) return null
    const first = tail.at(index)!
    const start = batchHolding(first, offset)
    const { segmentBaseOffset } = first
    const { replacements } = this.#state
    const position = { offset, segmentBaseOffset, position: first.position + start, replacements }
    const firstBatchBytes = batch.sizeInBytes(first.bytes, start)
    let left = options.minOneBatch ? Math.max(options.maxBytes, firstBatchBytes) : options.maxBytes
    const buffers: Buffer[] = []
    for (let chunk: CachedChunk | undefined = first, from = start; left > 0 && chunk !== undefined; from = 0) {
      const end = chunk.endOffset <= options.upToOffset ? chunk.bytes.length : boundIn(chunk, options.upToOffset)
      const taken = Math.min(end - from, left)
      if (taken > 0) {
        const view = chunk.bytes.subarray(from, from + taken)
        retain(view)
        buffers.push(view)
      }
      left -= taken
      if (end < chunk.bytes.length) break
      chunk = tail.at(++index)
      if (chunk?.segmentBaseOffset !== segmentBaseOffset || chunk.baseOffset >= options.upToOffset) break
    }
    return { buffers, sizeBytes: sizeOf(buffers), position }
  }

  async #readFiles(offset: number, options: ReadOptions): Promise<FetchedRecords> {
    const state = this.#state
    const { replacements } = state
    try {
      let segment = state.segments.floor(offset)
      for (; segment !== undefined; segment = state.segments.next(segment)) {
        const found = await this.#readSegment(segment, offset, options)
        if (found !== null) return found
        // Compaction can leave a segment that ends before its successor begins.
      }
      return nothingAt(offset)
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      // The segment may have been deleted under the read; only a read that fails otherwise says something of the disk.
      if (offset < state.logStartOffset) throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
      // Or compaction has replaced it, so long ago that its files are gone.
      if (replacements !== state.replacements) return this.#readFiles(offset, options)
      state.fail(error)
      throw state.storageError()
    }
  }

  /** null: the segment has no batch that ends at or after `offset`. */
  async #readSegment(segment: Segment, offset: number, options: ReadOptions): Promise<FetchedRecords | null> {
    const end = await this.#endPosition(segment, options.upToOffset)
    const sequel = await this.#sequentialReads.take(offset, segment)
    if (sequel !== null) {
      const found = await this.#readAt({ segment, end, ...sequel, again: true }, offset, options)
      if (found !== null) return found
    }
    const { replacements } = this.#state
    const located = await segment.locate(offset)
    if (located === null) return null
    const { position } = located
    if (position < end) return this.#readAt({ segment, end, position, bytes: null, again: false }, offset, options)
    return { ...nothingAt(offset), position: { offset, segmentBaseOffset: segment.baseOffset, position, replacements } }
  }

  /** Reads from the batch on that begins at `position`; null: it is not the one that holds `offset`. */
  async #readAt(from: ReadFrom, offset: number, options: ReadOptions): Promise<FetchedRecords | null> {
    const { segment, position, end } = from
    const { cuts, replacements } = this.#state
    const left = end - position
    const asked = Math.min(left, Math.max(options.maxBytes, batch.RECORD_BATCH_OVERHEAD))
    let bytes = from.bytes ?? (await this.#readBytes(segment, position, asked))
    if (!holds(bytes, offset)) {
      release(bytes)
      return null
    }
    const where = { offset, segmentBaseOffset: segment.baseOffset, position, replacements }
    if (batch.baseOffset(bytes, 0) >= options.upToOffset) {
      release(bytes)
      return { ...nothingAt(offset), position: where }
    }
    const first = batch.sizeInBytes(bytes, 0)
    const wanted = Math.min(left, options.minOneBatch ? Math.max(options.maxBytes, first) : options.maxBytes)
    if (bytes.length < Math.min(wanted, first)) {
      release(bytes)
      bytes = await this.#readBytes(segment, position, wanted)
    }
    const read = bytes.length > wanted ? bytes.subarray(0, wanted) : bytes
    const soundBytes = this.#checkedBytes.sound(segment, read, position)
    if (soundBytes === 0 && read.length > 0) {
      release(bytes)
      const message = `The records of ${this.#state.name} at offset ${offset} have been damaged on the disk.`
      throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, message)
    }
    const answer = soundBytes < read.length ? read.subarray(0, soundBytes) : read
    this.#sequentialReads.answered(segment, position, answer, { maxBytes: options.maxBytes, again: from.again, cuts })
    return { buffers: [answer], sizeBytes: answer.length, position: where }
  }

  /** Fewer than `length` where the file ends. */
  async #readBytes(segment: Segment, position: number, length: number): Promise<Buffer> {
    const bytes = this.#state.context.readMemory.pool.reserve(length)
    const count = await segment.read((file) => file.read(bytes, 0, length, position))
    return count === length ? bytes : bytes.subarray(0, count)
  }

  /** Where in the segment a reader has to stop that may not see `upToOffset`. */
  async #endPosition(segment: Segment, upToOffset: number): Promise<number> {
    const state = this.#state
    const sizeBytes = segment.sizeBytes
    if (upToOffset >= state.logEndOffset) return sizeBytes
    const next = state.segments.next(segment)
    if (next !== undefined && next.baseOffset <= upToOffset) return sizeBytes
    const cached = state.tail.at(state.tail.indexOf(upToOffset))
    if (cached !== undefined && cached.segmentBaseOffset === segment.baseOffset) {
      return cached.position + batchHolding(cached, upToOffset)
    }
    return (await segment.locate(upToOffset))?.position ?? sizeBytes
  }

  abortedTransactions(records: FetchedRecords): AbortedTransaction[] | Promise<AbortedTransaction[]> {
    const { segments } = this.#state
    if (records.sizeBytes === 0) return []
    const first = segments.floor(records.position.segmentBaseOffset)
    if (first === undefined) return []
    const needed = segments.all.slice(segments.all.indexOf(first))
    if (needed.every((segment) => segment.transactionIndex.isEmpty)) return []
    return this.#lookUp(() => this.#collectAborted(records))
  }

  async #collectAborted(records: FetchedRecords): Promise<AbortedTransaction[]> {
    const { segments } = this.#state
    const first = segments.floor(records.position.segmentBaseOffset)
    if (first === undefined) throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
    await first.loadIndexes()
    const isReplaced = records.position.replacements !== this.#state.replacements
    const end = records.position.position + records.sizeBytes
    // A position in a segment that compaction has replaced since says nothing: naming too many does no harm.
    const entry = isReplaced ? null : first.offsetIndex.firstAtOrAfter(end)
    const upTo = entry?.offset ?? segments.next(first)?.baseOffset ?? this.#state.logEndOffset
    const found = await abortedTransactionsBetween(segments, records.position.offset, upTo)
    return found.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  }

  /**
   * Looks something up in the files. A segment that has gone under it is no failure of the disk: the rest is looked at
   * again. A log that was closed or abandoned meanwhile has no answer: the indexes that were not found say nothing.
   */
  async #lookUp<T>(look: () => Promise<T>): Promise<T> {
    const state = this.#state
    for (;;) {
      const { all } = state.segments
      try {
        const found = await look()
        if (state.failure !== null) throw state.storageError()
        return found
      } catch (error) {
        if (!(error instanceof FileSystemError)) throw error
        if (state.failure === null && state.segments.all !== all) continue
        state.fail(error)
        throw state.storageError()
      }
    }
  }

  async offsetForTimestamp(timestamp: number): Promise<TimestampOffset | null> {
    const state = this.#state
    if (state.failure !== null) throw state.storageError()
    const at = (offset: number, leaderEpoch: number) => ({ timestamp: -1, offset, leaderEpoch })
    switch (timestamp) {
      case ListOffsetsTimestamp.LATEST:
        return at(state.logEndOffset, state.epochs.latestEpoch)
      case ListOffsetsTimestamp.EARLIEST: {
        const { earliest } = state.epochs
        const known = earliest !== undefined && earliest.startOffset <= state.logStartOffset
        return at(state.logStartOffset, known ? earliest.epoch : -1)
      }
      case ListOffsetsTimestamp.EARLIEST_LOCAL:
        return at(state.logStartOffset, state.epochs.epochForOffset(state.logStartOffset))
      case ListOffsetsTimestamp.LATEST_TIERED:
      case ListOffsetsTimestamp.EARLIEST_PENDING_UPLOAD:
        // Nothing is ever stored remotely (KIP-405).
        return at(-1, -1)
      case ListOffsetsTimestamp.MAX_TIMESTAMP:
        return this.#lookUp(() => this.#maxTimestamp())
      default:
        return this.#lookUp(() => this.#firstAtOrAfter(timestamp))
    }
  }

  /** ListOffsets v0; see `segmentOffsetsBefore`. */
  async segmentOffsetsBefore(timestamp: number, maxCount: number): Promise<number[]> {
    if (this.#state.failure !== null) throw this.#state.storageError()
    return this.#lookUp(() => segmentOffsetsBefore(this.#state, timestamp, maxCount))
  }

  async #maxTimestamp(): Promise<TimestampOffset | null> {
    let newest: { segment: Segment; timestamp: number; offset: number } | null = null
    for (const segment of this.#state.segments.all) {
      const max = await segment.maxTimestamp()
      if (newest === null || max.timestamp > newest.timestamp) newest = { segment, ...max }
    }
    if (newest === null || newest.timestamp < 0) return null
    const { segment, offset, timestamp } = newest
    return this.#searchRecords(segment, offset, timestamp, 0)
  }

  async #firstAtOrAfter(timestamp: number): Promise<TimestampOffset | null> {
    const start = this.#state.logStartOffset
    for (const segment of this.#state.segments.all) {
      if ((await segment.largestTimestampMs()) < timestamp) continue
      await segment.timeIndex.load()
      const from = Math.max(segment.timeIndex.lookup(timestamp).offset, start)
      return this.#searchRecords(segment, from, timestamp, start)
    }
    return null
  }

  /** The first record from the batch that holds `from` on that is at least as new, and not before `startOffset`. */
  async #searchRecords(
    segment: Segment,
    from: number,
    timestamp: number,
    startOffset: number,
  ): Promise<TimestampOffset | null> {
    await segment.loadIndexes()
    const position = segment.offsetIndex.lookup(from).position
    return segment.read(async (file) => {
      const scanner = new BatchScanner(file, position, segment.sizeBytes, { wholeBatches: true, chunkBytes: 64 * 1024 })
      while (await scanner.next()) {
        if (batch.maxTimestamp(scanner.buffer, scanner.at) < timestamp) continue
        const { records, leaderEpoch } = decodeBatch(scanner.buffer, scanner.at, {
          maxBytes: DEFAULT_MAX_INFLATED_BYTES,
          maxRecordBytes: this.#state.config.maxDecompressedMessageBytes,
        })
        const found = records.find((record) => record.timestamp >= timestamp && record.offset >= startOffset)
        if (found === undefined) continue
        return { timestamp: Number(found.timestamp), offset: Number(found.offset), leaderEpoch }
      }
      return null
    })
  }
}

function nothingAt(offset: number): FetchedRecords {
  return { buffers: [], sizeBytes: 0, position: { offset, segmentBaseOffset: offset, position: 0, replacements: 0 } }
}

function sizeOf(buffers: readonly Buffer[]): number {
  let bytes = 0
  for (const buffer of buffers) bytes += buffer.length
  return bytes
}

/** Whether the first batch of the bytes is one, and the first that ends at or after `offset`. */
function holds(bytes: Buffer, offset: number): boolean {
  if (bytes.length < batch.HEADER_SIZE_UP_TO_MAGIC) return false
  const magic = batch.magic(bytes, 0)
  if (magic < batch.MAGIC_V0 || magic > batch.MAGIC_V2) return false
  const isWhole = magic < batch.MAGIC_V2 || bytes.length >= batch.RECORD_BATCH_OVERHEAD
  return isWhole && batch.lastOffset(bytes, 0) >= offset
}

/** How much of the chunk lies before `upToOffset`. */
function boundIn(chunk: CachedChunk, upToOffset: number): number {
  return chunk.baseOffset >= upToOffset ? 0 : batchHolding(chunk, upToOffset)
}
