/** Measures logs for a cleaning: which part can be cleaned, and how much that would be worth. */
import type { PartitionLog } from '../partition-log.ts'
import type { Segment } from '../segment/segment.ts'
import type { SegmentList } from '../segment/segment-list.ts'

/** A log, measured for a cleaning. Offsets are the beginnings of segments, but for `firstDirtyOffset`. */
export interface LogToClean {
  readonly log: PartitionLog
  /** Where the last cleaning ended: before it every key is there once. */
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  /** The checkpoint said something that cannot be, and `firstDirtyOffset` is to take its place. */
  readonly resetsCheckpoint: boolean
  readonly totalBytes: number
  readonly cleanableBytes: number
  /** The share of dirty bytes among those that a cleaning would read. */
  readonly cleanableRatio: number
  /** By how much max.compaction.lag.ms has been exceeded; 0 when it has not. */
  readonly overdueMs: number
}

/** The segments that hold offsets of [from, to). */
export function segmentsBetween(segments: SegmentList, from: number, to: number): Segment[] {
  return from < to ? segments.from(from).filter((segment) => segment.baseOffset < to) : []
}

export async function measure(
  log: PartitionLog,
  cleanedOffset: number | undefined,
  nowMs: number,
): Promise<LogToClean> {
  const { segments } = log.state
  const { firstDirtyOffset, resetsCheckpoint } = startOf(log, cleanedOffset)
  const limit = Math.max(firstDirtyOffset, await uncleanableFrom(log, firstDirtyOffset, nowMs))
  const active = segments.active.baseOffset
  const firstUncleanableOffset = segmentsBetween(segments, limit, active)[0]?.baseOffset ?? active
  const clean = segments.all.filter((segment) => segment.baseOffset < firstDirtyOffset)
  const dirtyFrom = Math.min(firstDirtyOffset, firstUncleanableOffset)
  const cleanableBytes = sizeOf(segmentsBetween(segments, dirtyFrom, firstUncleanableOffset))
  const totalBytes = sizeOf(clean) + cleanableBytes
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset,
    resetsCheckpoint,
    totalBytes,
    cleanableBytes,
    cleanableRatio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    overdueMs: await overdueMs(log, firstDirtyOffset, nowMs),
  }
}

/** Whether it should be cleaned now, with min.cleanable.dirty.ratio and max.compaction.lag.ms as they are. */
export function isCleanable({ log, cleanableRatio, cleanableBytes, overdueMs }: LogToClean): boolean {
  return (overdueMs > 0 && cleanableBytes > 0) || cleanableRatio > log.config.minCleanableDirtyRatio
}

/** A checkpoint from before a truncation, or of offsets that retention has taken, says nothing. */
function startOf(log: PartitionLog, cleanedOffset = log.logStartOffset) {
  const isValid = cleanedOffset >= log.logStartOffset && cleanedOffset <= log.logEndOffset
  return { firstDirtyOffset: isValid ? cleanedOffset : log.logStartOffset, resetsCheckpoint: !isValid }
}

/** Records that are not decided or not replicated, that may still be appended behind, or that are too young. */
async function uncleanableFrom(log: PartitionLog, firstDirtyOffset: number, nowMs: number): Promise<number> {
  const { segments } = log.state
  const limit = Math.min(log.replica.lastStableOffset, segments.active.baseOffset)
  const { minCompactionLagMs } = log.config
  if (minCompactionLagMs <= 0) return limit
  for (const segment of inactiveFrom(segments, firstDirtyOffset)) {
    if (segment.baseOffset >= limit) break
    if ((await segment.largestTimestampMs()) > nowMs - minCompactionLagMs) return segment.baseOffset
  }
  return limit
}

async function overdueMs(log: PartitionLog, firstDirtyOffset: number, nowMs: number): Promise<number> {
  const cleanUntilMs = nowMs - Math.max(0, log.config.maxCompactionLagMs)
  if (!Number.isFinite(cleanUntilMs)) return 0
  let earliestMs = Number.POSITIVE_INFINITY
  for (const segment of inactiveFrom(log.state.segments, firstDirtyOffset)) {
    const timestampMs = await segment.firstBatchTimestampMs()
    if (timestampMs > 0) earliestMs = Math.min(earliestMs, timestampMs)
  }
  return Math.max(0, cleanUntilMs - earliestMs)
}

function inactiveFrom(segments: SegmentList, offset: number): Segment[] {
  return segmentsBetween(segments, offset, segments.active.baseOffset)
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((bytes, segment) => bytes + segment.sizeBytes, 0)
}
