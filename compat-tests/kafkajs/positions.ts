import assert from 'node:assert/strict'
import type { Consumer } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'

const valuesFrom = (prefix: string, from: number, to: number) =>
  numbered(prefix, to)
    .slice(from)
    .map((one) => one.value)

const spread = (prefix: string, count: number, partitions: number) =>
  numbered(prefix, count).map((message, i) => ({ ...message, partition: i % partitions }))

const pausing: Case[] = [
  {
    name: 'pause of one partition from within eachMessage; its message comes again after resume',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      await (await session.producer()).send({ topic, messages: spread('pause', 10, 2) })
      const received: Received[] = []
      let resume = () => {}
      const isThird = (each: Received) => each.partition === 0 && each.message.offset === '2'
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachMessage({ pause, ...one }) {
          if (isThird(one) && !received.some(isThird)) {
            resume = pause()
            received.push(one)
            throw new Error('not now')
          }
          received.push(one)
        },
      })
      await eventually('the other partition', () => received.filter((one) => one.partition === 1).length === 5)
      await eventually('the pause', () => consumer.paused().length > 0)
      assert.deepEqual(consumer.paused(), [{ topic, partitions: [0] }])
      resume()
      await eventually('the rest', () => received.filter((one) => one.partition === 0).length === 6)
      assert.deepEqual(
        received.filter((one) => one.partition === 0).map((one) => one.message.offset),
        ['0', '1', '2', '2', '3', '4'],
      )
    },
  },
  {
    name: 'a paused partition is left out of fetches, the others go on, and resume takes it up where it was',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 3 })
      const producer = await session.producer()
      const received: Received[] = []
      const consumer = await session.consumer()
      const of = (partition: number) => received.filter((one) => one.partition === partition).length
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await producer.send({ topic, messages: spread('first', 9, 3) })
      await eventually('the first nine', () => received.length === 9)
      consumer.pause([{ topic, partitions: [0, 2] }])
      await producer.send({ topic, messages: spread('second', 9, 3) })
      await eventually('the middle partition', () => of(1) === 6)
      assert.deepEqual([of(0), of(2)], [3, 3])
      consumer.resume([{ topic, partitions: [2] }])
      await eventually('the last partition', () => of(2) === 6)
      assert.equal(of(0), 3)
      assert.deepEqual(consumer.paused(), [{ topic, partitions: [0] }])
      consumer.resume([{ topic }])
      await eventually('all', () => of(0) === 6)
      assert.deepEqual([of(0), of(1), of(2)], [6, 6, 6])
    },
  },
  {
    name: 'a message for another topic arrives at once while the only other one is paused',
    async run(context) {
      const session = new Session(context)
      const [paused, open] = [await session.topic(), await session.topic()]
      const producer = await session.producer()
      const received: Received[] = []
      const consumer = await session.consumer({ maxWaitTimeInMs: 5_000, sessionTimeout: 30_000 })
      await consumer.subscribe({ topics: [paused, open], fromBeginning: true })
      await consumer.run({ partitionsConsumedConcurrently: 2, eachMessage: async (one) => void received.push(one) })
      await producer.sendBatch({
        topicMessages: [paused, open].map((topic) => ({ topic, messages: numbered('before', 1) })),
      })
      await eventually('both', () => received.length === 2)
      consumer.pause([{ topic: paused }])
      const startedAt = performance.now()
      await producer.send({ topic: open, messages: numbered('after', 1) })
      await eventually('the open one', () => received.length === 3)
      assert.ok(performance.now() - startedAt < 4_000)
    },
  },
]

const seeking: Case[] = [
  {
    name: 'seek of several partitions, the last seek of a partition counts, and is not committed',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const groupId = context.unique('seek')
      await (await session.producer()).send({ topic, messages: spread('seek', 20, 2) })
      const received: Received[] = []
      const consumer = await session.consumer({ groupId })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ autoCommit: false, eachMessage: async (one) => void received.push(one) })
      consumer.seek({ topic, partition: 0, offset: '2' })
      consumer.seek({ topic, partition: 1, offset: '9' })
      consumer.seek({ topic, partition: 0, offset: '7' })
      await eventually('four messages', () => received.length === 4)
      assert.deepEqual(received.map((one) => `${one.partition}:${one.message.offset}`).sort(), [
        '0:7',
        '0:8',
        '0:9',
        '1:9',
      ])
      const admin = await session.admin()
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
      assert.deepEqual(
        answer.partitions.map((one) => one.offset),
        ['-1', '-1'],
      )
    },
  },
  {
    name: 'seek to the beginning and into the middle, while it runs',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('old', 10))
      const received: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await eventually('the old ones', () => received.length === 10)
      consumer.seek({ topic, partition: 0, offset: '-2' })
      await eventually('the old ones again', () => received.length === 20)
      consumer.seek({ topic, partition: 0, offset: '4' })
      await eventually('a part of them', () => received.length === 26)
      assert.deepEqual(values(received.slice(20)), valuesFrom('old', 4, 10))
    },
  },
  {
    name: 'seek within a batch skips what was fetched already',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('skip', 10))
      const seen: string[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachMessage({ message }) {
          seen.push(message.offset)
          if (message.offset === '1') consumer.seek({ topic, partition: 0, offset: '6' })
        },
      })
      await eventually('the end', () => seen.includes('9'))
      assert.deepEqual(seen, ['0', '1', '6', '7', '8', '9'])
    },
  },
]

