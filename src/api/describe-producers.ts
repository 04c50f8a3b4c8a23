/**
 * DescribeProducers (key 61): the idempotent and transactional producers that the leader of a partition remembers, with
 * where their open transaction begins (KIP-664): what a transaction that hangs is found by.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/messages/describe-producers.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import { isValidTopicName, validateTopicName } from '../metadata/topic-name.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { topicNames } from './support/topics/named-topics.ts'

type Topic = NonNullable<Encodable<typeof DescribeProducersResponse>['topics']>[number]
type Partition = NonNullable<Topic['partitions']>[number]

interface Services {
  replicas: ReplicaManager
  image: () => MetadataImage
}

export function describeProducersHandler(
  services: Services,
): ApiHandler<typeof DescribeProducersRequest, typeof DescribeProducersResponse> {
  return {
    apiKey: 61,
    name: 'DescribeProducers',
    request: DescribeProducersRequest,
    response: DescribeProducersResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        {
          operation: 'READ',
          resource: 'TOPIC',
          names: (request) => topicNames(request).filter(isValidTopicName),
          refused: 'item',
        },
      ],
      items: { request: 'topics', response: 'topics' },
    },

    handle(_context, { topics }) {
      return {
        topics: topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => describe(services, name, partitionIndex)),
        })),
      }
    },

    errorResponse(_context, { topics }, errorCode, errorMessage) {
      return {
        topics: topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode, errorMessage })),
        })),
      }
    },
  }
}

function problemWithTopic({ topics }: MetadataImage, topic: string): KafkaError | null {
  try {
    validateTopicName(topic)
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
  return topics.get(topic) === undefined ? new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) : null
}

function describe({ replicas, image }: Services, topic: string, partitionIndex: number): Partition {
  const problem = problemWithTopic(image(), topic)
  if (problem !== null) return { partitionIndex, errorCode: problem.code, errorMessage: problem.message }
  const partition = replicas.get(topic, partitionIndex)
  if (partition === undefined) {
    const isElsewhere = image().topics.partition(topic, partitionIndex) !== undefined
    const errorCode = isElsewhere ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return { partitionIndex, errorCode }
  }
  const activeProducers = partition.log.activeProducers().map((producer) => ({
    producerId: BigInt(producer.producerId),
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestamp: BigInt(producer.lastTimestampMs),
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: BigInt(producer.currentTransactionFirstOffset),
  }))
  return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers }
}
