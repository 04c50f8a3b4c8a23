import assert from 'node:assert/strict'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { Session } from './session.ts'
import { errorNamed, Wire } from './wire.ts'

interface TopicData {
  topic: string
  partitions: { partition: number; firstSequence?: number; messages: object[] }[]
}

interface ProduceAnswer {
  topics: { topicName: string; partitions: { partition: number; errorCode: number; baseOffset: string }[] }[]
}

interface FetchAnswer {
  responses: { topicName: string; partitions: FetchedPartition[] }[]
}

interface FetchedPartition {
  partition: number
  highWatermark: string
  messages: { offset: string; key: Buffer | null; value: Buffer; headers?: Record<string, Buffer> }[]
}

interface MetadataAnswer {
  brokers: { nodeId: number; host: string; port: number }[]
  topicMetadata: { topic: string; partitionMetadata: { partitionId: number; leader: number }[] }[]
}

const timestamp = 1_600_000_000_000
const threeMessages = (extra: object = {}) =>
  ['a', 'b', 'c'].map((letter) => ({ key: `key ${letter}`, value: `value ${letter}`, timestamp, ...extra }))

const topicData = (topic: string, messages: object[], firstSequence = 0): TopicData[] => [
  { topic, partitions: [{ partition: 0, firstSequence, messages }] },
]

const baseOffset = (answer: ProduceAnswer): string => answer.topics[0].partitions[0].baseOffset

const fetchOf = (topic: string, fetchOffset: number, extra: object = {}) => ({
  maxWaitTime: 5,
  minBytes: 1,
  maxBytes: 1_048_576,
  topics: [{ topic, partitions: [{ partition: 0, fetchOffset, maxBytes: 1_048_576 }] }],
  ...extra,
})

/** The oldest versions that carry record batches: what is older carries message sets, without headers and producers. */
const firstWithBatches = { Produce: 3, Fetch: 4 }

