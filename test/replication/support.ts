/** A partition's replica without a broker around it. */

import { quiet } from '../../proof/log/support.ts'
import type { Environment } from '../../src/env/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { AllTopicMetrics } from '../../src/metrics/topic-metrics.ts'
import type { PartitionState, ReplicaEnvironment } from '../../src/replication/partition-state.ts'

/** Broker 1 has the only replica and leads. */
export const ALONE: PartitionState = {
  leaderId: 1,
  leaderEpoch: 0,
  partitionEpoch: 0,
  inSyncReplicas: [1],
  replicas: [1],
}

/** Broker 1, among brokers that are all alive. */
export function replicaEnvironment(
  { clock }: Pick<Environment, 'clock'> = nodeEnvironment(),
  changes: Partial<ReplicaEnvironment> = {},
): ReplicaEnvironment {
  const metrics = new AllTopicMetrics()
  return {
    nodeId: 1,
    clock,
    logger: quiet,
    metricsOf: (topic) => metrics.of(topic),
    lagTimeMaxMs: () => 30_000,
    isEligible: () => true,
    isStale: () => false,
    propose() {},
    ...changes,
  }
}

/** Monotonic time that stands still, with timers that fire when it is moved. */
export function standingClock() {
  const { clock } = nodeEnvironment()
  let nowMs = 1_000_000
  let timers: { atMs: number; run: () => void }[] = []
  return {
    clock: {
      ...clock,
      nowMs: () => clock.nowMs(),
      defer: (run: () => void) => clock.defer(run),
      monotonicMs: () => nowMs,
      schedule(delayMs: number, run: () => void) {
        const timer = { atMs: nowMs + delayMs, run }
        timers.push(timer)
        return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
      },
    },
    advance(ms: number) {
      nowMs += ms
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter(({ atMs }) => atMs > nowMs)
      for (const { run } of due) run()
    },
  }
}

/** Resolves when `condition` holds: what is awaited needs the disk, and no time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Everything that needs no time is done: the disk was given many turns of the loop. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}
