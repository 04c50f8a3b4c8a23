/**
 * Files and sockets that the process may have open at once (RLIMIT_NOFILE). Where they run short, whoever holds files that
 * nobody uses closes them, and what could not be opened is tried again: a shortage passes, and is no failure of a disk.
 */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** A shortage that lasts longer than this, although everything that is idle has been closed, is an error. */
const PATIENCE_MS = 10_000
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 250
const SHORTAGES = new Set(['EMFILE', 'ENFILE'])

let known: number | undefined
const closers = new Set<() => Promise<void>>()

/** `Infinity` where it is not known. Node has raised the soft limit to the hard one when this is asked. */
export function descriptorLimit(): number {
  known ??= readLimit()
  return known
}

function readLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** `closeIdle` is called when descriptors run short. Returns what takes it back. */
export function onDescriptorShortage(closeIdle: () => Promise<void>): () => void {
  closers.add(closeIdle)
  return () => closers.delete(closeIdle)
}

export async function relieveShortage(): Promise<void> {
  await Promise.all([...closers].map((closeIdle) => closeIdle()))
}

export const isShortage = (error: unknown): boolean => SHORTAGES.has((error as NodeJS.ErrnoException).code ?? '')

/** Runs `work` again as long as descriptors are short. */
export async function withDescriptors<Result>(work: () => Promise<Result>): Promise<Result> {
  let waitedMs = 0
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!isShortage(error) || waitedMs >= PATIENCE_MS) throw error
      await relieveShortage()
      await setTimeout(pauseMs)
      waitedMs += pauseMs
    }
  }
}
