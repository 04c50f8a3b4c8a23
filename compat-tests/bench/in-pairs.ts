import type { Metrics } from './bench-case.ts'
import { median } from './load/statistics.ts'

/** Short ones, that what the disk does to one it does to the other. */
const PAIRS = 16
/** The part of a case's bytes that each of them moves. */
export const PAIR_SHARE = 0.5

export interface Pair {
  readonly off: Metrics
  readonly on: Metrics
}

/** The same work without something and with it, by turns. Each is first as often as the other. */
export async function inPairs(off: () => Promise<Metrics>, on: () => Promise<Metrics>): Promise<readonly Pair[]> {
  const pairs: Pair[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
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

export const ratioOf = (pairs: readonly Pair[], metric: string): number =>
  median(pairs.map(({ off, on }) => on[metric] / off[metric]))
