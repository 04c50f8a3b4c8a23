/** Deletes segments at the front of a log, and files that nobody may need much longer. */
import { present } from '../env/invariant.ts'
import { rollTo } from './append/roll.ts'
import { DELETED_SUFFIX } from './files/file-names.ts'
import type { LogState } from './log-state.ts'
import type { Segment } from './segment/segment.ts'

/** Removes the segments from the log; their files are renamed, and deleted when no reader can be in them any more. */
export async function deleteSegments(state: LogState, deletable: readonly Segment[]): Promise<void> {
  const there = new Set(state.segments.all)
  const gone = deletable.filter((segment) => there.has(segment))
  const last = gone.at(-1)
  if (last === undefined) return
  if (gone.length === state.segments.count) await rollTo(state, state.logEndOffset, state.producerSnapshot())
  const start = present(state.segments.next(last), 'log', 'the active segment stays').baseOffset
  state.deletionsUnderWay++
  state.segments.remove(gone)
  if (start > state.logStartOffset) {
    state.logStartOffset = start
    state.epochs.truncateFromStart(start)
  }
  const bases = new Set(gone.map((segment) => segment.baseOffset))
  await state.removeSnapshots((offset) => bases.has(offset))
  await deleteLater(state, gone)
  state.deletionsUnderWay--
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
