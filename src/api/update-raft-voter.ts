/**
 * UpdateRaftVoter (key 82): a voter says where it is reached and what it speaks (KIP-853). The only voter is this node, which
 * writes that itself when it begins to lead: of another voter nothing is known.
 *
 * v0  the only one
 */
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from '../../protocol/messages/update-raft-voter.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'

export function updateRaftVoterHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof UpdateRaftVoterRequest, typeof UpdateRaftVoterResponse> {
  return {
    apiKey: 82,
    listeners: ['controller'],
    name: 'UpdateRaftVoter',
    request: UpdateRaftVoterRequest,
    response: UpdateRaftVoterResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle({ connection }, request) {
      const { leaderId, leaderEpoch } = cluster.leader
      return {
        errorCode: cluster.updateVoter(request),
        currentLeader: { leaderId, leaderEpoch, ...endpoints(connection) },
      }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
