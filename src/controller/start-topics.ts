import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import type { TopicToCreate } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { type AdminRequests, brokerContext } from './admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from './create-topic-request.ts'

const CREATE_TIMEOUT_MS = 30_000

interface Options {
  readonly requests: AdminRequests
  readonly metadata: PublishedMetadata
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Creates the topics that were asked for at the start; those that exist are left as they are. A topic that cannot be
 * created is the user's mistake, and the start fails with a sentence that says which.
 */
export async function createStartTopics(topics: readonly TopicToCreate[], options: Options): Promise<void> {
  const { requests, metadata, clock, logger } = options
  // One request a topic: what one request may create is bounded, what a person may ask for is not.
  for (const topic of topics) {
    const { name, replicationFactor } = topic
    if (metadata.image.topics.get(name) !== undefined) continue
    const context = brokerContext(CREATE_TOPICS_VERSION, clock.monotonicMs() + CREATE_TIMEOUT_MS)
    const response = await requests.forward('CreateTopics', createTopicRequest(topic, CREATE_TIMEOUT_MS), context)
    const { errorCode = ErrorCode.NONE, errorMessage } = response.topics?.[0] ?? {}
    if (errorCode === ErrorCode.INVALID_REPLICATION_FACTOR) {
      const { size } = metadata.image.cluster.brokers
      const wanted =
        replicationFactor === null ? 'the replicas of default.replication.factor' : `${replicationFactor} replicas`
      const there = size === 1 ? 'there is 1 broker' : `there are ${size} brokers`
      throw new KafkaError(errorCode, `Cannot create topic ${name} with ${wanted}: ${there}.`)
    }
    if (errorCode !== ErrorCode.NONE) {
      throw new KafkaError(errorCode, `Cannot create topic ${name}: ${errorMessage ?? errorName(errorCode)}`)
    }
    logger.info(`Created topic ${name}`)
  }
}
