import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { Admin } from './client.ts'
import { numbered, type SessionCase } from './session.ts'

const topicResource = 2
const brokerResource = 4
/** The client sends a list where Kafka's own tools send none, so each new partition is to have its broker. */
const placed = (count: number) => Array.from({ length: count }, () => ({ brokerIds: [1] }))

const [set, remove, append] = [0, 1, 2]

async function configOf(admin: Admin, topic: string, name: string): Promise<string | null> {
  const resources = [{ resourceType: topicResource, resourceName: topic, configurationKeys: [name] }]
  return (await admin.describeConfigs({ resources }))[0].configs[0].value
}

export const adminCases: SessionCase[] = [
  {
    name: 'admin: topics and partitions',
    async run(session) {
      const admin = session.admin()
      const topic = session.unique('topic')
      const [created] = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 })
      assert.deepEqual([created.name, created.partitions, created.replicas], [topic, 2, 1])
      await session.refused(admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 }), 'TOPIC_ALREADY_EXISTS')
      await session.refused(admin.createTopics({ topics: ['a b'] }), 'INVALID_TOPIC_EXCEPTION')
      const configs = [{ name: 'cleanup.policy', value: 'sometimes' }]
      await session.refused(admin.createTopics({ topics: [session.unique('bad')], configs }), 'INVALID_CONFIG')
      await admin.createPartitions({ topics: [{ name: topic, count: 5, assignments: placed(3) }] })
      await eventually('five partitions', async () => {
        const metadata = await admin.metadata({ topics: [topic], forceUpdate: true })
        return metadata.topics.get(topic)?.partitions.length === 5
      })
      const fewer = admin.createPartitions({ topics: [{ name: topic, count: 1, assignments: placed(1) }] })
      await session.refused(fewer, 'INVALID_PARTITIONS')
      assert.ok((await admin.listTopics()).includes(topic))
      await admin.deleteTopics({ topics: [topic] })
      await eventually('it is gone', async () => !(await admin.listTopics()).includes(topic))
    },
  },
  {
    name: 'admin: configs',
    async run(session) {
      const admin = session.admin()
      const topic = await session.topic({ config: { 'retention.ms': '12345' } })
      assert.equal(await configOf(admin, topic, 'retention.ms'), '12345')
      const alter = (configOperation: number, name: string, value?: string) =>
        admin.incrementalAlterConfigs({
          resources: [
            { resourceType: topicResource, resourceName: topic, configs: [{ name, value, configOperation }] },
          ],
        })
      await alter(append, 'cleanup.policy', 'compact')
      await eventually(
        'both policies',
        async () => (await configOf(admin, topic, 'cleanup.policy')) === 'delete,compact',
      )
      await alter(set, 'retention.ms', '777')
      await eventually('the new value', async () => (await configOf(admin, topic, 'retention.ms')) === '777')
      await alter(remove, 'retention.ms')
      await eventually('the default', async () => (await configOf(admin, topic, 'retention.ms')) === '604800000')
      await session.refused(alter(set, 'retention.ms', 'long'), 'INVALID_CONFIG')
      const resources = [{ resourceType: brokerResource, resourceName: '1' }]
      const [broker] = await admin.describeConfigs({ resources })
      assert.equal(broker.configs.find(({ name }) => name === 'log.dirs')?.readOnly, true)
    },
  },
  {
    name: 'admin: groups and their offsets',
    async run(session) {
      const admin = session.admin()
      const topic = await session.topic()
      const groupId = session.unique('group')
      await session.send(topic, numbered('g', 5))
      const consumer = session.consumer({ groupId })
      const messages = await (await session.stream(consumer, { topics: [topic] })).until(5)
      await messages[4].commit()
      const described = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
      assert.equal(described?.state.toUpperCase(), 'STABLE')
      const [member] = described.members.values()
      assert.deepEqual(member.assignments?.get(topic)?.partitions, [0])
      await session.refused(admin.deleteGroups({ groups: [groupId] }), 'NON_EMPTY_GROUP')
      await consumer.close(true)
      const offset = async () => {
        const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
        return group.topics.find(({ name }) => name === topic)?.partitions[0].committedOffset
      }
      assert.equal(await offset(), 5n)
      const partitionOffsets = [{ partition: 0, offset: 2n }]
      await admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] })
      assert.equal(await offset(), 2n)
      await admin.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] })
      assert.equal(await offset(), undefined)
      await admin.deleteGroups({ groups: [groupId] })
      await session.refused(admin.deleteGroups({ groups: [groupId] }), 'GROUP_ID_NOT_FOUND')
    },
  },
  {
    name: 'admin: records, offsets and directories',
    async run(session) {
      const admin = session.admin()
      const topic = await session.topic()
      await session.send(topic, numbered('r', 10))
      const [deleted] = await admin.deleteRecords({
        topics: [{ name: topic, partitions: [{ partition: 0, offset: 4n }] }],
      })
      assert.equal(deleted.partitions[0].lowWatermark, 4n)
      const end = async (timestamp: bigint) => {
        const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }]
        return (await admin.listOffsets({ topics }))[0].partitions[0].offset
      }
      assert.deepEqual([await end(-2n), await end(-1n)], [4n, 10n])
      const beyond = admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 400n }] }] })
      await session.refused(beyond, 'OFFSET_OUT_OF_RANGE')
      const [broker] = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [0] }] })
      assert.equal(broker.results.length, 1)
    },
  },
  {
    name: 'admin: the cluster and its coordinators',
    async run(session) {
      const admin = session.admin()
      const metadata = await admin.metadata({ topics: [], forceUpdate: true })
      const [[nodeId, broker]] = metadata.brokers
      assert.equal(`${broker.host}:${broker.port}`, session.context.bootstrapServers)
      assert.ok(metadata.id)
      for (const keyType of [0, 1]) {
        const [found] = await admin.findCoordinator({ keyType, keys: ['a key'] })
        assert.deepEqual([found.key, found.nodeId], ['a key', nodeId])
      }
    },
  },
]
