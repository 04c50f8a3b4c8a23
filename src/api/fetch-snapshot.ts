/**
 * FetchSnapshot (key 59): a part of a snapshot of the metadata log, for nodes that observe it (KIP-630).
 *
 * v1  directories of replicas, endpoints of the leader (KIP-853)
 */
import { FetchSnapshotRequest, FetchSnapshotResponse } from '../../protocol/messages/fetch-snapshot.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'
import { FIRST_VERSION_WITH_ENDPOINTS, leaderEndpoint } from './support/quorum-answer.ts'

export function fetchSnapshotHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof FetchSnapshotRequest, typeof FetchSnapshotResponse> {
  return {
    apiKey: 59,
    listeners: ['controller'],
    name: 'FetchSnapshot',
    request: FetchSnapshotRequest,
    response: FetchSnapshotResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle({ apiVersion, connection }, request) {
      const answer = await cluster.fetchSnapshot(request)
      if (apiVersion < FIRST_VERSION_WITH_ENDPOINTS || answer.topics === undefined) return answer
      return { ...answer, nodeEndpoints: leaderEndpoint(cluster.leader.leaderId, endpoints, connection) }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
