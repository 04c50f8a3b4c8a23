/**
 * JoinGroup (key 11): enters a group and waits for the rebalance that follows; the leader learns who else is in.
 *
 * The answer comes when all members have joined, or when the time for it is up. Errors leave the member as it was.
 *
 * v1   rebalance timeout apart from the session timeout (KIP-62)
 * v4   MEMBER_ID_REQUIRED: a new dynamic member joins again with the id it is given (KIP-394)
 * v5   group instance id: static members (KIP-345)
 * v6   flexible
 * v7   protocol type in the answer, protocol name may be null (KIP-559)
 * v8   reason, which is only logged by Kafka (KIP-800)
 * v9   skip assignment (KIP-814)
 */
import { JoinGroupRequest, JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { groupClient } from './support/group-client.ts'

type Response = Encodable<typeof JoinGroupResponse>

const FIRST_REBALANCE_TIMEOUT_VERSION = 1
const FIRST_NULLABLE_PROTOCOL_VERSION = 7

export function joinGroupHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof JoinGroupRequest, typeof JoinGroupResponse> {
  return {
    apiKey: 11,
    name: 'JoinGroup',
    request: JoinGroupRequest,
    response: JoinGroupResponse,
    waitsByDesign: true,
    minVersion: 0,
    maxVersion: 9,
    access: {
      needs: [{ operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' }],
    },

    async handle(context, request) {
      const { apiVersion } = context
      const rebalanceTimeoutMs =
        apiVersion < FIRST_REBALANCE_TIMEOUT_VERSION ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
      return withProtocolName(
        await groups.classic.join(groupClient(context), { ...request, rebalanceTimeoutMs }),
        apiVersion,
      )
    },

    errorResponse({ apiVersion }, _request, code) {
      return withProtocolName({ errorCode: code }, apiVersion)
    },
  }
}

/** No protocol is null, or the empty text where null cannot be said. */
function withProtocolName(response: Response, apiVersion: number): Response {
  const none = apiVersion < FIRST_NULLABLE_PROTOCOL_VERSION ? '' : null
  return { ...response, protocolName: response.protocolName || none }
}
