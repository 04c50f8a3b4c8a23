import assert from 'node:assert/strict'
import type { Message, Producer } from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import type { Received } from './session.ts'
import { numbered, Session, values } from './session.ts'

const PARTITIONS = 3
const patient = { retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 } }

/**
 * One partition a send: kafkajs forgets what a send has for a partition whose new leader has answered the send already,
 * as the leader of another partition.
 */
async function sendByPartition(producer: Producer, topic: string, messages: readonly Message[]): Promise<void> {
  const sends = Array.from({ length: PARTITIONS }, (_, partition) => {
    const own = messages.filter((_one, at) => at % PARTITIONS === partition).map((one) => ({ ...one, partition }))
    return producer.send({ topic, acks: -1, messages: own })
  })
  await Promise.all(sends)
}

export const restartCases: Case[] = [
  {
    name: 'SIGKILL and restart in the middle: producer and consumer carry on, nothing is lost',
    smoke: true,
    timeoutMs: 120_000,
    async run(context) {
      const session = new Session(context, patient)
      const topic = await session.topic({ partitions: PARTITIONS })
      const producer = await session.producer({ idempotent: true, maxInFlightRequests: 1 })
      const received: Received[] = []
      const consumer = await session.consumer({ sessionTimeout: 10_000, retry: patient.retry })
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async (one) => void received.push(one) })
      await producer.send({ topic, acks: -1, messages: numbered('before', 100, 30) })
      await eventually('what came before', () => received.length >= 100)
      const pending = sendByPartition(producer, topic, numbered('during', 100, 30))
      await context.broker.restart()
      await pending
      await sendByPartition(producer, topic, numbered('after', 100, 30))
      const wanted = ['before', 'during', 'after'].flatMap((word) => numbered(word, 100).map((one) => one.value))
      await eventually('everything', () => new Set(values(received)).size === 300, 90_000)
      assert.deepEqual(new Set(values(received)), new Set(wanted))
    },
  },
  {
    name: 'after SIGKILL and restart a group goes on from what it committed',
    smoke: true,
    timeoutMs: 120_000,
    async run(context) {
      const session = new Session(context, patient)
      const topic = await session.topic()
      const groupId = context.unique('committed')
      await session.send(topic, numbered('work', 100))
      const first = await session.consumer({ groupId })
      const seen: Received[] = []
      await first.subscribe({ topic, fromBeginning: true })
      await first.run({ autoCommit: false, eachMessage: async (one) => void seen.push(one) })
      await eventually('the work', () => seen.length === 100)
      await first.commitOffsets([{ topic, partition: 0, offset: '60' }])
      await first.disconnect()
      await context.broker.restart()
      const rest = await session.read(topic, 40, { groupId, retry: patient.retry })
      assert.deepEqual(
        values(rest),
        numbered('work', 100)
          .slice(60)
          .map((one) => one.value),
      )
    },
  },
]
