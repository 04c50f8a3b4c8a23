import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import { numbered, outgoing, type SessionCase, values } from './session.ts'

export const consumeCases: SessionCase[] = [
  {
    name: 'consume: from the offset that it says',
    async run(session) {
      const topic = await session.topic({ partitions: 2 })
      const messages = [0, 1].flatMap((partition) =>
        outgoing(topic, numbered(`p${partition}`, 10)).map((one) => ({ ...one, partition })),
      )
      await session.producer().send({ messages })
      const offsets = [0, 1].map((partition) => ({ topic, partition, offset: partition === 0 ? 8n : 9n }))
      const received = await session.read(topic, 3, { mode: 'manual', offsets })
      assert.deepEqual(values(received).sort(), ['p0-8', 'p0-9', 'p1-9'])
    },
  },
  {
    name: 'consume: offsets by time, and the ends',
    async run(session) {
      const topic = await session.topic()
      const start = 1_700_000_000_000n
      const messages = outgoing(topic, numbered('t', 10)).map((one, i) => ({
        ...one,
        timestamp: start + BigInt(i * 1_000),
      }))
      await session.producer().send({ messages })
      const consumer = session.consumer()
      const at = async (timestamp: bigint) =>
        (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic)?.[0]
      assert.deepEqual([await at(-2n), await at(-1n)], [0n, 10n])
      assert.deepEqual([await at(start + 4_000n), await at(start + 4_001n)], [4n, 5n])
      assert.equal(await at(start + 60_000n), -1n)
      const found = await consumer.listOffsetsWithTimestamps({ topics: [topic], timestamp: -3n })
      assert.deepEqual(found.get(topic)?.get(0), { offset: 9n, timestamp: start + 9_000n })
    },
  },
  {
    name: 'consume: what comes while it waits at the end',
    async run(session) {
      const topic = await session.topic()
      await session.send(topic, numbered('old', 5))
      const reading = await session.stream(session.consumer(), { topics: [topic], mode: 'latest' })
      await session.send(topic, numbered('new', 5))
      assert.deepEqual(values(await reading.until(5)), numbered('new', 5))
    },
  },
  {
    name: 'consume: an offset out of range',
    async run(session) {
      const topic = await session.topic()
      await session.send(topic, numbered('v', 5))
      const offsets = [{ topic, partition: 0, offset: 500n }]
      const beyond = { mode: 'manual', offsets } as const
      const received = await session.read(topic, 5, { ...beyond, fallbackMode: 'earliest' })
      assert.deepEqual(values(received), numbered('v', 5))
      await session.refused(session.read(topic, 1, { ...beyond, fallbackMode: 'fail' }), 'OFFSET_OUT_OF_RANGE')
    },
  },
  {
    name: 'consume: commits of messages and of offsets, and the lag',
    async run(session) {
      const topic = await session.topic()
      const groupId = session.unique('group')
      await session.send(topic, numbered('m', 10))
      const first = session.consumer({ groupId })
      const [, , , fourth] = await (await session.stream(first, { topics: [topic] })).until(10)
      await fourth.commit()
      const committed = async () =>
        (await first.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })).get(topic)
      assert.deepEqual(await committed(), [4n])
      await first.commit({ offsets: [{ topic, partition: 0, offset: 6n, leaderEpoch: 0 }] })
      assert.deepEqual(await committed(), [6n])
      assert.deepEqual((await first.getLag({ topics: [topic] })).get(topic), [4n])
      await first.close(true)
      const second = await session.stream(session.consumer({ groupId }), { topics: [topic], mode: 'committed' })
      assert.deepEqual(values(await second.until(4)), numbered('m', 10).slice(6))
    },
  },
  {
    name: 'consume: commits of its own',
    async run(session) {
      const topic = await session.topic()
      await session.send(topic, numbered('a', 20))
      const consumer = session.consumer()
      await (await session.stream(consumer, { topics: [topic], autocommit: 100 })).until(20)
      await eventually('the commit', async () => {
        const found = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })
        return found.get(topic)?.[0] === 20n
      })
    },
  },
]
