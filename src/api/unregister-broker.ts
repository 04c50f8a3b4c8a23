/**
 * UnregisterBroker (key 64): forgets a broker that will not come back (KIP-631). One that does come back registers anew.
 *
 * v0  the only one
 */
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../protocol/messages/unregister-broker.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function unregisterBrokerHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof UnregisterBrokerRequest, typeof UnregisterBrokerResponse> {
  return {
    apiKey: 64,
    name: 'UnregisterBroker',
    request: UnregisterBrokerRequest,
    response: UnregisterBrokerResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('UnregisterBroker', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
