import { table } from '../../support/report.ts'
import type { CallFrame } from './cpu-profile.ts'
import { nameOf } from './cpu-profile.ts'

/** A sampling heap profile of V8: bytes by where they were allocated, garbage included. */
export interface HeapProfile {
  head: HeapNode
}

interface HeapNode {
  callFrame: CallFrame
  selfSize: number
  children: HeapNode[]
}

/** The functions that allocated most. Memory outside of V8's heap, such as that of buffers, is not in it. */
export function allocationTable({ head }: HeapProfile, top: number): string {
  const byFunction = new Map<string, number>()
  let all = 0
  const walk = ({ callFrame, selfSize, children }: HeapNode): void => {
    const name = nameOf(callFrame)
    byFunction.set(name, (byFunction.get(name) ?? 0) + selfSize)
    all += selfSize
    for (const child of children) walk(child)
  }
  walk(head)
  const most = [...byFunction].sort(([, a], [, b]) => b - a).slice(0, top)
  const rows = most.map(([name, bytes]) => [(bytes / 1e6).toFixed(1), `${((bytes / all) * 100).toFixed(1)}%`, name])
  return `${(all / 1e6).toFixed(0)} MB allocated on the heap\n${table(['MB', '', 'function'], rows, [0, 1])}`
}
