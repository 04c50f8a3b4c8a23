import type { Caller } from '../caller.ts'
import type { BrokerCalls } from './broker-calls.ts'
import type { Session } from './model.ts'
import { operationsOf } from './operations.ts'
import type { PageSurroundings } from './surroundings.ts'

/** The person who is logged in, where, and with which rights. */
export async function describeSession(
  calls: BrokerCalls,
  principal: string,
  by: Caller['by'],
  { brokerId, isReadOnly, faults }: PageSurroundings,
): Promise<Session> {
  const cluster = await calls.call('DescribeCluster', { includeClusterAuthorizedOperations: true })
  return {
    principal,
    by,
    readOnly: isReadOnly,
    clusterId: cluster.clusterId,
    brokerId,
    faults: faults() !== null,
    operations: operationsOf(cluster.clusterAuthorizedOperations),
  }
}
