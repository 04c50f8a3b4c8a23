import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { numbered, Session, values } from './session.ts'
import { errorNamed } from './wire.ts'

const topicType = kafkajs.ConfigResourceTypes.TOPIC
const brokerType = kafkajs.ConfigResourceTypes.BROKER

const once = { retry: { retries: 0 } }

const creation: Case[] = [
  {
    name: 'createTopics: several at once, and each refusal names its topic',
    async run(context) {
      const admin = await new Session(context, once).admin()
      const [good, other, bad, worse] = ['good', 'other', 'no such config', 'no/such'].map((word) =>
        context.unique(word),
      )
      const config = context.unique('config')
      const creating = admin.createTopics({
        topics: [
          { topic: good },
          { topic: bad },
          { topic: worse },
          { topic: config, configEntries: [{ name: 'cleanup.policy', value: 'forget' }] },
          { topic: other, numPartitions: 2 },
        ],
      })
      await assert.rejects(creating, (error: { errors?: { topic: string; type: string }[] }) => {
        assert.deepEqual(
          error.errors?.map((one) => [one.topic, one.type]).sort(),
          [
            [bad, 'INVALID_TOPIC_EXCEPTION'],
            [config, 'INVALID_CONFIG'],
            [worse, 'INVALID_TOPIC_EXCEPTION'],
          ].sort(),
        )
        return true
      })
      await eventually('the two that are good', async () => {
        const topics = await admin.listTopics()
        return topics.includes(good) && topics.includes(other) && !topics.includes(config)
      })
      // That one of them is there already is not an error, but it is not `created` either.
      assert.equal(await admin.createTopics({ topics: [{ topic: good }, { topic: other }] }), false)
    },
  },
  {
    name: 'createTopics: replicas that are no brokers, and the defaults of the broker',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const create = (extra: object) =>
        admin.createTopics({ topics: [{ topic: context.unique('assigned'), ...extra }] })
      const assigned = (replicas: number[], partition = 0) => ({ replicaAssignment: [{ partition, replicas }] })
      await assert.rejects(create(assigned([4_711])), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      const { nodeId } = (await admin.describeCluster()).brokers[0]
      await assert.rejects(create(assigned([nodeId, nodeId])), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      await assert.rejects(create(assigned([nodeId], 3)), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      const both = { ...assigned([nodeId]), numPartitions: 1, replicationFactor: 1 }
      await assert.rejects(create(both), errorNamed('INVALID_REQUEST'))
      const topic = context.unique('defaults')
      await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: -1, replicationFactor: -1 }] })
      const partitions = await eventually('the new topic', async () => {
        const metadata = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null)
        return metadata?.topics[0].partitions
      })
      assert.equal(partitions.length, 1)
    },
  },
  {
    name: 'createPartitions: an unknown topic, a broker that is not, assignments and validate only',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const topic = await session.topic()
      const grow = (name: string, count: number, assignments?: number[][], validateOnly = false) =>
        admin.createPartitions({ validateOnly, topicPartitions: [{ topic: name, count, assignments }] })
      await assert.rejects(grow(context.unique('nowhere'), 3), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      await assert.rejects(grow(topic, 1), errorNamed('INVALID_PARTITIONS'))
      await assert.rejects(grow(topic, 2, [[4_711]]), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      const replicas = (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId)
      await assert.rejects(grow(topic, 3, [replicas]), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      const count = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
      await grow(topic, 4, undefined, true)
      assert.equal(await count(), 1)
      await grow(topic, 3, [replicas, replicas])
      await eventually('three partitions', async () => (await count()) === 3)
    },
  },
  {
    name: 'a consumer takes up partitions that are added while it runs',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const admin = await session.admin()
      const seen = new Set<number>()
      const consumer = await session.consumer({ metadataMaxAge: 200 })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async ({ partition }) => void seen.add(partition) })
      await session.send(topic, numbered('before', 3))
      await eventually('the only partition', () => seen.has(0))
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      const producer = await session.producer({ metadataMaxAge: 200 })
      await eventually('a leader for the new ones', () =>
        producer
          .send({ topic, messages: [1, 2].map((partition) => ({ partition, value: `${partition}` })) })
          .then((answers) => answers.length === 2)
          .catch(() => false),
      )
      await eventually('all partitions', () => seen.size === 3)
    },
  },
  {
    name: 'deleteTopics: several at once, then the same names again, empty',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const topics = [await session.topic(), await session.topic({ partitions: 3 })]
      for (const topic of topics) await session.send(topic, numbered('gone', 5))
      const nowhere = context.unique('nowhere')
      await assert.rejects(admin.deleteTopics({ topics: [nowhere] }), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      await admin.deleteTopics({ topics })
      await eventually('none of them', async () => {
        const left = await admin.listTopics()
        return !topics.some((topic) => left.includes(topic))
      })
      await eventually('the names are free', () =>
        admin.createTopics({ waitForLeaders: false, topics: topics.map((topic) => ({ topic })) }).catch(() => false),
      )
      for (const topic of topics) {
        const offsets = await eventually('an empty log', () => admin.fetchTopicOffsets(topic).catch(() => null))
        assert.deepEqual(offsets, [{ partition: 0, offset: '0', high: '0', low: '0' }])
      }
    },
  },
  {
    name: 'fetchTopicMetadata: all topics, and one that is not and must not be created',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 4 })
      const admin = await session.admin()
      const { topics } = await admin.fetchTopicMetadata()
      assert.equal(topics.find((one) => one.name === topic)?.partitions.length, 4)
      // An admin of kafkajs asks without creating; a producer does as it is told.
      const impatient = new Session(context, once)
      const nowhere = context.unique('nowhere')
      const asking = (await impatient.admin()).fetchTopicMetadata({ topics: [topic, nowhere] })
      await assert.rejects(asking, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      const producer = await impatient.producer({ allowAutoTopicCreation: false })
      const sending = producer.send({ topic: nowhere, messages: [{ value: 'x' }] })
      await assert.rejects(sending, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      assert.equal((await admin.listTopics()).includes(nowhere), false)
    },
  },
]

