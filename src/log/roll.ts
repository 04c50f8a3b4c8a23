import type { LogState } from './log-state.ts'
import { Segment } from './segment.ts'

/**
 * Ends the active segment and starts one at `baseOffset`. `snapshot` is the producer state as of there. When it rejects
 * (a full disk), the active segment is still the active one.
 */
export async function rollTo(state: LogState, baseOffset: number, snapshot: Buffer): Promise<Segment> {
  const old = state.segments.active
  const next = await Segment.create(state.context, state.directory, baseOffset)
  await state.writeSnapshot(baseOffset, snapshot)
  next.rollJitterMs = drawRollJitterMs(state)
  await next.prepareToGrow()
  await old.becomeInactive()
  state.segments.add(next)
  state.directoryChanged()
  return next
}

/** Below segment.jitter.ms, so that partitions made together do not all roll together. */
export function drawRollJitterMs(state: LogState): number {
  const { segmentJitterMs, segmentMs } = state.config
  const limit = Math.min(segmentJitterMs, segmentMs, 2 ** 31)
  return limit > 0 ? state.context.random.integer(limit) : 0
}
