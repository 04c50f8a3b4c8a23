import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { SASLOptions } from 'kafkajs'
import kafkajs from 'kafkajs'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { numbered, Session } from './session.ts'
import { errorNamed } from './wire.ts'

interface RequestPayload {
  apiName: string
  apiVersion: number
  broker: string
  size: number
}

const numbers = (payload: object, names: string[]) => {
  for (const name of names) assert.equal(typeof (payload as Record<string, unknown>)[name], 'number', name)
}

const consumerEvents: Case[] = [
  {
    name: 'events of a consumer: join, fetch, batch, heartbeat and commit',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const groupId = context.unique('events')
      const consumer = await session.consumer({ groupId, heartbeatInterval: 50 })
      const seen = new Map<string, object[]>()
      for (const name of Object.values(consumer.events)) {
        consumer.on(name, ({ payload }: { payload: unknown }) => {
          seen.set(name, [...(seen.get(name) ?? []), (payload ?? {}) as object])
        })
      }
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => {} })
      const first = (name: string) => eventually(name, () => seen.get(name)?.[0]) as Promise<Record<string, unknown>>
      const joined = await first('consumer.group_join')
      assert.equal(joined.groupId, groupId)
      assert.equal(joined.isLeader, true)
      assert.equal(joined.leaderId, joined.memberId)
      assert.equal(joined.groupProtocol, 'RoundRobinAssigner')
      assert.deepEqual(joined.memberAssignment, { [topic]: [0, 1] })
      numbers(joined, ['duration'])
      const messages = numbered('event', 10).map((message, i) => ({ ...message, partition: i % 2 }))
      await (await session.producer()).send({ topic, messages })
      const beat = await first('consumer.heartbeat')
      assert.deepEqual([beat.groupId, beat.memberId, beat.groupGenerationId], [groupId, joined.memberId, 1])
      numbers(await first('consumer.fetch'), ['numberOfBatches', 'duration'])
      const batches = await eventually('both batches', () => {
        const ended = seen.get('consumer.end_batch_process') as Record<string, unknown>[] | undefined
        return ended && ended.length >= 2 ? ended : null
      })
      for (const batch of batches.slice(0, 2)) {
        const { batchSize, firstOffset, lastOffset, highWatermark, offsetLag } = batch
        assert.deepEqual([batch.topic, batchSize, firstOffset, lastOffset], [topic, 5, '0', '4'])
        assert.deepEqual([highWatermark, offsetLag], ['5', '0'])
      }
      const commit = await first('consumer.commit_offsets')
      assert.deepEqual([commit.groupId, commit.memberId, commit.groupGenerationId], [groupId, joined.memberId, 1])
      await consumer.disconnect()
      for (const name of ['consumer.stop', 'consumer.disconnect']) assert.ok(seen.has(name), name)
      assert.equal(seen.has('consumer.crash'), false)
    },
  },
  {
    name: 'events of a rebalance, and of topics that a member did not ask for',
    async run(context) {
      const session = new Session(context)
      // As many partitions as members: each gets one of every topic that the leader knows.
      const two = { partitions: 2 }
      const [shared, left, right] = [await session.topic(two), await session.topic(two), await session.topic(two)]
      const groupId = context.unique('unlike')
      const start = async (topics: string[]) => {
        const consumer = await session.consumer({ groupId })
        const member = { consumer, id: '', rebalancing: [] as unknown[], unsubscribed: [] as string[][] }
        consumer.on('consumer.group_join', ({ payload }) => void (member.id = payload.memberId))
        consumer.on('consumer.rebalancing', ({ payload }) => void member.rebalancing.push(payload))
        consumer.on(
          'consumer.received_unsubscribed_topics',
          ({ payload }) => void member.unsubscribed.push(payload.topicsNotSubscribed),
        )
        await consumer.subscribe({ topics, fromBeginning: true })
        await consumer.run({ eachMessage: async () => {} })
        return member
      }
      const first = await start([left, shared])
      await eventually('the first member', () => first.id !== '')
      const second = await start([shared, right])
      await eventually('its rebalance', () => first.rebalancing.length > 0)
      assert.deepEqual(first.rebalancing[0], { groupId, memberId: first.id })
      // The leader, whoever that is, assigns the topics that it knows itself to everybody.
      await eventually(
        'a topic that was not asked for',
        () => first.unsubscribed.length + second.unsubscribed.length > 0,
      )
      for (const topics of first.unsubscribed) assert.deepEqual(topics, [right])
      for (const topics of second.unsubscribed) assert.deepEqual(topics, [left])
      await eventually('a stable group of two', async () => {
        const { state, members } = await second.consumer.describeGroup()
        return state === 'Stable' && members.length === 2
      })
    },
  },
  {
    name: 'events of requests, of connections and of the queue, for producer, consumer and admin',
    async run(context) {
      const session = new Session(context, { requestTimeout: 20_000 })
      const { kafka } = session
      const groupId = context.unique('requests')
      const [admin, consumer, producer] = [kafka.admin(), kafka.consumer({ groupId }), kafka.producer()]
      for (const client of [admin, consumer, producer]) context.after(() => client.disconnect())
      const requests: RequestPayload[] = []
      let [connected, disconnected] = [0, 0]
      const countRequest = ({ payload }: { payload: RequestPayload }) => void requests.push(payload)
      for (const [client, prefix] of [
        [admin, 'admin'],
        [consumer, 'consumer'],
        [producer, 'producer'],
      ] as const) {
        const on = unchecked<(event: string, listener: (event: never) => void) => void>(client.on.bind(client))
        on(`${prefix}.connect`, () => void connected++)
        on(`${prefix}.disconnect`, () => void disconnected++)
        on(`${prefix}.network.request`, countRequest)
      }
      await Promise.all([admin, consumer, producer].map((client) => client.connect()))
      assert.equal(connected, 3)
      const [first] = requests
      assert.deepEqual([first.apiName, first.broker], ['ApiVersions', context.broker.bootstrapServers])
      // kafkajs begins with the newest version that it knows, and the broker answers it.
      assert.ok(requests.filter((one) => one.apiName === 'ApiVersions').every((one) => one.apiVersion === 2))
      numbers(first, ['correlationId', 'createdAt', 'sentAt', 'pendingDuration', 'duration', 'size'])
      await Promise.all([admin, consumer, producer].map((client) => client.disconnect()))
      assert.equal(disconnected, 3)
    },
  },
  {
    name: 'maxInFlightRequests 1 keeps a queue, and every request in it is answered',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 1 })
      const producer = await session.producer({ maxInFlightRequests: 1 })
      let longest = 0
      producer.on('producer.network.request_queue_size', ({ payload }) => {
        longest = Math.max(longest, payload.queueSize)
      })
      const sends = numbered('queued', 30).map((message) => producer.send({ topic, acks: -1, messages: [message] }))
      const offsets = (await Promise.all(sends)).map(([answer]) => Number(answer.baseOffset))
      assert.ok(longest > 0)
      assert.deepEqual(
        offsets.sort((a, b) => a - b),
        Array.from({ length: 30 }, (_, i) => i),
      )
    },
  },
  {
    name: 'the first of the bootstrap servers is not there, the second is',
    async run(context) {
      const closed = createServer().listen(0, context.broker.host)
      await once(closed, 'listening')
      const { port } = closed.address() as AddressInfo
      closed.close()
      const { host } = context.broker
      const kafka = new kafkajs.Kafka({
        clientId: context.unique('bootstrap'),
        brokers: [`${host}:${port}`, context.broker.bootstrapServers],
        logLevel: kafkajs.logLevel.NOTHING,
        connectionTimeout: 300,
        requestTimeout: 500,
        retry: { initialRetryTime: 50, retries: 10 },
      })
      const admin = kafka.admin()
      context.after(() => admin.disconnect())
      await admin.connect()
      const { brokers } = await admin.describeCluster()
      assert.equal(brokers.length, context.broker.clusterSize)
      assert.ok(brokers.some((broker) => `${broker.host}:${broker.port}` === context.broker.bootstrapServers))
    },
  },
]