const records: Case[] = [
  {
    name: 'deleteTopicRecords: one partition up to an offset, another to its end; the rest is consumed',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 3 })
      const admin = await session.admin()
      const producer = await session.producer()
      const messages = numbered('record', 30).map((message, i) => ({ ...message, partition: i % 3 }))
      await producer.send({ topic, messages })
      const low = async () =>
        (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition).map((one) => one.low)
      assert.deepEqual(await low(), ['0', '0', '0'])
      await admin.deleteTopicRecords({
        topic,
        partitions: [
          { partition: 0, offset: '7' },
          { partition: 1, offset: '-1' },
        ],
      })
      assert.deepEqual(await low(), ['7', '10', '0'])
      const left = (await session.read(topic, 13)).map((one) => [one.partition, Number(one.message.offset)])
      assert.deepEqual(
        left.sort(([p, o], [q, r]) => p - q || o - r),
        [[0, 7], [0, 8], [0, 9], ...Array.from({ length: 10 }, (_, offset) => [2, offset])],
      )
    },
  },
  {
    name: 'deleteTopicRecords: below the beginning nothing happens, beyond the end one partition is refused',
    async run(context) {
      const session = new Session(context, once)
      const topic = await session.topic({ partitions: 2 })
      const admin = await session.admin()
      const producer = await session.producer()
      await producer.send({ topic, messages: numbered('record', 20).map((one, i) => ({ ...one, partition: i % 2 })) })
      const low = async () =>
        (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition).map((one) => one.low)
      assert.deepEqual(await low(), ['0', '0'])
      const remove = (...offsets: string[]) =>
        admin.deleteTopicRecords({ topic, partitions: offsets.map((offset, partition) => ({ partition, offset })) })
      await remove('5')
      await remove('3', '2')
      assert.deepEqual(await low(), ['5', '2'])
      await assert.rejects(remove('7', '99'), (error: { cause?: { partitions: { partition: number }[] } }) => {
        errorNamed('OFFSET_OUT_OF_RANGE')(error)
        assert.deepEqual(
          error.cause?.partitions.map((one) => one.partition),
          [1],
        )
        return true
      })
      assert.deepEqual(await low(), ['7', '2'])
      await assert.rejects(remove('7', '3', '1'), (error: { name?: string; retriable?: boolean }) => {
        assert.deepEqual([error.name, error.retriable], ['KafkaJSDeleteTopicRecordsError', false])
        return true
      })
      assert.deepEqual(await low(), ['7', '2'])
    },
  },
]

