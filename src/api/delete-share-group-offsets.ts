/**
 * DeleteShareGroupOffsets (key 92, KIP-932): a share group without members forgets where it has come to in topics. Each
 * topic has its own answer.
 */
import { ErrorCode, errorMessage } from '../../protocol/errors.ts'
import {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from '../../protocol/messages/delete-share-group-offsets.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function deleteShareGroupOffsetsHandler({
  groups,
}: {
  groups: GroupCoordinator
}): ApiHandler<typeof DeleteShareGroupOffsetsRequest, typeof DeleteShareGroupOffsetsResponse> {
  return {
    apiKey: 92,
    name: 'DeleteShareGroupOffsets',
    request: DeleteShareGroupOffsetsRequest,
    response: DeleteShareGroupOffsetsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        { operation: 'DELETE', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: ({ topics }) => topics.map(({ topicName }) => topicName),
          refused: 'item',
        },
      ],
    },

    async handle({ permissions }, request) {
      groups.share.requireEnabled()
      const isAllowed = ({ topicName }: { topicName: string }) => permissions.allows('READ', 'TOPIC', topicName)
      const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED
      const refused = request.topics
        .filter((topic) => !isAllowed(topic))
        .map(({ topicName }) => ({ topicName, errorCode, errorMessage: errorMessage(errorCode) }))
      const deleted = await groups.share.deleteOffsets({ ...request, topics: request.topics.filter(isAllowed) })
      return { responses: [...refused, ...deleted] }
    },

    errorResponse: (_context, _request, code, message) => ({
      errorCode: code,
      errorMessage: message ?? errorMessage(code),
    }),
  }
}
