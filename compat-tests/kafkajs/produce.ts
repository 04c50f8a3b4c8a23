import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Case } from '../support/suite.ts'
import { compressionTypes, registerCodecs } from './codecs.ts'
import { numbered, Session, values } from './session.ts'

const codecCases: Case[] = compressionTypes.map(([name, compression]) => ({
  name: `round trip, compression ${name}`,
  smoke: true,
  async run(context) {
    await registerCodecs()
    const session = new Session(context)
    const topic = await session.topic()
    const sent = numbered(`text that repeats itself, ${name}`, 200)
    await session.send(topic, sent, { compression })
    await session.send(topic, [{ value: randomBytes(300_000).toString('base64') }], { compression })
    const received = await session.read(topic, 201)
    assert.deepEqual(
      values(received).slice(0, 200),
      sent.map((one) => one.value),
    )
    assert.equal(received[200].message.value!.length, 400_000)
  },
}))

const acksCases: Case[] = [0, 1, -1].map((acks) => ({
  name: `produce with acks ${acks}`,
  smoke: true,
  async run(context) {
    const session = new Session(context)
    const topic = await session.topic()
    const producer = await session.producer()
    const answers = []
    for (const message of numbered('acks', 5)) answers.push(await producer.send({ topic, messages: [message], acks }))
    const offsets = answers.flat().map((answer) => answer.baseOffset)
    if (acks !== 0) assert.deepEqual(offsets, ['0', '1', '2', '3', '4'])
    assert.deepEqual(
      values(await session.read(topic, 5)),
      numbered('acks', 5).map((one) => one.value),
    )
  },
}))

export const produceCases: Case[] = [
  ...codecCases,
  ...acksCases,
  {
    name: 'headers, null keys and null values',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const headers = { text: 'word', bytes: Buffer.from([0, 255, 128]), empty: '', twice: ['first', 'second'] }
      await session.send(topic, [
        { key: null, value: null },
        { key: '', value: '' },
        { key: Buffer.from([0, 1, 255]), value: Buffer.from([254, 0]), headers },
        { value: 'naïve 東京 🦊', timestamp: '1700000000123' },
      ])
      const messages = (await session.read(topic, 4)).map(({ message }) => message)
      assert.deepEqual(
        messages.map(({ key, value }) => [key, value]),
        [
          [null, null],
          [Buffer.alloc(0), Buffer.alloc(0)],
          [Buffer.from([0, 1, 255]), Buffer.from([254, 0])],
          [null, Buffer.from('naïve 東京 🦊')],
        ],
      )
      assert.deepEqual(messages[2].headers, {
        text: Buffer.from('word'),
        bytes: Buffer.from([0, 255, 128]),
        empty: Buffer.alloc(0),
        twice: [Buffer.from('first'), Buffer.from('second')],
      })
      assert.equal(messages[3].timestamp, '1700000000123')
    },
  },
  {
    name: 'the same key goes to the same partition and stays in order',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 6 })
      const producer = await session.producer()
      for (let round = 0; round < 5; round++) {
        await producer.send({ topic, messages: numbered(`round-${round}`, 100, 25) })
      }
      const received = await session.read(topic, 500)
      const partitionOfKey = new Map<string, number>()
      const roundOfKey = new Map<string, number>()
      for (const { partition, message } of received) {
        const key = message.key!.toString()
        assert.equal(partition, partitionOfKey.get(key) ?? partition)
        partitionOfKey.set(key, partition)
        const round = Number(message.value!.toString().split('-')[1])
        assert.ok(round >= (roundOfKey.get(key) ?? 0), `round ${round} of ${key} after ${roundOfKey.get(key)}`)
        roundOfKey.set(key, round)
      }
      assert.equal(partitionOfKey.size, 25)
      assert.equal(new Set(partitionOfKey.values()).size, 6)
    },
  },
  {
    name: 'sendBatch to several topics',
    async run(context) {
      const session = new Session(context)
      const topics = [await session.topic(), await session.topic({ partitions: 3 })]
      const producer = await session.producer()
      const answers = await producer.sendBatch({
        topicMessages: topics.map((topic) => ({ topic, messages: numbered(topic, 30, 10) })),
      })
      assert.ok(answers.every((answer) => answer.errorCode === 0))
      for (const topic of topics) assert.equal((await session.read(topic, 30)).length, 30)
    },
  },
  {
    name: 'idempotent producer',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ partitions: 2 })
      const producer = await session.producer({ idempotent: true, maxInFlightRequests: 1 })
      for (let round = 0; round < 20; round++) {
        await producer.send({ topic, acks: -1, messages: numbered(`round-${round}`, 10, 5) })
      }
      const received = await session.read(topic, 200)
      assert.equal(new Set(values(received)).size, 200)
      assert.equal(received.length, 200)
    },
  },
  {
    name: 'topics are created on first use',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = context.unique('automatic')
      const producer = await session.producer({ allowAutoTopicCreation: true })
      await producer.send({ topic, messages: [{ value: 'first' }] })
      assert.deepEqual(values(await session.read(topic, 1)), ['first'])
    },
  },
  {
    name: 'broker timestamps where the topic says LogAppendTime',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
      const before = Date.now()
      await session.send(topic, [{ value: 'now', timestamp: '1600000000000' }])
      const [{ message }] = await session.read(topic, 1)
      assert.ok(Number(message.timestamp) >= before - 1_000 && Number(message.timestamp) <= Date.now() + 1_000)
    },
  },
]
