/**
 * ConsumerGroupDescribe (key 69, KIP-848): state, members, what they have and what they are to have, of consumer groups.
 * Classic groups have an API of their own.
 *
 * v1  whether a member speaks the classic protocol or the new one (KIP-1099)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../protocol/messages/consumer-group-describe.ts'
import { describedConsumerGroup } from '../coordinator/group/consumer/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { EVERYTHING, type Permissions } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function consumerGroupDescribeHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof ConsumerGroupDescribeRequest, typeof ConsumerGroupDescribeResponse> {
  return {
    apiKey: 69,
    name: 'ConsumerGroupDescribe',
    request: ConsumerGroupDescribeRequest,
    response: ConsumerGroupDescribeResponse,
    minVersion: 0,
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
      const described = await groups.consumer.describe(request.groupIds)
      const shown = described.map((group) => (showsHidden(permissions, group) ? hidden(group.groupId) : group))
      if (!request.includeAuthorizedOperations) return { groups: shown }
      const withOperations = shown.map((group) => {
        if (group.errorCode !== ErrorCode.NONE) return group
        return { ...group, authorizedOperations: permissions.operations('GROUP', group.groupId) }
      })
      return { groups: withOperations }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedConsumerGroup(groupId, code)),
    }),
  }
}

type Described = Awaited<ReturnType<GroupCoordinator['consumer']['describe']>>[number]

/** Whether a member has a topic, or is to have one, that the client may not describe. */
function showsHidden(permissions: Permissions, { members }: Described): boolean {
  if (permissions === EVERYTHING) return false
  const topics = (members ?? []).flatMap(({ assignment, targetAssignment }) =>
    [assignment, targetAssignment].flatMap((each) => (each?.topicPartitions ?? []).map(({ topicName }) => topicName)),
  )
  return [...new Set(topics)].some((name) => name !== undefined && !permissions.allows('DESCRIBE', 'TOPIC', name))
}

const hidden = (groupId: string) => ({
  ...describedConsumerGroup(groupId, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
  errorMessage: 'The group has described topic(s) that the client is not authorized to describe.',
})
