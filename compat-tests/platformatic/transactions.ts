import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import { numbered, outgoing, type SessionCase, values } from './session.ts'

const readCommitted = 1

/** Zero, which the client would send, is the id of some producer; -1 says that this one has none yet. */
const withoutId = { producerId: -1n, producerEpoch: -1 }

export const transactionCases: SessionCase[] = [
  {
    name: 'transactions: nothing is read before the commit',
    async run(session) {
      const topic = await session.topic({ partitions: 2 })
      const producer = session.producer({ transactionalId: session.unique('id'), idempotent: true })
      const reading = await session.stream(session.consumer(), { topics: [topic], isolationLevel: readCommitted })
      const transaction = await producer.beginTransaction()
      for (const partition of [0, 1]) {
        const messages = outgoing(topic, numbered(`p${partition}`, 5)).map((one) => ({ ...one, partition }))
        await transaction.send({ messages, acks: -1 })
      }
      const ends = async (isolationLevel: number) =>
        (await session.consumer().listOffsets({ topics: [topic], timestamp: -1n, isolationLevel })).get(topic)
      assert.deepEqual(await ends(0), [5n, 5n])
      assert.deepEqual(await ends(readCommitted), [0n, 0n])
      assert.equal((await session.read(topic, 10, { isolationLevel: 0 })).length, 10)
      assert.equal(reading.received.length, 0)
      await transaction.commit()
      assert.deepEqual(values(await reading.until(10)).sort(), [...numbered('p0', 5), ...numbered('p1', 5)])
    },
  },
  {
    // The client does not leave out what was aborted, against no broker: the ends of the log are what can be seen.
    name: 'transactions: commits and aborts in turn',
    async run(session) {
      const topic = await session.topic()
      const producer = session.producer({ transactionalId: session.unique('id'), idempotent: true })
      for (let round = 0; round < 10; round++) {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: outgoing(topic, numbered(`round-${round}`, 3)), acks: -1 })
        await (round % 2 === 0 ? transaction.commit() : transaction.abort())
      }
      const ends = await session
        .consumer()
        .listOffsets({ topics: [topic], timestamp: -1n, isolationLevel: readCommitted })
      assert.deepEqual(ends.get(topic), [40n])
    },
  },
  {
    name: 'transactions: offsets of a group go with it',
    async run(session) {
      const [source, target] = [await session.topic(), await session.topic()]
      await session.send(source, numbered('work', 4))
      const consumer = session.consumer()
      const messages = await (await session.stream(consumer, { topics: [source] })).until(4)
      const producer = session.producer({ transactionalId: session.unique('id'), idempotent: true })
      const committed = async () => {
        const topics = [{ topic: source, partitions: [0] }]
        return (await consumer.listCommittedOffsets({ topics })).get(source)?.[0]
      }
      for (const [end, offset] of [
        ['abort', -1n],
        ['commit', 4n],
      ] as const) {
        const transaction = await producer.beginTransaction()
        await transaction.addConsumer(consumer)
        await transaction.send({ messages: outgoing(target, values(messages)), acks: -1 })
        await transaction.addOffset(messages[3])
        await transaction[end]()
        // The answer to the end may be there before the coordinator of the group has heard of it.
        await eventually(`${offset} after ${end}`, async () => (await committed()) === offset)
      }
    },
  },
  {
    name: 'transactions: a second producer fences the first',
    async run(session) {
      const topic = await session.topic()
      const options = { transactionalId: session.unique('id'), idempotent: true }
      const [first, second] = [session.producer(options), session.producer(options)]
      const open = await first.beginTransaction(withoutId)
      await open.send({ messages: outgoing(topic, ['of the first']), acks: -1 })
      const next = await second.beginTransaction(withoutId)
      await next.send({ messages: outgoing(topic, ['of the second']), acks: -1 })
      await next.commit()
      assert.equal(second.producerId, first.producerId)
      assert.ok((second.producerEpoch ?? 0) > (first.producerEpoch ?? 0))
      await session.refused(open.send({ messages: outgoing(topic, ['too late']), acks: -1 }), 'INVALID_PRODUCER_EPOCH')
    },
  },
]
