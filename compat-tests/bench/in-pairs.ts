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

type Measure = () => Promise<Metrics>

/** A measurement without something and one with it, by turns. Each is first as often as the other. */
export async function inPairs(off: Measure, on: Measure, count = PAIRS): Promise<readonly Pair[]> {
  const pairs: Pair[] = []
  for (let pair = 0; pair < count; pair++) {
    if (pair % 2 === 0) {
      const first = await off()
      pairs.push({ off: first, on: await on() })
    } else {
      const first = await on()
      pairs.push({ on: first, off: await off() })
    }
  }
  return pairs
}

/** The base case of produce on a broker, shortened for pairs. */
export const produceOn = (target: Target, bench: Bench): Measure => {
  return () => produceBase(target, bench, SHARE)
}

export const ratioOf = (pairs: readonly Pair[], metric: string): number =>
  median(pairs.map(({ off, on }) => on[metric] / off[metric]))

/** The ratio of all pairs together, for what is counted in steps that are long beside one pair, as a system counts CPU time. */
export const ratioOfSums = (pairs: readonly Pair[], metric: string): number => {
  const sum = (which: keyof Pair) => pairs.reduce((total, pair) => total + pair[which][metric], 0)
  return sum('on') / sum('off')
}
