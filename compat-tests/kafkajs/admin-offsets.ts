import assert from 'node:assert/strict'
import type { Admin } from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { numbered, Session } from './session.ts'
import { errorNamed } from './wire.ts'

/** By partition, after the coordinator has loaded: kafkajs does not wait for that where it asks for offsets. */
async function committed(admin: Admin, groupId: string, topic: string, resolveOffsets = false): Promise<string[]> {
  const answer = await eventually('the coordinator', () =>
    admin.fetchOffsets({ groupId, topics: [topic], resolveOffsets }).catch(() => null),
  )
  assert.deepEqual(
    answer.map((one) => one.topic),
    [topic],
  )
  return answer[0].partitions.sort((a, b) => a.partition - b.partition).map((one) => one.offset)
}

/** A topic with ten messages in one partition, of which a group has consumed and committed the first five. */
async function halfConsumed(session: Session): Promise<{ topic: string; groupId: string; admin: Admin }> {
  const topic = await session.topic()
  const groupId = session.context.unique('half')
  await session.send(topic, numbered('first', 5))
  await session.read(topic, 5, { groupId })
  await session.send(topic, numbered('second', 5))
  const admin = await session.admin()
  assert.deepEqual(await committed(admin, groupId, topic), ['5'])
  return { topic, groupId, admin }
}

const offsets: Case[] = [
  {
    name: 'fetchOffsets: every topic of a group, some of them, and a group that is not',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const groupId = context.unique('several')
      const topics = [await session.topic(), await session.topic(), await session.topic({ partitions: 3 })]
      assert.deepEqual(await committed(admin, groupId, topics[2]), ['-1', '-1', '-1'])
      for (const [i, topic] of topics.entries()) {
        await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: `${13 + i}` }] })
      }
      const shown = (answer: Awaited<ReturnType<Admin['fetchOffsets']>>) =>
        answer
          .flatMap((one) => one.partitions.map((each) => [one.topic, each.partition, each.offset, each.metadata]))
          .sort()
      const expected = topics.map((topic, i) => [topic, 0, `${13 + i}`, null])
      assert.deepEqual(shown(await admin.fetchOffsets({ groupId })), [...expected].sort())
      const two = await admin.fetchOffsets({ groupId, topics: topics.slice(0, 2) })
      assert.deepEqual(shown(two), expected.slice(0, 2).sort())
      assert.deepEqual(await admin.fetchOffsets({ groupId: context.unique('nobody') }), [])
    },
  },
  {
    name: 'resolveOffsets: what is committed stays',
    async run(context) {
      const { admin, groupId, topic } = await halfConsumed(new Session(context))
      assert.deepEqual(await committed(admin, groupId, topic, true), ['5'])
      assert.deepEqual(await committed(admin, groupId, topic), ['5'])
    },
  },
  {
    name: 'resetOffsets to the latest, resolved to the end of the log',
    async run(context) {
      const session = new Session(context)
      const { admin, groupId, topic } = await halfConsumed(session)
      await admin.resetOffsets({ groupId, topic, earliest: false })
      assert.deepEqual(await committed(admin, groupId, topic), ['-1'])
      assert.deepEqual(await committed(admin, groupId, topic, true), ['10'])
      assert.deepEqual(await committed(admin, groupId, topic), ['10'])
    },
  },
  {
    name: 'resetOffsets to the earliest, resolved to the beginning, also after records were deleted',
    async run(context) {
      const session = new Session(context)
      const { admin, groupId, topic } = await halfConsumed(session)
      await admin.resetOffsets({ groupId, topic, earliest: true })
      assert.deepEqual(await committed(admin, groupId, topic), ['-2'])
      assert.deepEqual(await committed(admin, groupId, topic, true), ['0'])
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] })
      await admin.resetOffsets({ groupId, topic, earliest: true })
      assert.deepEqual(await committed(admin, groupId, topic, true), ['7'])
      assert.deepEqual(await committed(admin, groupId, topic), ['7'])
      const rest = await session.read(topic, 3, { groupId })
      assert.deepEqual(
        rest.map((one) => one.message.offset),
        ['7', '8', '9'],
      )
    },
  },
  {
    name: 'setOffsets and resetOffsets are refused while the group has members',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('running')
      const consumer = await session.consumer({ groupId })
      const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve))
      await consumer.subscribe({ topic })
      await consumer.run({ eachMessage: async () => {} })
      await joined
      const admin = await session.admin()
      const running = { message: 'The consumer group must have no running instances, current state: Stable' }
      const partitions = [{ partition: 0, offset: '13' }]
      await assert.rejects(admin.setOffsets({ groupId, topic, partitions }), running)
      await assert.rejects(admin.resetOffsets({ groupId, topic, earliest: false }), running)
      await consumer.stop()
      await admin.setOffsets({ groupId, topic, partitions })
      assert.deepEqual(await committed(admin, groupId, topic), ['13'])
    },
  },
  {
    name: 'fetchTopicOffsetsByTimestamp: an empty topic, no time, now, and several partitions',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const empty = await session.topic()
      assert.deepEqual(await admin.fetchTopicOffsetsByTimestamp(empty, Date.now()), [{ partition: 0, offset: '0' }])
      const topic = await session.topic({ partitions: 2 })
      const producer = await session.producer()
      const send = (word: string) =>
        producer.send({ topic, messages: numbered(word, 20).map((one, i) => ({ ...one, partition: i % 2 })) })
      await send('early')
      const between = Date.now() + 1
      await eventually('a later millisecond', () => Date.now() > between)
      await send('late')
      const after = Date.now() + 1
      const at = async (time?: number) => {
        const answer = await admin.fetchTopicOffsetsByTimestamp(topic, time)
        return answer.sort((a, b) => a.partition - b.partition).map((one) => one.offset)
      }
      assert.deepEqual(await at(between), ['10', '10'])
      assert.deepEqual(await at(after), ['20', '20'])
      assert.deepEqual(await at(), ['20', '20'])
      await assert.rejects(
        new Session(context, { retry: { retries: 0 } }).admin().then((one) => one.fetchTopicOffsets('not/allowed')),
        errorNamed('INVALID_TOPIC_EXCEPTION'),
      )
    },
  },
]

