import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { ConsumeOptions, Consumer } from './client.ts'
import { numbered, type Session, type SessionCase, values } from './session.ts'

const protocols = {
  classic: { groupProtocol: 'classic', sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 300 },
  consumer: { groupProtocol: 'consumer' },
}

const share = (consumer: Consumer): number => consumer.assignments?.flatMap((one) => one.partitions).length ?? 0

async function twoMembers(session: Session, options: { groupProtocol: string }): Promise<void> {
  const topic = await session.topic({ partitions: 4 })
  const groupId = session.unique('group')
  const [first, second] = [session.consumer({ groupId, ...options }), session.consumer({ groupId, ...options })]
  // New partitions of a member begin at what is committed, or everything would come once more with each rebalance.
  const where: ConsumeOptions = { topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: true }
  const one = await session.stream(first, where)
  await eventually('the whole', () => share(first) === 4)
  const other = await session.stream(second, where)
  await eventually('two shares', () => share(first) === 2 && share(second) === 2, 50_000)
  const producer = session.producer()
  const send = async (prefix: string) => {
    const messages = numbered(prefix, 100).map((key) => ({ topic, key: Buffer.from(key), value: Buffer.from(key) }))
    await producer.send({ messages })
  }
  await send('shared')
  await eventually('all messages', () => new Set(values([...one.received, ...other.received])).size === 100)
  assert.ok(one.received.length > 0 && other.received.length > 0)
  const listed = await session.admin().listGroups({ types: [options.groupProtocol] })
  assert.equal(listed.get(groupId)?.state.toUpperCase(), 'STABLE')
  await second.close(true)
  await eventually('one share', () => share(first) === 4, 50_000)
  await send('alone')
  await eventually(
    'the rest',
    () => new Set(values(one.received).filter((text) => text.startsWith('alone'))).size === 100,
  )
  assert.deepEqual([...one.errors, ...other.errors], [])
}

const memberCases: SessionCase[] = Object.entries(protocols).map(([protocol, options]) => ({
  name: `group: two members share and leave, ${protocol} protocol`,
  timeoutMs: 150_000,
  run: (session) => twoMembers(session, options),
}))

export const groupCases: SessionCase[] = [
  ...memberCases,
  ...Object.entries(protocols).map(
    ([protocol, options]): SessionCase => ({
      name: `group: it goes on from what was committed, ${protocol} protocol`,
      async run(session) {
        const topic = await session.topic()
        const groupId = session.unique('group')
        await session.send(topic, numbered('work', 10))
        const first = session.consumer({ groupId, ...options })
        const messages = await (await session.stream(first, { topics: [topic] })).until(10)
        await messages[5].commit()
        await first.close(true)
        const second = session.consumer({ groupId, ...options })
        const rest = await session.stream(second, { topics: [topic], mode: 'committed' })
        assert.deepEqual(values(await rest.until(4)), numbered('work', 10).slice(6))
      },
    }),
  ),
  {
    name: 'group: a static member comes back',
    async run(session) {
      const topic = await session.topic({ partitions: 2 })
      const ids = { groupId: session.unique('group'), groupInstanceId: 'one' }
      for (let round = 0; round < 2; round++) {
        const consumer = session.consumer({ ...ids, ...protocols.classic })
        await session.stream(consumer, { topics: [topic] })
        await eventually('its partitions', () => share(consumer) === 2)
        await consumer.close(true)
      }
    },
  },
]
