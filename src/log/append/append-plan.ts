import type { LogConfig } from '../log-config.ts'
import { Segment } from '../segment/segment.ts'

/**
 * The end of the log as it will be once everything in the append queue is written: where the next batch goes, and
 * whether it goes into a new segment. After a failed write the plan starts over from what is really there.
 */
export class AppendPlan {
  endOffset: number
  /** The segment that grows; null: it does not exist yet. */
  #segment: Segment | null
  #baseOffset: number
  #bytes: number
  #firstTimestampMs: number
  #createdMs: number
  #rollJitterMs: number
  /** Batches planned since the segment's indexes were last looked at; each may add an entry. */
  #queuedBatches = 0

  constructor(segment: Segment, endOffset: number) {
    this.endOffset = endOffset
    this.#segment = segment
    this.#baseOffset = segment.baseOffset
    this.#bytes = segment.sizeBytes
    this.#firstTimestampMs = segment.knownFirstBatchTimestampMs
    this.#createdMs = segment.createdMs
    this.#rollJitterMs = segment.rollJitterMs
  }

  /** Whether the append starts a segment: by size, by time (KIP-33), by full indexes, or when offsets would not fit. */
  mustRoll(
    config: LogConfig,
    append: { sizeBytes: number; maxTimestampMs: number; lastOffset: number },
    nowMs: number,
  ) {
    const waitedMs = Segment.waitedMs(this.#firstTimestampMs, this.#createdMs, nowMs, append.maxTimestampMs)
    return (
      this.#bytes > config.segmentBytes - append.sizeBytes ||
      (this.#bytes > 0 && waitedMs > maxSegmentMs(config) - this.#rollJitterMs) ||
      (this.#bytes > 0 && this.#segment !== null && this.#segment.indexesFull(config, this.#queuedBatches)) ||
      !Segment.canHold(this.#baseOffset, append.lastOffset)
    )
  }

  /** The next append starts a segment at `endOffset`. */
  roll(nowMs: number, rollJitterMs: number): void {
    this.#segment = null
    this.#baseOffset = this.endOffset
    this.#bytes = 0
    this.#firstTimestampMs = -1
    this.#createdMs = nowMs
    this.#rollJitterMs = rollJitterMs
    this.#queuedBatches = 0
  }

  add(append: { sizeBytes: number; firstTimestampMs: number; endOffset: number; batchCount: number }): void {
    if (this.#bytes === 0) this.#firstTimestampMs = append.firstTimestampMs
    this.#bytes += append.sizeBytes
    this.#queuedBatches += append.batchCount
    this.endOffset = append.endOffset
  }

  /** Batches that were planned for `segment` are in its indexes now. */
  written(segment: Segment, batchCount: number): void {
    if (segment.baseOffset !== this.#baseOffset) return
    this.#segment = segment
    this.#queuedBatches -= batchCount
  }
}

/** A segment that grows cannot be compacted, so it must end before what is in it has to be (KIP-354). */
function maxSegmentMs({ compact, maxCompactionLagMs, segmentMs }: LogConfig): number {
  return compact && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs
}
