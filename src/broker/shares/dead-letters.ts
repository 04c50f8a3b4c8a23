/** The topics of dead-letter queues, in the whole cluster: written here where this broker leads, else by Produce. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import type { BrokerPool } from '../../client/broker-pool.ts'
import { ClientError } from '../../client/errors.ts'
import type { BrokerConfig } from '../../config/index.ts'
import { type AdminRequests, brokerContext } from '../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from '../../controller/create-topic-request.ts'
import type { Clock } from '../../env/index.ts'
import { NO_LEADER } from '../../metadata/image/topics-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { DeadLetterTopics } from '../../share/dead-letters/dead-letter-queue.ts'

interface Surroundings {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly controller: AdminRequests
  readonly metadata: PublishedMetadata
  readonly replicas: ReplicaManager
  /** Connections to other brokers; null: there are none. */
  readonly brokers: BrokerPool | null
}

const TIMEOUT_MS = 30_000
const ACKS_ALL = -1
const CONFIGS = { 'errors.deadletterqueue.group.enable': 'true', 'message.timestamp.type': 'CreateTime' }

export function deadLetterTopics(surroundings: Surroundings): DeadLetterTopics {
  const { config, metadata } = surroundings
  return {
    topic(name) {
      const { topics, configs } = metadata.image
      const topic = topics.get(name)
      if (topic === undefined) return null
      const values = config.topicConfig(configs.topic(name))
      const isQueue = values['errors.deadletterqueue.group.enable']
      return { partitionCount: topic.partitions.length, isQueue, maxBatchBytes: values['max.message.bytes'] }
    },
    create: (name) => createQueue(surroundings, name),
    append(topic, partition, batch) {
      const leader = metadata.image.topics.partition(topic, partition)?.leader ?? NO_LEADER
      if (leader === config.get('node.id')) return appendHere(surroundings, topic, partition, batch)
      return appendAt(surroundings, leader, { topic, partition, batch })
    },
  }
}

async function createQueue({ controller, clock }: Surroundings, name: string): Promise<void> {
  const request = createTopicRequest({ name, configs: CONFIGS }, TIMEOUT_MS)
  const context = brokerContext(CREATE_TOPICS_VERSION, clock.monotonicMs() + TIMEOUT_MS)
  const { topics = [] } = await controller.forward('CreateTopics', request, context)
  const errorCode = topics[0]?.errorCode ?? ErrorCode.NONE
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode, topics[0]?.errorMessage ?? undefined)
}

function appendHere({ replicas }: Surroundings, topic: string, partition: number, batch: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { acks: ACKS_ALL, timeoutMs: TIMEOUT_MS, origin: 'client' } as const
    replicas.require(topic, partition).append(batch, options, (error) => (error === null ? resolve() : reject(error)))
  })
}

async function appendAt(
  { brokers, metadata }: Surroundings,
  leader: number,
  { topic: name, partition: index, batch: records }: { topic: string; partition: number; batch: Buffer },
): Promise<void> {
  if (brokers === null || leader === NO_LEADER) throw new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  const topicId = metadata.image.topics.get(name)?.id
  const topicData = [{ name, topicId, partitionData: [{ index, records }] }]
  const body = { acks: ACKS_ALL, timeoutMs: TIMEOUT_MS, topicData }
  const answer = await brokers.request(leader, ProduceRequest, ProduceResponse, body).catch((error) => {
    if (!(error instanceof ClientError)) throw error
    throw new KafkaError(ErrorCode.REQUEST_TIMED_OUT, error.message, { cause: error })
  })
  const { errorCode, errorMessage } = answer.responses[0]?.partitionResponses[0] ?? UNTOLD
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode, errorMessage ?? undefined)
}

const UNTOLD = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null }
