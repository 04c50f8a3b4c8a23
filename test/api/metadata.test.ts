/**
 * Metadata as a broker of Apache Kafka answers it (KafkaApis.handleTopicMetadataRequest, KRaftMetadataCache): which topics
 * are meant, by name, by id or all; what a listener sees of the brokers; topics that the question creates.
 */
import t from 'tap'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import type { CreateTopicsRequest } from '../../protocol/messages/create-topics.ts'
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/metadata.ts'
import { type Encodable, ZERO_UUID } from '../../protocol/schema.ts'
import { metadataHandler } from '../../src/api/metadata.ts'
import { advertisedEndpoints } from '../../src/api/support/advertised-endpoint.ts'
import { InternalTopicCreation } from '../../src/api/support/topics/internal-topic-creation.ts'
import { TopicAutoCreation } from '../../src/api/support/topics/topic-auto-creation.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import type { AdminRequests } from '../../src/controller/admin-requests.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import type { BrokerRegistration } from '../../src/metadata/image/cluster-image.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../src/metadata/image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from '../../src/metadata/image/topics-image.ts'
import { FakeClock } from '../server/support.ts'
import { requestContext } from './support/api-bench.ts'
import { responseOf } from './support/outcome-of.ts'

const LATEST = 13
const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const UNKNOWN_ID = 'qHt4u7VWg-4n08mIC4jH_w'

const broker = (brokerId: number, more: Partial<BrokerRegistration> = {}): BrokerRegistration => ({
  brokerId,
  brokerEpoch: 1n,
  incarnationId: ID,
  endPoints: [{ name: 'PLAINTEXT', host: `host-${brokerId}`, port: 9092, securityProtocol: 0 }],
  features: [],
  rack: null,
  fenced: false,
  inControlledShutdown: false,
  isMigratingZkBroker: false,
  logDirs: [],
  cordonedLogDirs: null,
  ...more,
})

const partition = (more: Partial<PartitionRegistration> = {}): PartitionRegistration => ({
  replicas: [1],
  directories: [],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  elr: [],
  lastKnownElr: [],
  leader: 1,
  leaderRecoveryState: 0,
  leaderEpoch: 4,
  partitionEpoch: 0,
  ...more,
})

const topic = (name: string, id: string, ...partitions: PartitionRegistration[]): TopicImage => ({
  name,
  id,
  partitions: partitions.length === 0 ? [partition()] : partitions,
})

const ORDERS = topic('orders', ID)

interface Options {
  topics?: readonly TopicImage[]
  brokers?: readonly BrokerRegistration[]
  properties?: Record<string, string>
  /** The controller's answer to CreateTopics. */
  creationError?: number
}

function bench({ topics = [ORDERS], brokers = [broker(1)], properties = {}, creationError = 0 }: Options = {}) {
  const config = new BrokerConfig({ 'advertised.listeners': 'PLAINTEXT://host-1:9092', ...properties })
  const clock = new FakeClock()
  const metadata = { image: imageOf(topics, brokers), subscribe: () => () => {} }
  const remove = (deleted: TopicImage) => {
    metadata.image = { ...metadata.image, topics: metadata.image.topics.with([deleted], []) }
  }
  const created: string[] = []
  const requested: CreateTopicsRequest['topics'][number][] = []
  const controller: AdminRequests = {
    forward: async (_api, request) => {
      const name = (request as CreateTopicsRequest).topics[0]?.name ?? ''
      created.push(name)
      requested.push(...(request as CreateTopicsRequest).topics)
      if (creationError === 0) {
        metadata.image = { ...metadata.image, topics: metadata.image.topics.with([], [topic(name, UNKNOWN_ID)]) }
      }
      return { topics: [{ name, errorCode: creationError }] }
    },
  }
  const internalTopics = new InternalTopicCreation({ controller, metadata, config, clock })
  const handler = metadataHandler({
    metadata,
    config,
    clusterId: 'cluster',
    endpoints: advertisedEndpoints(config),
    autoCreation: new TopicAutoCreation({ controller, config, clock, internalTopics, logger: silentLogger() }),
  })
  const ask = async (version: number, request: Encodable<typeof MetadataRequest>) => {
    const decoded = decodeMessage(MetadataRequest, version, encodeMessage(MetadataRequest, version, request))
    const response = await responseOf(handler, requestContext(3, version), decoded)
    return decodeMessage(MetadataResponse, version, encodeMessage(MetadataResponse, version, response))
  }
  return { ask, created, requested, remove }
}

