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
import type { ApiHandler } from '../dispatch/handler.ts'
import { GROUP_OPERATIONS } from './support/authorized-operations.ts'

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
      tellsOperationsOf: ['GROUP'],
    },

    async handle(_context, request) {
      const described = await groups.consumer.describe(request.groupIds)
      if (!request.includeAuthorizedOperations) return { groups: described }
      // Everybody may do everything: there is no authorizer.
      const withOperations = described.map((group) => {
        return group.errorCode === ErrorCode.NONE ? { ...group, authorizedOperations: GROUP_OPERATIONS } : group
      })
      return { groups: withOperations }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedConsumerGroup(groupId, code)),
    }),
  }
}
