/**
 * Heartbeat (key 12): keeps a member's session alive; REBALANCE_IN_PROGRESS tells it to join again.
 *
 * v3   group instance id (KIP-345)
 * v4   flexible
 */
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function heartbeatHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse> {
  return {
    apiKey: 12,
    name: 'Heartbeat',
    request: HeartbeatRequest,
    response: HeartbeatResponse,
    minVersion: 0,
    maxVersion: 4,
    access: {
      needs: [{ operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' }],
    },

    handle: (_context, request) => groups.classic.heartbeat(request),

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
