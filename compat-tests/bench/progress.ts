import { loadavg } from 'node:os'

/** More than this at the start, and the numbers are those of something else as well. */
const quietLoad = 0.5

/** Minutes and seconds. */
export function elapsed(since: Date): string {
  const seconds = Math.round((Date.now() - since.getTime()) / 1_000)
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`
}

export function warnOfNoise(): void {
  const [load] = loadavg()
  console.error(`load average ${load.toFixed(2)}`)
  if (load > quietLoad) console.error('This machine is busy with something else: compare nothing with these numbers.')
}

export function say(text: string, exitCode: number): number {
  console.error(text)
  return exitCode
}
