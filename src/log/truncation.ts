/** Takes records away at the end of a log. Runs while nothing is appended (`AppendQueue.exclusively`). */
import { createSegment } from './append/roll.ts'
import type { LogState } from './log-state.ts'
import { rebuildProducers } from './recovery/rebuild-producers.ts'

/** A follower's or a raft log's step back to where it agrees with the leader. */
export async function truncateTo(state: LogState, offset: number): Promise<void> {
  // An epoch that was assigned at the end of the log may contradict the leader's even if no record does.
  state.epochs.truncateFromEnd(offset)
  if (offset >= state.logEndOffset) return
  if (state.segments.first.baseOffset > offset) return truncateFullyAndStartAt(state, offset)
  await cutting(state, offset, () => cutAt(state, offset))
}

async function cutAt(state: LogState, offset: number): Promise<void> {
  const above = state.segments.all.filter((segment) => segment.baseOffset > offset)
  state.segments.remove(above)
  // From the end, so that a crash in between leaves no gap.
  for (const segment of above.toReversed()) await segment.deleteFiles()
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
export function truncateFullyAndStartAt(state: LogState, offset: number): Promise<void> {
  return cutting(state, offset, () => startAnewAt(state, offset))
}

async function startAnewAt(state: LogState, offset: number): Promise<void> {
  const old = state.segments.all
  // A crash between the two leaves no segment, which a start repairs from the log start offset.
  for (const segment of old.toReversed()) await segment.deleteFiles()
  const first = await createSegment(state, offset)
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
async function cutting(state: LogState, offset: number, cut: () => Promise<void>): Promise<void> {
  state.cuts++
  state.beingCut = true
  state.recoveryPoint = Math.min(state.recoveryPoint, offset)
  state.soundFromOffset = Math.min(state.soundFromOffset, offset)
  state.context.tailCache.drop(state.tail)
  try {
    await cut()
  } finally {
    state.cuts++
    state.beingCut = false
  }
}