const assigning: Case[] = [
  {
    name: 'an assigner of ones own gets the user data of every member and its own assignment back',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const groupId = context.unique('assigner')
      const seenByLeader = new Set<string>()
      const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
      const assigner =
        (userData: string): kafkajs.PartitionAssigner =>
        () => ({
          name: 'odd and even',
          version: 1,
          protocol: ({ topics }) => ({
            name: 'odd and even',
            metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(userData) }),
          }),
          async assign({ members }) {
            const sorted = members.map((member) => {
              const data = MemberMetadata.decode(member.memberMetadata)!.userData.toString()
              seenByLeader.add(data)
              return { memberId: member.memberId, data }
            })
            sorted.sort((a, b) => a.data.localeCompare(b.data))
            return sorted.map(({ memberId, data }, i) => {
              const partitions = sorted.length === 1 ? [0, 1] : [i]
              const assignment = { [topic]: partitions }
              return {
                memberId,
                memberAssignment: MemberAssignment.encode({ version: 1, assignment, userData: Buffer.from(data) }),
              }
            })
          },
        })
      const assigned = new Map<string, number[]>()
      for (const userData of ['a', 'b']) {
        const consumer = await session.consumer({ groupId, partitionAssigners: [assigner(userData)] })
        consumer.on(
          'consumer.group_join',
          ({ payload }) => void assigned.set(userData, payload.memberAssignment[topic]),
        )
        await consumer.subscribe({ topic })
        await consumer.run({ eachMessage: async () => {} })
      }
      await eventually('both', () => String(assigned.get('a')) === '0' && String(assigned.get('b')) === '1')
      assert.deepEqual([...seenByLeader].sort(), ['a', 'b'])
    },
  },
  {
    name: 'a member without a partition stays in the group',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('empty')
      const joins: string[] = []
      const consumers: Consumer[] = []
      for (const name of ['first', 'second', 'third']) {
        const consumer = await session.consumer({ groupId, sessionTimeout: 6_000 })
        consumer.on('consumer.group_join', () => void joins.push(name))
        consumer.on('consumer.crash', () => void joins.push(`${name} crashed`))
        await consumer.subscribe({ topic, fromBeginning: true })
        await consumer.run({ eachMessage: async () => {} })
        consumers.push(consumer)
      }
      const described = await eventually('three members', async () => {
        const group = await consumers[0].describeGroup()
        return group.state === 'Stable' && group.members.length === 3 ? group : null
      })
      const { MemberAssignment } = kafkajs.AssignerProtocol
      const owners = described.members.filter(
        (member) => (MemberAssignment.decode(member.memberAssignment)?.assignment[topic] ?? []).length > 0,
      )
      assert.equal(owners.length, 1)
      assert.equal(
        joins.some((join) => join.endsWith('crashed')),
        false,
      )
    },
  },
  {
    name: 'a second subscription after a stop: new topics come in, committed offsets stay',
    async run(context) {
      const session = new Session(context)
      const [first, second] = [await session.topic(), await session.topic()]
      for (const topic of [first, second]) await session.send(topic, numbered('old', 3))
      const groupId = context.unique('resubscribed')
      const received: Received[] = []
      const consumer = await session.consumer({ groupId })
      await consumer.subscribe({ topic: first, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await eventually('the first topic', () => received.length === 3)
      await consumer.stop()
      await consumer.subscribe({ topic: second, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await eventually('the second topic', () => received.length === 6)
      assert.deepEqual(
        received.slice(3).map((one) => one.topic),
        [second, second, second],
      )
      await session.send(first, numbered('new', 1))
      await eventually('the first topic again', () => received.length === 7)
      assert.deepEqual(values(received.slice(6)), ['new-0'])
    },
  },
]

export const positionCases: Case[] = [...pausing, ...seeking, ...assigning]
