/**
 * ReadShareGroupStateSummary (key 87, KIP-932): where share partitions have come to.
 *
 * v1  how many records were delivered completely (KIP-1226)
 */
import {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponse,
} from '../../protocol/messages/read-share-group-state-summary.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ShareServices } from '../share/share-services.ts'
import { failedShares, forEachShare, NEEDS_CLUSTER_ACTION } from './support/share/share-states.ts'

export function readShareGroupStateSummaryHandler({
  shares,
}: {
  shares: ShareServices
}): ApiHandler<typeof ReadShareGroupStateSummaryRequest, typeof ReadShareGroupStateSummaryResponse> {
  return {
    apiKey: 87,
    name: 'ReadShareGroupStateSummary',
    request: ReadShareGroupStateSummaryRequest,
    response: ReadShareGroupStateSummaryResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: NEEDS_CLUSTER_ACTION },

    handle: (_context, request) =>
      forEachShare(shares, request, async (coordinator, key) => {
        const { startOffset, ...summary } = await coordinator.readSummary(key)
        return { ...summary, startOffset: BigInt(startOffset) }
      }),

    errorResponse: (_context, request, code, message) => failedShares(request, code, message),
  }
}
