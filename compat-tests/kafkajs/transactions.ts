import assert from 'node:assert/strict'
import type { Producer } from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { numbered, Session, values } from './session.ts'

const transactional = (session: Session, transactionalId: string): Promise<Producer> =>
  session.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })

const valuesOf = (messages: readonly { value: unknown }[]) => messages.map(({ value }) => value)

export const transactionCases: Case[] = [
  {
    name: 'many transactions in a row, every third aborted',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const producer = await transactional(session, context.unique('transaction'))
      const committed: unknown[] = []
      for (let round = 0; round < 30; round++) {
        const messages = numbered(`round ${round}`, 3)
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages })
        if (round % 3 === 0) {
          await transaction.abort()
        } else {
          await transaction.commit()
          committed.push(...valuesOf(messages))
        }
      }
      assert.deepEqual(values(await session.read(topic, committed.length)), committed)
    },
  },
  {
    name: 'offsets are committed and rolled back with their transaction',
    smoke: true,
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const groupId = context.unique('group')
      const producer = await transactional(session, context.unique('transaction'))
      const admin = await session.admin()
      const offset = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0].offset
      const send = async (next: string) => {
        const transaction = await producer.transaction()
        await transaction.send({ topic, messages: numbered('one', 1) })
        await transaction.sendOffsets({
          consumerGroupId: groupId,
          topics: [{ topic, partitions: [{ partition: 0, offset: next }] }],
        })
        return transaction
      }
      await (await send('3')).commit()
      await eventually('the committed offset', async () => (await offset()) === '3')
      const open = await send('9')
      assert.equal(await offset(), '3')
      await open.abort()
      await (await send('5')).commit()
      await eventually('the offset that was committed last', async () => (await offset()) === '5')
    },
  },
  {
    name: 'a second producer of the same id fences the first',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const transactionalId = context.unique('transaction')
      const zombie = await transactional(session, transactionalId)
      const lost = await zombie.transaction()
      await lost.send({ topic, messages: numbered('zombie', 3) })
      const producer = await transactional(session, transactionalId)
      const kept = await producer.transaction()
      await kept.send({ topic, messages: numbered('alive', 3) })
      await kept.commit()
      await assert.rejects(lost.commit(), (error: { type?: string }) => error.type === 'INVALID_PRODUCER_EPOCH')
      assert.deepEqual(values(await session.read(topic, 3)), valuesOf(numbered('alive', 3)))
    },
  },
  {
    name: 'two producers write into one partition; each transaction ends for itself',
    async run(context) {
      const session = new Session(context)
      const topic = await session.topic()
      const [first, second] = [
        await transactional(session, context.unique('first')),
        await transactional(session, context.unique('second')),
      ]
      const [kept, lost] = [await first.transaction(), await second.transaction()]
      for (let i = 0; i < 5; i++) {
        await kept.send({ topic, messages: numbered(`kept ${i}`, 1) })
        await lost.send({ topic, messages: numbered(`lost ${i}`, 1) })
      }
      await lost.abort()
      await kept.commit()
      const expected = [0, 1, 2, 3, 4].flatMap((i) => valuesOf(numbered(`kept ${i}`, 1)))
      assert.deepEqual(values(await session.read(topic, 5)), expected)
    },
  },
]
