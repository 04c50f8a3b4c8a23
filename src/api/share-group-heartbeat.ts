/**
 * ShareGroupHeartbeat (key 76, KIP-932): joining, staying in and leaving a share group, whose assignments the broker
 * makes.
 *
 * v1  the first that is not early access
 */
import {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from '../../protocol/messages/share-group-heartbeat.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { groupClient } from './support/group-client.ts'
import { WITHOUT_WORDS } from './support/heartbeat-words.ts'

export function shareGroupHeartbeatHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof ShareGroupHeartbeatRequest, typeof ShareGroupHeartbeatResponse> {
  return {
    apiKey: 76,
    name: 'ShareGroupHeartbeat',
    request: ShareGroupHeartbeatRequest,
    response: ShareGroupHeartbeatResponse,
    minVersion: 1,
    maxVersion: 1,
    access: {
      needs: [
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ subscribedTopicNames }) => subscribedTopicNames ?? [],
          refused: 'request',
        },
      ],
    },

    handle: (context, request) => groups.share.heartbeat(groupClient(context), request),

    errorResponse: (_context, _request, errorCode, errorMessage) => ({
      errorCode,
      errorMessage: WITHOUT_WORDS.has(errorCode) ? null : errorMessage,
    }),
  }
}
