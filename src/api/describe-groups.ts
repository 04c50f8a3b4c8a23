/**
 * DescribeGroups (key 15): state, protocol and members of classic groups. Other kinds have an API of their own.
 *
 * v3   authorized operations on request (KIP-430)
 * v4   group instance ids (KIP-345)
 * v5   flexible
 * v6   a group that is not there is GROUP_ID_NOT_FOUND with a message, and not only Dead (KIP-1043)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/describe-groups.ts'
import { describedGroup } from '../coordinator/group/classic/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function describeGroupsHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof DescribeGroupsRequest, typeof DescribeGroupsResponse> {
  return {
    apiKey: 15,
    name: 'DescribeGroups',
    request: DescribeGroupsRequest,
    response: DescribeGroupsResponse,
    minVersion: 0,
    maxVersion: 6,
    access: {
      needs: [{ operation: 'DESCRIBE', resource: 'GROUP', names: ({ groups }) => groups, refused: 'item' }],
      tellsOperationsOf: ['GROUP'],
      items: { request: 'groups', response: 'groups' },
    },

    async handle({ apiVersion, permissions }, request) {
      const described = await groups.classic.describe(request.groups, apiVersion)
      if (!request.includeAuthorizedOperations) return { groups: described }
      const withOperations = described.map((group) => {
        if (group.errorCode !== ErrorCode.NONE) return group
        return { ...group, authorizedOperations: permissions.operations('GROUP', group.groupId) }
      })
      return { groups: withOperations }
    },

    errorResponse(_context, request, code) {
      return { groups: request.groups.map((groupId) => describedGroup(groupId, code)) }
    },
  }
}
