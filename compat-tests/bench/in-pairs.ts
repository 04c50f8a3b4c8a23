import type { Bench, Metrics } from './bench-case.ts'
import { produceBase } from './cases/produce.ts'
import { median } from './load/statistics.ts'
import type { Target } from './targets.ts'

/** Short ones, that what the disk does to one it does to the other. */
const PAIRS = 16
/** The part of the base case that each of them moves. */
const SHARE = 0.5

export interface Pair {
  readonly off: Metrics
  readonly on: Metrics
}

/** The base case of produce on a broker without something and on one with it, by turns. Each is first as often as the other. */
export async function inPairs(off: Target, on: Target, bench: Bench): Promise<readonly Pair[]> {
  const produce = (target: Target) => produceBase(target, bench, SHARE)
  const pairs: Pair[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    if (pair % 2 === 0) {
      const first = await produce(off)
      pairs.push({ off: first, on: await produce(on) })
    } else {
      const first = await produce(on)
      pairs.push({ on: first, off: await produce(off) })
    }
  }
  return pairs
}

export const ratioOf = (pairs: readonly Pair[], metric: string): number =>
  median(pairs.map(({ off, on }) => on[metric] / off[metric]))
