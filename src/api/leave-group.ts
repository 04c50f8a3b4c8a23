/**
 * LeaveGroup (key 13): members go before their session ends, so that the others need not wait for it.
 *
 * v3   several members, each with its own answer; static ones by their instance id alone (KIP-345)
 * v4   flexible
 * v5   reason, which is only logged by Kafka (KIP-800)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/messages/leave-group.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

const FIRST_BATCHED_VERSION = 3

export function leaveGroupHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof LeaveGroupRequest, typeof LeaveGroupResponse> {
  return {
    apiKey: 13,
    name: 'LeaveGroup',
    request: LeaveGroupRequest,
    response: LeaveGroupResponse,
    minVersion: 0,
    maxVersion: 5,
    access: {
      needs: [{ operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' }],
    },

    async handle({ apiVersion }, request) {
      if (apiVersion >= FIRST_BATCHED_VERSION) return groups.classic.leave(request)
      const only = { memberId: request.memberId, groupInstanceId: null, reason: null }
      const { errorCode, members } = await groups.classic.leave({ ...request, members: [only] })
      return { errorCode: errorCode || (members?.[0]?.errorCode ?? ErrorCode.NONE) }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
