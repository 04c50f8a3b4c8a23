import type { TransactionsResult } from '../load/soak-transactions.ts'
import { median } from '../load/statistics.ts'
import type { Soaked } from './broker.ts'
import { allowedMb } from './broker.ts'
import type { Pauses } from './pauses.ts'

export interface Verdict {
  words: string
  found: string
  isMet: boolean
}

/** Memory may wander that far and is flat: one slab of the tail cache, one young generation. */
const growthMb = 16
const growthShare = 0.15
/** p99 may grow that far: an interval of a busy machine differs from the next by as much. */
const p99Share = 0.25
const p99Ms = 1
/** The aim for pauses of the event loop in which its thread ran: a client would call a longer one a hiccup. */
const mostOwnPauseMs = 20

/**
 * Memory is flat when the median of the last fifth of the run is at most 15% and 16 MB above that of the second fifth;
 * the first is warm-up. So it is with the growth of p99.
 */
export function judgeSoak({ samples, givenMbPerS, result, pauses }: Soaked): Verdict[] {
  const { events, state } = result
  const [before, after] = secondAndLastFifth(samples.map((one) => one.residentMb))
  // Kafka's retention looks for the first time half a minute after the start.
  const mostMb = Math.max(...samples.slice(Math.floor(samples.length * 0.6)).map((one) => one.dataMb))
  const lost = events.produced - events.consumed
  return [
    {
      words: `memory is flat: at most ${growthShare * 100}% + ${growthMb} MB from the second to the last fifth`,
      found: `${before.toFixed(0)} MB → ${after.toFixed(0)} MB`,
      isMet: after <= before * (1 + growthShare) + growthMb,
    },
    judgeP99(result.intervals.map((one) => one.p99Ms)),
    ...(pauses === null ? [] : [judgePauses(pauses)]),
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
    ...judgeTransactions(result.transactions),
  ]
}

/** Medians of the second and of the last fifth of the run. */
export function secondAndLastFifth(values: readonly number[]): [before: number, after: number] {
  const fifth = (index: number): number => {
    const from = Math.min(values.length - 1, Math.floor((values.length * index) / 5))
    const to = Math.max(from + 1, Math.floor((values.length * (index + 1)) / 5))
    return median(values.slice(from, to))
  }
  return [fifth(1), fifth(4)]
}

/** The p99 of each interval, in their order: it does not grow over the run. */
export function judgeP99(valuesMs: readonly number[]): Verdict {
  const [before, after] = secondAndLastFifth(valuesMs)
  return {
    words: `p99 does not grow: at most ${p99Share * 100}% + ${p99Ms} ms from the second to the last fifth`,
    found: `${before.toFixed(2)} ms → ${after.toFixed(2)} ms`,
    isMet: after <= before * (1 + p99Share) + p99Ms,
  }
}

export function judgePauses({ longest }: Pick<Pauses, 'longest'>): Verdict {
  const { ranMs: ours, blockedMs: blocked, ms: all } = longest
  return {
    words: `no pause of the event loop above ${mostOwnPauseMs} ms that is ours`,
    found: `${ours.toFixed(1)} ms ours at most; ${blocked.toFixed(1)} blocked, ${all.toFixed(1)} in all`,
    isMet: ours <= mostOwnPauseMs,
  }
}

function judgeTransactions(found: TransactionsResult): Verdict[] {
  const { committed, aborted, wrong, commits, committedOffset, fetchedOffset } = found
  return [
    {
      words: 'every record of a committed transaction is read once, none of an aborted one',
      found: `${committed} committed, ${aborted} aborted, ${wrong} read otherwise`,
      isMet: wrong === 0 && committed > 0,
    },
    {
      words: 'the group is told the offset that it committed last',
      found: `${commits} commits, ${committedOffset} committed, ${fetchedOffset} told`,
      isMet: commits > 0 && committedOffset === fetchedOffset,
    },
  ]
}
