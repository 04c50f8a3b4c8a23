/** Commands write the records that Apache 4.3.1 wrote for the same requests, seen with kafka-dump-log. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { activationRecords } from '../../../src/controller/commands/activation.ts'
import { incrementalAlterConfigs } from '../../../src/controller/commands/alter-configs.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { createTopics } from '../../../src/controller/commands/create-topics.ts'
import { deleteTopics } from '../../../src/controller/commands/delete-topics.ts'
import { assignReplicasToDirs } from '../../../src/controller/commands/nodes/assign-replicas-to-dirs.ts'
import { allocateProducerIds } from '../../../src/controller/commands/nodes/producer-ids.ts'
import { registerSoleBroker } from '../../../src/controller/commands/nodes/register-sole-broker.ts'
import { directoriesOf } from '../../../src/controller/directories-of-replicas.ts'
import { initialFeatureLevels } from '../../../src/metadata/features.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import type { MetadataRecord } from '../../../src/metadata/metadata-record.ts'
import { LATEST_METADATA_LEVEL } from '../../../src/metadata/metadata-version.ts'
import type { ReplicaPlace } from '../../../src/metadata/replica-place.ts'
import { ANONYMOUS } from '../../../src/security/principal.ts'
import { imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const TOPIC = 'OEFKSsxZSLqm8on1qPiDRA'
const DIRECTORY = 'HVSgDXszntSCU6JhO42yDg'
const INCARNATION = 'MpB7uJQSSN25u6tzwU9kgg'

const features = initialFeatureLevels(LATEST_METADATA_LEVEL).map(([name, featureLevel]) =>
  record('FeatureLevelRecord', 0, { name, featureLevel }),
)
const stateOf = (image: MetadataImage, properties: Record<string, string> = {}): CommandState => ({
  image,
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig(properties),
  voter: VOTER,
  epoch: 1,
  endOffset: 11,
  observers: [],
  nowMs: 0,
})
const BROKER = { brokerId: 1, brokerEpoch: 11n }
const assign = (image: MetadataImage, places: readonly ReplicaPlace[]) =>
  assignReplicasToDirs(stateOf(image), { ...BROKER, directories: directoriesOf(places) })
/** Chance gives the topic its id, and begins with the first broker. */
const chances = [{ uuid: TOPIC, integer: 0 }]
const describable = {
  apiVersion: 7,
  mutations: null,
  principal: ANONYMOUS,
  chances,
  describableTopics: new Set(['t1', 'spread']),
}
const hidden = { apiVersion: 7, mutations: null, principal: ANONYMOUS, chances, describableTopics: new Set<string>() }
const toRegister = {
  incarnationId: INCARNATION,
  endPoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 29192, securityProtocol: 0 }],
  rack: null,
  logDirs: [DIRECTORY],
  cordonedLogDirs: [],
  uncleanShutdown: false,
}
const registered = (before: MetadataImage): MetadataImage =>
  imageOf(registerSoleBroker(stateOf(before), toRegister).records, before)
const cluster = registered(imageOf(features))

const topicRequest = (name: string, more: object = {}) => ({
  topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [], ...more }],
  timeoutMs: 1000,
  validateOnly: false,
})
const namesOf = (records: readonly MetadataRecord[]): string[] => records.map(({ type }) => type)

t.test('a new cluster opens its log in one metadata transaction', (t) => {
  const records = activationRecords(features, new BrokerConfig(), { inTransaction: false })
  t.match(records, [
    { type: 'BeginTransactionRecord', version: 0, value: { name: 'Bootstrap records' } },
    { value: { name: 'metadata.version', featureLevel: 33 } },
    { value: { name: 'eligible.leader.replicas.version', featureLevel: 1 } },
    { value: { name: 'group.version', featureLevel: 1 } },
    { value: { name: 'share.version', featureLevel: 2 } },
    { value: { name: 'streams.version', featureLevel: 1 } },
    { value: { name: 'transaction.version', featureLevel: 2 } },
    { value: { resourceType: 4, resourceName: '', name: 'min.insync.replicas', value: '1' } },
    { type: 'EndTransactionRecord', version: 0 },
  ])
  t.equal(records.length, 9)
  t.end()
})

