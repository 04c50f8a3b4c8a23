/**
 * StreamsGroupHeartbeat (key 88, KIP-1071): joining, staying in and leaving the group of a Streams application, whose
 * tasks the broker assigns and whose internal topics it creates.
 *
 * v1  the acceptable lag of a warm-up task in 64 bits; whether the topology is to be described (KIP-1331)
 */
import {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import { checkTopicNames, namedTopics } from '../coordinator/group/streams/check-heartbeat.ts'
import type { StreamsHeartbeatResult } from '../coordinator/group/streams/heartbeat.ts'
import { StatusCode } from '../coordinator/group/streams/topology/partition-counts.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import { groupClient } from './support/group-client.ts'
import { WITHOUT_WORDS } from './support/heartbeat-words.ts'
import type { StreamsTopicCreation } from './support/topics/streams-topic-creation.ts'

/** How many topics a status names that could not be created. */
const MAX_ERRORS = 3
const CLUSTER_NAME = 'kafka-cluster'

export function streamsGroupHeartbeatHandler({
  groups,
  creation,
}: {
  groups: GroupCoordinator
  creation: StreamsTopicCreation
}): ApiHandler<typeof StreamsGroupHeartbeatRequest, typeof StreamsGroupHeartbeatResponse> {
  /** Missing topics are created beside the answer, which tells of them; the members ask again. */
  const createTopics = (
    context: RequestContext,
    groupId: string,
    { response, topicsToCreate }: StreamsHeartbeatResult,
  ): void => {
    const { permissions } = context
    const names = topicsToCreate.map(({ name }) => name)
    const refused = permissions.allows('CREATE', 'CLUSTER', CLUSTER_NAME, QUIETLY)
      ? []
      : names.filter((name) => !permissions.allows('CREATE', 'TOPIC', name))
    const missing = response.status?.find(({ statusCode }) => statusCode === StatusCode.MISSING_INTERNAL_TOPICS)
    if (missing === undefined) return
    if (refused.length > 0) {
      missing.statusDetail += `; Unauthorized to CREATE on topics ${refused.join(', ')}.`
      return
    }
    creation.create(context, topicsToCreate, 2 * groups.streams.heartbeatIntervalMs(groupId))
    const failures = creation.failures(names).map(([name, error]) => `${name} (${error})`)
    if (failures.length === 0) return
    const more = failures.length - MAX_ERRORS
    const told = failures.slice(0, MAX_ERRORS).join(', ') + (more > 0 ? ` and ${more} more` : '')
    missing.statusDetail += `; Creation failed: ${told}.`
  }

  return {
    apiKey: 88,
    name: 'StreamsGroupHeartbeat',
    request: StreamsGroupHeartbeatRequest,
    response: StreamsGroupHeartbeatResponse,
    minVersion: 0,
    maxVersion: 1,
    access: {
      needs: [
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ topology }) => (topology === null ? [] : namedTopics(topology)),
          refused: 'request',
        },
        // Without it the internal topics are not created, and a status says so.
        {
          operation: 'CREATE',
          resource: 'TOPIC',
          inAnswer: true,
          unless: [{ operation: 'CREATE', resource: 'CLUSTER' }],
          refused: 'detail',
        },
      ],
    },

    async handle(context, request) {
      groups.streams.requireEnabled()
      if (request.topology !== null) checkTopicNames(request.topology)
      const result = await groups.streams.heartbeat(groupClient(context), request)
      if (result.topicsToCreate.length > 0) createTopics(context, request.groupId, result)
      return result.response
    },

    errorResponse: (_context, _request, errorCode, errorMessage) => ({
      errorCode,
      errorMessage: WITHOUT_WORDS.has(errorCode) ? null : errorMessage,
    }),
  }
}
