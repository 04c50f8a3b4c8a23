import type { EventsJob, EventsResult } from './soak-events.ts'
import { soakEvents } from './soak-events.ts'
import type { StateJob, StateResult } from './soak-state.ts'
import { soakState } from './soak-state.ts'
import { percentile } from './statistics.ts'

export interface SoakJob {
  events: EventsJob
  state: StateJob
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
  intervals: SoakInterval[]
  p50Ms: number
  p99Ms: number
  p999Ms: number
}

/** Events and state at once, with the latency of every produce of events. */
export async function soak({ events, state, intervalS }: SoakJob): Promise<SoakResult> {
  const intervals: SoakInterval[] = []
  const allMs: number[][] = []
  let currentMs: number[] = []
  let bytes = 0
  const timer = setInterval(() => {
    if (currentMs.length === 0) return
    const sorted = Float64Array.from(currentMs).sort()
    const mbPerS = bytes / 1e6 / intervalS
    intervals.push({ mbPerS, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) })
    allMs.push(currentMs)
    currentMs = []
    bytes = 0
  }, intervalS * 1_000)
  const onAnswer = (latencyMs: number, answeredBytes: number): void => {
    currentMs.push(latencyMs)
    bytes += answeredBytes
  }
  const [eventsResult, stateResult] = await Promise.all([soakEvents(events, onAnswer), soakState(state)])
  clearInterval(timer)
  const sorted = Float64Array.from([...allMs, currentMs].flat()).sort()
  const [p50Ms, p99Ms, p999Ms] = [0.5, 0.99, 0.999].map((share) => percentile(sorted, share))
  return { events: eventsResult, state: stateResult, intervals, p50Ms, p99Ms, p999Ms }
}
