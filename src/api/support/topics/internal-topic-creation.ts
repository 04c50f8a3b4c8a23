import { ErrorCode } from '../../../../protocol/errors.ts'
import type { BrokerConfig, BrokerConfigName } from '../../../config/index.ts'
import { type AdminRequests, brokerContext } from '../../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from '../../../controller/create-topic-request.ts'
import type { Clock } from '../../../env/index.ts'
import { aliveBrokers } from '../../../metadata/image/cluster-image.ts'
import {
  CONSUMER_OFFSETS_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../../../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../../../metadata/metadata-publisher.ts'

const CREATE_TIMEOUT_MS = 30_000
/** Kafka's defaults where there are brokers enough. */
const REPLICAS = 3
const IN_SYNC = 2

type NumberKey = Extract<
  BrokerConfigName,
  `${'offsets.topic' | 'transaction.state.log' | 'share.coordinator.state.topic'}.${'replication.factor' | 'min.isr'}`
>

interface InternalTopic {
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

interface Services {
  readonly controller: AdminRequests
  readonly metadata: PublishedMetadata
  readonly config: BrokerConfig
  readonly clock: Clock
}

/** Creates the topics that coordinators keep their state in, when they are needed for the first time. */
export class InternalTopicCreation {
  readonly #controller: AdminRequests
  readonly #metadata: PublishedMetadata
  readonly #config: BrokerConfig
  readonly #clock: Clock
  readonly #underWay = new Map<string, Promise<boolean>>()

  constructor({ controller, metadata, config, clock }: Services) {
    this.#controller = controller
    this.#metadata = metadata
    this.#config = config
    this.#clock = clock
  }

  /** The number of partitions that the topic has, or will have. */
  partitionCount(topic: string): number {
    return this.#metadata.image.topics.get(topic)?.partitions.length ?? this.#definition(topic).partitions
  }

  /** Resolves when the topic can be used; false when it cannot be created now. */
  ensure(topic: string): Promise<boolean> {
    if (this.#metadata.image.topics.get(topic) !== undefined) return Promise.resolve(true)
    let creation = this.#underWay.get(topic)
    if (creation === undefined) {
      creation = this.#create(topic).finally(() => this.#underWay.delete(topic))
      this.#underWay.set(topic, creation)
    }
    return creation
  }

  async #create(name: string): Promise<boolean> {
    const request = createTopicRequest({ name, ...this.#definition(name) }, CREATE_TIMEOUT_MS)
    const context = brokerContext(CREATE_TOPICS_VERSION, this.#clock.monotonicMs() + CREATE_TIMEOUT_MS)
    const { topics = [] } = await this.#controller.forward('CreateTopics', request, context)
    const errorCode = topics[0]?.errorCode ?? ErrorCode.NONE
    return errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
  }

  /**
   * A node that has its own controller begins alone, and its defaults with it. Where nobody has set how many replicas there
   * are to be, brokers that have joined it are worth a replica each, up to Kafka's own default.
   */
  #replicas(name: NumberKey): number {
    const value = this.#config.get(name)
    if (this.#config.isSet(name)) return value
    return Math.max(value, Math.min(REPLICAS, aliveBrokers(this.#metadata.image.cluster).length))
  }

  #inSync(name: NumberKey, replicas: number): string {
    const value = this.#config.get(name)
    const hasEnough = !this.#config.isSet(name) && replicas >= REPLICAS
    return String(hasEnough ? Math.max(value, IN_SYNC) : value)
  }

  #definition(topic: string): InternalTopic {
    const config = this.#config
    switch (topic) {
      case CONSUMER_OFFSETS_TOPIC:
        return {
          partitions: config.get('offsets.topic.num.partitions'),
          replicationFactor: this.#replicas('offsets.topic.replication.factor'),
          configs: {
            'cleanup.policy': 'compact',
            'compression.type': 'producer',
            'segment.bytes': String(config.get('offsets.topic.segment.bytes')),
          },
        }
      case TRANSACTION_STATE_TOPIC: {
        const replicationFactor = this.#replicas('transaction.state.log.replication.factor')
        return {
          partitions: config.get('transaction.state.log.num.partitions'),
          replicationFactor,
          configs: {
            'unclean.leader.election.enable': 'false',
            'compression.type': 'uncompressed',
            'cleanup.policy': 'compact',
            'min.insync.replicas': this.#inSync('transaction.state.log.min.isr', replicationFactor),
            'segment.bytes': String(config.get('transaction.state.log.segment.bytes')),
          },
        }
      }
      case SHARE_GROUP_STATE_TOPIC: {
        const replicationFactor = this.#replicas('share.coordinator.state.topic.replication.factor')
        return {
          partitions: config.get('share.coordinator.state.topic.num.partitions'),
          replicationFactor,
          configs: {
            // Its coordinator deletes what is needed no more; nothing may go before that.
            'cleanup.policy': 'delete',
            'compression.type': 'producer',
            'min.insync.replicas': this.#inSync('share.coordinator.state.topic.min.isr', replicationFactor),
            'segment.bytes': String(config.get('share.coordinator.state.topic.segment.bytes')),
            'retention.ms': '-1',
          },
        }
      }
      default:
        throw new Error(`${topic} is not an internal topic that is kept here`)
    }
  }
}
