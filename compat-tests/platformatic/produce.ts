import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Message } from './client.ts'
import { numbered, outgoing, type SessionCase, values } from './session.ts'

const codecCases: SessionCase[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((compression) => ({
  name: `produce: compression ${compression}`,
  async run(session) {
    const topic = await session.topic()
    const large = randomBytes(200_000).toString('base64')
    const sent = [...numbered(`text that repeats itself, ${compression}`, 200), large]
    await session.send(topic, sent, { compression })
    assert.deepEqual(values(await session.read(topic, 201)), sent)
  },
}))

const acksCases: SessionCase[] = [0, 1, -1].map((acks) => ({
  name: `produce: acks ${acks}`,
  async run(session) {
    const topic = await session.topic()
    const producer = session.producer()
    const offsets = []
    for (const value of numbered('acks', 5)) {
      const answer = await producer.send({ messages: outgoing(topic, [value]), acks })
      offsets.push(...(answer.offsets ?? []).map((one) => Number(one.offset)))
    }
    if (acks !== 0) assert.deepEqual(offsets, [0, 1, 2, 3, 4])
    assert.deepEqual(values(await session.read(topic, 5)), numbered('acks', 5))
  },
}))

export const produceCases: SessionCase[] = [
  ...codecCases,
  ...acksCases,
  {
    name: 'produce: headers, nulls and timestamps',
    async run(session) {
      const topic = await session.topic()
      const headers = new Map([
        [Buffer.from('text'), Buffer.from('word')],
        [Buffer.from('bytes'), Buffer.from([0, 255, 128])],
        [Buffer.from('empty'), Buffer.alloc(0)],
      ])
      const timestamp = 1_700_000_000_123n
      await session.producer().send({
        messages: [
          { topic, key: Buffer.from([0, 1, 255]), value: Buffer.from([254, 0]), headers, timestamp },
          { topic, key: Buffer.from('tombstone'), timestamp },
          { topic, value: Buffer.from('naïve 東京 🦊'), timestamp: timestamp + 5n },
          { topic, key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: timestamp - 5n },
        ],
      })
      const received = await session.read(topic, 4)
      const contents = received.map(({ key, value }) => [key ?? null, value ?? null])
      assert.deepEqual(contents, [
        [Buffer.from([0, 1, 255]), Buffer.from([254, 0])],
        [Buffer.from('tombstone'), null],
        [null, Buffer.from('naïve 東京 🦊')],
        [Buffer.alloc(0), Buffer.alloc(0)],
      ])
      assert.deepEqual(received[0].headerEntries, [...headers])
      const times = received.map((one) => one.timestamp - timestamp)
      assert.deepEqual(times, [0n, 0n, 5n, -5n])
    },
  },
  {
    name: 'produce: a key keeps to its partition',
    async run(session) {
      const topic = await session.topic({ partitions: 4 })
      // The client sends all of it again when one of the partitions was refused: without sequences twice to the others.
      const producer = session.producer({ idempotent: true })
      for (let round = 0; round < 5; round++) {
        const messages = numbered('key', 20).map((key) => ({
          topic,
          key: Buffer.from(key),
          value: Buffer.from(`${round}`),
        }))
        await producer.send({ messages })
      }
      const byKey = new Map<string, Message[]>()
      for (const one of await session.read(topic, 100)) {
        byKey.set(String(one.key), [...(byKey.get(String(one.key)) ?? []), one])
      }
      assert.equal(byKey.size, 20)
      for (const messages of byKey.values()) {
        assert.equal(new Set(messages.map(({ partition }) => partition)).size, 1)
        assert.deepEqual(values(messages), ['0', '1', '2', '3', '4'])
      }
    },
  },
  {
    name: 'produce: idempotent, in order',
    async run(session) {
      const topic = await session.topic()
      const producer = session.producer({ idempotent: true })
      for (let round = 0; round < 20; round++) {
        const sent = await producer.send({ messages: outgoing(topic, numbered(`round-${round}`, 10)), acks: -1 })
        assert.equal(sent.offsets?.[0].offset, BigInt(round * 10))
      }
      assert.ok((producer.producerId ?? -1n) >= 0n)
      const wanted = Array.from({ length: 20 }, (_, round) => numbered(`round-${round}`, 10)).flat()
      assert.deepEqual(values(await session.read(topic, 200)), wanted)
    },
  },
  {
    name: 'produce: a topic is created on first use',
    async run(session) {
      const topic = session.unique('automatic')
      await session.send(topic, ['first'], { autocreateTopics: true })
      assert.deepEqual(values(await session.read(topic, 1)), ['first'])
    },
  },
  {
    name: 'produce: broker timestamps where the topic says LogAppendTime',
    async run(session) {
      const topic = await session.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
      await session.send(topic, ['now'])
      const from = session.consumer()
      const found = await from.listOffsetsWithTimestamps({ topics: [topic], timestamp: BigInt(Date.now() - 10_000) })
      assert.equal(found.get(topic)?.get(0)?.offset, 0n)
    },
  },
  {
    name: 'produce: a message too large',
    async run(session) {
      const topic = await session.topic({ config: { 'max.message.bytes': '1000' } })
      await session.refused(session.send(topic, ['x'.repeat(5_000)]), 'MESSAGE_TOO_LARGE')
    },
  },
]
