/**
 * Puts a cleaned segment in the place of those it was made of. What a crash leaves, and what the next start makes of
 * it:
 *
 * 1. `.cleaned` files, whole and durable or not: removed, the old segments are the log.
 * 2. some files named `.cleaned` and some `.swap`: the same.
 * 3. all named `.swap`, which is durable before anything else happens: the replacement is finished. Old segments in its
 *    range go, whether or not they are named `.deleted` yet.
 * 4. old segments named `.deleted`: removed.
 * 5. the cleaned segment under its own name: nothing is left to do.
 *
 * Readers see the old segments or the new one, never none: the list of segments changes between 3 and 4, and a file
 * that is being renamed is waited for.
 */
import { present } from '../../env/invariant.ts'
import { CLEANED_SUFFIX, SWAP_SUFFIX } from '../files/file-names.ts'
import type { LogState } from '../log-state.ts'
import { Segment } from '../segment/segment.ts'
import { deleteLater } from '../segment-deletion.ts'

export async function replaceSegments(state: LogState, old: readonly Segment[], cleaned: Segment): Promise<void> {
  try {
    await cleaned.changeSuffix(SWAP_SUFFIX)
    await state.context.files.syncDirectory(state.directory)
  } catch (error) {
    await discardCleaned(state, cleaned.baseOffset)
    throw error
  }
  try {
    // No index may be looked for under a name that it has no longer, or not yet.
    for (const segment of [...old, cleaned]) await segment.holdIndexes()
    const last = present(old.at(-1), 'log', 'something is replaced')
    const oldEnd = present(state.segments.next(last), 'log', 'the active segment is never cleaned').baseOffset
    state.segments.replace(old, cleaned)
    state.replacements++
    state.context.tailCache.dropBefore(state.tail, oldEnd)
    await deleteLater(state, old)
    await cleaned.changeSuffix('')
    cleaned.releaseIndexes()
    const gone = new Set(old.map((segment) => segment.baseOffset))
    gone.delete(cleaned.baseOffset)
    await state.removeSnapshots((offset) => gone.has(offset))
    state.directoryChanged()
    await state.syncDirectories()
  } catch (error) {
    // Any failure, even a lack of space, means that memory and disk have parted.
    state.fail(error as Error)
    throw state.storageError()
  }
}

/**
 * Removes what was written, under whichever of its names. It must not stay: a start takes `.swap` files for unfinished
 * that lie behind a `.cleaned` one, whichever cleaning that is from.
 */
export async function discardCleaned(state: LogState, baseOffset: number): Promise<void> {
  try {
    for (const suffix of [SWAP_SUFFIX, CLEANED_SUFFIX]) {
      await Segment.removeFiles(state.context, state.directory, baseOffset, suffix)
    }
  } catch (error) {
    state.fail(error as Error)
  }
}
