/**
 * ReadShareGroupState (key 84, KIP-932): the leaders of share partitions read their state, and fence those before them.
 */
import {
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponse,
} from '../../protocol/messages/read-share-group-state.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ShareServices } from '../share/share-services.ts'
import { failedShares, forEachShare, NEEDS_CLUSTER_ACTION } from './support/share/share-states.ts'

export function readShareGroupStateHandler({
  shares,
}: {
  shares: ShareServices
}): ApiHandler<typeof ReadShareGroupStateRequest, typeof ReadShareGroupStateResponse> {
  return {
    apiKey: 84,
    name: 'ReadShareGroupState',
    request: ReadShareGroupStateRequest,
    response: ReadShareGroupStateResponse,
    minVersion: 0,
    maxVersion: 0,
    access: { needs: NEEDS_CLUSTER_ACTION },

    handle: (_context, request) =>
      forEachShare(shares, request, async (coordinator, key, { leaderEpoch }) => {
        const { startOffset, batches, ...state } = await coordinator.read(key, leaderEpoch)
        const stateBatches = batches.map(({ firstOffset, lastOffset, ...fate }) => {
          return { ...fate, firstOffset: BigInt(firstOffset), lastOffset: BigInt(lastOffset) }
        })
        return { ...state, startOffset: BigInt(startOffset), stateBatches }
      }),

    errorResponse: (_context, request, code, message) => failedShares(request, code, message),
  }
}
