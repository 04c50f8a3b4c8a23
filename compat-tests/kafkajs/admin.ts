import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { numbered, Session } from './session.ts'

const topicResource = kafkajs.ConfigResourceTypes.TOPIC
const brokerResource = kafkajs.ConfigResourceTypes.BROKER

/** A refused request, alone, wrapped by retries, or one of several. */
interface KafkaJsFailure {
  type?: string
  cause?: { type?: string }
  errors?: { type?: string }[]
}

const errorType = (type: string) => (error: KafkaJsFailure) => {
  assert.equal(error.type ?? error.cause?.type ?? error.errors?.[0].type, type)
  return true
}

export const adminCases: Case[] = [
  {
    name: 'createTopics, listTopics, fetchTopicMetadata, deleteTopics',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = context.unique('life')
      assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] }), true)
      assert.equal(await admin.createTopics({ topics: [{ topic }] }), false)
      assert.ok((await admin.listTopics()).includes(topic))
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const { brokers } = await admin.describeCluster()
      const nodeIds = brokers.map(({ nodeId }) => nodeId)
      const partitions = topics[0].partitions.sort((a, b) => a.partitionId - b.partitionId)
      assert.deepEqual(
        partitions.map((one) => [one.partitionId, one.partitionErrorCode, one.replicas, one.isr]),
        partitions.map(({ leader }, partition) => [partition, 0, [leader], [leader]]),
      )
      assert.ok(partitions.length === 3 && partitions.every(({ leader }) => nodeIds.includes(leader)))
      await admin.deleteTopics({ topics: [topic] })
      await eventually('the topic is gone', async () => !(await admin.listTopics()).includes(topic))
      const impatient = await new Session(context, { retry: { retries: 0 } }).admin()
      await assert.rejects(impatient.deleteTopics({ topics: [topic] }), errorType('UNKNOWN_TOPIC_OR_PARTITION'))
      assert.equal(await admin.createTopics({ topics: [{ topic }] }), true)
    },
  },
  {
    name: 'createTopics: validate only, manual assignment, refused configs',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = context.unique('refused')
      await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic, numPartitions: 2 }] })
      assert.equal((await admin.listTopics()).includes(topic), false)
      const { nodeId } = (await admin.describeCluster()).brokers[0]
      const create = (extra: object) => admin.createTopics({ waitForLeaders: false, topics: [{ topic, ...extra }] })
      await assert.rejects(create({ numPartitions: 0 }), errorType('INVALID_PARTITIONS'))
      await assert.rejects(create({ replicationFactor: 7 }), errorType('INVALID_REPLICATION_FACTOR'))
      await assert.rejects(
        create({ configEntries: [{ name: 'retention.ms', value: 'soon' }] }),
        errorType('INVALID_CONFIG'),
      )
      await assert.rejects(
        create({ configEntries: [{ name: 'no.such.key', value: '1' }] }),
        errorType('INVALID_CONFIG'),
      )
      const replicaAssignment = [
        { partition: 0, replicas: [nodeId] },
        { partition: 1, replicas: [nodeId] },
      ]
      assert.equal(await create({ numPartitions: -1, replicationFactor: -1, replicaAssignment }), true)
      await eventually('two partitions', async () => {
        const metadata = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null)
        return metadata?.topics[0].partitions.length === 2
      })
      await assert.rejects(
        admin.createTopics({ topics: [{ topic: 'not/allowed' }] }),
        errorType('INVALID_TOPIC_EXCEPTION'),
      )
    },
  },
  {
    name: 'createPartitions',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic({ partitions: 2 })
      await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
      await eventually('five partitions', async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        return topics[0].partitions.length === 5
      })
      await assert.rejects(
        admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }),
        errorType('INVALID_PARTITIONS'),
      )
      const producer = await session.producer()
      const [answer] = await producer.send({ topic, messages: [{ value: 'new one', partition: 4 }] })
      assert.deepEqual([answer.partition, answer.baseOffset], [4, '0'])
    },
  },
  {
    name: 'describeConfigs and alterConfigs of a topic',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic({ config: { 'cleanup.policy': 'compact' } })
      const describe = async (configNames: string[]) => {
        const resources = [{ type: topicResource, name: topic, configNames }]
        const answer = await admin.describeConfigs({ includeSynonyms: true, resources })
        return answer.resources[0].configEntries
      }
      const [policy] = await describe(['cleanup.policy'])
      assert.deepEqual([policy.configValue, policy.isDefault, policy.configSource], ['compact', false, 1])
      const synonyms = policy.configSynonyms.map((one) => [one.configName, one.configValue, one.configSource])
      assert.deepEqual(synonyms, [
        ['cleanup.policy', 'compact', 1],
        ['log.cleanup.policy', 'delete', 5],
      ])
      const [retention] = await describe(['retention.ms'])
      assert.deepEqual([retention.configValue, retention.configSource], ['604800000', 5])
      assert.ok((await describe([])).length >= 25)
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: topicResource, name: topic, configEntries: [{ name: 'retention.ms', value: '3600000' }] }],
      })
      // AlterConfigs replaces: what it does not name goes back to its default.
      await eventually('the new retention', async () => (await describe(['retention.ms']))[0].configValue === '3600000')
      assert.equal((await describe(['cleanup.policy']))[0].configValue, 'delete')
    },
  },
  {
    name: 'describeConfigs and alterConfigs of the broker',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const name = String((await admin.describeCluster()).brokers[0].nodeId)
      const value = async () => {
        const resources = [{ type: brokerResource, name, configNames: ['log.cleaner.threads'] }]
        const answer = await admin.describeConfigs({ includeSynonyms: false, resources })
        return answer.resources[0].configEntries[0].configValue
      }
      assert.equal(await value(), '1')
      const alter = (configEntries: { name: string; value: string }[]) =>
        admin.alterConfigs({ validateOnly: false, resources: [{ type: brokerResource, name, configEntries }] })
      await alter([{ name: 'log.cleaner.threads', value: '2' }])
      await eventually('two threads', async () => (await value()) === '2')
      await alter([])
      await eventually('the default', async () => (await value()) === '1')
    },
  },
  {
    name: 'describeCluster',
    smoke: true,
    async run(context) {
      const admin = await new Session(context).admin()
      const cluster = await admin.describeCluster()
      assert.equal(cluster.brokers.length, context.broker.clusterSize)
      assert.ok(cluster.brokers.some(({ port }) => port === context.broker.port))
      assert.ok(cluster.brokers.some(({ nodeId }) => nodeId === cluster.controller))
      assert.match(cluster.clusterId, /^[\w-]{22}$/)
    },
  },
  {
    name: 'fetchOffsets, setOffsets, resetOffsets and fetchTopicOffsets',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic({ partitions: 2 })
      const groupId = context.unique('offsets')
      const producer = await session.producer()
      const messages = numbered('offsets', 20).map((one, i) => ({ ...one, partition: i % 2 }))
      await producer.send({ topic, messages })
      const log = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition)
      assert.deepEqual(
        log.map((one) => [one.partition, one.low, one.high]),
        [
          [0, '0', '10'],
          [1, '0', '10'],
        ],
      )
      const committed = async () => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
        return answer.partitions.sort((a, b) => a.partition - b.partition).map((one) => one.offset)
      }
      // The first question may come while the coordinator still loads, which kafkajs does not wait for here.
      const nothing = await eventually('the coordinator', () => committed().catch(() => null))
      assert.deepEqual(nothing, ['-1', '-1'])
      await admin.setOffsets({
        groupId,
        topic,
        partitions: [
          { partition: 0, offset: '4' },
          { partition: 1, offset: '7' },
        ],
      })
      assert.deepEqual(await committed(), ['4', '7'])
      assert.equal((await session.read(topic, 9, { groupId })).length, 9)
      await admin.resetOffsets({ groupId, topic, earliest: true })
      assert.deepEqual(
        (await admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets: true }))[0].partitions.length,
        2,
      )
    },
  },
  {
    name: 'deleteTopicRecords',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic()
      await session.send(topic, numbered('old', 10))
      // kafkajs deletes only in topics that this admin has looked at.
      assert.equal((await admin.fetchTopicOffsets(topic))[0].low, '0')
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
      assert.equal((await admin.fetchTopicOffsets(topic))[0].low, '6')
    },
  },
  {
    name: 'listPartitionReassignments has none to tell',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic()
      const answer = await admin.listPartitionReassignments({ topics: [{ topic, partitions: [0] }] })
      assert.deepEqual(answer.topics, [])
    },
  },
]
