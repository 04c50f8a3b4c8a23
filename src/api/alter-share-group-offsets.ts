/**
 * AlterShareGroupOffsets (key 91, KIP-932): where a share group without members is to go on. Each partition has its own
 * answer; a group that does not exist begins to.
 */
import { ErrorCode, errorMessage } from '../../protocol/errors.ts'
import {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from '../../protocol/messages/alter-share-group-offsets.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'

export function alterShareGroupOffsetsHandler({
  groups,
  image,
}: {
  groups: GroupCoordinator
  image: () => MetadataImage
}): ApiHandler<typeof AlterShareGroupOffsetsRequest, typeof AlterShareGroupOffsetsResponse> {
  return {
    apiKey: 91,
    name: 'AlterShareGroupOffsets',
    request: AlterShareGroupOffsetsRequest,
    response: AlterShareGroupOffsetsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        { operation: 'READ', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
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
      const refused: ReturnType<typeof refusal>[] = []
      const topics = request.topics.filter((topic) => {
        const known = image().topics.get(topic.topicName)
        if (!permissions.allows('READ', 'TOPIC', topic.topicName)) {
          refused.push(refusal(topic, known?.id, ErrorCode.TOPIC_AUTHORIZATION_FAILED))
        } else if (known === undefined) refused.push(refusal(topic, undefined, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
        else return true
        return false
      })
      const altered = await groups.share.alterOffsets({ ...request, topics })
      return { responses: [...altered, ...refused] }
    },

    errorResponse: (_context, _request, code, message) => ({
      errorCode: code,
      errorMessage: message ?? errorMessage(code),
    }),
  }
}

function refusal(
  { topicName, partitions }: AlterShareGroupOffsetsRequest['topics'][number],
  topicId: string | undefined,
  errorCode: number,
) {
  const answers = partitions.map(({ partitionIndex }) => {
    return { partitionIndex, errorCode, errorMessage: errorMessage(errorCode) }
  })
  return topicId === undefined ? { topicName, partitions: answers } : { topicName, topicId, partitions: answers }
}
