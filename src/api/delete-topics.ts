/**
 * DeleteTopics (key 20): deletes topics. An answered topic is gone from the metadata, its directories are renamed, and
 * its name can be used again.
 *
 * v3  TOPIC_DELETION_DISABLED may be answered
 * v4  flexible
 * v5  error message (KIP-599)
 * v6  topics by id (KIP-516)
 */
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/delete-topics.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { Permission } from '../dispatch/access.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { controllerContext } from './support/controller-context.ts'
import { silencedByController } from './support/mutation-outcome.ts'
import { deletableTopics } from './support/topics/deletable-topics.ts'
import { idsGiven, namesGiven } from './support/topics/named-topics.ts'

const FIRST_VERSION_BY_ID = 6
const DELETE_ANY: Permission = { operation: 'DELETE', resource: 'CLUSTER' }

export function deleteTopicsHandler({
  controller,
  metadata,
  clock,
}: {
  controller: AdminRequests
  metadata: PublishedMetadata
  clock: Clock
}): ApiHandler<typeof DeleteTopicsRequest, typeof DeleteTopicsResponse> {
  return {
    apiKey: 20,
    name: 'DeleteTopics',
    request: DeleteTopicsRequest,
    response: DeleteTopicsResponse,
    minVersion: 1,
    maxVersion: 6,
    oldestVersion: 0,
    access: {
      needs: [
        // A topic that may not be described is neither said to exist nor, where its id was given, called by its name.
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: requestedNames,
          topicIds: requestedIds,
          unless: [DELETE_ANY],
          refused: 'detail',
        },
        {
          operation: 'DELETE',
          resource: 'TOPIC',
          names: requestedNames,
          topicIds: requestedIds,
          unless: [DELETE_ANY],
          refused: 'item',
        },
      ],
    },

    handle(context, request) {
      const { permitted, refused } = deletableTopics(context, metadata.image, request)
      const client = controllerContext(context, clock, request.timeoutMs)
      const forwarded = controller.forward('DeleteTopics', permitted, client)
      return silencedByController(
        forwarded.then(({ responses = [], ...answer }) => ({ ...answer, responses: [...responses, ...refused] })),
      )
    },

    errorResponse({ apiVersion }, request, errorCode, errorMessage) {
      const named =
        apiVersion >= FIRST_VERSION_BY_ID
          ? request.topics
          : request.topicNames.map((name) => ({ name, topicId: undefined }))
      return { responses: named.map(({ name, topicId }) => ({ name, topicId, errorCode, errorMessage })) }
    },
  }
}

const requestedNames = ({ topicNames, topics }: DeleteTopicsRequest, apiVersion: number): string[] =>
  apiVersion < FIRST_VERSION_BY_ID ? topicNames : namesGiven(topics)

const requestedIds = ({ topics }: DeleteTopicsRequest, apiVersion: number): string[] =>
  apiVersion < FIRST_VERSION_BY_ID ? [] : idsGiven(topics)
