import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { ConsumeOptions } from './client.ts'
import { numbered, outgoing, type SessionCase, values } from './session.ts'

export const restartCases: SessionCase[] = [
  {
    name: 'restart: SIGKILL between and while producing',
    timeoutMs: 120_000,
    async run(session) {
      const topic = await session.topic()
      const producer = session.producer({ idempotent: true })
      const send = (prefix: string) => producer.send({ messages: outgoing(topic, numbered(prefix, 100)), acks: -1 })
      await send('before')
      const during = send('during')
      await session.context.restartBroker()
      await during
      await send('after')
      const wanted = ['before', 'during', 'after'].flatMap((word) => numbered(word, 100))
      assert.deepEqual(values(await session.read(topic, 300)), wanted)
    },
  },
  ...(['classic', 'consumer'] as const).map(
    (groupProtocol): SessionCase => ({
      name: `restart: a group goes on, ${groupProtocol} protocol`,
      timeoutMs: 120_000,
      async run(session) {
        const topic = await session.topic()
        const groupId = session.unique('group')
        await session.send(topic, numbered('before', 50))
        const where: ConsumeOptions = { topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: 100 }
        const consumer = session.consumer({ groupId, groupProtocol })
        const reading = await session.stream(consumer, where)
        await reading.until(50)
        await eventually('the commit', async () => {
          const found = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [0] }] })
          return found.get(topic)?.[0] === 50n
        })
        await session.context.restartBroker()
        await session.send(topic, numbered('after', 50))
        await eventually('everything', () => new Set(values(reading.received)).size === 100, 60_000)
        assert.deepEqual(reading.errors, [])
      },
    }),
  ),
]
