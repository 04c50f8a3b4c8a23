import { table } from '../../support/report.ts'

/** A CPU profile of V8, as far as it is read here. */
export interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[]
  samples: number[]
  /** Microseconds before each sample. */
  timeDeltas: number[]
}

export interface CallFrame {
  functionName: string
  url: string
  lineNumber: number
}

/** Where nothing of the program ran. */
export const notWork: ReadonlySet<string> = new Set(['(idle)', '(program)'])

/** The function and the end of its file's path. Compiled TypeScript is one long line, which would say nothing. */
export function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.split('/').slice(-2).join('/')
  if (file === '') return functionName
  return `${functionName || '(anonymous)'} ${file}${lineNumber > 0 ? `:${lineNumber + 1}` : ''}`
}

/** Microseconds in which each node was on top of the stack. */
export function selfTimes({ samples, timeDeltas }: CpuProfile): Map<number, number> {
  const selfUs = new Map<number, number>()
  for (const [index, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[index])
  return selfUs
}

/** The functions in which most time was spent, their callees not counted. */
export function selfTimeTable(profile: CpuProfile, top: number): string {
  const selfUs = selfTimes(profile)
  const byFunction = new Map<string, number>()
  let busyUs = 0
  for (const { id, callFrame } of profile.nodes) {
    const name = nameOf(callFrame)
    if (notWork.has(name)) continue
    busyUs += selfUs.get(id) ?? 0
    byFunction.set(name, (byFunction.get(name) ?? 0) + (selfUs.get(id) ?? 0))
  }
  const most = [...byFunction].sort(([, a], [, b]) => b - a).slice(0, top)
  const rows = most.map(([name, us]) => [(us / 1_000).toFixed(0), `${((us / busyUs) * 100).toFixed(1)}%`, name])
  return `${(busyUs / 1_000).toFixed(0)} ms of the main thread\n${table(['ms', '', 'function'], rows, [0, 1])}`
}
