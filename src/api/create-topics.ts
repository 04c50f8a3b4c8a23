/**
 * CreateTopics (key 19): creates topics, each for itself. An answered topic is ready: its partitions have leaders that
 * serve them, and its records are durable.
 *
 * v2  throttle time
 * v4  -1 partitions or replicas stand for the broker's defaults (KIP-464)
 * v5  partitions, replicas and configs of the new topic in the response (KIP-525); flexible
 * v6  THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
 * v7  topic id (KIP-516)
 */
import { CLUSTER_METADATA_TOPIC } from '../../protocol/cluster-metadata-topic.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/create-topics.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import { QUIETLY } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'
import { silencedByController } from './support/mutation-outcome.ts'
import { topicNames } from './support/topics/named-topics.ts'

export function createTopicsHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof CreateTopicsRequest, typeof CreateTopicsResponse> {
  return {
    apiKey: 19,
    name: 'CreateTopics',
    request: CreateTopicsRequest,
    response: CreateTopicsResponse,
    minVersion: 2,
    maxVersion: 7,
    oldestVersion: 0,
    access: {
      needs: [
        {
          operation: 'CREATE',
          resource: 'TOPIC',
          names: creatableNames,
          unless: [{ operation: 'CREATE', resource: 'CLUSTER' }],
          refused: 'item',
          errorMessage: 'Authorization failed.',
        },
        {
          operation: 'DESCRIBE_CONFIGS',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'detail',
        },
      ],
      items: { request: 'topics', response: 'topics', nameOf: ({ name }: { name: string }) => name },
    },

    handle(context, request) {
      const { permissions } = context
      const describableTopics = topicNames(request).filter((name) => {
        return permissions.allows('DESCRIBE_CONFIGS', 'TOPIC', name, QUIETLY)
      })
      const client = { ...controllerContext(context, clock, request.timeoutMs), describableTopics }
      return silencedByController(controller.forward('CreateTopics', request, client))
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      return { topics: request.topics.map(({ name }) => ({ name, errorCode, errorMessage })) }
    },
  }
}

/** The name of the metadata log is refused whoever asks for it. */
const creatableNames = (request: CreateTopicsRequest): string[] =>
  topicNames(request).filter((name) => name !== CLUSTER_METADATA_TOPIC)
