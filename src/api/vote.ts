/**
 * Vote (key 52): somebody stands for election as leader of the metadata log (KIP-595). This node is the only voter: no
 * vote is ever granted, and who stands is told who leads (`quorum-answers.ts`).
 *
 * v1  directories of voters, endpoints of the leader (KIP-853)
 * v2  whether it is only a question (KIP-996)
 */
import { VoteRequest, VoteResponse } from '../../protocol/messages/vote.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import { voteError } from '../controller/serving/quorum-answers.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'
import { quorumAnswer } from './support/quorum-answer.ts'

export function voteHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof VoteRequest, typeof VoteResponse> {
  return {
    apiKey: 52,
    listeners: ['controller'],
    name: 'Vote',
    request: VoteRequest,
    response: VoteResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      const { leader } = cluster
      return quorumAnswer(context, request, { leader, endpoints }, (partition) =>
        voteError(leader, request.voterId, partition),
      )
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