function imageOf(topics: readonly TopicImage[], brokers: readonly BrokerRegistration[]): MetadataImage {
  let registered = EMPTY_IMAGE.cluster.brokers
  for (const each of brokers) registered = registered.set(String(each.brokerId), each)
  const cluster = { ...EMPTY_IMAGE.cluster, brokers: registered }
  return { ...EMPTY_IMAGE, cluster, topics: EMPTY_IMAGE.topics.with([], topics) }
}

const named = (...names: string[]) => names.map((name) => ({ name, topicId: ZERO_UUID }))

t.test('all topics are null; in version 0, which has no null, none at all', async (t) => {
  const { ask } = bench()
  const names = ({ topics }: Awaited<ReturnType<typeof ask>>) => topics.map(({ name }) => name)
  t.strictSame(names(await ask(LATEST, { topics: null })), ['orders'])
  t.strictSame(names(await ask(0, { topics: [] })), ['orders'])
  t.strictSame(names(await ask(1, { topics: [] })), [])
})

t.test('a topic with its partitions, the brokers and the cluster', async (t) => {
  const { ask } = bench({ topics: [topic('orders', ID, partition(), partition({ leaderEpoch: 7 }))] })
  const answer = await ask(LATEST, { topics: named('orders', 'orders') })
  t.match(answer, { clusterId: 'cluster', controllerId: 1, errorCode: 0 })
  t.match(answer.brokers, [{ nodeId: 1, host: 'host-1', port: 9092, rack: null }])
  t.strictSame(answer.topics, [
    {
      errorCode: 0,
      name: 'orders',
      topicId: ID,
      isInternal: false,
      partitions: [0, 1].map((partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 1,
        leaderEpoch: partitionIndex === 0 ? 4 : 7,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      })),
      topicAuthorizedOperations: -(2 ** 31),
    },
  ])
})

t.test('by id (KIP-516): from version 12 on; an unknown id has no name', async (t) => {
  const { ask } = bench()
  const topics = [
    { name: null, topicId: ID },
    { name: null, topicId: UNKNOWN_ID },
  ]
  t.match((await ask(12, { topics })).topics, [
    { errorCode: 0, name: 'orders', topicId: ID },
    { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId: UNKNOWN_ID },
  ])
  const early = await ask(10, { topics: [{ name: 'orders', topicId: ID }] })
  t.match(early.topics, [{ errorCode: ErrorCode.INVALID_REQUEST }])
})

t.test('a listener sees the brokers that have it, and no others', async (t) => {
  const elsewhere = [{ name: 'INTERNAL', host: 'inside', port: 9093, securityProtocol: 0 }]
  const { ask } = bench({
    brokers: [broker(1), broker(2, { endPoints: elsewhere }), broker(3, { fenced: true })],
    topics: [
      topic('led-elsewhere', ID, partition({ leader: 2, replicas: [1, 2], isr: [1, 2] })),
      topic('led-by-nobody', UNKNOWN_ID, partition({ leader: -1, replicas: [1, 3], isr: [1] })),
    ],
  })
  const partitionsIn = async (version: number) =>
    (await ask(version, { topics: named('led-elsewhere', 'led-by-nobody') })).topics.map(
      ({ partitions }) => partitions[0],
    )
  t.strictSame(
    (await ask(LATEST, { topics: null })).brokers.map(({ nodeId }) => nodeId),
    [1],
  )
  t.match(await partitionsIn(LATEST), [
    { errorCode: ErrorCode.LISTENER_NOT_FOUND, leaderId: -1, replicaNodes: [1, 2], offlineReplicas: [2] },
    { errorCode: ErrorCode.LEADER_NOT_AVAILABLE, leaderId: -1, replicaNodes: [1, 3], offlineReplicas: [3] },
  ])
  t.match(await partitionsIn(5), [{ errorCode: ErrorCode.LEADER_NOT_AVAILABLE }, {}], 'before version 6')
  t.match(await partitionsIn(0), [{ replicaNodes: [1], isrNodes: [1] }, { replicaNodes: [1] }], 'in version 0')
})

