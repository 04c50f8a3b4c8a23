import * as batch from '../../../protocol/records/batch.ts'
import {
  joinPath,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  segmentFileName,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from '../files/file-names.ts'
import type { LeaderEpochCache } from '../leader-epoch-cache.ts'
import { endTransactionMarker } from '../producers/control-record.ts'
import type { IndexFile } from '../segment/index-file.ts'
import { OffsetIndex } from '../segment/offset-index.ts'
import { Segment } from '../segment/segment.ts'
import { TimeIndex } from '../segment/time-index.ts'
import { TransactionIndex } from '../segment/transaction-index.ts'
import type { Inspection } from './finding.ts'
import { readIndex } from './read-index.ts'
import { batchProblem, offsetProblem, scanBatches } from './scan-batches.ts'

/** The offsets of a partition in the checkpoints of the log directory; null where they have none. */
export interface CheckpointedOffsets {
  /** After any other stop, what is behind the recovery point is checked, and cut where it is not whole. */
  hadCleanShutdown: boolean
  recoveryPoint: number | null
  logStartOffset: number | null
  highWatermark: number | null
}

export interface SegmentToVerify {
  directory: string
  baseOffset: number
  nextBaseOffset: number | null
  offsets: CheckpointedOffsets
  /** null: not known, so that nothing can be compared with them. */
  epochs: LeaderEpochCache | null
}

export interface VerifiedSegment {
  batches: number
  sizeBytes: number
  endOffset: number
  /** A start would cut the log in this segment, and delete those after it. */
  isCut: boolean
}

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 4 * 1024 * 1024

export async function verifySegment(inspection: Inspection, segment: SegmentToVerify): Promise<VerifiedSegment> {
  const { context } = inspection
  const path = joinPath(segment.directory, segmentFileName(segment.baseOffset, LOG_SUFFIX))
  const fileBytes = (await context.files.stat(path))?.sizeBytes
  // A broker that runs after all may have deleted it by now.
  if (fileBytes === undefined) return { batches: 0, sizeBytes: 0, endOffset: segment.baseOffset, isCut: false }
  const check = new SegmentCheck(inspection, segment, path)
  await check.loadIndexes()
  let reported = 0
  const end = await context.openFiles.with(path, 'read', (file) =>
    scanBatches(file, fileBytes, (scanner) => {
      check.batch(scanner.buffer, scanner.at, scanner.position)
      if (scanner.position - reported > PROGRESS_BYTES) {
        inspection.progress(scanner.position - reported)
        reported = scanner.position
      }
      return null
    }),
  )
  inspection.progress(fileBytes - reported)
  context.openFiles.forget(path)
  if (end.problem !== null && !check.isCut) check.damaged(end.position, end.problem, end.torn)
  check.finish()
  return { batches: check.batches, sizeBytes: fileBytes, endOffset: check.nextOffset, isCut: check.isCut }
}

/** Goes along the batches of a segment and its indexes at once, so that a file of any size is read once. */
class SegmentCheck {
  batches = 0
  nextOffset: number
  /** A start ends the log here; what follows would be gone. */
  isCut = false
  readonly #inspection: Inspection
  readonly #segment: SegmentToVerify
  readonly #path: string
  readonly #offsetIndex: OffsetIndex
  readonly #timeIndex: TimeIndex
  readonly #transactionIndex: TransactionIndex
  /** How many entries of each index have been compared. */
  #offsetEntries = 0
  #timeEntries = 0
  #transactionEntries = 0
  #maxTimestampMs = -1
  /** The indexes of the rest of the segment cannot be judged then. */
  #isDamaged = false
  /** Indexes and epochs of which something was said: once is enough, the rest follows from it. */
  readonly #reported = new Set<unknown>()

  constructor(inspection: Inspection, segment: SegmentToVerify, path: string) {
    const { directory, baseOffset } = segment
    const file = (kind: string) => joinPath(directory, segmentFileName(baseOffset, kind))
    this.#inspection = inspection
    this.#segment = segment
    this.#path = path
    this.nextOffset = baseOffset
    this.#offsetIndex = new OffsetIndex(inspection.context, file(OFFSET_INDEX_SUFFIX), baseOffset, false)
    this.#timeIndex = new TimeIndex(inspection.context, file(TIME_INDEX_SUFFIX), baseOffset, false)
    this.#transactionIndex = new TransactionIndex(inspection.context, file(TRANSACTION_INDEX_SUFFIX), false)
  }

  async loadIndexes(): Promise<void> {
    for (const index of [this.#offsetIndex, this.#timeIndex, this.#transactionIndex]) {
      // They stay in memory as long as this check compares them.
      index.pin()
      const { problem, isPreallocated, entryCount } = await readIndex(index)
      if (problem !== null && !isPreallocated) this.#indexMismatch(index, entryCount * index.entrySize, problem)
    }
  }

  batch(buffer: Buffer, at: number, position: number): void {
    this.batches++
    if (this.isCut) return
    const problem = batchProblem(buffer, at) ?? this.#offsetProblem(buffer, at)
    if (problem !== null) this.damaged(position, problem, false)
    // The header of a damaged batch may say anything; one that fits still tells where the next batch begins.
    if (this.isCut || this.#offsetProblem(buffer, at) !== null) return
    const first = batch.baseOffset(buffer, at)
    const last = batch.lastOffset(buffer, at)
    if (problem === null) this.#compareEpoch(buffer, at, position, first)
    if (!this.#isDamaged) {
      this.#compareOffsetIndex(position, last)
      this.#compareTimeIndex(batch.maxTimestamp(buffer, at), first, last)
      this.#compareTransactionIndex(buffer, at, last)
    }
    this.nextOffset = last + 1
  }

  #offsetProblem(buffer: Buffer, at: number): string | null {
    const problem = offsetProblem(buffer, at)
    if (problem !== null) return problem
    const { baseOffset, nextBaseOffset } = this.#segment
    const last = batch.lastOffset(buffer, at)
    if (last < this.nextOffset || !Segment.canHold(baseOffset, last)) {
      return `the batch ends at offset ${last}, where at least ${this.nextOffset} should be`
    }
    if (nextBaseOffset === null || last < nextBaseOffset) return null
    return `the batch ends at offset ${last}, which belongs to the next segment`
  }

  /** After the last batch: what the indexes have left corresponds to nothing in the file. */
  finish(): void {
    if (!this.#isDamaged) {
      for (const [index, compared] of [
        [this.#offsetIndex, this.#offsetEntries],
        [this.#timeIndex, this.#timeEntries],
        [this.#transactionIndex, this.#transactionEntries],
      ] as const) {
        const problem = `goes on behind offset ${this.nextOffset}, where the segment ends`
        if (compared < index.entryCount) this.#indexMismatch(index, compared * index.entrySize, problem)
      }
    }
    if (!this.isCut) this.#reportEarlyEnd()
  }

  /** Something that is no sound batch, in the `.log` file. */
  damaged(position: number, problem: string, torn: boolean): void {
    this.#isDamaged = true
    const found = (severity: 'damage' | 'repair', remedy: string) =>
      this.#inspection.found({ severity, path: this.#path, position, problem, remedy })
    if (this.#isRecovered(this.nextOffset)) {
      this.isCut = true
      const later = this.#segment.nextBaseOffset === null ? '' : ', and deletes the segments after it'
      const what = torn ? 'what is torn' : 'the log here'
      found('repair', `the next start cuts ${what}, so that it ends at offset ${this.nextOffset}${later}`)
    } else {
      found('damage', 'it was durable, so nothing is cut; restore the partition from a replica or a backup')
    }
  }

  /** Whether a start would check, and cut, what is at `offset`. */
  #isRecovered(offset: number): boolean {
    const { hadCleanShutdown, recoveryPoint } = this.#segment.offsets
    return !hadCleanShutdown && offset >= (recoveryPoint ?? 0)
  }

  /** Only compaction makes lasting gaps between segments; power can take the end of one that was not yet durable. */
  #reportEarlyEnd(): void {
    const { nextBaseOffset, offsets } = this.#segment
    if (nextBaseOffset === null || this.nextOffset >= nextBaseOffset) return
    if (offsets.hadCleanShutdown || nextBaseOffset <= (offsets.recoveryPoint ?? 0)) return
    const problem = `ends at offset ${this.nextOffset}, and the next segment begins at ${nextBaseOffset}`
    const remedy = 'the next start deletes what follows: it was not known to be durable'
    this.#inspection.found({ severity: 'repair', path: this.#path, position: null, problem, remedy })
  }

  #compareEpoch(buffer: Buffer, at: number, position: number, offset: number): void {
    const { epochs, offsets } = this.#segment
    const epoch = batch.partitionLeaderEpoch(buffer, at)
    if (epochs === null || epoch < 0 || this.#reported.has(epochs)) return
    // Recovery collects the epochs of what it checks; older than the first entry are batches before the log's start.
    if (this.#isRecovered(offset) || offset < (offsets.logStartOffset ?? 0)) return
    const expected = epochs.epochForOffset(offset)
    if (expected === epoch || expected === -1) return
    this.#reported.add(epochs)
    const problem = `the batch at offset ${offset} is of leader epoch ${epoch}; leader-epoch-checkpoint says ${expected}`
    const remedy = 'OffsetForLeaderEpoch answers from the checkpoint; restore that file from a backup'
    this.#inspection.found({ severity: 'damage', path: this.#path, position, problem, remedy })
  }

  /** The batch at `position` ends at `lastOffset`: entries up to there must name a batch just passed, or this one. */
  #compareOffsetIndex(position: number, lastOffset: number): void {
    const index = this.#offsetIndex
    for (; this.#offsetEntries < index.entryCount; this.#offsetEntries++) {
      const entry = index.entry(this.#offsetEntries)
      if (entry.position > position && entry.offset > lastOffset) return
      if (entry.position === position && entry.offset === lastOffset) continue
      const problem = `says that the batch up to offset ${entry.offset} begins at byte ${entry.position} of the segment, and none does`
      this.#indexMismatch(index, this.#offsetEntries * index.entrySize, problem)
      this.#offsetEntries = index.entryCount
      return
    }
  }

  #compareTimeIndex(maxTimestampMs: number, first: number, last: number): void {
    const index = this.#timeIndex
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs, maxTimestampMs)
    for (; this.#timeEntries < index.entryCount; this.#timeEntries++) {
      const entry = index.entry(this.#timeEntries)
      if (entry.offset > last) return
      // Older brokers name the record with the timestamp, newer ones the last of its batch.
      if (entry.offset >= first && entry.timestamp === maxTimestampMs && entry.timestamp === this.#maxTimestampMs)
        continue
      const problem = `says that ${entry.timestamp} is the largest timestamp up to offset ${entry.offset}, and it is not`
      this.#indexMismatch(index, this.#timeEntries * index.entrySize, problem)
      this.#timeEntries = index.entryCount
      return
    }
  }

  #compareTransactionIndex(buffer: Buffer, at: number, last: number): void {
    const index = this.#transactionIndex
    for (; this.#transactionEntries < index.entryCount; this.#transactionEntries++) {
      const entry = index.entry(this.#transactionEntries)
      if (entry.lastOffset > last) return
      // Compaction may have taken the marker of a transaction of which no record is left.
      if (entry.lastOffset < batch.baseOffset(buffer, at) || batch.recordsCount(buffer, at) === 0) continue
      const isMarker = batch.isControlBatch(buffer, at) && batch.producerId(buffer, at) === entry.producerId
      if (isMarker && endTransactionMarker(buffer, at)?.type === 'abort') continue
      this.#transactionMismatch(
        `names an abort of producer ${entry.producerId} at offset ${entry.lastOffset}, and there is none`,
      )
      return
    }
  }

  #transactionMismatch(problem: string): void {
    const index = this.#transactionIndex
    this.#indexMismatch(index, this.#transactionEntries * index.entrySize, problem)
    this.#transactionEntries = index.entryCount
  }

  #indexMismatch(index: IndexFile, position: number, problem: string): void {
    if (this.#reported.has(index)) return
    this.#reported.add(index)
    const { nextBaseOffset } = this.#segment
    const isRebuilt = this.#isRecovered(nextBaseOffset === null ? Number.MAX_SAFE_INTEGER : nextBaseOffset - 1)
    const files = index === this.#transactionIndex ? `it and the ${OFFSET_INDEX_SUFFIX} file beside it` : 'it'
    const advice = `stop the broker and delete ${files}: the next start builds the indexes of the segment anew`
    const severity = isRebuilt ? 'repair' : 'damage'
    const remedy = isRebuilt ? 'the next start builds it anew' : advice
    this.#inspection.found({ severity, path: index.path, position, problem, remedy })
  }
}
