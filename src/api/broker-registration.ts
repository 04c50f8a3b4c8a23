/**
 * BrokerRegistration (key 62): a broker that starts takes its place in the cluster and gets its epoch (KIP-631). It is fenced
 * until its heartbeats say that it is ready.
 *
 * v1  whether it comes from a cluster with ZooKeeper, which is refused
 * v2  its log directories (KIP-858)
 * v3  the epoch in which it stopped cleanly (KIP-966)
 * v4  features whose lowest level is 0 are named too (KAFKA-17492)
 */
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from '../../protocol/messages/broker-registration.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function brokerRegistrationHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof BrokerRegistrationRequest, typeof BrokerRegistrationResponse> {
  return {
    apiKey: 62,
    listeners: ['controller'],
    name: 'BrokerRegistration',
    request: BrokerRegistrationRequest,
    response: BrokerRegistrationResponse,
    minVersion: 0,
    maxVersion: 4,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle({ apiVersion }, request) {
      return { brokerEpoch: await cluster.registerBroker(request, apiVersion) }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}
