import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { registerCodecs } from './codecs.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'
import { errorNamed } from './wire.ts'

const valuesOf = (messages: readonly { value: unknown }[]) => messages.map(({ value }) => value)

const running: Case[] = [
  {
    name: 'several partitions are worked on at the same time, each in order',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 3 })
      const messages = numbered('together', 30).map((message, i) => ({ ...message, partition: i % 3 }))
      await (await session.producer()).send({ topic, messages })
      let [inside, most] = [0, 0]
      const offsets: number[][] = [[], [], []]
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        partitionsConsumedConcurrently: 3,
        async eachMessage({ partition, message }) {
          most = Math.max(most, ++inside)
          await new Promise((resolve) => setTimeout(resolve, 20))
          offsets[partition].push(Number(message.offset))
          inside--
        },
      })
      await eventually('all', () => offsets.flat().length === 30)
      assert.equal(most, 3)
      for (const each of offsets) assert.deepEqual(each, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    },
  },
  {
    name: 'a slow handler stays in the group by heartbeats of its own',
    timeoutMs: 90_000,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('slow', 2))
      const consumer = await session.consumer({ sessionTimeout: 6_000, heartbeatInterval: 100 })
      let [beats, rebalances] = [0, 0]
      const seen: string[] = []
      consumer.on('consumer.heartbeat', () => void beats++)
      consumer.on('consumer.rebalancing', () => void rebalances++)
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachMessage({ message, heartbeat }) {
          for (let i = 0; i < 40 && message.offset === '0'; i++) {
            await new Promise((resolve) => setTimeout(resolve, 200))
            await heartbeat()
          }
          seen.push(message.offset)
        },
      })
      await eventually('both messages', () => seen.length === 2)
      assert.deepEqual(seen, ['0', '1'])
      assert.equal(rebalances, 0)
      assert.ok(beats >= 30, `${beats} heartbeats`)
    },
  },
  {
    name: 'stop ends after the message at hand and commits it; run goes on from there',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('stop')
      await session.send(topic, numbered('stop', 20))
      const consumer = await session.consumer({ groupId })
      const seen: string[] = []
      let stopping: Promise<void> | undefined
      const eachMessage = async ({ message }: { message: { offset: string } }) => {
        seen.push(message.offset)
        if (seen.length === 5) stopping = consumer.stop()
      }
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage })
      await eventually('the stop', () => stopping !== undefined)
      await stopping
      const done = seen.length
      assert.deepEqual(
        seen,
        Array.from({ length: done }, (_, i) => `${i}`),
      )
      const admin = await session.admin()
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
      assert.equal(answer.partitions[0].offset, `${done}`)
      await consumer.run({ eachMessage })
      await eventually('the rest', () => seen.length === 20)
      assert.deepEqual(new Set(seen).size, 20)
    },
  },
  {
    name: 'eachBatch resolves a part: that part is committed, and the rest comes again',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('part')
      await session.send(topic, numbered('part', 10))
      const first = await session.consumer({ groupId })
      const lags: string[] = []
      const pending: string[] = []
      let done = false
      await first.subscribe({ topic, fromBeginning: true })
      await first.run({
        eachBatchAutoResolve: false,
        async eachBatch({ batch, resolveOffset, commitOffsetsIfNecessary, uncommittedOffsets }) {
          if (done) return
          lags.push(batch.offsetLag(), batch.offsetLagLow(), batch.firstOffset()!, batch.lastOffset())
          for (const message of batch.messages.slice(0, 4)) resolveOffset(message.offset)
          pending.push(...uncommittedOffsets().topics[0].partitions.map((one) => one.offset))
          await commitOffsetsIfNecessary(uncommittedOffsets())
          done = true
        },
      })
      await eventually('the first batch', () => done)
      assert.deepEqual(lags, ['0', '9', '0', '9'])
      assert.deepEqual(pending, ['4'])
      await first.disconnect()
      const rest = await session.read(topic, 6, { groupId })
      assert.deepEqual(
        rest.map((one) => one.message.offset),
        ['4', '5', '6', '7', '8', '9'],
      )
    },
  },
  {
    name: 'automatic commit by interval',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('interval')
      const consumer = await session.consumer({ groupId })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ autoCommitInterval: 200, eachMessage: async () => {} })
      const admin = await session.admin()
      for (const expected of ['3', '6']) {
        await session.send(topic, numbered('interval', 3))
        await eventually(`the commit of ${expected}`, async () => {
          const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
          return committed.partitions[0].offset === expected
        })
      }
    },
  },
  {
    name: 'small fetches: maxBytesPerPartition, maxBytes and minBytes',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const producer = await session.producer()
      for (let i = 0; i < 20; i++) {
        await producer.send({ topic, messages: [{ partition: i % 2, value: `${i}-${'x'.repeat(1_000)}` }] })
      }
      const received: Received[] = []
      const sizes: number[] = []
      const consumer = await session.consumer({ maxBytesPerPartition: 1_500, maxBytes: 2_500, minBytes: 1_000 })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachBatch({ batch }) {
          sizes.push(batch.messages.length)
          received.push(...batch.messages.map((message) => ({ topic, partition: batch.partition, message })))
        },
      })
      await eventually('all', () => received.length === 20)
      assert.ok(
        sizes.every((size) => size === 1),
        `batches of ${sizes.join(', ')}`,
      )
      for (const partition of [0, 1]) {
        const offsets = received.filter((one) => one.partition === partition).map((one) => Number(one.message.offset))
        assert.deepEqual(offsets, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }
    },
  },
  {
    name: 'each message brings its key, headers, timestamp and offset, in every codec mixed in one topic',
    async run(context) {
      await registerCodecs()
      const session = new Session(context)
      const topic = await session.topic()
      const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
      const producer = await session.producer()
      for (const [i, compression] of [None, GZIP, Snappy, LZ4, ZSTD].entries()) {
        const messages = [0, 1, 2].map((j) => ({
          key: `key ${i}.${j}`,
          value: `value ${i}.${j}`,
          headers: { codec: `${i}`, index: `${j}` },
          timestamp: `${1_700_000_000_000 + i * 10 + j}`,
        }))
        await producer.send({ topic, compression, messages })
      }
      const received = (await session.read(topic, 15)).map(({ message }) => message)
      for (const [at, message] of received.entries()) {
        const [i, j] = [Math.floor(at / 3), at % 3]
        assert.deepEqual(
          [message.key?.toString(), message.value?.toString(), message.offset, message.timestamp],
          [`key ${i}.${j}`, `value ${i}.${j}`, `${at}`, `${1_700_000_000_000 + i * 10 + j}`],
        )
        assert.deepEqual(message.headers, { codec: Buffer.from(`${i}`), index: Buffer.from(`${j}`) })
      }
    },
  },
  {
    name: 'fromBeginning false begins at the end, and what is committed counts for more',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('end')
      await session.send(topic, numbered('old', 5))
      const received: Received[] = []
      const late = await session.consumer({ groupId })
      await late.subscribe({ topic, fromBeginning: false })
      await late.run({ eachMessage: async (one) => void received.push(one) })
      const producer = await session.producer()
      await eventually('the first new one', async () => {
        await producer.send({ topic, messages: [{ value: 'new' }] })
        return received.length > 0
      })
      assert.equal(received[0].message.value?.toString(), 'new')
      assert.ok(Number(received[0].message.offset) >= 5)
      await late.disconnect()
      const next = Number(received.at(-1)!.message.offset) + 1
      await session.send(topic, numbered('later', 2))
      const again = await session.read(topic, 2, { groupId })
      assert.ok(Number(again[0].message.offset) >= next)
    },
  },
]

