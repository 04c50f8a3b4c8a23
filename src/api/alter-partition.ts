/**
 * AlterPartition (key 56): the leader of partitions asks for other in-sync replicas (KIP-497).
 *
 * v3  the epochs of the brokers that are to be in sync (KIP-903)
 */
import { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function alterPartitionHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof AlterPartitionRequest, typeof AlterPartitionResponse> {
  return {
    apiKey: 56,
    listeners: ['controller'],
    name: 'AlterPartition',
    request: AlterPartitionRequest,
    response: AlterPartitionResponse,
    minVersion: 2,
    maxVersion: 3,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle(_context, request) {
      return cluster.alterPartition(request)
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
