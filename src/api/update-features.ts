/**
 * UpdateFeatures (key 57): finalizes features at other levels, all that are asked for or none (KIP-584).
 *
 * v1  kinds of upgrades and downgrades, and a request that only validates (KIP-778)
 * v2  one error for all in place of one for each (KIP-1022)
 */
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../protocol/messages/update-features.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'

export function updateFeaturesHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof UpdateFeaturesRequest, typeof UpdateFeaturesResponse> {
  return {
    apiKey: 57,
    name: 'UpdateFeatures',
    request: UpdateFeaturesRequest,
    response: UpdateFeaturesResponse,
    minVersion: 0,
    maxVersion: 2,
    access: { needs: [{ operation: 'ALTER', resource: 'CLUSTER', refused: 'request' }] },

    handle(context, request) {
      return controller.forward('UpdateFeatures', request, controllerContext(context, clock))
    },

    errorResponse(_context, _request, errorCode, errorMessage) {
      return { errorCode, errorMessage }
    },
  }
}
