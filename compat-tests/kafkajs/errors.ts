import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'

const type = (expected: string) => (error: { type?: string; cause?: { type?: string } }) => {
  assert.equal(error.type ?? error.cause?.type, expected)
  return true
}

export const errorCases: Case[] = [
  {
    name: 'an unknown topic is refused where it may not be created',
    smoke: true,
    async run(context) {
      const session = new Session(context, { retry: { retries: 1, initialRetryTime: 50 } })
      const producer = await session.producer({ allowAutoTopicCreation: false })
      const sending = producer.send({ topic: context.unique('nowhere'), messages: [{ value: 'lost' }] })
      await assert.rejects(sending, type('UNKNOWN_TOPIC_OR_PARTITION'))
    },
  },
  {
    name: 'a topic name that cannot be is refused',
    async run(context) {
      const session = new Session(context, { retry: { retries: 0 } })
      const producer = await session.producer()
      await assert.rejects(producer.send({ topic: 'a b', messages: [{ value: 'x' }] }), type('INVALID_TOPIC_EXCEPTION'))
    },
  },
  {
    name: 'a record beyond max.message.bytes is refused, the next one is taken',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic({ config: { 'max.message.bytes': '1000' } })
      const producer = await session.producer()
      const sending = producer.send({ topic, messages: [{ value: 'x'.repeat(2_000) }] })
      await assert.rejects(sending, type('MESSAGE_TOO_LARGE'))
      await producer.send({ topic, messages: [{ value: 'small' }] })
      assert.deepEqual(values(await session.read(topic, 1)), ['small'])
    },
  },
  {
    name: 'a record without a key is refused on a compacted topic',
    async run(context) {
      const session = new Session(context, { retry: { retries: 0 } })
      const topic = await session.topic({ config: { 'cleanup.policy': 'compact' } })
      const producer = await session.producer()
      await assert.rejects(producer.send({ topic, messages: [{ value: 'no key' }] }), type('INVALID_RECORD'))
    },
  },
  {
    name: 'an offset out of range starts over where the group says',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      await session.send(topic, numbered('range', 5))
      const received: Received[] = []
      const consumer = await session.consumer()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      consumer.seek({ topic, partition: 0, offset: '1000' })
      await eventually('a start from the beginning', () => received.length >= 5)
      assert.equal(received[0].message.offset, '0')
    },
  },
  {
    name: 'a transactional producer commits and aborts',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await session.producer({
        transactionalId: context.unique('transaction'),
        idempotent: true,
        maxInFlightRequests: 1,
      })
      const lost = await producer.transaction()
      await lost.send({ topic, messages: numbered('aborted', 5) })
      await lost.abort()
      const kept = await producer.transaction()
      await kept.send({ topic, messages: numbered('committed', 5) })
      await kept.commit()
      assert.deepEqual(
        values(await session.read(topic, 5)),
        numbered('committed', 5).map((one) => one.value),
      )
    },
  },
]
