/**
 * BrokerHeartbeat (key 63): a broker is alive, says how far it has read the metadata and what it wants, and hears what it
 * is (KIP-631).
 *
 * v1  log directories that have failed (KIP-858)
 * v2  log directories that take nothing new (KIP-1066)
 */
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../../protocol/messages/broker-heartbeat.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function brokerHeartbeatHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof BrokerHeartbeatRequest, typeof BrokerHeartbeatResponse> {
  return {
    apiKey: 63,
    listeners: ['controller'],
    name: 'BrokerHeartbeat',
    request: BrokerHeartbeatRequest,
    response: BrokerHeartbeatResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle(_context, request) {
      const { isCaughtUp, isFenced, shouldShutDown } = await cluster.heartbeat(request)
      return { isCaughtUp, isFenced, shouldShutDown }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