const configs: Case[] = [
  {
    name: 'describeConfigs: all of a topic, some of the broker, several resources at once',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const topic = await session.topic()
      const broker = String((await admin.describeCluster()).brokers[0].nodeId)
      const names = ['log.retention.hours', 'compression.type', 'no.such.key']
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: topicType, name: topic },
          { type: brokerType, name: broker, configNames: names },
        ],
      })
      const [ofTopic, ofBroker] = [topicType, brokerType].map((type) =>
        resources.find((one) => one.resourceType === type),
      )
      assert.deepEqual([ofTopic?.resourceName, ofBroker?.resourceName], [topic, broker])
      const all = new Map(ofTopic?.configEntries.map((entry) => [entry.configName, entry]))
      for (const [name, value] of [
        ['cleanup.policy', 'delete'],
        ['max.message.bytes', '1048588'],
        ['min.insync.replicas', context.broker.clusterSize === 1 ? '1' : '2'],
        ['segment.bytes', '1073741824'],
        ['message.timestamp.type', 'CreateTime'],
      ]) {
        const entry = all.get(name)
        assert.deepEqual([name, entry?.configValue, entry?.readOnly, entry?.isSensitive], [name, value, false, false])
      }
      const some = ofBroker?.configEntries.map((entry) => [entry.configName, entry.configValue, entry.readOnly]).sort()
      assert.deepEqual(some, [
        ['compression.type', 'producer', false],
        ['log.retention.hours', '168', true],
      ])
    },
  },
  {
    name: 'describeConfigs and alterConfigs: a topic that is not',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const unknown = { type: topicType, name: context.unique('nowhere') }
      const describing = admin.describeConfigs({ includeSynonyms: false, resources: [unknown] })
      await assert.rejects(describing, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      const configEntries = [{ name: 'retention.ms', value: '1' }]
      const altering = admin.alterConfigs({ validateOnly: false, resources: [{ ...unknown, configEntries }] })
      await assert.rejects(altering, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
    },
  },
  {
    name: 'alterConfigs: validate only changes nothing, a refused value neither, one resource of two goes through',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const topics = [await session.topic(), await session.topic()]
      const policy = async (topic: string) => {
        const resources = [{ type: topicType, name: topic, configNames: ['cleanup.policy'] }]
        const answer = await admin.describeConfigs({ includeSynonyms: false, resources })
        return answer.resources[0].configEntries[0].configValue
      }
      const alter = (policies: string[], validateOnly = false) =>
        admin.alterConfigs({
          validateOnly,
          resources: policies.map((value, i) => ({
            type: topicType,
            name: topics[i],
            configEntries: [{ name: 'cleanup.policy', value }],
          })),
        })
      await alter(['compact'], true)
      assert.equal(await policy(topics[0]), 'delete')
      await assert.rejects(alter(['forget'], true), errorNamed('INVALID_CONFIG'))
      await assert.rejects(alter(['forget', 'compact']), errorNamed('INVALID_CONFIG'))
      await eventually('the other topic', async () => (await policy(topics[1])) === 'compact')
      assert.equal(await policy(topics[0]), 'delete')
      const readOnly = (await admin.describeCluster()).brokers[0].nodeId
      const altering = admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: brokerType, name: String(readOnly), configEntries: [{ name: 'broker.id', value: '9' }] }],
      })
      await assert.rejects(altering, errorNamed('INVALID_REQUEST'))
    },
  },
  {
    name: 'a broker wide maximum of a message refuses what a topic of its own allows',
    async run(context) {
      const session = new Session(context, once)
      const roomy = await session.topic({ config: { 'max.message.bytes': '3000000' } })
      const usual = await session.topic()
      const large = [{ value: 'x'.repeat(2_000_000) }]
      await assert.rejects(session.send(usual, large), errorNamed('MESSAGE_TOO_LARGE'))
      await session.send(roomy, large)
      assert.equal(values(await session.read(roomy, 1))[0]?.length, 2_000_000)
    },
  },
]

const reassignments: Case[] = [
  {
    name: 'alterPartitionReassignments: to where it is, to a broker that is not, of a topic that is not',
    async run(context) {
      const session = new Session(context, once)
      const admin = await session.admin()
      const topic = await session.topic({ partitions: 2 })
      const { nodeId } = (await admin.describeCluster()).brokers[0]
      const assign = (name: string, replicas: number[]) =>
        admin.alterPartitionReassignments({
          topics: [{ topic: name, partitionAssignment: [0, 1].map((partition) => ({ partition, replicas })) }],
        })
      await assign(topic, [nodeId])
      await assert.rejects(assign(topic, [4_711]), (error: { errors?: { topic: string; partition: number }[] }) => {
        errorNamed('INVALID_REPLICA_ASSIGNMENT')(error)
        assert.deepEqual(error.errors?.map((one) => [one.topic, one.partition]).sort(), [
          [topic, 0],
          [topic, 1],
        ])
        return true
      })
      await assert.rejects(assign(context.unique('nowhere'), [nodeId]), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      const { topics } = await admin.listPartitionReassignments({})
      assert.deepEqual(topics, [])
    },
  },
  {
    name: 'admin: ACLs are refused by a broker without an authorizer',
    async run(context) {
      const admin = await new Session(context, once).admin()
      const acl = {
        resourceType: kafkajs.AclResourceTypes.TOPIC,
        resourceName: context.unique('acl'),
        resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
        principal: 'User:bob',
        host: '*',
        operation: kafkajs.AclOperationTypes.ALL,
        permissionType: kafkajs.AclPermissionTypes.DENY,
      }
      await assert.rejects(admin.createAcls({ acl: [acl] }), errorNamed('SECURITY_DISABLED'))
      await assert.rejects(admin.describeAcls(acl), errorNamed('SECURITY_DISABLED'))
      await assert.rejects(admin.deleteAcls({ filters: [acl] }), errorNamed('SECURITY_DISABLED'))
    },
  },
]

export const adminTopicCases: Case[] = [...creation, ...records, ...configs, ...reassignments]
