/**
 * AllocateProducerIds (key 67): a broker takes the next block of producer ids (KIP-730).
 *
 * v0  the only one
 */
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../../protocol/messages/allocate-producer-ids.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function allocateProducerIdsHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof AllocateProducerIdsRequest, typeof AllocateProducerIdsResponse> {
  return {
    apiKey: 67,
    listeners: ['controller'],
    name: 'AllocateProducerIds',
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle(_context, request) {
      const { firstId, size } = await cluster.allocateProducerIds(request)
      return { producerIdStart: firstId, producerIdLen: size }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
