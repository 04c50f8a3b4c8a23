/**
 * WriteShareGroupState (key 85, KIP-932): the leaders of share partitions have their state kept.
 *
 * v1  how many records were delivered completely (KIP-1226)
 */
import {
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponse,
} from '../../protocol/messages/write-share-group-state.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { ShareServices } from '../share/share-services.ts'
import { failedShares, forEachShare, NEEDS_CLUSTER_ACTION } from './support/share/share-states.ts'

export function writeShareGroupStateHandler({
  shares,
}: {
  shares: ShareServices
}): ApiHandler<typeof WriteShareGroupStateRequest, typeof WriteShareGroupStateResponse> {
  return {
    apiKey: 85,
    name: 'WriteShareGroupState',
    request: WriteShareGroupStateRequest,
    response: WriteShareGroupStateResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: NEEDS_CLUSTER_ACTION },

    handle: (_context, request) =>
      forEachShare(shares, request, (coordinator, key, { startOffset, stateBatches, ...update }) =>
        coordinator.write(key, { ...update, startOffset: Number(startOffset), batches: stateBatches.map(batch) }),
      ),

    errorResponse: (_context, request, code, message) => failedShares(request, code, message),
  }
}

type StoredBatch = WriteShareGroupStateRequest['topics'][number]['partitions'][number]['stateBatches'][number]

const batch = ({ firstOffset, lastOffset, ...fate }: StoredBatch) => {
  return { ...fate, firstOffset: Number(firstOffset), lastOffset: Number(lastOffset) }
}
