/**
 * SyncGroup (key 14): the leader brings the assignment of a generation, everybody else waits for their share of it.
 *
 * The assignment is handed out once it is committed to the log.
 *
 * v3   group instance id (KIP-345)
 * v4   flexible
 * v5   protocol type and name, which must be those of the generation (KIP-559)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/messages/sync-group.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

const FIRST_PROTOCOL_VERSION = 5

export function syncGroupHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof SyncGroupRequest, typeof SyncGroupResponse> {
  return {
    apiKey: 14,
    name: 'SyncGroup',
    request: SyncGroupRequest,
    response: SyncGroupResponse,
    waitsByDesign: true,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [{ operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' }],
    },

    handle({ apiVersion }, request) {
      const lacksProtocol = request.protocolType === null || request.protocolName === null
      if (apiVersion >= FIRST_PROTOCOL_VERSION && lacksProtocol) {
        throw new KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
      }
      return groups.classic.sync(request)
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
