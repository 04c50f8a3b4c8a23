import type {
  Admin,
  Consumer,
  ConsumerConfig,
  ITopicConfig,
  KafkaConfig,
  KafkaMessage,
  Message,
  Producer,
  ProducerConfig,
} from 'kafkajs'
import kafkajs from 'kafkajs'
import type { CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'

export interface Received {
  topic: string
  partition: number
  message: KafkaMessage
}

interface TopicOptions {
  readonly partitions?: number
  readonly config?: Record<string, string>
}

/** kafkajs for one case: what it opens is closed when the case ends. */
export class Session {
  readonly kafka: kafkajs.Kafka
  readonly context: CaseContext

  constructor(context: CaseContext, config: Partial<KafkaConfig> = {}) {
    this.context = context
    this.kafka = new kafkajs.Kafka({
      clientId: context.unique('kafkajs'),
      brokers: [context.broker.bootstrapServers],
      logLevel: kafkajs.logLevel.NOTHING,
      ...config,
    })
  }

  async producer(config: ProducerConfig = {}): Promise<Producer> {
    const producer = this.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, ...config })
    this.context.after(() => producer.disconnect())
    await producer.connect()
    return producer
  }

  async admin(): Promise<Admin> {
    const admin = this.kafka.admin()
    this.context.after(() => admin.disconnect())
    await admin.connect()
    return admin
  }

  async consumer(config: Partial<ConsumerConfig> = {}): Promise<Consumer> {
    const consumer = this.kafka.consumer({
      groupId: this.context.unique('group'),
      maxWaitTimeInMs: 100,
      heartbeatInterval: 200,
      rebalanceTimeout: 5_000,
      ...config,
    })
    this.context.after(() => consumer.disconnect())
    await consumer.connect()
    return consumer
  }

  /** A new topic, known to the broker with a leader for each partition. */
  async topic(options: TopicOptions = {}): Promise<string> {
    const numPartitions = options.partitions ?? 1
    return this.#create(options, numPartitions, { numPartitions })
  }

  /** A new topic whose partitions the case's broker leads, whatever other brokers there are. */
  async ownTopic(options: TopicOptions = {}): Promise<string> {
    const { brokers } = await (await this.admin()).describeCluster()
    const isOwn = ({ port }: { port: number }) => port === this.context.broker.port
    const replicas = [...brokers].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a))).map(({ nodeId }) => nodeId)
    const replicaAssignment = Array.from({ length: options.partitions ?? 1 }, (_, partition) => ({
      partition,
      replicas,
    }))
    return this.#create(options, replicaAssignment.length, { replicaAssignment })
  }

  async #create({ config = {} }: TopicOptions, count: number, shape: Partial<ITopicConfig>): Promise<string> {
    const topic = this.context.unique('topic')
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    const admin = await this.admin()
    // kafkajs asks for the leaders once, and a broker may hear of a topic a moment after the controller created it.
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, ...shape, configEntries }] })
    await eventually(`the leaders of ${topic}`, async () => {
      const metadata = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null)
      const led = metadata?.topics[0].partitions.filter((one) => one.leader >= 0)
      return led?.length === count
    })
    // Apache's broker may name itself the leader a moment before it is. Where it then refuses one partition of several,
    // kafkajs sends all of them again.
    await eventually(`an answer of the leaders of ${topic}`, () => admin.fetchTopicOffsets(topic).catch(() => null))
    return topic
  }

  async send(topic: string, messages: Message[], options: { acks?: number; compression?: number } = {}): Promise<void> {
    const producer = await this.producer()
    await producer.send({ topic, messages, ...options })
  }

  /** Reads from the beginning, in a group of its own, until `count` messages arrived. */
  async read(topic: string, count: number, config: Partial<ConsumerConfig> = {}): Promise<Received[]> {
    const received: Received[] = []
    const consumer = await this.consumer(config)
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ eachMessage: async (one) => void received.push(one) })
    await eventually(`${count} messages of ${topic}`, () => received.length >= count)
    await consumer.disconnect()
    return received
  }
}

export const values = (received: readonly Received[]): (string | null)[] =>
  received.map(({ message }) => message.value?.toString() ?? null)

/** `count` messages with values `prefix-0`, `prefix-1` and so on, keyed when `keys` says how many keys. */
export function numbered(prefix: string, count: number, keys = 0): { key: string | null; value: string }[] {
  return Array.from({ length: count }, (_, i) => ({ key: keys ? `key-${i % keys}` : null, value: `${prefix}-${i}` }))
}
