/** Pauses of the broker's event loop while a soak goes on, as `pauses-preload.mjs` finds them inside the broker. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cacheDirectory } from '../../../scripts/toolchain/lookup.ts'
import { eventually } from '../../support/wait.ts'

/** One pause above 10 ms. */
export interface Pause {
  /** Seconds into the mixed load. */
  atS: number
  ms: number
  /** The thread ran: JavaScript, native code and garbage collection. */
  ranMs: number
  /** It waited for a core. */
  waitedMs: number
  /** It slept within a call: for the disk, for memory, for the other threads of a garbage collection. */
  blockedMs: number
  /** Time on the clock within garbage collections, whichever of the three it was. */
  collectedMs: number
}

export interface Pauses {
  seconds: number
  ticks: number
  /** Lower ends of the bins. */
  binsMs: number[]
  /** Pauses by their length, by how much of it is ours, and by how much was blocked. */
  all: number[]
  own: number[]
  blocked: number[]
  longest: { ms: number; ranMs: number; blockedMs: number }
  /** The pauses above 10 ms that are the longest or have most of a part; first the one with most of ours. */
  told: Pause[]
}

const pausesFile = join(cacheDirectory, 'soak', 'pauses.json')

/** The variables of a process that can tell its pauses. Those of an earlier one are forgotten. */
export async function pausesEnvironment(): Promise<Readonly<Record<string, string>>> {
  await mkdir(dirname(pausesFile), { recursive: true })
  await rm(pausesFile, { force: true })
  return { PAUSES_OUTPUT: pausesFile, NODE_OPTIONS: `--import=${join(import.meta.dirname, 'pauses-preload.mjs')}` }
}

export function beginPauses(pid: number): void {
  process.kill(pid, 'SIGUSR2')
}

export async function endPauses(pid: number): Promise<Pauses> {
  process.kill(pid, 'SIGUSR2')
  await eventually('the pauses of the event loop', () => existsSync(pausesFile))
  return JSON.parse(await readFile(pausesFile, 'utf8'))
}