const logCases: Case[] = [
  {
    name: 'requests: Produce in every version that both sides speak',
    smoke: true,
    async run(context) {
      await Wire.inEveryVersion(context, 'Produce', async (wire, version) => {
        // Apache Kafka 4 names the older ones for the sake of librdkafka alone (KAFKA-18659), and hangs up on them.
        if (version < firstWithBatches.Produce) return
        const topic = await new Session(context).ownTopic()
        for (const compression of [0, 1]) {
          const answer = await wire.call<ProduceAnswer>('produce', {
            compression,
            topicData: topicData(topic, threeMessages()),
          })
          assert.equal(answer.topics[0].topicName, topic)
          const [partition] = answer.topics[0].partitions
          assert.deepEqual([partition.partition, partition.errorCode], [0, 0])
          assert.equal(partition.baseOffset, String(compression * 3))
          assert.equal((partition as { logAppendTime?: string }).logAppendTime, '-1')
          if (version >= 5) assert.equal((partition as { logStartOffset?: string }).logStartOffset, '0')
        }
      })
    },
  },
  {
    name: 'requests: Fetch in every version that both sides speak',
    smoke: true,
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const producer = await Wire.connect(context)
      const headers = { word: 'of the header' }
      await producer.call('produce', { topicData: topicData(topic, threeMessages({ headers })) })
      await producer.call('produce', { compression: 1, topicData: topicData(topic, threeMessages({ headers })) })
      await Wire.inEveryVersion(context, 'Fetch', async (wire, version) => {
        for (const offset of [0, 3]) {
          const answer = await wire.call<FetchAnswer>('fetch', fetchOf(topic, offset))
          const [partition] = answer.responses[0].partitions
          assert.equal(partition.highWatermark, '6')
          assert.deepEqual(
            partition.messages.map((message) => [message.offset, String(message.key), String(message.value)]).slice(-3),
            ['a', 'b', 'c'].map((letter, i) => [String(3 + i), `key ${letter}`, `value ${letter}`]),
          )
          if (version < firstWithBatches.Fetch) continue
          assert.equal(String(partition.messages[0].headers?.word), 'of the header')
        }
        const atEnd = await wire.call<FetchAnswer>('fetch', fetchOf(topic, 6))
        assert.deepEqual(atEnd.responses[0].partitions[0].messages, [])
        await assert.rejects(wire.call('fetch', fetchOf(topic, 7)), errorNamed('OFFSET_OUT_OF_RANGE'))
      })
    },
  },
  {
    name: 'requests: Fetch keeps to max bytes, and never answers less than one batch',
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const wire = await Wire.connect(context)
      for (let i = 0; i < 5; i++) {
        await wire.call('produce', { topicData: topicData(topic, [{ value: `${i}`.repeat(1_000), timestamp }]) })
      }
      const offsetsWithin = async (maxBytes: number) => {
        const partitions = [{ partition: 0, fetchOffset: 1, maxBytes }]
        const request = { maxWaitTime: 5, minBytes: 1, maxBytes, topics: [{ topic, partitions }] }
        const answer = await wire.call<FetchAnswer>('fetch', request)
        return answer.responses[0].partitions[0].messages.map((message) => message.offset)
      }
      assert.deepEqual(await offsetsWithin(10), ['1'])
      assert.deepEqual(await offsetsWithin(2_500), ['1', '2'])
      assert.deepEqual(await offsetsWithin(100_000), ['1', '2', '3', '4'])
    },
  },
  {
    name: 'requests: Fetch waits until min bytes are there, or until its time is over',
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const [reader, writer] = [await Wire.connect(context), await Wire.connect(context)]
      const startedAt = performance.now()
      const inVain = await reader.call<FetchAnswer>('fetch', fetchOf(topic, 0, { maxWaitTime: 400 }))
      assert.deepEqual(inVain.responses[0].partitions[0].messages, [])
      assert.ok(performance.now() - startedAt >= 390)
      const waiting = reader.call<FetchAnswer>('fetch', fetchOf(topic, 0, { maxWaitTime: 20_000, minBytes: 150 }))
      const values = ['too little', 'x'.repeat(200)]
      for (const value of values) await writer.call('produce', { topicData: topicData(topic, [{ value, timestamp }]) })
      const { messages } = (await waiting).responses[0].partitions[0]
      assert.deepEqual(
        messages.map((message) => String(message.value)),
        values,
      )
      assert.ok(performance.now() - startedAt < 10_000)
    },
  },
  {
    name: 'requests: ListOffsets in every version, for the end, the beginning and a time',
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const producer = await Wire.connect(context)
      const messages = [0, 1, 2, 3].map((i) => ({ value: `${i}`, timestamp: timestamp + i * 1_000 }))
      for (const message of messages) await producer.call('produce', { topicData: topicData(topic, [message]) })
      await Wire.inEveryVersion(context, 'ListOffsets', async (wire) => {
        const offsetAt = async (at: number) => {
          const topics = [{ topic, partitions: [{ partition: 0, timestamp: at }] }]
          const answer = await wire.call<{ responses: { partitions: { offset: string; errorCode: number }[] }[] }>(
            'listOffsets',
            { topics },
          )
          return answer.responses[0].partitions[0].offset
        }
        assert.equal(await offsetAt(-1), '4')
        assert.equal(await offsetAt(-2), '0')
        if (wire.versions('ListOffsets')[0] === 0) return
        assert.equal(await offsetAt(timestamp + 1_001), '2')
        assert.equal(await offsetAt(timestamp + 3_001), '-1')
      })
      const topics = [{ topic, partitions: [{ partition: 7, timestamp: -1 }] }]
      await assert.rejects(producer.call('listOffsets', { topics }), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
    },
  },
  {
    name: 'requests: sequence numbers of an idempotent producer, too small, too big and right',
    smoke: true,
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const wire = await Wire.connect(context)
      const { producerId, producerEpoch } = await eventually('a producer id', () =>
        wire
          .call<{ producerId: string; producerEpoch: number }>('initProducerId', { transactionTimeout: 30_000 })
          .catch(() => null),
      )
      const send = (sequence: number, count = 3, epoch = producerEpoch) =>
        wire.call<ProduceAnswer>('produce', {
          producerId,
          producerEpoch: epoch,
          topicData: topicData(topic, threeMessages().slice(0, count), sequence),
        })
      assert.equal(baseOffset(await send(0)), '0')
      await assert.rejects(send(1), errorNamed('OUT_OF_ORDER_SEQUENCE_NUMBER'))
      await assert.rejects(send(5), errorNamed('OUT_OF_ORDER_SEQUENCE_NUMBER'))
      assert.equal(baseOffset(await send(3)), '3')
      // The same batch again is the answer that was lost: acknowledged where it lies, not written twice.
      assert.equal(baseOffset(await send(3)), '3')
      assert.equal(baseOffset(await send(0)), '0')
      assert.equal(baseOffset(await send(6, 1)), '6')
      assert.equal(baseOffset(await send(0, 1, producerEpoch + 1)), '7')
      await assert.rejects(send(7, 1), errorNamed('INVALID_PRODUCER_EPOCH'))
    },
  },
  {
    name: 'requests: Produce is refused for what it carries',
    async run(context) {
      const session = new Session(context)
      const wire = await Wire.connect(context)
      const config = { 'message.timestamp.before.max.ms': '1000', 'message.timestamp.after.max.ms': '1000' }
      const strict = await session.ownTopic({ config })
      const produce = (topic: string, message: object, extra: object = {}) =>
        wire.call<ProduceAnswer>('produce', { topicData: topicData(topic, [message]), ...extra })
      await assert.rejects(produce(strict, { value: 'old', timestamp }), errorNamed('INVALID_TIMESTAMP'))
      const later = { value: 'from the future', timestamp: Date.now() + 3_600_000 }
      await assert.rejects(produce(strict, later), errorNamed('INVALID_TIMESTAMP'))
      assert.equal(baseOffset(await produce(strict, { value: 'now', timestamp: Date.now() })), '0')
      await assert.rejects(produce(strict, { value: 'x' }, { acks: 2 }), errorNamed('INVALID_REQUIRED_ACKS'))
      const nowhere = context.unique('nowhere')
      await assert.rejects(produce(nowhere, { value: 'x' }), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
    },
  },
]

