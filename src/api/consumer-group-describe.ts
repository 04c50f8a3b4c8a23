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
import { type DescribedConsumerGroup, describedConsumerGroup } from '../coordinator/group/consumer/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { toldGroups } from './support/described-groups.ts'

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
      const withOperations = request.includeAuthorizedOperations
      return { groups: toldGroups(described, { permissions, withOperations, topicsOf, hidden }) }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedConsumerGroup(groupId, code)),
    }),
  }
}

/** The topics that its members have, or are to have. */
const topicsOf = ({ members }: DescribedConsumerGroup): string[] =>
  members.flatMap(({ assignment, targetAssignment }) =>
    [assignment, targetAssignment].flatMap(({ topicPartitions }) => topicPartitions.map(({ topicName }) => topicName)),
  )

const hidden = (groupId: string): DescribedConsumerGroup => ({
  ...describedConsumerGroup(groupId, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
  errorMessage: 'The group has described topic(s) that the client is not authorized to describe.',
})
