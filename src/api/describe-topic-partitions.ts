/**
 * DescribeTopicPartitions (key 75, KIP-966): partitions of topics in the order of their names, page by page. Where a
 * page ends the cursor names the partition with which the next one begins.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from '../../protocol/messages/describe-topic-partitions.ts'
import { type Encodable, ZERO_UUID } from '../../protocol/schema.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import type { TopicImage } from '../metadata/image/topics-image.ts'
import { isInternalTopic } from '../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { isValidTopicName } from '../metadata/topic-name.ts'
import { byPermission } from './support/permitted.ts'
import { topicNames } from './support/topics/named-topics.ts'
import { PartitionAvailability } from './support/topics/partition-availability.ts'

type Answer = Encodable<typeof DescribeTopicPartitionsResponse>
type TopicAnswer = NonNullable<Answer['topics']>[number]
type Cursor = DescribeTopicPartitionsRequest['cursor']

export function describeTopicPartitionsHandler({
  metadata,
  config,
}: {
  metadata: PublishedMetadata
  config: BrokerConfig
}): ApiHandler<typeof DescribeTopicPartitionsRequest, typeof DescribeTopicPartitionsResponse> {
  return {
    apiKey: 75,
    name: 'DescribeTopicPartitions',
    request: DescribeTopicPartitionsRequest,
    response: DescribeTopicPartitionsResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        {
          operation: 'DESCRIBE',
          resource: 'TOPIC',
          names: topicNames,
          refused: 'item',
        },
        { operation: 'DESCRIBE', resource: 'TOPIC', inAnswer: true, refused: 'hidden' },
      ],
      tellsOperationsOf: ['TOPIC'],
    },

    handle(context, request) {
      const { permissions } = context
      const { image } = metadata
      const ceiling = config.get('max.request.partition.size.limit')
      const limit = Math.max(Math.min(ceiling, request.responsePartitionLimit), 1)
      const isAll = request.topics.length === 0
      const { allowed, refused } = byPermission(
        context,
        'DESCRIBE',
        'TOPIC',
        wantedNames(image, request),
        (name) => name,
      )
      const shown = page(image, context.connection.listenerName, allowed, { cursor: request.cursor, limit, isAll })
      const described = (shown.topics ?? []).map((topic) => ({
        ...topic,
        topicAuthorizedOperations: permissions.operations('TOPIC', topic.name ?? ''),
      }))
      return { ...shown, topics: isAll ? described : [...described, ...refused.map(withheld)] }
    },

    errorResponse(_context, request, errorCode) {
      return { topics: request.topics.map(({ name }) => ({ errorCode, name })) }
    },
  }
}

/** The names of the topics to describe, in order and from the cursor on. */
function wantedNames(image: MetadataImage, { topics, cursor }: DescribeTopicPartitionsRequest): string[] {
  // An empty name without a cursor: Kafka takes it for the cursor's, and fails.
  if (cursor === null && topics.some(({ name }) => name === '')) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  const from = cursor?.topicName ?? ''
  const all = topics.length === 0 ? [...image.topics] : topics
  const names = new Set(all.map(({ name }) => name).filter((name) => name >= from))
  if (cursor !== null && topics.length > 0 && !names.has(cursor.topicName)) {
    throw new KafkaError(
      ErrorCode.INVALID_REQUEST,
      `DescribeTopicPartitionsRequest topic list should contain the cursor topic: ${cursor.topicName}`,
    )
  }
  if (cursor !== null && cursor.partitionIndex < 0) {
    throw new KafkaError(
      ErrorCode.INVALID_REQUEST,
      `DescribeTopicPartitionsRequest cursor partition must be valid: Cursor(topicName='${cursor.topicName}', partitionIndex=${cursor.partitionIndex})`,
    )
  }
  return [...names].sort()
}

function page(
  image: MetadataImage,
  listenerName: string,
  names: readonly string[],
  { cursor, limit, isAll }: { cursor: Cursor; limit: number; isAll: boolean },
): Answer {
  const availability = new PartitionAvailability(image, listenerName)
  const topics: TopicAnswer[] = []
  let remaining = limit
  for (const name of names) {
    if (remaining === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
    const topic = image.topics.get(name)
    if (topic === undefined) {
      if (!isAll) topics.push(missing(name))
      continue
    }
    const start = name === cursor?.topicName ? cursor.partitionIndex : 0
    const end = Math.min(topic.partitions.length, start + remaining)
    topics.push(describe(availability, topic, start, end))
    if (end < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: end } }
    remaining -= Math.max(0, end - start)
  }
  return { topics, nextCursor: null }
}

const withheld = (name: string): TopicAnswer => ({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name })

const missing = (name: string): TopicAnswer => ({
  errorCode: isValidTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
  name,
  topicId: ZERO_UUID,
  isInternal: isInternalTopic(name),
})

function describe(availability: PartitionAvailability, topic: TopicImage, start: number, end: number): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.slice(start, end).map((partition, index) => ({
      partitionIndex: start + index,
      leaderId: availability.leaderOf(partition),
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      eligibleLeaderReplicas: partition.elr,
      lastKnownElr: partition.lastKnownElr,
      offlineReplicas: availability.offlineReplicas(partition),
    })),
  }
}
