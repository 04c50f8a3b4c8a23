/**
 * EndQuorumEpoch (key 54): somebody says that he led the metadata log and does so no more (KIP-595). This node is the only
 * voter and leads: who says so is told (`quorum-answers.ts`).
 *
 * v1  candidates with their directories, endpoints of the leader (KIP-853)
 */
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from '../../protocol/messages/end-quorum-epoch.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import { addressed, leadershipError } from '../controller/serving/quorum-answers.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { METADATA_TOPIC } from '../log/files/file-names.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'

const FIRST_VERSION_WITH_ENDPOINTS = 1
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
      const found = addressed(leader, request)
      if ('errorCode' in found) return found
      const errorCode = leadershipError(leader, ANYBODY, found.partition)
      const partition = { partitionIndex: 0, errorCode, leaderId: leader.leaderId, leaderEpoch: leader.leaderEpoch }
      return {
        topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
        ...(context.apiVersion >= FIRST_VERSION_WITH_ENDPOINTS && {
          nodeEndpoints: [{ nodeId: leader.leaderId, ...endpoints(context.connection) }],
        }),
      }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
