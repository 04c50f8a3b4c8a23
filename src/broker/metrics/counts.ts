import type { Clock } from '../../env/index.ts'
import { ClientTraffic } from '../../metrics/client-traffic.ts'
import { RequestMetrics } from '../../metrics/request-metrics.ts'
import { ClusterChanges } from './cluster-changes.ts'

/** All that is counted for those who watch the broker, beside what its parts count anyway. */
export interface Counts {
  readonly requests: RequestMetrics
  readonly clients: ClientTraffic
  readonly changes: ClusterChanges
}

export const newCounts = (clock: Clock, nodeId: number): Counts => ({
  requests: new RequestMetrics(clock),
  clients: new ClientTraffic(),
  changes: new ClusterChanges(nodeId),
})
