/**
 * DeleteShareGroupState (key 86, KIP-932): the group coordinator has the state of share partitions forgotten.
 */
import {
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponse,
} from '../../protocol/messages/delete-share-group-state.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ShareServices } from '../share/share-services.ts'
import { failedShares, forEachShare, NEEDS_CLUSTER_ACTION } from './support/share/share-states.ts'

export function deleteShareGroupStateHandler({
  shares,
}: {
  shares: ShareServices
}): ApiHandler<typeof DeleteShareGroupStateRequest, typeof DeleteShareGroupStateResponse> {
  return {
    apiKey: 86,
    name: 'DeleteShareGroupState',
    request: DeleteShareGroupStateRequest,
    response: DeleteShareGroupStateResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: NEEDS_CLUSTER_ACTION },

    handle: (_context, request) => forEachShare(shares, request, (coordinator, key) => coordinator.delete(key)),

    errorResponse: (_context, request, code, message) => failedShares(request, code, message),
  }
}
