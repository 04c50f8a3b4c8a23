import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'

export const consumeCases: Case[] = [
  {
    name: 'seek by offset',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('seek', 100))
      const received: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      consumer.seek({ topic, partition: 0, offset: '90' })
      await eventually('the last ten', () => received.length >= 10)
      assert.deepEqual(
        received.map(({ message }) => Number(message.offset)).slice(0, 10),
        [90, 91, 92, 93, 94, 95, 96, 97, 98, 99],
      )
    },
  },
  {
    name: 'seek by time',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await session.producer()
      for (let second = 0; second < 10; second++) {
        await producer.send({
          topic,
          messages: [{ value: `${second}`, timestamp: `${1_700_000_000_000 + second * 1_000}` }],
        })
      }
      const admin = await session.admin()
      const offsetAt = async (timestamp: number) =>
        (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))[0].offset
      assert.equal(await offsetAt(1_700_000_004_000), '4')
      assert.equal(await offsetAt(1_700_000_004_001), '5')
      assert.equal(await offsetAt(1_600_000_000_000), '0')
      // kafkajs answers the end of the log where no record is that young.
      assert.equal(await offsetAt(1_800_000_000_000), '10')
    },
  },
  {
    name: 'pause and resume',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const [quiet, busy] = [await session.topic(), await session.topic()]
      const received: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topics: [quiet, busy], fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await session.send(quiet, numbered('before', 1))
      await eventually('the first message', () => received.length === 1)
      consumer.pause([{ topic: quiet }])
      assert.deepEqual(consumer.paused(), [{ topic: quiet, partitions: [0] }])
      await session.send(quiet, numbered('while paused', 3))
      await session.send(busy, numbered('other', 3))
      await eventually('the other topic', () => received.length >= 4)
      assert.deepEqual(
        received.slice(1).map((one) => one.topic),
        [busy, busy, busy],
      )
      consumer.resume([{ topic: quiet }])
      await eventually('what had waited', () => received.length === 7)
      assert.deepEqual(values(received.slice(4)), ['while paused-0', 'while paused-1', 'while paused-2'])
    },
  },
  {
    name: 'eachBatch with high watermark, resolved offsets and heartbeat',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('batch', 50))
      const seen: string[] = []
      const highWatermarks: string[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        eachBatchAutoResolve: false,
        async eachBatch({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }) {
          highWatermarks.push(batch.highWatermark)
          for (const message of batch.messages) {
            seen.push(message.offset)
            resolveOffset(message.offset)
          }
          await commitOffsetsIfNecessary()
          await heartbeat()
        },
      })
      await eventually('fifty messages', () => seen.length >= 50)
      assert.deepEqual(
        seen,
        Array.from({ length: 50 }, (_, i) => `${i}`),
      )
      assert.equal(highWatermarks[0], '50')
    },
  },
  {
    name: 'manual commit, and the next consumer goes on from there',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('manual')
      await session.send(topic, numbered('commit', 10))
      const first = await session.consumer({ groupId })
      const seen: Received[] = []
      await first.subscribe({ topic, fromBeginning: true })
      await first.run({ autoCommit: false, eachMessage: async (one) => void seen.push(one) })
      await eventually('ten messages', () => seen.length === 10)
      await first.commitOffsets([{ topic, partition: 0, offset: '4', metadata: 'by hand' }])
      await first.disconnect()
      const admin = await session.admin()
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
      assert.deepEqual(committed.partitions, [{ partition: 0, offset: '4', metadata: 'by hand' }])
      const rest = await session.read(topic, 6, { groupId })
      assert.deepEqual(
        rest.map(({ message }) => message.offset),
        ['4', '5', '6', '7', '8', '9'],
      )
    },
  },
  {
    name: 'automatic commit by threshold',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('threshold')
      await session.send(topic, numbered('auto', 30))
      const consumer = await session.consumer({ groupId })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ autoCommitThreshold: 10, eachMessage: async () => {} })
      const admin = await session.admin()
      await eventually('the commit of all thirty', async () => {
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
        return committed.partitions[0].offset === '30'
      })
    },
  },
  {
    name: 'subscribe by regular expression',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const admin = await session.admin()
      const family = context.unique('family')
      const topics = [`${family}.a`, `${family}.b`]
      await admin.createTopics({ topics: [...topics, context.unique('stranger')].map((topic) => ({ topic })) })
      for (const topic of topics) await session.send(topic, [{ value: topic }])
      const received: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topics: [new RegExp(`^${family}\\..*`)], fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await eventually('one message of each topic', () => received.length === 2)
      assert.deepEqual(values(received).sort(), topics)
    },
  },
  {
    name: 'a message that arrives ends the long poll',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await session.producer()
      let arrivedAt = 0
      const consumer = await session.consumer({ maxWaitTimeInMs: 10_000, sessionTimeout: 30_000 })
      const joined = new Promise((resolve) => consumer.on('consumer.fetch_start', resolve))
      await consumer.subscribe({ topic })
      await consumer.run({ eachMessage: async () => void (arrivedAt ||= performance.now()) })
      await joined
      const sentAt = await eventually('a message after the offsets were looked up', async () => {
        const now = performance.now()
        await producer.send({ topic, messages: [{ value: 'wake up' }] })
        return arrivedAt ? now : null
      })
      assert.ok(arrivedAt - sentAt < 2_000, `it took ${arrivedAt - sentAt} ms`)
    },
  },
  {
    name: 'read_committed sees what no transaction holds back',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('plain', 10))
      assert.equal((await session.read(topic, 10, { readUncommitted: false })).length, 10)
      assert.equal((await session.read(topic, 10, { readUncommitted: true })).length, 10)
    },
  },
]
