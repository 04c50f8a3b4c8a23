/**
 * ControllerRegistration (key 70): a controller says where it can be reached and what it supports (KIP-919).
 *
 * v0  the only one
 */
import {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from '../../protocol/messages/controller-registration.ts'
import type { ClusterRequests } from '../controller/cluster-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function controllerRegistrationHandler({
  cluster,
}: {
  cluster: ClusterRequests
}): ApiHandler<typeof ControllerRegistrationRequest, typeof ControllerRegistrationResponse> {
  return {
    apiKey: 70,
    listeners: ['controller'],
    name: 'ControllerRegistration',
    request: ControllerRegistrationRequest,
    response: ControllerRegistrationResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'CLUSTER_ACTION', resource: 'CLUSTER', refused: 'request' }] },

    async handle(_context, request) {
      await cluster.registerController(request)
      return {}
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
