/**
 * StreamsGroupDescribe (key 89, KIP-1071): state, topology, members, and the tasks that these have and are to have.
 *
 * v1  the topology as the application describes it (KIP-1331), and the name of the assignor (KIP-1357)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
} from '../../protocol/messages/streams-group-describe.ts'
import { type DescribedStreamsGroup, describedStreamsGroup } from '../coordinator/group/streams/describe.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { toldGroups } from './support/described-groups.ts'

export function streamsGroupDescribeHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof StreamsGroupDescribeRequest, typeof StreamsGroupDescribeResponse> {
  return {
    apiKey: 89,
    name: 'StreamsGroupDescribe',
    request: StreamsGroupDescribeRequest,
    response: StreamsGroupDescribeResponse,
    minVersion: 0,
    maxVersion: 1,
    access: {
      needs: [
        { operation: 'DESCRIBE', resource: 'GROUP', names: ({ groupIds }) => groupIds, refused: 'item' },
        // One topic of a topology that the client may not describe refuses it the whole group.
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'item' },
      ],
      items: { request: 'groupIds', response: 'groups' },
      tellsOperationsOf: ['GROUP'],
    },

    async handle({ permissions }, request) {
      const { groupIds, includeAuthorizedOperations, includeTopologyDescription } = request
      groups.streams.requireEnabled()
      const described = await groups.streams.describe(groupIds, includeTopologyDescription)
      const withOperations = includeAuthorizedOperations
      return { groups: toldGroups(described, { permissions, withOperations, topicsOf, hidden }) }
    },

    errorResponse: (_context, request, code) => ({
      groups: request.groupIds.map((groupId) => describedStreamsGroup(groupId, code)),
    }),
  }
}

/** The topics of its topology. */
const topicsOf = ({ topology }: DescribedStreamsGroup): string[] =>
  (topology?.subtopologies ?? []).flatMap((one) => [
    ...one.sourceTopics,
    ...one.repartitionSinkTopics,
    ...[...one.repartitionSourceTopics, ...one.stateChangelogTopics].map(({ name }) => name),
  ])

const hidden = (groupId: string): DescribedStreamsGroup =>
  describedStreamsGroup(
    groupId,
    ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    'The described group uses topics that the client is not authorized to describe.',
  )