t.test('a topic is its record, then its configs, then its partitions', (t) => {
  const configs = [{ name: 'retention.ms', value: '1000' }]
  const { records, response } = createTopics(stateOf(cluster), topicRequest('t1', { configs }), describable)
  t.same(namesOf(records), ['TopicRecord', 'ConfigRecord', 'PartitionRecord', 'PartitionRecord'])
  t.same(records[0], record('TopicRecord', 0, { name: 't1', topicId: TOPIC }))
  t.same(
    records[1],
    record('ConfigRecord', 0, { resourceType: 2, resourceName: 't1', name: 'retention.ms', value: '1000' }),
  )
  const placed = { replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: [DIRECTORY] }
  t.same(records[2], record('PartitionRecord', 2, { partitionId: 0, topicId: TOPIC, ...placed }))
  t.same(records[3], record('PartitionRecord', 2, { partitionId: 1, topicId: TOPIC, ...placed }))
  t.match(response.topics, [{ name: 't1', topicId: TOPIC, numPartitions: 2, replicationFactor: 1 }])
  t.end()
})

t.test('what is only validated writes nothing', (t) => {
  const { records, response } = createTopics(stateOf(cluster), { ...topicRequest('t1'), validateOnly: true }, hidden)
  t.same(records, [])
  t.match(response.topics, [{ topicConfigErrorCode: 29, configs: undefined }])
  t.end()
})

t.test('a broker with several directories chooses one itself', (t) => {
  const image = imageOf(
    registerSoleBroker(stateOf(imageOf(features)), { ...toRegister, logDirs: [DIRECTORY, INCARNATION] }).records,
    imageOf(features),
  )
  const { records } = createTopics(stateOf(image), topicRequest('t1'), hidden)
  t.match(records[1], { value: { directories: ['AAAAAAAAAAAAAAAAAAAAAA'] } })
  t.end()
})

t.test('without an active broker nothing is placed', (t) => {
  const { response } = createTopics(stateOf(imageOf(features)), topicRequest('t1'), describable)
  t.match(response.topics, [
    {
      errorCode: 38,
      errorMessage:
        'Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories cordoned.',
    },
  ])
  t.end()
})

t.test('topics are not deleted where that is forbidden', (t) => {
  const state = stateOf(cluster, { 'delete.topic.enable': 'false' })
  const request = { topicNames: ['t'], topics: [], timeoutMs: 1 }
  t.throws(() => deleteTopics(state, request, { apiVersion: 3, mutations: null }), { code: 73 })
  t.throws(() => deleteTopics(state, request, { apiVersion: 2, mutations: null }), { code: 42 })
  t.end()
})

t.test('a new minimum of in-sync replicas clears the eligible leaders', (t) => {
  const image = imageOf(createTopics(stateOf(cluster), topicRequest('t1'), describable).records, cluster)
  const alter = (resourceType: number, resourceName: string) =>
    incrementalAlterConfigs(stateOf(image), {
      resources: [
        { resourceType, resourceName, configs: [{ name: 'min.insync.replicas', configOperation: 0, value: '2' }] },
      ],
      validateOnly: false,
    }).records
  t.match(alter(2, 't1'), [{ type: 'ConfigRecord' }, { type: 'ClearElrRecord', value: { topicName: 't1' } }])
  t.match(alter(4, ''), [{ type: 'ConfigRecord' }, { type: 'ClearElrRecord', value: { topicName: '' } }])
  t.end()
})

// Apache Kafka 4.4.0 answers so at a listener of a controller (QuorumController.ConfigResourceExistenceChecker).
t.test('a node that is not registered has no configuration', (t) => {
  const alter = (resourceName: string) => {
    const configs = [{ name: 'num.io.threads', configOperation: 0, value: '9' }]
    const resources = [{ resourceType: 4, resourceName, configs }]
    const { records, response } = incrementalAlterConfigs(stateOf(cluster), { resources, validateOnly: false })
    return [records.length, response.responses?.[0]?.errorCode, response.responses?.[0]?.errorMessage]
  }
  t.same(alter('2'), [0, ErrorCode.BROKER_ID_NOT_REGISTERED, 'No node with id 2 found.'])
  t.same(alter('1'), [1, ErrorCode.NONE, null])
  t.same(alter(''), [1, ErrorCode.NONE, null])
  t.end()
})