/** The hashes that Apache's own partitioner makes of these keys. */
const murmur2 = { '21': -973932308, foobar: -790332482, abc: 479470107, 'a-little-bit-long-string': -985981536 }

const producing: Case[] = [
  {
    name: 'sendBatch puts several entries of one topic together, and empty lists do nothing',
    async run(context) {
      const session = new Session(context)
      const [first, second] = [await session.topic(), await session.topic()]
      const producer = await session.producer()
      const topicMessages = [
        { topic: first, messages: numbered('a', 2) },
        { topic: second, messages: numbered('b', 3) },
        { topic: first, messages: numbered('c', 2) },
      ]
      const answers = await producer.sendBatch({ topicMessages, acks: -1 })
      assert.deepEqual(
        answers.map((one) => [one.topicName, one.partition, one.errorCode, one.baseOffset]).sort(),
        [
          [first, 0, 0, '0'],
          [second, 0, 0, '0'],
        ].sort(),
      )
      assert.deepEqual(values(await session.read(first, 4)), ['a-0', 'a-1', 'c-0', 'c-1'])
      assert.deepEqual(await producer.send({ topic: first, messages: [] }), [])
      assert.deepEqual(await producer.sendBatch({ topicMessages: [] }), [])
    },
  },
  {
    name: 'a partitioner of ones own, and the default one, which hashes as the Java client does',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 3 })
      const last = await session.producer({ createPartitioner: () => () => 2 })
      const [answer] = await last.send({ topic, messages: numbered('mine', 3, 3) })
      assert.deepEqual([answer.partition, answer.baseOffset], [2, '0'])
      const usual = await session.producer()
      for (const [key, hash] of Object.entries(murmur2)) {
        const [one] = await usual.send({ topic, messages: [{ key, value: 'x' }] })
        assert.equal(one.partition, (hash & 0x7fffffff) % 3, key)
      }
    },
  },
  {
    name: 'idempotent sends at the same time: everything is written once',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await session.producer({ idempotent: true })
      const messages = numbered('once', 60)
      await Promise.all(messages.map((message) => producer.send({ topic, acks: -1, messages: [message] })))
      const received = values(await session.read(topic, 60))
      assert.equal(received.length, 60)
      assert.deepEqual(new Set(received), new Set(valuesOf(messages)))
    },
  },
  {
    name: 'a topic name that cannot be does not spoil the producer',
    async run(context) {
      const session = new Session(context, { retry: { retries: 1, initialRetryTime: 20 } })
      const topic = await session.topic()
      const producer = await session.producer()
      const sending = producer.send({ topic: 'with a blank', messages: [{ value: 'x' }] })
      await assert.rejects(sending, errorNamed('INVALID_TOPIC_EXCEPTION'))
      const [answer] = await producer.send({ topic, messages: [{ value: 'y' }] })
      assert.deepEqual([answer.errorCode, answer.baseOffset], [0, '0'])
    },
  },
  {
    name: 'a producer that disconnects and connects again goes on',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await session.producer({ idempotent: true })
      for (const round of ['0', '1', '2']) {
        const [answer] = await producer.send({ topic, acks: -1, messages: [{ value: round }] })
        assert.equal(answer.baseOffset, round)
        await producer.disconnect()
        await producer.connect()
      }
      assert.deepEqual(values(await session.read(topic, 3)), ['0', '1', '2'])
    },
  },
]

