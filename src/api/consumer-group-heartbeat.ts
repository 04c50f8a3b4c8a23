/**
 * ConsumerGroupHeartbeat (key 68, KIP-848): joining, staying in and leaving a group whose assignments the broker makes.
 *
 * v1  a subscription by regular expression; members choose their ids themselves (KIP-1082)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/consumer-group-heartbeat.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { groupClient } from './support/group-client.ts'
import { WITHOUT_WORDS } from './support/heartbeat-words.ts'

/** Nor has Apache Kafka words for a client that is not permitted. */
const WORDLESS: ReadonlySet<number> = new Set([
  ...WITHOUT_WORDS,
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
])

export function consumerGroupHeartbeatHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof ConsumerGroupHeartbeatRequest, typeof ConsumerGroupHeartbeatResponse> {
  return {
    apiKey: 68,
    name: 'ConsumerGroupHeartbeat',
    request: ConsumerGroupHeartbeatRequest,
    response: ConsumerGroupHeartbeatResponse,
    minVersion: 0,
    maxVersion: 1,
    access: {
      needs: [
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: ({ subscribedTopicNames }) => subscribedTopicNames ?? [],
          refused: 'request',
        },
        // A member's pattern subscribes to topics that the member may describe, and to no others.
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'hidden' },
      ],
    },

    handle: (context, request) => groups.consumer.heartbeat(groupClient(context), request),

    errorResponse: (_context, _request, errorCode, errorMessage) => ({
      errorCode,
      errorMessage: WORDLESS.has(errorCode) ? null : errorMessage,
    }),
  }
}
