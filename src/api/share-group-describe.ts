/**
 * ShareGroupDescribe (key 77, KIP-932): state, members and assignments of share groups.
 *
 * v1  the first that is not early access
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from '../../protocol/messages/share-group-describe.ts'
import { type DescribedShareGroup, describedShareGroup } from '../coordinator/group/share/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { EVERYTHING, type Permissions } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function shareGroupDescribeHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof ShareGroupDescribeRequest, typeof ShareGroupDescribeResponse> {
  return {
    apiKey: 77,
    name: 'ShareGroupDescribe',
    request: ShareGroupDescribeRequest,
    response: ShareGroupDescribeResponse,
    minVersion: 1,
    maxVersion: 1,
    access: {
      needs: [
        { operation: 'DESCRIBE', resource: 'GROUP', names: ({ groupIds }) => groupIds, refused: 'item' },
        // One topic of an assignment that the client may not describe refuses it the whole group.
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'item' },
      ],
      items: { request: 'groupIds', response: 'groups' },
      tellsOperationsOf: ['GROUP'],
    },

    async handle({ permissions }, request) {
      const described = await groups.share.describe(request.groupIds)
      const shown = described.map((group) => (showsHidden(permissions, group) ? hidden(group.groupId) : group))
      if (!request.includeAuthorizedOperations) return { groups: shown }
      const withOperations = shown.map((group) => {
        if (group.errorCode !== ErrorCode.NONE) return group
        return { ...group, authorizedOperations: permissions.operations('GROUP', group.groupId) }
      })
      return { groups: withOperations }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedShareGroup(groupId, code)),
    }),
  }
}

/** Whether a member has a topic that the client may not describe. */
function showsHidden(permissions: Permissions, { members }: DescribedShareGroup): boolean {
  if (permissions === EVERYTHING) return false
  const topics = members.flatMap(({ assignment }) => assignment.topicPartitions.map(({ topicName }) => topicName))
  return [...new Set(topics)].some((name) => !permissions.allows('DESCRIBE', 'TOPIC', name))
}

const hidden = (groupId: string) => ({
  ...describedShareGroup(groupId, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
  errorMessage: 'The group has described topic(s) that the client is not authorized to describe.',
})
