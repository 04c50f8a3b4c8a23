/**
 * CreatePartitions (key 37): adds partitions to topics, each topic for itself. What is answered is ready to serve.
 *
 * v1  the response is sent before the client is throttled (KIP-219)
 * v2  flexible
 * v3  THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
 */
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/messages/create-partitions.ts'
import type { AdminRequests } from '../controller/admin-requests.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Clock } from '../env/index.ts'
import { controllerContext } from './support/controller-context.ts'
import { silencedByController } from './support/mutation-outcome.ts'
import { topicNames } from './support/topics/named-topics.ts'

export function createPartitionsHandler({
  controller,
  clock,
}: {
  controller: AdminRequests
  clock: Clock
}): ApiHandler<typeof CreatePartitionsRequest, typeof CreatePartitionsResponse> {
  return {
    apiKey: 37,
    name: 'CreatePartitions',
    request: CreatePartitionsRequest,
    response: CreatePartitionsResponse,
    minVersion: 0,
    maxVersion: 3,
    access: {
      needs: [
        {
          operation: 'ALTER',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'item',
          errorMessage: null,
        },
      ],
      items: { request: 'topics', response: 'results', nameOf: ({ name }: { name: string }) => name },
    },

    handle(context, request) {
      const client = controllerContext(context, clock, request.timeoutMs)
      return silencedByController(controller.forward('CreatePartitions', request, client))
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      return { results: request.topics.map(({ name }) => ({ name, errorCode, errorMessage })) }
    },
  }
}
