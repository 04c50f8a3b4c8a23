/**
 * ShareGroupDescribe (key 77, KIP-932): state, members and assignments of share groups.
 *
 * v1  the first that is not early access
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from '../../protocol/messages/share-group-describe.ts'
import { type DescribedShareGroup, describedShareGroup } from '../coordinator/group/share/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { toldGroups } from './support/described-groups.ts'

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
      const withOperations = request.includeAuthorizedOperations
      return { groups: toldGroups(described, { permissions, withOperations, topicsOf, hidden }) }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedShareGroup(groupId, code)),
    }),
  }
}

/** The topics that its members have. */
const topicsOf = ({ members }: DescribedShareGroup): string[] =>
  members.flatMap(({ assignment }) => assignment.topicPartitions.map(({ topicName }) => topicName))

const hidden = (groupId: string): DescribedShareGroup => ({
  ...describedShareGroup(groupId, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
  errorMessage: 'The group has described topic(s) that the client is not authorized to describe.',
})
