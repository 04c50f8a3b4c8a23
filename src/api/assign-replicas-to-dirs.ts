/**
 * AssignReplicasToDirs (key 73): a broker says in which log directories its replicas are (KIP-858).
 *
 * v0  the only one
 */
import {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../../protocol/messages/assign-replicas-to-dirs.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function assignReplicasToDirsHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof AssignReplicasToDirsRequest, typeof AssignReplicasToDirsResponse> {
  return {
    apiKey: 73,
    listeners: ['controller'],
    name: 'AssignReplicasToDirs',
    request: AssignReplicasToDirsRequest,
    response: AssignReplicasToDirsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle(_context, request) {
      return cluster.assignReplicasToDirs(request)
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
