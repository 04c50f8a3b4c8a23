/**
 * BeginQuorumEpoch (key 53): somebody says that he leads the metadata log (KIP-595). This node is the only voter and leads:
 * who says so is told (`quorum-answers.ts`).
 *
 * v1  directories of voters, endpoints of the leader (KIP-853)
 */
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from '../../protocol/messages/begin-quorum-epoch.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import { leadershipError } from '../controller/serving/quorum-answers.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'
import { quorumAnswer } from './support/quorum-answer.ts'

export function beginQuorumEpochHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof BeginQuorumEpochRequest, typeof BeginQuorumEpochResponse> {
  return {
    apiKey: 53,
    listeners: ['controller'],
    name: 'BeginQuorumEpoch',
    request: BeginQuorumEpochRequest,
    response: BeginQuorumEpochResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      const { leader } = cluster
      return quorumAnswer(context, request, { leader, endpoints }, (partition) =>
        leadershipError(leader, request.voterId, partition),
      )
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
