import t from 'tap'
import { MetadataDelta } from '../../src/metadata/image/metadata-delta.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../src/metadata/image/metadata-image.ts'
import { MetadataLoader } from '../../src/metadata/metadata-loader.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../../src/metadata/metadata-record.ts'
import { MetadataReplayError } from '../../src/metadata/replay-error.ts'
import { snapshotRecords } from '../../src/metadata/snapshot-records.ts'
import { contentOf, imageOf, record } from '../controller/support/records.ts'

const TOPIC = 'qHt4u7VWg-4n08mIC4jH_w'
const OTHER = 'rBWzWpGEKwCyMahCyxowLQ'
const DIRECTORY = 'XigQJbpHTpIuxYgn1PkHsA'
const AT = { lastContainedOffset: 9, lastContainedEpoch: 3, lastContainedLogTimeMs: 77 }

const features = [
  record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }),
  record('FeatureLevelRecord', 0, { name: 'eligible.leader.replicas.version', featureLevel: 1 }),
]
const broker = record('RegisterBrokerRecord', 4, {
  brokerId: 1,
  brokerEpoch: 11n,
  incarnationId: OTHER,
  endPoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
  features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
  rack: 'r',
  fenced: true,
  logDirs: [DIRECTORY],
})
const partition = (partitionId: number, more: object = {}) =>
  record('PartitionRecord', 2, {
    partitionId,
    topicId: TOPIC,
    replicas: [1],
    isr: [1],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [DIRECTORY],
    ...more,
  })
const topic = [record('TopicRecord', 0, { name: 't', topicId: TOPIC }), partition(0), partition(1)]
const config = (value: string | null) =>
  record('ConfigRecord', 0, { resourceType: 2, resourceName: 't', name: 'retention.ms', value })
const quota = (key: string, value: number, remove = false) =>
  record('ClientQuotaRecord', 0, { entity: [{ entityType: 'user', entityName: null }], key, value, remove })
const unknown = decodeMetadataRecord(Buffer.from([1, 99, 0, 1, 2, 3]))

const everything: MetadataRecord[] = [
  ...features,
  broker,
  record('RegisterControllerRecord', 0, { controllerId: 1, incarnationId: OTHER }),
  ...topic,
  config('5'),
  record('ConfigRecord', 0, { resourceType: 4, resourceName: '', name: 'message.max.bytes', value: '9' }),
  quota('producer_byte_rate', 1.5),
  quota('consumer_byte_rate', 2),
  record('ProducerIdsRecord', 0, { brokerId: 1, brokerEpoch: 11n, nextProducerId: 1000n }),
  record('AccessControlEntryRecord', 0, { id: OTHER, resourceType: 2, resourceName: 't', principal: 'User:a' }),
  record('UserScramCredentialRecord', 0, { name: 'a', mechanism: 1, salt: Buffer.from('s'), iterations: 4096 }),
  record('DelegationTokenRecord', 0, { owner: 'User:a', tokenId: 'token', maxTimestamp: 5n }),
  unknown,
]

t.test('image to snapshot to image, through the bytes, loses nothing', (t) => {
  const image = imageOf(everything)
  const written = [...snapshotRecords(image)].map((each) => Buffer.from(encodeMetadataRecord(each)))
  t.same(contentOf(imageOf(written.map(decodeMetadataRecord))), contentOf(image))
  t.match(image.unknown, [{ apiKey: 99 }])
  t.end()
})

t.test('the snapshot begins with metadata.version, for that decides what follows', (t) => {
  const first = [...snapshotRecords(imageOf(everything))][0]
  t.match(first, { type: 'FeatureLevelRecord', value: { name: 'metadata.version', featureLevel: 30 } })
  t.end()
})

