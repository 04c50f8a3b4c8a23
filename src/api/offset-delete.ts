/**
 * OffsetDelete (key 47): removes positions of a group in topics that none of its members is subscribed to (KIP-496).
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/offset-delete.ts'
import type { GroupCoordinator } from '../coordinator/group-coordinator.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { topicNames } from './support/topics/named-topics.ts'

type RequestedTopic = OffsetDeleteRequest['topics'][number]

export function offsetDeleteHandler({
  groups,
  image,
}: {
  groups: GroupCoordinator
  image: () => MetadataImage
}): ApiHandler<typeof OffsetDeleteRequest, typeof OffsetDeleteResponse> {
  return {
    apiKey: 47,
    name: 'OffsetDelete',
    request: OffsetDeleteRequest,
    response: OffsetDeleteResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        { operation: 'DELETE', resource: 'GROUP', names: ({ groupId }) => [groupId], refused: 'request' },
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'item',
        },
      ],
    },

    async handle({ permissions }, request) {
      const { topics } = image()
      const isRefused = new Set(topicNames(request).filter((name) => !permissions.allows('READ', 'TOPIC', name)))
      const exists = (topic: RequestedTopic, index: number) => topics.partition(topic.name, index) !== undefined
      const known: RequestedTopic[] = []
      const answers = new Map<string, { partitionIndex: number; errorCode: number }[]>()
      for (const topic of request.topics) {
        const { name, partitions } = topic
        if (partitions.length === 0 && topics.get(name) !== undefined && !isRefused.has(name)) continue
        const isAnswered = isRefused.has(name)
        const existing = partitions.filter(({ partitionIndex }) => !isAnswered && exists(topic, partitionIndex))
        if (existing.length > 0) known.push({ name, partitions: existing })
        const missing = partitions.filter(({ partitionIndex }) => isAnswered || !exists(topic, partitionIndex))
        const errorCode = isAnswered ? ErrorCode.TOPIC_AUTHORIZATION_FAILED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        answers.set(
          name,
          missing.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
        )
      }
      const deleted = await groups.offsets.delete({ ...request, topics: known })
      for (const { name = '', partitions = [] } of deleted.topics ?? []) {
        for (const { partitionIndex = 0, errorCode = 0 } of partitions)
          answers.get(name)?.push({ partitionIndex, errorCode })
      }
      return { topics: [...answers].map(([name, partitions]) => ({ name, partitions })) }
    },

    errorResponse(_context, _request, code) {
      return { errorCode: code }
    },
  }
}