const metadataCases: Case[] = [
  {
    name: 'requests: ApiVersions names every API that kafkajs has, those of ACLs and SASL aside',
    async run(context) {
      const wire = await Wire.connect(context)
      const apis = ['Produce', 'Fetch', 'ListOffsets', 'Metadata', 'OffsetCommit', 'OffsetFetch', 'GroupCoordinator']
      const groups = [
        'JoinGroup',
        'Heartbeat',
        'LeaveGroup',
        'SyncGroup',
        'DescribeGroups',
        'ListGroups',
        'DeleteGroups',
      ]
      const admin = ['CreateTopics', 'DeleteTopics', 'DeleteRecords', 'CreatePartitions', 'DescribeConfigs']
      const rest = ['AlterConfigs', 'AlterPartitionReassignments', 'ListPartitionReassignments']
      const transactions = ['InitProducerId', 'AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']
      for (const api of [...apis, ...groups, ...admin, ...rest, ...transactions]) {
        assert.ok(wire.versions(api).length > 0, `${api}: no version in common`)
      }
    },
  },
  {
    name: 'requests: Metadata in every version, of one topic, of all and of none that is',
    smoke: true,
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 3 })
      const { host, port, clusterSize } = context.broker
      await Wire.inEveryVersion(context, 'Metadata', async (wire, version) => {
        const one = await wire.call<MetadataAnswer>('metadata', [topic])
        assert.equal(one.brokers.length, clusterSize)
        assert.ok(one.brokers.some((broker) => broker.host === host && broker.port === port))
        assert.deepEqual(
          one.topicMetadata.map((each) => each.topic),
          [topic],
        )
        assert.deepEqual(one.topicMetadata[0].partitionMetadata.map((each) => each.partitionId).sort(), [0, 1, 2])
        const nodeIds = one.brokers.map(({ nodeId }) => nodeId)
        assert.ok(one.topicMetadata[0].partitionMetadata.every((each) => nodeIds.includes(each.leader)))
        if (version >= 1) assert.ok(nodeIds.includes(unchecked<{ controllerId: number }>(one).controllerId))
        const all = await wire.call<MetadataAnswer>('metadata', [])
        assert.ok(all.topicMetadata.some((each) => each.topic === topic))
        await assert.rejects(wire.call('metadata', ['not/allowed']), errorNamed('INVALID_TOPIC_EXCEPTION'))
      })
    },
  },
  {
    name: 'requests: CreateTopics, CreatePartitions and DeleteTopics in every version',
    async run(context) {
      await Wire.inEveryVersion(context, 'CreateTopics', async (wire, version) => {
        for (const api of ['CreatePartitions', 'DeleteTopics']) wire.limit(api, version)
        const topic = context.unique('made')
        const ask = (extra: object = {}) =>
          wire.call('createTopics', {
            topics: [{ topic, numPartitions: 2, replicationFactor: 1, configEntries: [], ...extra }],
          })
        if (version >= 1) {
          await wire.call('createTopics', { validateOnly: true, topics: [{ topic }] })
        }
        await ask()
        await assert.rejects(ask(), errorNamed('TOPIC_ALREADY_EXISTS'))
        await eventually('the new topic', async () => wire.call<MetadataAnswer>('metadata', [topic]).catch(() => null))
        await wire.call('createPartitions', { topicPartitions: [{ topic, count: 4 }] })
        const tooFew = wire.call('createPartitions', { topicPartitions: [{ topic, count: 3 }] })
        await assert.rejects(tooFew, errorNamed('INVALID_PARTITIONS'))
        await eventually('four partitions', async () => {
          const { topicMetadata } = await wire.call<MetadataAnswer>('metadata', [topic])
          return topicMetadata[0].partitionMetadata.length === 4
        })
        await wire.call('deleteTopics', { topics: [topic] })
        const again = wire.call('deleteTopics', { topics: [topic] })
        await assert.rejects(again, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      })
    },
  },
  {
    name: 'requests: DescribeConfigs and AlterConfigs in every version',
    async run(context) {
      const topic = await new Session(context).topic({ config: { 'retention.ms': '77' } })
      interface Described {
        resources: { configEntries: { configName: string; configValue: string; isDefault: boolean }[] }[]
      }
      await Wire.inEveryVersion(context, 'DescribeConfigs', async (wire, version) => {
        wire.limit('AlterConfigs', version)
        const resource = { type: 2, name: topic }
        const [answer] = (
          await wire.call<Described>('describeConfigs', {
            resources: [{ ...resource, configNames: ['retention.ms', 'compression.type'] }],
          })
        ).resources
        const byName = new Map(answer.configEntries.map((entry) => [entry.configName, entry]))
        assert.deepEqual([...byName.keys()].sort(), ['compression.type', 'retention.ms'])
        assert.deepEqual(
          [byName.get('retention.ms')?.configValue, byName.get('retention.ms')?.isDefault],
          ['77', false],
        )
        assert.equal(byName.get('compression.type')?.configValue, 'producer')
        assert.equal(byName.get('compression.type')?.isDefault, true)
        const alter = (value: string) =>
          wire.call('alterConfigs', { resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value }] }] })
        await alter('77')
        await assert.rejects(alter('soon'), errorNamed('INVALID_CONFIG'))
        const unknown = { resources: [{ type: 2, name: context.unique('nowhere'), configNames: [] }] }
        await assert.rejects(wire.call('describeConfigs', unknown), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      })
    },
  },
  {
    name: 'requests: a config of every broker at once is a dynamic default, and gives way',
    async run(context) {
      const wire = await Wire.connect(context)
      const [broker, name] = [4, 'log.cleaner.threads']
      // AlterConfigs replaces everything, and this one must not go while there are eligible leader replicas (KIP-966).
      const kept = { name: 'min.insync.replicas', value: '1' }
      const replace = (configEntries: { name: string; value: string }[]) =>
        wire.call('alterConfigs', { resources: [{ type: broker, name: '', configEntries }] })
      const alter = (configEntries: { name: string; value: string }[]) => replace([kept, ...configEntries])
      await assert.rejects(replace([]), errorNamed('INVALID_CONFIG'))
      const { nodeId } = (await wire.call<MetadataAnswer>('metadata', [])).brokers[0]
      const shown = async (of: string) => {
        const answer = await wire.call<{
          resources: { configEntries: { configName: string; configValue: string; configSource: number }[] }[]
        }>('describeConfigs', { resources: [{ type: broker, name: of, configNames: [name] }] })
        const entry = answer.resources[0].configEntries[0]
        return entry === undefined ? 'nothing' : `${entry.configValue} from ${entry.configSource}`
      }
      const [fromDynamicDefault, fromDefault] = ['2 from 3', '1 from 5']
      context.after(() => alter([]))
      await alter([{ name, value: '2' }])
      await eventually('the default of all', async () => (await shown('')) === fromDynamicDefault)
      await eventually('its effect here', async () => (await shown(String(nodeId))) === fromDynamicDefault)
      await alter([])
      await eventually('no default', async () => (await shown('')) === 'nothing')
      await eventually('no effect', async () => (await shown(String(nodeId))) === fromDefault)
      const stranger = { resources: [{ type: broker, name: '4711', configNames: [] }] }
      await assert.rejects(wire.call('describeConfigs', stranger), errorNamed('INVALID_REQUEST'))
    },
  },
  {
    name: 'requests: DeleteRecords in every version',
    async run(context) {
      const topic = await new Session(context).ownTopic()
      const producer = await Wire.connect(context)
      for (let i = 0; i < 4; i++) await producer.call('produce', { topicData: topicData(topic, threeMessages()) })
      await Wire.inEveryVersion(context, 'DeleteRecords', async (wire, version) => {
        const remove = (offset: string, partition = 0) =>
          wire.call<{ topics: object[] }>('deleteRecords', { topics: [{ topic, partitions: [{ partition, offset }] }] })
        const offset = 3 + version * 4
        assert.deepEqual((await remove(String(offset))).topics, [
          { topic, partitions: [{ partition: 0, lowWatermark: BigInt(offset), errorCode: 0 }] },
        ])
        await assert.rejects(remove('13'), errorNamed('OFFSET_OUT_OF_RANGE'))
        await assert.rejects(remove('1', 9), errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
        await assert.rejects(producer.call('fetch', fetchOf(topic, offset - 1)), errorNamed('OFFSET_OUT_OF_RANGE'))
      })
    },
  },
  {
    name: 'requests: partition reassignments of a topic, of none that is, to a broker that is not',
    async run(context) {
      const topic = await new Session(context).topic({ partitions: 2 })
      const wire = await Wire.connect(context)
      const { brokers } = await wire.call<MetadataAnswer>('metadata', [topic])
      const assign = (name: string, replicas: number[]) =>
        wire.call<{ responses: object[] }>('alterPartitionReassignments', {
          topics: [{ topic: name, partitionAssignment: [{ partition: 0, replicas }] }],
          timeout: 5_000,
        })
      assert.deepEqual((await assign(topic, [brokers[0].nodeId])).responses, [
        { topic, partitions: [{ partition: 0, errorCode: 0 }] },
      ])
      await assert.rejects(assign(topic, [4_711]), errorNamed('INVALID_REPLICA_ASSIGNMENT'))
      const nowhere = assign(context.unique('nowhere'), [brokers[0].nodeId])
      await assert.rejects(nowhere, errorNamed('UNKNOWN_TOPIC_OR_PARTITION'))
      const list = { topics: [{ topic, partitions: [0, 1] }], timeout: 5_000 }
      assert.deepEqual((await wire.call<{ topics: object[] }>('listPartitionReassignments', list)).topics, [])
    },
  },
  {
    name: 'requests: ACLs are refused by a broker without an authorizer, in every version',
    async run(context) {
      const acl = {
        resourceType: 2,
        resourceName: context.unique('acl'),
        resourcePatternType: 3,
        principal: 'User:bob',
        host: '*',
        operation: 2,
        permissionType: 3,
      }
      for (const api of ['DescribeAcls', 'CreateAcls', 'DeleteAcls']) {
        await Wire.inEveryVersion(context, api, async (wire) => {
          const argument = { DescribeAcls: acl, CreateAcls: { acl: [acl] }, DeleteAcls: { filters: [acl] } }[api]
          const call = wire.call(`${api[0].toLowerCase()}${api.slice(1)}`, argument)
          await assert.rejects(call, errorNamed('SECURITY_DISABLED'))
        })
      }
    },
  },
]

export const requestCases: Case[] = [...logCases, ...metadataCases]
