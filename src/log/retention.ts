/**
 * Retention: which records at the front of a log may go, by retention.bytes, retention.ms or DeleteRecords. The files of
 * the segments that go are `segment-deletion.ts`'s; `LogTasks` asks every log.retention.check.interval.ms, and
 * `LogCleaner` for logs that are compacted.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { LogState } from './log-state.ts'
import type { Segment } from './segment/segment.ts'

/**
 * Moves the log start offset forward, never back; where it is then. Whole segments before it go with the next check of
 * retention. Whether the offset is committed is for the replica to know.
 */
export function moveLogStartOffset(state: LogState, offset: number): number {
  if (offset < 0 || offset > state.logEndOffset) {
    throw new KafkaError(
      ErrorCode.OFFSET_OUT_OF_RANGE,
      `Cannot increment the log start offset to ${offset} of partition ${state.name}, whose log ends at ${state.logEndOffset}`,
    )
  }
  if (offset > state.logStartOffset) {
    state.logStartOffset = offset
    state.epochs.truncateFromStart(offset)
  }
  return state.logStartOffset
}

/** Old segments that retention lets go, oldest first. The active one is among them only together with all others. */
export async function deletableSegments(state: LogState, nowMs: number, highWatermark: number): Promise<Segment[]> {
  const { retentionBytes, retentionMs } = state.config
  const deletes = state.config.delete
  let excessBytes = state.segments.sizeBytes - retentionBytes
  const deletable: Segment[] = []
  for (const segment of state.segments.all) {
    const next = state.segments.next(segment)
    const endOffset = next?.baseOffset ?? state.logEndOffset
    const isEmptyActive = next === undefined && segment.sizeBytes === 0
    // Beyond the high watermark nothing goes: the log start offset must never pass it.
    if (isEmptyActive || highWatermark < endOffset) break
    const beforeStart = next !== undefined && next.baseOffset <= state.logStartOffset
    const tooMuch = deletes && retentionBytes >= 0 && excessBytes - segment.sizeBytes >= 0
    const tooOld = deletes && retentionMs >= 0 && nowMs - (await segment.largestTimestampMs()) > retentionMs
    if (!beforeStart && !tooMuch && !tooOld) break
    excessBytes -= segment.sizeBytes
    deletable.push(segment)
  }
  return deletable
}
