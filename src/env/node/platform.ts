/**
 * The ways of other platforms' files, apart from the calls that meet them, so that each way is tested on every platform.
 * Everywhere else paths have '/' between names, which Windows takes as well.
 */
import { setTimeout } from 'node:timers/promises'
import { isErrno } from './errors.ts'

/** Windows answers these for a file that somebody else has open; scanners and indexers let go of it again. */
const HELD_FOR_A_MOMENT = ['EPERM', 'EACCES', 'EBUSY']
const PATIENCE_MS = 2_000
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** File systems that cannot fsync a directory say so by one of these; a directory that was not written says EIO. */
const NO_DIRECTORY_SYNC = ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP']

export const isWindows = (platform: NodeJS.Platform): boolean => platform === 'win32'

/** Does on Windows again what is refused because a file is held; everywhere else a refusal is one. */
export async function untilFree<Result>(platform: NodeJS.Platform, work: () => Promise<Result>): Promise<Result> {
  let waitedMs = 0
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work()
    } catch (error) {
      const isHeld = isWindows(platform) && HELD_FOR_A_MOMENT.some((code) => isErrno(error, code))
      if (!isHeld || waitedMs >= PATIENCE_MS) throw error
      await setTimeout(pauseMs)
      waitedMs += pauseMs
    }
  }
}

/** Runs a directory's fsync; a file system that has none keeps its names in order by itself, or nobody can. */
export async function syncIfPossible(sync: () => Promise<void>): Promise<void> {
  try {
    await sync()
  } catch (error) {
    if (!NO_DIRECTORY_SYNC.some((code) => isErrno(error, code))) throw error
  }
}