const transactions: Case[] = [
  {
    name: 'a transaction without a message commits and aborts',
    async run(context) {
      const session = new Session(context)
      const transactionalId = context.unique('empty')
      const producer = await session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
      await (await producer.transaction()).commit()
      await (await producer.transaction()).abort()
      const topic = await session.topic()
      const groupId = context.unique('group')
      const transaction = await producer.transaction()
      const topics = [{ topic, partitions: [{ partition: 0, offset: '6' }] }]
      await transaction.sendOffsets({ consumerGroupId: groupId, topics })
      await transaction.commit()
      const admin = await session.admin()
      await eventually('offsets alone', async () => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] }).catch(() => [])
        return answer?.partitions[0].offset === '6'
      })
    },
  },
  {
    name: 'a transactional producer: one transaction at a time, none after its end, messages beside it',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const transactionalId = context.unique('beside')
      const producer = await session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
      const transaction = await producer.transaction()
      await assert.rejects(producer.transaction(), /already/)
      await transaction.send({ topic, messages: numbered('in', 2) })
      await transaction.sendBatch({ topicMessages: [{ topic, messages: numbered('batch', 1) }] })
      await transaction.commit()
      await assert.rejects(transaction.send({ topic, messages: numbered('late', 1) }), /once ended/)
      await assert.rejects(transaction.abort(), /once ended/)
      await producer.send({ topic, acks: -1, messages: numbered('alone', 2) })
      const lost = await producer.transaction()
      await lost.send({ topic, messages: numbered('lost', 1) })
      await lost.abort()
      assert.deepEqual(values(await session.read(topic, 5)), ['in-0', 'in-1', 'batch-0', 'alone-0', 'alone-1'])
    },
  },
  {
    name: 'read_uncommitted sees an open transaction, read_committed waits for its end',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const transactionalId = context.unique('open')
      const producer = await session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
      const open = await producer.transaction()
      await open.send({ topic, messages: numbered('open', 3) })
      const after = await session.producer()
      await after.send({ topic, messages: numbered('after', 2) })
      const committed: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void committed.push(one) })
      const everything = ['open-0', 'open-1', 'open-2', 'after-0', 'after-1']
      assert.deepEqual(values(await session.read(topic, 5, { readUncommitted: true })), everything)
      assert.deepEqual(committed, [])
      await open.commit()
      await eventually('the end of the transaction', () => committed.length === 5)
      assert.deepEqual(values(committed), everything)
    },
  },
  {
    name: 'consume, transform, produce: each message once, through an abort in the middle',
    async run(context) {
      const session = new Session(context)
      const [input, output] = [await session.topic(), await session.topic()]
      const consumerGroupId = context.unique('relay')
      await session.send(input, numbered('work', 12))
      const transactionalId = context.unique('relay')
      const producer = await session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
      const consumer = await session.consumer({
        groupId: consumerGroupId,
        retry: { retries: 10, initialRetryTime: 10 },
      })
      let failed = false
      await consumer.subscribe({ topic: input, fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        async eachMessage({ message }) {
          const transaction = await producer.transaction()
          await transaction.send({ topic: output, messages: [{ value: `done ${message.value}` }] })
          const offset = String(Number(message.offset) + 1)
          const topics = [{ topic: input, partitions: [{ partition: 0, offset }] }]
          await transaction.sendOffsets({ consumerGroupId, topics })
          if (message.offset === '5' && !failed) {
            failed = true
            await transaction.abort()
            throw new Error('once')
          }
          await transaction.commit()
        },
      })
      const expected = numbered('work', 12).map((one) => `done ${one.value}`)
      assert.deepEqual(values(await session.read(output, 12)), expected)
      const admin = await session.admin()
      const [answer] = await admin.fetchOffsets({ groupId: consumerGroupId, topics: [input] })
      assert.equal(answer.partitions[0].offset, '12')
    },
  },
  {
    name: 'a transaction that takes too long is aborted by the broker',
    timeoutMs: 90_000,
    async run(context) {
      const session = new Session(context, { retry: { retries: 1, initialRetryTime: 20 } })
      const topic = await session.topic()
      const transactionalId = context.unique('slow')
      const options = { transactionalId, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 1_000 }
      const producer = await session.producer(options)
      const slow = await producer.transaction()
      await slow.send({ topic, messages: numbered('slow', 2) })
      await session.send(topic, numbered('plain', 1))
      // Held back until the broker ends the transaction by itself.
      assert.deepEqual(values(await session.read(topic, 1)), ['plain-0'])
      await assert.rejects(slow.commit())
    },
  },
]

export const readingCases: Case[] = [...running, ...producing, ...transactions]