const groups: Case[] = [
  {
    name: 'describeGroups: several groups, and one that is dead',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const admin = await session.admin()
      const running = [context.unique('one'), context.unique('two'), context.unique('three')]
      for (const groupId of running) {
        const consumer = await session.consumer({ groupId })
        await consumer.subscribe({ topic })
        await consumer.run({ eachMessage: async () => {} })
      }
      const stopped = context.unique('stopped')
      await session.send(topic, numbered('one', 1))
      await session.read(topic, 1, { groupId: stopped })
      const nobody = context.unique('nobody')
      const described = await eventually('stable groups', async () => {
        const { groups } = await admin.describeGroups([...running, stopped, nobody])
        return groups.filter((group) => group.state === 'Stable').length === running.length ? groups : null
      })
      const shown = new Map(described.map((group) => [group.groupId, group]))
      for (const groupId of running) {
        const { members, protocol, protocolType } = shown.get(groupId)!
        assert.deepEqual([members.length, protocol, protocolType], [1, 'RoundRobinAssigner', 'consumer'])
        assert.ok(members[0].memberAssignment.length > 0 && members[0].memberMetadata.length > 0)
      }
      const { state, protocol, members, protocolType } = shown.get(stopped)!
      assert.deepEqual([state, protocol, members, protocolType], ['Empty', '', [], 'consumer'])
      const dead = { errorCode: 0, groupId: nobody, members: [], protocol: '', protocolType: '', state: 'Dead' }
      assert.deepEqual(shown.get(nobody), dead)
    },
  },
  {
    name: 'deleteGroups: none, and one that is beside one that is not',
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      assert.deepEqual(await admin.deleteGroups([]), [])
      const topic = await session.topic()
      const groupId = context.unique('deleted')
      const nobody = context.unique('nobody')
      await session.send(topic, numbered('one', 1))
      await session.read(topic, 1, { groupId })
      await assert.rejects(admin.deleteGroups([groupId, nobody]), (error: { groups?: { groupId: string }[] }) => {
        errorNamed('GROUP_ID_NOT_FOUND')(error)
        assert.deepEqual(
          error.groups?.map((group) => group.groupId),
          [nobody],
        )
        return true
      })
      const { groups: left } = await admin.listGroups()
      assert.equal(
        left.some((group) => group.groupId === groupId),
        false,
      )
      assert.deepEqual(await committed(admin, groupId, topic), ['-1'])
    },
  },
]

export const adminOffsetCases: Case[] = [...offsets, ...groups]
