/**
 * InitializeShareGroupState (key 83, KIP-932): the group coordinator has the state of share partitions begun.
 */
import {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponse,
} from '../../protocol/messages/initialize-share-group-state.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ShareServices } from '../share/share-services.ts'
import { failedShares, forEachShare, NEEDS_CLUSTER_ACTION } from './support/share/share-states.ts'

export function initializeShareGroupStateHandler({
  shares,
}: {
  shares: ShareServices
}): ApiHandler<typeof InitializeShareGroupStateRequest, typeof InitializeShareGroupStateResponse> {
  return {
    apiKey: 83,
    name: 'InitializeShareGroupState',
    request: InitializeShareGroupStateRequest,
    response: InitializeShareGroupStateResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: NEEDS_CLUSTER_ACTION },

    handle: (_context, request) =>
      forEachShare(shares, request, (coordinator, key, { stateEpoch, startOffset }) =>
        coordinator.initialize(key, { stateEpoch, startOffset: Number(startOffset) }),
      ),

    errorResponse: (_context, request, code, message) => failedShares(request, code, message),
  }
}
