import { LatencyHistogram } from './latency-histogram.ts'
import type { EventsJob, EventsResult } from './soak-events.ts'
import { soakEvents } from './soak-events.ts'
import type { StateJob, StateResult } from './soak-state.ts'
import { soakState } from './soak-state.ts'
import type { TransactionsJob, TransactionsResult } from './soak-transactions.ts'
import { soakTransactions } from './soak-transactions.ts'

export interface SoakJob {
  events: EventsJob
  state: StateJob
  transactions: TransactionsJob
  intervalS: number
}

export interface SoakInterval {
  mbPerS: number
  p50Ms: number
  p99Ms: number
}

export interface SoakResult {
  events: EventsResult
  state: StateResult
  transactions: TransactionsResult
  intervals: SoakInterval[]
  p50Ms: number
  p99Ms: number
  p999Ms: number
  p9999Ms: number
}

/** Events, state and transactions at once, with the latency of every produce of events. */
export async function soak({ events, state, transactions, intervalS }: SoakJob): Promise<SoakResult> {
  const intervals: SoakInterval[] = []
  const all = new LatencyHistogram()
  const current = new LatencyHistogram()
  let bytes = 0
  const timer = setInterval(() => {
    if (current.count === 0) return
    const mbPerS = bytes / 1e6 / intervalS
    intervals.push({ mbPerS, p50Ms: current.percentile(0.5), p99Ms: current.percentile(0.99) })
    current.clear()
    bytes = 0
  }, intervalS * 1_000)
  const onAnswer = (latencyMs: number, answeredBytes: number): void => {
    all.add(latencyMs)
    current.add(latencyMs)
    bytes += answeredBytes
  }
  const [eventsResult, stateResult, transactionsResult] = await Promise.all([
    soakEvents(events, onAnswer),
    soakState(state),
    soakTransactions(transactions),
  ])
  clearInterval(timer)
  const [p50Ms, p99Ms, p999Ms, p9999Ms] = [0.5, 0.99, 0.999, 0.9999].map((share) => all.percentile(share))
  const results = { events: eventsResult, state: stateResult, transactions: transactionsResult }
  return { ...results, intervals, p50Ms, p99Ms, p999Ms, p9999Ms }
}