const securityCases: Case[] = [
  {
    name: 'TLS towards a plaintext listener fails, and the broker goes on',
    async run(context) {
      const impatient = { retry: { retries: 0 }, connectionTimeout: 1_000 }
      await assert.rejects(new Session(context, { ...impatient, ssl: true }).admin(), /TLS/)
      const { brokers } = await (await new Session(context).admin()).describeCluster()
      assert.equal(brokers.length, context.broker.clusterSize)
    },
  },
  {
    name: 'SASL towards a plaintext listener is refused',
    async run(context) {
      const credentials = { username: 'somebody', password: 'something' }
      const mechanisms: SASLOptions[] = [
        { mechanism: 'plain', ...credentials },
        { mechanism: 'scram-sha-256', ...credentials },
        { mechanism: 'scram-sha-512', ...credentials },
      ]
      for (const sasl of mechanisms) {
        const session = new Session(context, { retry: { retries: 0 }, sasl })
        await assert.rejects(session.admin(), errorNamed('ILLEGAL_SASL_STATE'))
      }
    },
  },
]

const crashes: Case[] = [
  {
    name: 'a consumer whose handler fails tries the same message again, and commits what came before',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('stubborn')
      await session.send(topic, numbered('work', 5))
      const consumer = await session.consumer({ groupId, retry: { retries: 10, initialRetryTime: 10 } })
      const seen: string[] = []
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachMessage({ message }) {
          seen.push(message.offset)
          if (message.offset === '3' && seen.length < 7) throw new Error('not yet')
        },
      })
      await eventually('the last message', () => seen.includes('4'))
      assert.deepEqual(seen, ['0', '1', '2', '3', '3', '3', '3', '4'])
      const admin = await session.admin()
      await eventually('the commit', async () => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
        return answer.partitions[0].offset === '5'
      })
    },
  },
  {
    name: 'a consumer that crashes says so, has committed what it finished, and starts over',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('crash')
      await session.send(topic, numbered('work', 5))
      const consumer = await session.consumer({ groupId, retry: { retries: 0, initialRetryTime: 10 } })
      const crashed: { restart: boolean; groupId: string }[] = []
      consumer.on('consumer.crash', ({ payload }) => void crashed.push(payload))
      let broken = true
      const seen: string[] = []
      const admin = await session.admin()
      const committed = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0].offset
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        async eachMessage({ message }) {
          if (broken && message.offset === '2') throw new Error('broken')
          seen.push(message.offset)
        },
      })
      await eventually('the crash', () => crashed.length > 0)
      assert.deepEqual([crashed[0].restart, crashed[0].groupId], [true, groupId])
      await eventually('what came before it', async () => (await committed()) === '2')
      broken = false
      await eventually('the rest', () => seen.length === 5)
      assert.deepEqual(seen, ['0', '1', '2', '3', '4'])
    },
  },
  {
    name: 'autoCommit false: nothing is committed, not even after a crash and on stop',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('uncommitted')
      await session.send(topic, numbered('work', 5))
      const consumer = await session.consumer({ groupId, retry: { retries: 0, initialRetryTime: 10 } })
      const seen: string[] = []
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        async eachMessage({ message }) {
          seen.push(message.offset)
          if (seen.length === 3) throw new Error('once')
        },
      })
      await eventually('everything after a second start', () => seen.length >= 8)
      assert.deepEqual(seen.slice(0, 8), ['0', '1', '2', '0', '1', '2', '3', '4'])
      await consumer.stop()
      const admin = await session.admin()
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] })
      assert.equal(answer.partitions[0].offset, '-1')
    },
  },
]

export const eventCases: Case[] = [...consumerEvents, ...securityCases, ...crashes]
