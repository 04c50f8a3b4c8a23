/**
 * Fetch (key 1) at a listener of the controller: the metadata log, for nodes that observe it (KIP-595). `fetch.ts` is the
 * Fetch of brokers.
 *
 * It waits for records for as long as the request says, answers where the logs part when the observer has what was never
 * committed, and names a snapshot when the log does not go back far enough.
 *
 * v12  the epoch of the last record, where the logs part, and snapshots; older requests say too little to be answered
 * v13  topics by id (KIP-516)
 * v15  the replica in a field of its own (KIP-903)
 * v17  directories of replicas, endpoints of the leader (KIP-853)
 * v18  the high watermark that the observer knows (KIP-1166)
 */
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import type { ControllerEndpoints } from './support/controller-endpoint.ts'
import { leaderEndpoint } from './support/quorum-answer.ts'

const FIRST_VERSION_WITH_ENDPOINTS = 17

export function metadataFetchHandler({
  cluster,
  endpoints,
}: {
  cluster: ClusterRequests
  endpoints: ControllerEndpoints
}): ApiHandler<typeof FetchRequest, typeof FetchResponse> {
  return {
    apiKey: 1,
    listeners: ['controller'],
    name: 'Fetch',
    request: FetchRequest,
    response: FetchResponse,
    minVersion: 4,
    maxVersion: 18,
    waitsByDesign: true,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle({ apiVersion, connection }, request) {
      const { response, lent } = await cluster.fetch(request, apiVersion)
      const hasEndpoints = apiVersion >= FIRST_VERSION_WITH_ENDPOINTS && response.responses?.length !== 0
      const nodeEndpoints = hasEndpoints ? leaderEndpoint(cluster.leader.leaderId, endpoints, connection) : []
      return new Outcome<typeof FetchResponse>({ ...response, nodeEndpoints }, { lent })
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode, responses: [] }
    },
  }
}