// ConfigurationControlManager.incrementalAlterConfigResource of Apache Kafka 4.4.0 splits as Java does.
t.test('of the entries of a list, empty ones at the end are none', (t) => {
  const value = (op: number, text: string, before: string) => {
    const topic = record('TopicRecord', 0, { name: 't1', topicId: TOPIC })
    const set = { resourceType: 2, resourceName: 't1', name: 'cleanup.policy', value: before }
    const image = imageOf([...features, topic, record('ConfigRecord', 0, set)])
    const configs = [{ name: 'cleanup.policy', configOperation: op, value: text }]
    const resources = [{ resourceType: 2, resourceName: 't1', configs }]
    const { records, response } = incrementalAlterConfigs(stateOf(image), { resources, validateOnly: false })
    t.match(response.responses, [{ errorCode: ErrorCode.NONE }], text)
    return records.map((one) => (one.type === 'ConfigRecord' ? one.value.value : one.type))
  }
  t.same(value(2, 'compact,', 'delete'), ['delete,compact'])
  t.same(value(2, ',', 'delete'), [])
  t.same(value(3, 'delete,,', 'delete,compact'), ['compact'])
  t.end()
})

t.test('producer ids come in blocks that never overlap', (t) => {
  const first = allocateProducerIds(stateOf(cluster), BROKER)
  t.same(first.response, { firstId: 0n, size: 1000 })
  t.match(first.records, [{ value: { brokerId: 1, brokerEpoch: 11n, nextProducerId: 1000n } }])
  const second = allocateProducerIds(stateOf(imageOf(first.records, cluster)), BROKER)
  t.equal(second.response.firstId, 1000n)
  const stale = { code: ErrorCode.STALE_BROKER_EPOCH }
  t.throws(() => allocateProducerIds(stateOf(imageOf(features)), BROKER), stale, 'a broker that is not registered')
  t.throws(() => allocateProducerIds(stateOf(cluster), { ...BROKER, brokerEpoch: 10n }), stale)
  t.end()
})

t.test('the registration carries the offset of its record as epoch', (t) => {
  const { records, response } = registerSoleBroker(stateOf(imageOf(features)), toRegister)
  t.equal(response, 11n)
  t.match(records, [
    {
      type: 'RegisterBrokerRecord',
      version: 4,
      value: { brokerId: 1, brokerEpoch: 11n, incarnationId: INCARNATION, fenced: false, logDirs: [DIRECTORY] },
    },
  ])
  t.end()
})

/** Each state in which Apache leaves a partition of this broker, and how it takes the lead again. */
const partitionStates = [
  {
    name: 'after a clean stop of Apache: an eligible leader, out of sync',
    partition: { isr: [], leader: -1, eligibleLeaderReplicas: [1], lastKnownElr: [1] },
    change: { isr: [1], leader: 1, eligibleLeaderReplicas: [], lastKnownElr: [] },
  },
  {
    name: 'after a crash of Apache: only the last known leader',
    partition: { isr: [], leader: -1, lastKnownElr: [1] },
    change: { isr: [1], leader: 1, leaderRecoveryState: 1, lastKnownElr: [] },
  },
  {
    name: 'in sync, without a leader',
    partition: { isr: [1], leader: -1 },
    change: { leader: 1 },
  },
]

for (const { name, partition, change } of partitionStates) {
  t.test(`a partition takes up its leader: ${name}`, (t) => {
    const topic = [
      record('TopicRecord', 0, { name: 't', topicId: TOPIC }),
      record('PartitionRecord', 2, {
        partitionId: 0,
        topicId: TOPIC,
        replicas: [1],
        directories: [DIRECTORY],
        ...partition,
      }),
    ]
    const { records } = registerSoleBroker(stateOf(imageOf([...features, ...topic])), toRegister)
    t.same(records[1], record('PartitionChangeRecord', 2, { partitionId: 0, topicId: TOPIC, ...change }))
    t.equal(records.length, 2)
    t.end()
  })
}

