/**
 * Takes records away at the end of a log. Runs while nothing is appended (`AppendQueue.exclusively`).
 *
 * A crash may come between any two steps, and power may undo those that are not durable:
 * 1. Where the log is cut becomes the recovery point, which is durable before anything goes: a start checks what a crash has
 *    left of the rest, and makes the cut durable (`recovery/load-log.ts`).
 * 2. Segments behind the cut go from the end, and their names are gone for good before the last segment is cut. Otherwise
 *    power could bring them back behind a gap, or behind records that the log has taken in their place.
 * 3. The cut of the last segment is durable, then its indexes, then the snapshot of the producers.
 */
import { createSegment } from './append/roll.ts'
import type { LogState } from './log-state.ts'
import { rebuildProducers } from './recovery/rebuild-producers.ts'

/** Makes the recovery point of the log durable, as it is now. */
export type CheckpointRecoveryPoint = () => Promise<void>

/** A follower's or a raft log's step back to where it agrees with the leader. */
export async function truncateTo(state: LogState, offset: number, checkpoint: CheckpointRecoveryPoint): Promise<void> {
  // An epoch that was assigned at the end of the log may contradict the leader's even if no record does.
  state.epochs.truncateFromEnd(offset)
  if (offset >= state.logEndOffset) return
  if (state.segments.first.baseOffset > offset) return truncateFullyAndStartAt(state, offset, checkpoint)
  await cutting(state, offset, checkpoint, () => cutAt(state, offset))
}

async function cutAt(state: LogState, offset: number): Promise<void> {
  const above = state.segments.all.filter((segment) => segment.baseOffset > offset)
  state.segments.remove(above)
  for (const segment of above.toReversed()) await segment.deleteFiles()
  if (above.length > 0) await state.context.files.syncDirectory(state.directory)
  await state.segments.active.truncateTo(offset)
  state.logEndOffset = offset
  state.logStartOffset = Math.min(state.logStartOffset, offset)
  await state.removeSnapshots((other) => other > offset)
  await rebuildProducers(state, offset)
  if (state.lastSnapshotOffset < offset) {
    // Recovery replays nothing that a snapshot has: the indexes must have it too, aborted transactions above all.
    await state.segments.active.persistIndexes({ sync: true })
    await state.writeSnapshot(offset, state.producerSnapshot())
  }
  state.directoryChanged()
}

/** The log forgets everything and goes on empty, from `offset`. */
export function truncateFullyAndStartAt(
  state: LogState,
  offset: number,
  checkpoint: CheckpointRecoveryPoint,
): Promise<void> {
  return cutting(state, offset, checkpoint, () => startAnewAt(state, offset))
}

async function startAnewAt(state: LogState, offset: number): Promise<void> {
  const old = state.segments.all
  // A crash between the two leaves no segment: the log then begins at its checkpointed start, or at 0, and asks its leader.
  for (const segment of old.toReversed()) await segment.deleteFiles()
  const first = await createSegment(state, offset)
  await state.context.files.syncDirectory(state.directory)
  state.segments.replace(old, first)
  state.directoryChanged()
  state.logStartOffset = offset
  state.logEndOffset = offset
  state.recoveryPoint = offset
  state.epochs.clear()
  state.producers.clear()
  await state.removeSnapshots(() => true)
}

/** A flush may begin, end, or do both while `cut` runs: it makes files durable, and says nothing of the log's new end. */
async function cutting(
  state: LogState,
  offset: number,
  checkpoint: CheckpointRecoveryPoint,
  cut: () => Promise<void>,
): Promise<void> {
  const { recoveryPoint } = state
  state.cuts++
  state.beingCut = true
  state.recoveryPoint = Math.min(recoveryPoint, offset)
  state.soundFromOffset = Math.min(state.soundFromOffset, offset)
  state.context.tailCache.drop(state.tail)
  try {
    if (offset < recoveryPoint) await checkpoint()
    await cut()
  } finally {
    state.cuts++
    state.beingCut = false
  }
}
