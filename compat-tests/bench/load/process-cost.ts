import { readFileSync, writeFileSync } from 'node:fs'

/** The unit of times in /proc, which Linux fixes for all that is told to programs. */
const TICKS_PER_SECOND = 100
const USER_TIME_FIELD = 11
const SYSTEM_TIME_FIELD = 12

/** CPU seconds that a process has used so far, all its threads together, in user and in kernel mode. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program stands in parentheses and may hold anything; fields count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER_TIME_FIELD]) + Number(fields[SYSTEM_TIME_FIELD])) / TICKS_PER_SECOND
}

/** Resident memory in MB: now, or at its highest since the process began or `forgetPeak` was called. */
export function residentMb(pid: number, which: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)![1]) * 1024) / 1e6
}

/** The highest resident memory counts from now on. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
