/**
 * EndQuorumEpoch (key 54): somebody says that he led the metadata log and does so no more (KIP-595). This node is the only
 * voter and leads: who says so is told (`quorum-answers.ts`).
 *
 * v1  candidates with their directories, endpoints of the leader (KIP-853)
 */
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from '../../protocol/messages/end-quorum-epoch.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import { leadershipError } from '../controller/serving/quorum-answers.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'
import { quorumAnswer } from './support/quorum-answer.ts'

/** The request does not name the voter for whom it is meant. */
const ANYBODY = -1

export function endQuorumEpochHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof EndQuorumEpochRequest, typeof EndQuorumEpochResponse> {
  return {
    apiKey: 54,
    listeners: ['controller'],
    name: 'EndQuorumEpoch',
    request: EndQuorumEpochRequest,
    response: EndQuorumEpochResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      const { leader } = cluster
      return quorumAnswer(context, request, { leader, endpoints }, (partition) =>
        leadershipError(leader, ANYBODY, partition),
      )
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