t.test(
  'a topic that does not exist is created if both sides want it, and is there for the next question',
  async (t) => {
    const question = { topics: named('wanted'), allowAutoTopicCreation: true }
    const missing = [
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name: 'wanted', topicId: ZERO_UUID, partitions: [] },
    ]
    const both = bench()
    t.match((await both.ask(LATEST, question)).topics, missing)
    t.match((await both.ask(LATEST, question)).topics, [
      { errorCode: 0, name: 'wanted', partitions: [{ leaderId: 1 }] },
    ])
    t.strictSame(both.created, ['wanted'])

    const clientDoesNot = bench()
    t.match((await clientDoesNot.ask(LATEST, { ...question, allowAutoTopicCreation: false })).topics, missing)
    const brokerDoesNot = bench({ properties: { 'auto.create.topics.enable': 'false' } })
    t.match((await brokerDoesNot.ask(LATEST, question)).topics, missing)
    t.strictSame([...clientDoesNot.created, ...brokerDoesNot.created], [])

    const refused = bench({ creationError: ErrorCode.POLICY_VIOLATION })
    for (let i = 0; i < 2; i++) t.match((await refused.ask(LATEST, question)).topics, missing, 'why not is never told')
  },
)

t.test(
  'a broker asks for the partitions and replicas that it was told, and leaves the rest to the controller',
  async (t) => {
    const create = async (properties: Record<string, string>, name = 'wanted') => {
      const { ask, requested } = bench({ properties })
      await ask(LATEST, { topics: named(name), allowAutoTopicCreation: true })
      return requested
    }
    t.match(await create({}), [{ numPartitions: -1, replicationFactor: -1 }])
    t.match(await create({ 'num.partitions': '4' }), [{ numPartitions: 4, replicationFactor: -1 }])
    t.match(await create({ 'default.replication.factor': '3' }), [{ numPartitions: -1, replicationFactor: 3 }])
    const states = { 'share.coordinator.state.topic.num.partitions': '7' }
    t.match(await create(states, '__share_group_state'), [{ numPartitions: 7 }], 'a topic of a coordinator')
  },
)

t.test('a name that no topic can have is an error of its own, and asks for no creation', async (t) => {
  const { ask, created } = bench()
  const { topics } = await ask(LATEST, { topics: named('no such name'), allowAutoTopicCreation: true })
  t.match(topics, [{ errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, name: 'no such name' }])
  t.strictSame(created, [])
})

t.test('topics of coordinators are marked as internal', async (t) => {
  const { ask } = bench({ topics: [topic('__consumer_offsets', ID)] })
  t.match((await ask(LATEST, { topics: null })).topics, [{ name: '__consumer_offsets', isInternal: true }])
})

t.test('operations are told to whom asks for them: without an authorizer, all of them (KIP-430)', async (t) => {
  const { ask } = bench()
  // Bits by AclOperation: READ 3 to ALTER_CONFIGS 11 without CLUSTER_ACTION 9; for the cluster without READ, WRITE, DELETE.
  const ofTopic = 0b1101_1111_1000
  const ofCluster = 0b1_1111_1010_0000
  const answer = await ask(8, {
    topics: named('orders'),
    includeClusterAuthorizedOperations: true,
    includeTopicAuthorizedOperations: true,
  })
  t.match(answer, { clusterAuthorizedOperations: ofCluster, topics: [{ topicAuthorizedOperations: ofTopic }] })
})

t.test('who waits for a deletion is told that the topic is gone, and has it back the next time', async (t) => {
  const { ask, created, remove } = bench({ topics: [ORDERS] })
  const askFor = async (name: string) =>
    (await ask(LATEST, { topics: named(name), allowAutoTopicCreation: true })).topics[0]
  remove(ORDERS)
  t.match(await askFor('orders'), { name: 'orders', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
  t.strictSame(created, ['orders'])
  t.match(await askFor('orders'), { name: 'orders', errorCode: 0 })
})