t.test('a leader stays through a clean stop and begins a new epoch after a crash', (t) => {
  const image = imageOf(createTopics(stateOf(cluster), topicRequest('t1'), describable).records, cluster)
  t.equal(registerSoleBroker(stateOf(image), toRegister).records.length, 1)
  const { records } = registerSoleBroker(stateOf(image), { ...toRegister, uncleanShutdown: true })
  t.match(records.slice(1), [
    { value: { partitionId: 0, leader: 1, isr: null } },
    { value: { partitionId: 1, leader: 1 } },
  ])
  t.equal(imageOf(records, image).topics.partition('t1', 0)?.leaderEpoch, 1)
  t.end()
})

t.test('a partition of another broker, or one that would lose records, is left alone', (t) => {
  const partitions = [
    { replicas: [2], isr: [2], leader: 2 },
    { replicas: [2, 1], isr: [2], leader: -1, directories: [DIRECTORY, DIRECTORY] },
  ]
  for (const partition of partitions) {
    const image = imageOf([
      ...features,
      record('TopicRecord', 0, { name: 't', topicId: TOPIC }),
      record('PartitionRecord', 2, { partitionId: 0, topicId: TOPIC, directories: [DIRECTORY], ...partition }),
    ])
    t.equal(registerSoleBroker(stateOf(image), toRegister).records.length, 1)
    const unclean = stateOf(image, { 'unclean.leader.election.enable': 'true' })
    t.equal(registerSoleBroker(unclean, toRegister).records.length, partition.replicas.includes(1) ? 2 : 1)
  }
  t.end()
})

t.test(
  'a broker whose directory lost its id finds its replicas in the directory of a new id, and goes on leading them',
  (t) => {
    const RENEWED = 'J8b4mYMsAErIjwb4DUvPAw'
    const created = imageOf(createTopics(stateOf(cluster), topicRequest('t1'), describable).records, cluster)
    const registration = registerSoleBroker(stateOf(created), { ...toRegister, logDirs: [RENEWED] })
    const image = imageOf(registration.records, created)
    const places = [0, 1].map((partition) => ({ topic: 't1', topicId: TOPIC, partition, directoryId: RENEWED }))
    const told = imageOf(assign(image, places).records, image)
    t.match(told.topics.get('t1')?.partitions, [
      { directories: [RENEWED], leader: 1, isr: [1], leaderEpoch: 0 },
      { directories: [RENEWED], leader: 1, isr: [1], leaderEpoch: 0 },
    ])
    t.end()
  },
)

t.test('a broker with several directories says where its replicas are', (t) => {
  const OTHER = 'J8b4mYMsAErIjwb4DUvPAw'
  const empty = imageOf(features)
  const registration = registerSoleBroker(stateOf(empty), { ...toRegister, logDirs: [DIRECTORY, OTHER] })
  const two = imageOf(registration.records, empty)
  const created = createTopics(stateOf(two), topicRequest('spread'), describable)
  const image = imageOf(created.records, two)
  const places = [0, 1, 2].map((partition) => ({ topic: 'spread', topicId: TOPIC, partition, directoryId: OTHER }))
  const { records } = assign(image, places)
  t.match(records, [
    { type: 'PartitionChangeRecord', version: 2, value: { topicId: TOPIC, partitionId: 0, directories: [OTHER] } },
    { type: 'PartitionChangeRecord', version: 2, value: { topicId: TOPIC, partitionId: 1, directories: [OTHER] } },
  ])
  t.equal(records.length, 2, 'there is no partition 2')
  t.match(assign(image, places).response.directories, [
    { id: OTHER, topics: [{ partitions: [{ errorCode: 0 }, { errorCode: 0 }, { partitionIndex: 2, errorCode: 3 }] }] },
  ])
  const told = imageOf(records, image)
  t.strictSame(told.topics.get('spread')?.partitions[1].directories, [OTHER])
  t.equal(told.topics.get('spread')?.partitions[1].leaderEpoch, 0, 'which changes nothing else')
  t.strictSame(assign(told, places).records, [], 'what is known is not said again')
  const again = places.map((place) => ({ ...place, topicId: OTHER }))
  t.strictSame(assign(image, again).records, [], 'a namesake is another topic')
  t.end()
})
