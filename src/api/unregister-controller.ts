/**
 * UnregisterController (key 94): forgets a controller that will not come back, but never the one that leads (KIP-1312).
 *
 * v0  the only one
 */
import {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from '../../protocol/messages/unregister-controller.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function unregisterControllerHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof UnregisterControllerRequest, typeof UnregisterControllerResponse> {
  return {
    apiKey: 94,
    name: 'UnregisterController',
    request: UnregisterControllerRequest,
    response: UnregisterControllerResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('UnregisterController', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
