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
