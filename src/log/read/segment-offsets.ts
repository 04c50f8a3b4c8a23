/** ListOffsets v0: where segments begin, the only offsets that the first clients could ask for by time. */
import type { LogState } from '../log-state.ts'

const LATEST = -1
const EARLIEST = -2

/**
 * At most `maxCount` offsets, the largest first: the ends and beginnings of the segments that were complete at
 * `timestamp`. -1 begins at the end of the log, -2 names its start alone.
 */
export async function segmentOffsetsBefore(state: LogState, timestamp: number, maxCount: number): Promise<number[]> {
  const segments = state.segments.all
  const offsets = segments.map(({ baseOffset }) => Math.max(baseOffset, state.logStartOffset))
  if (state.segments.active.sizeBytes > 0) offsets.push(state.logEndOffset)
  let last = offsets.length - 1
  if (timestamp === EARLIEST) last = 0
  else if (timestamp !== LATEST) last = await lastBefore(state, timestamp, offsets.length)
  return offsets
    .slice(Math.max(0, last + 1 - maxCount), last + 1)
    .reverse()
    .sort((a, b) => b - a)
}

/** The end of the log is as old as now, a segment as old as its newest record. */
async function lastBefore(state: LogState, timestamp: number, count: number): Promise<number> {
  const segments = state.segments.all
  if (count > segments.length && state.context.clock.nowMs() <= timestamp) return count - 1
  let at = segments.length - 1
  for (const segment of segments.toReversed()) {
    if ((await segment.largestTimestampMs()) <= timestamp) break
    at--
  }
  return at
}
