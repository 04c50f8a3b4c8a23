/** What takes segments or parts of them away: truncation at the end, deletion at the start. All of it runs exclusively. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { createSegment, rollTo } from './append/roll.ts'
import { DELETED_SUFFIX } from './files/file-names.ts'
import type { LogState } from './log-state.ts'
import { rebuildProducers } from './recovery/rebuild-producers.ts'
import type { Segment } from './segment/segment.ts'

/** A follower's or a raft log's step back to where it agrees with the leader. */
export async function truncateTo(state: LogState, offset: number): Promise<void> {
  // An epoch that was assigned at the end of the log may contradict the leader's even if no record does.
  state.epochs.truncateFromEnd(offset)
  if (offset >= state.logEndOffset) return
  if (state.segments.first.baseOffset > offset) return truncateFullyAndStartAt(state, offset)
  beginCut(state, offset)
  const above = state.segments.all.filter((segment) => segment.baseOffset > offset)
  state.segments.remove(above)
  // From the end, so that a crash in between leaves no gap.
  for (const segment of above.toReversed()) await segment.deleteFiles()
  await state.segments.active.truncateTo(offset)
  state.logEndOffset = offset
  state.logStartOffset = Math.min(state.logStartOffset, offset)
  state.setHighWatermark(state.highWatermark)
  await state.removeSnapshots((other) => other > offset)
  await rebuildProducers(state, offset)
  if (state.lastSnapshotOffset < offset) await state.writeSnapshot(offset, state.producerSnapshot())
  state.directoryChanged()
}

/** The log forgets everything and goes on empty, from `offset`. */
export async function truncateFullyAndStartAt(state: LogState, offset: number): Promise<void> {
  beginCut(state, offset)
  const old = state.segments.all
  // A crash between the two leaves no segment, which a start repairs from the log start offset.
  for (const segment of old.toReversed()) await segment.deleteFiles()
  const first = await createSegment(state, offset)
  state.segments.replace(old, first)
  state.directoryChanged()
  state.logStartOffset = offset
  state.logEndOffset = offset
  state.recoveryPoint = offset
  state.highWatermark = offset
  state.epochs.clear()
  state.producers.clear()
  await state.removeSnapshots(() => true)
}

function beginCut(state: LogState, offset: number): void {
  state.cuts++
  state.recoveryPoint = Math.min(state.recoveryPoint, offset)
  state.soundFromOffset = Math.min(state.soundFromOffset, offset)
  state.context.tailCache.drop(state.tail)
}

/** DeleteRecords: -1 stands for the high watermark. Whole segments before the offset go with the next retention check. */
export function moveLogStartOffset(state: LogState, offset: number): number {
  const target = offset === -1 ? state.highWatermark : offset
  if (target < 0 || target > state.highWatermark) {
    throw new KafkaError(
      ErrorCode.OFFSET_OUT_OF_RANGE,
      `Cannot increment the log start offset to ${target} of partition ${state.name} since it is larger than the high watermark ${state.highWatermark}`,
    )
  }
  if (target > state.logStartOffset) {
    state.logStartOffset = target
    state.epochs.truncateFromStart(target)
  }
  return state.logStartOffset
}

/** Old segments that retention lets go, oldest first. The active one is among them only together with all others. */
export async function deletableSegments(state: LogState, nowMs: number): Promise<Segment[]> {
  const { retentionBytes, retentionMs } = state.config
  const deletes = state.config.delete
  let excessBytes = state.segments.sizeBytes - retentionBytes
  const deletable: Segment[] = []
  for (const segment of state.segments.all) {
    const next = state.segments.next(segment)
    const endOffset = next?.baseOffset ?? state.logEndOffset
    const isEmptyActive = next === undefined && segment.sizeBytes === 0
    // Beyond the high watermark nothing goes: the log start offset must never pass it.
    if (isEmptyActive || state.highWatermark < endOffset) break
    const beforeStart = next !== undefined && next.baseOffset <= state.logStartOffset
    const tooMuch = deletes && retentionBytes >= 0 && excessBytes - segment.sizeBytes >= 0
    const tooOld = deletes && retentionMs >= 0 && nowMs - (await segment.largestTimestampMs()) > retentionMs
    if (!beforeStart && !tooMuch && !tooOld) break
    excessBytes -= segment.sizeBytes
    deletable.push(segment)
  }
  return deletable
}

/** Removes the segments from the log; their files are renamed, and deleted when no reader can be in them any more. */
export async function deleteSegments(state: LogState, deletable: readonly Segment[]): Promise<void> {
  const gone = deletable.filter((segment) => state.segments.all.includes(segment))
  if (gone.length === 0) return
  if (gone.length === state.segments.count) await rollTo(state, state.logEndOffset, state.producerSnapshot())
  const start = state.segments.next(gone[gone.length - 1])!.baseOffset
  state.segments.remove(gone)
  if (start > state.logStartOffset) {
    state.logStartOffset = start
    state.epochs.truncateFromStart(start)
  }
  const bases = new Set(gone.map((segment) => segment.baseOffset))
  await state.removeSnapshots((offset) => bases.has(offset))
  await deleteLater(state, gone)
  state.context.logger.info(
    `${state.name}: deleted ${gone.length} segments; the log now starts at offset ${state.logStartOffset}.`,
  )
}

/** Renames to `.deleted` now, removes after file.delete.delay.ms: a start after a stop or a crash finishes it. */
export async function deleteLater(state: LogState, segments: readonly Segment[]): Promise<void> {
  for (const segment of segments) await segment.changeSuffix(DELETED_SUFFIX)
  // Not before: a flush beside this would take renames for durable that it was too early for.
  state.directoryChanged()
  state.later(state.config.fileDeleteDelayMs, () => {
    for (const segment of segments) {
      segment.deleteFiles().catch((error) => {
        state.context.logger.warn({ err: error }, `${state.name}: the files of a deleted segment could not be removed.`)
      })
    }
  })
}
