import assert from 'node:assert/strict'
import type { Producer, TopicPartitionOffset } from './client.ts'
import type { Session, SessionCase } from './session.ts'
import { ask, numbered, timeout, values } from './session.ts'

const careful = { 'isolation.level': 'read_committed' }

async function transactional(session: Session, id = session.unique('id')): Promise<Producer> {
  const producer = await session.producer({ 'transactional.id': id })
  await ask((done) => producer.initTransactions(timeout, done))
  return producer
}

const begin = (producer: Producer) => ask((done) => producer.beginTransaction(done))
const commit = (producer: Producer) => ask((done) => producer.commitTransaction(timeout, done))
const abort = (producer: Producer) => ask((done) => producer.abortTransaction(timeout, done))

export const transactionCases: SessionCase[] = [
  {
    name: 'transaction: commit and abort',
    async run(session) {
      const topic = await session.topic()
      const producer = await transactional(session)
      for (const round of [0, 1, 2, 3]) {
        await begin(producer)
        await session.sendBy(producer, topic, numbered(`round-${round}`, 5))
        await (round % 2 === 1 ? commit(producer) : abort(producer))
      }
      const reader = await session.from(topic, 0, careful)
      assert.deepEqual(values(await session.take(reader, 10)), [...numbered('round-1', 5), ...numbered('round-3', 5)])
      assert.ok(await session.quiet(reader))
      assert.equal((await session.read(topic, 20, { 'isolation.level': 'read_uncommitted' })).length, 20)
    },
  },
  {
    name: 'transaction: the newer producer fences the older',
    async run(session) {
      const topic = await session.topic()
      const id = session.unique('id')
      const older = await transactional(session, id)
      await begin(older)
      await session.sendBy(older, topic, ['older'])
      const newer = await transactional(session, id)
      await begin(newer)
      await session.sendBy(newer, topic, ['newer'])
      const error = await session.refused(commit(older), -144, 47, 90)
      assert.ok(error.isFatal)
      await commit(newer)
      const reader = await session.from(topic, 0, careful)
      assert.deepEqual(values(await session.take(reader, 1)), ['newer'])
    },
  },
  {
    name: 'transaction: offsets travel with it',
    async run(session) {
      const [source, target] = [await session.topic(), await session.topic()]
      await session.send(source, numbered('in', 10))
      const reader = await session.consumer({ 'enable.auto.commit': false, ...careful })
      reader.subscribe([source])
      const producer = await transactional(session)
      const committed = async () => {
        const asked = [{ topic: source, partition: 0 }]
        return (await ask<TopicPartitionOffset[]>((done) => reader.committed(asked, timeout, done)))[0].offset
      }
      const step = async (count: number, offset: number) => {
        await begin(producer)
        await session.sendBy(producer, target, values(await session.take(reader, count)))
        const offsets = [{ topic: source, partition: 0, offset }]
        await ask((done) => producer.sendOffsetsToTransaction(offsets, reader, timeout, done))
      }
      await step(4, 4)
      await commit(producer)
      await step(2, 6)
      await abort(producer)
      assert.equal(await committed(), 4)
      await ask((done) => reader.seek({ topic: source, partition: 0, offset: 4 }, timeout, done))
      await step(6, 10)
      await commit(producer)
      assert.equal(await committed(), 10)
      const result = await session.from(target, 0, careful)
      assert.deepEqual(values(await session.take(result, 10)), numbered('in', 10))
    },
  },
]
