import { median } from '../load/statistics.ts'
import type { Soaked } from './broker.ts'
import { allowedMb } from './broker.ts'

export interface Verdict {
  words: string
  found: string
  isMet: boolean
}

/** Memory may wander that far and is flat: one slab of the tail cache, one young generation. */
const growthMb = 16
const growthShare = 0.15

/**
 * Memory is flat when the median of the last fifth of the run is at most 15% and 16 MB above that of the second fifth;
 * the first is warm-up.
 */
export function judgeSoak({ samples, givenMbPerS, result: { events, state } }: Soaked): Verdict[] {
  const fifth = (index: number): number => {
    const from = Math.floor((samples.length * index) / 5)
    const to = Math.max(from + 1, Math.floor((samples.length * (index + 1)) / 5))
    return median(samples.slice(from, to).map((one) => one.residentMb))
  }
  const [before, after] = [fifth(1), fifth(4)]
  // Kafka's retention looks for the first time half a minute after the start.
  const mostMb = Math.max(...samples.slice(Math.floor(samples.length * 0.6)).map((one) => one.dataMb))
  const lost = events.produced - events.consumed
  return [
    {
      words: `memory is flat: at most ${growthShare * 100}% + ${growthMb} MB from the second to the last fifth`,
      found: `${before.toFixed(0)} MB → ${after.toFixed(0)} MB`,
      isMet: after <= before * (1 + growthShare) + growthMb,
    },
    {
      words: `retention holds the data below ${allowedMb(givenMbPerS).toFixed(0)} MB in the last two fifths`,
      found: `${mostMb.toFixed(0)} MB at most`,
      isMet: mostMb <= allowedMb(givenMbPerS),
    },
    {
      words: 'every acknowledged event reached the consumer, in order and once',
      found: `${events.produced} produced, ${lost} not consumed, ${events.missing} offsets skipped`,
      isMet: lost === 0 && events.missing === 0,
    },
    {
      words: 'the compacted topic ends with the last acknowledged value of every key',
      found: `${state.wrongKeys} keys with another`,
      isMet: state.wrongKeys === 0,
    },
    {
      words: 'compaction took away at least half of what was produced to it',
      found: `${state.kept} of ${state.produced} records are left`,
      isMet: state.kept * 2 <= state.produced,
    },
  ]
}
