import type { LogState } from '../log-state.ts'
import { Segment } from '../segment/segment.ts'

/**
 * Ends the active segment and starts one at `baseOffset`. `snapshot` is the producer state as of there. When it rejects
 * (a full disk), the active segment is still the active one, and nothing is left of the other.
 */
export async function rollTo(state: LogState, baseOffset: number, snapshot: Buffer): Promise<void> {
  const old = state.segments.active
  let next: Segment
  try {
    // Where there is a next segment, and the recovery point is at it, recovery takes the indexes of this one for whole.
    await old.persistIndexes({ sync: false })
    next = await createSegment(state, baseOffset)
    await state.writeSnapshot(baseOffset, snapshot)
    await old.becomeInactive()
  } catch (error) {
    await removeUnused(state, baseOffset)
    throw error
  }
  await next.prepareToGrow()
  state.segments.add(next)
  state.directoryChanged()
}

/** An empty segment that is going to grow. */
export async function createSegment(state: LogState, baseOffset: number): Promise<Segment> {
  const { preallocate, segmentBytes } = state.config
  const preallocateBytes = preallocate ? segmentBytes : 0
  const segment = await Segment.create(state.context, state.directory, baseOffset, { preallocateBytes })
  segment.rollJitterMs = drawRollJitterMs(state)
  return segment
}

/** The old segment goes on, over the offset where the new one would have begun: that must not be found by anybody. */
async function removeUnused(state: LogState, baseOffset: number): Promise<void> {
  const files = { baseOffset, sizeBytes: 0, modifiedMs: 0, hasTransactionIndex: false }
  try {
    await Segment.open(state.context, state.directory, files).deleteFiles()
    await state.removeSnapshots((offset) => offset === baseOffset)
  } catch (error) {
    state.fail(error as Error)
  }
}

/** Below segment.jitter.ms, so that partitions made together do not all roll together. */
export function drawRollJitterMs(state: LogState): number {
  const { segmentJitterMs, segmentMs } = state.config
  const limit = Math.min(segmentJitterMs, segmentMs, 2 ** 31)
  return limit > 0 ? state.context.random.integer(limit) : 0
}