t.test('what a snapshot holds follows the level of an older cluster', (t) => {
  const level = record('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 14 })
  const records = [...snapshotRecords(imageOf([level, broker, ...topic]))]
  t.match(
    records.find(({ type }) => type === 'PartitionRecord'),
    { version: 0, value: { directories: [] } },
  )
  t.match(
    records.find(({ type }) => type === 'RegisterBrokerRecord'),
    { version: 2, value: { logDirs: [] } },
  )
  t.end()
})

const changeOf = (before: MetadataImage, records: readonly MetadataRecord[]) => {
  const delta = new MetadataDelta(before)
  for (const each of records) delta.replay(each)
  return delta.apply(AT)
}

t.test('a change names what was created, changed and deleted', (t) => {
  const created = changeOf(imageOf([...features, broker]), [...topic, config('5')])
  t.match(created.createdTopics, [{ name: 't', partitions: [{ leader: 1 }, { leader: 1 }] }])
  t.same(created.changedConfigs, [{ type: 2, name: 't' }])
  t.equal(created.after.topics.get('t'), created.after.topics.getById(TOPIC))
  t.same(created.after.provenance, AT)

  const moved = record('PartitionChangeRecord', 2, { partitionId: 1, topicId: TOPIC, leader: 1, isr: [1] })
  const changed = changeOf(created.after, [moved, partition(2)])
  t.match(changed.changedTopics, [{ before: { partitions: { length: 2 } }, after: { partitions: { length: 3 } } }])
  t.match(changed.after.topics.partition('t', 1), { leaderEpoch: 1, partitionEpoch: 1 })
  t.equal(changed.before.topics.partition('t', 1)?.leaderEpoch, 0, 'the older image is as it was')

  const removed = changeOf(changed.after, [record('RemoveTopicRecord', 0, { topicId: TOPIC })])
  t.match(removed.deletedTopics, [{ name: 't', partitions: { length: 3 } }])
  t.equal(removed.after.topics.size, 0)
  t.equal(removed.after.configs.topic('t').size, 0, 'its configuration goes with it')
  t.end()
})

t.test('a name given up and taken again within one change', (t) => {
  const before = imageOf([...features, ...topic])
  const { deletedTopics, createdTopics, after } = changeOf(before, [
    record('RemoveTopicRecord', 0, { topicId: TOPIC }),
    record('TopicRecord', 0, { name: 't', topicId: OTHER }),
    partition(0, { topicId: OTHER }),
  ])
  t.match([deletedTopics, createdTopics], [[{ id: TOPIC }], [{ id: OTHER }]])
  t.match([after.topics.get('t')?.id, after.topics.getById(TOPIC)], [OTHER, undefined])
  t.end()
})

t.test('a topic that comes and goes within one change was never there', (t) => {
  const change = changeOf(EMPTY_IMAGE, [...topic, record('RemoveTopicRecord', 0, { topicId: TOPIC })])
  t.same([change.createdTopics, change.deletedTopics, change.changedTopics], [[], [], []])
  t.end()
})

t.test('names that metrics cannot tell apart are known as colliding', (t) => {
  const dotted = [record('TopicRecord', 0, { name: 'a.b', topicId: TOPIC }), partition(0)]
  const image = imageOf(dotted)
  t.equal(image.topics.collidingWith('a_b'), 'a.b')
  t.equal(image.topics.collidingWith('ab'), undefined)
  const without = imageOf([record('RemoveTopicRecord', 0, { topicId: TOPIC })], image)
  t.equal(without.topics.collidingWith('a_b'), undefined)
  t.end()
})

t.test('broker registration: fencing, controlled shutdown, directories, unregistering', (t) => {
  const change = (value: object) =>
    record('BrokerRegistrationChangeRecord', 3, { brokerId: 1, brokerEpoch: 11n, ...value })
  const unfenced = imageOf([broker, change({ fenced: -1, cordonedLogDirs: [] })])
  t.match(unfenced.cluster.brokers.get('1'), { fenced: false, cordonedLogDirs: [], logDirs: [DIRECTORY] })
  const leaving = imageOf([change({ inControlledShutdown: 1, logDirs: [OTHER] })], unfenced)
  t.match(leaving.cluster.brokers.get('1'), { fenced: false, inControlledShutdown: true, logDirs: [OTHER] })
  const gone = imageOf([record('UnregisterBrokerRecord', 0, { brokerId: 1, brokerEpoch: 11n })], leaving)
  t.equal(gone.cluster.brokers.size, 0)
  t.end()
})

t.test('quotas, ACLs, credentials, tokens and features are removed by their records', (t) => {
  const image = imageOf([
    ...everything,
    quota('producer_byte_rate', 0, true),
    quota('consumer_byte_rate', 0, true),
    record('RemoveAccessControlEntryRecord', 0, { id: OTHER }),
    record('RemoveUserScramCredentialRecord', 0, { name: 'a', mechanism: 1 }),
    record('RemoveDelegationTokenRecord', 0, { tokenId: 'token' }),
    record('FeatureLevelRecord', 0, { name: 'eligible.leader.replicas.version', featureLevel: 0 }),
    config(null),
  ])
  const { clientQuotas, acls, scram, delegationTokens, features: left } = image
  t.same([clientQuotas.size, acls.size, scram.size, delegationTokens.size, left.size], [0, 0, 0, 0, 1])
  t.equal(image.configs.topic('t').size, 0)
  t.end()
})

t.test('eligible leader replicas are cleared for a topic and for all', (t) => {
  for (const topicName of ['t', '']) {
    const image = imageOf([
      record('TopicRecord', 0, { name: 't', topicId: TOPIC }),
      partition(0, { isr: [], eligibleLeaderReplicas: [1], lastKnownElr: [1] }),
      record('ClearElrRecord', 0, { topicName }),
    ])
    t.match(image.topics.partition('t', 0), { elr: [], lastKnownElr: [], partitionEpoch: 1 })
  }
  t.end()
})

t.test('a log that contradicts itself is refused', (t) => {
  const impossible = [
    partition(0),
    record('PartitionChangeRecord', 2, { partitionId: 0, topicId: TOPIC }),
    record('RemoveTopicRecord', 0, { topicId: TOPIC }),
    record('BrokerRegistrationChangeRecord', 3, { brokerId: 1, brokerEpoch: 11n }),
    record('RemoveAccessControlEntryRecord', 0, { id: OTHER }),
  ]
  for (const each of impossible) t.throws(() => imageOf([each]), MetadataReplayError, each.type)
  t.end()
})

t.test('an aborted metadata transaction, and one without an end, leave nothing', (t) => {
  const load = (records: readonly MetadataRecord[]) => {
    const loader = new MetadataLoader(EMPTY_IMAGE)
    for (const each of records) loader.replay(each, AT)
    return { topics: loader.image().topics.size, inTransaction: loader.inTransaction }
  }
  const begin = record('BeginTransactionRecord', 0, { name: 'n' })
  t.same(load([begin, ...topic]), { topics: 0, inTransaction: true })
  t.same(load([begin, ...topic, record('AbortTransactionRecord', 0, {})]), { topics: 0, inTransaction: false })
  t.same(load([begin, ...topic, record('EndTransactionRecord', 0, {})]), { topics: 1, inTransaction: false })
  t.end()
})
