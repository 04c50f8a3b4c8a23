import assert from 'node:assert/strict'
import { eventually } from '../support/wait.ts'
import type { Consumer, Message, TopicPartitionOffset } from './client.ts'
import type { Session, SessionCase } from './session.ts'
import { ask, numbered, timeout, values } from './session.ts'

const classic = { 'session.timeout.ms': 6_000, 'heartbeat.interval.ms': 300 }
const consumerProtocol = { 'group.protocol': 'consumer' }

const assigned = (consumer: Consumer) =>
  consumer
    .assignments()
    .map(({ partition }) => partition)
    .sort()

/** Every member polls, as groups need it, until the condition holds. */
async function poll(
  what: string,
  members: readonly Consumer[],
  holds: (received: Message[]) => boolean,
): Promise<void> {
  const received: Message[] = []
  const turn = async () => {
    for (const member of members) received.push(...(await ask<Message[]>((done) => member.consume(100, done))))
    return holds(received)
  }
  await eventually(what, turn, 40_000)
}

/** Two members share four partitions; one leaves, the other has all. */
async function share(session: Session, config: object): Promise<void> {
  const topic = await session.topic(4)
  const options = { 'group.id': session.unique('group'), ...config }
  const join = async () => {
    const member = await session.consumer(options)
    member.subscribe([topic])
    return member
  }
  const first = await join()
  await poll('the first has all', [first], () => assigned(first).length === 4)
  const second = await join()
  await poll('they share', [first, second], () => assigned(first).length === 2 && assigned(second).length === 2)
  assert.deepEqual([...assigned(first), ...assigned(second)].sort(), [0, 1, 2, 3])
  await session.send(
    topic,
    numbered('v', 40).map((value, i) => ({ value, partition: i % 4 })),
  )
  let received: string[] = []
  await poll('all messages', [first, second], (messages) => {
    received = values(messages)
    return messages.length >= 40
  })
  assert.deepEqual(received.sort(), numbered('v', 40).sort())
  await ask((done) => second.disconnect(done))
  await poll('the first has all again', [first], () => assigned(first).length === 4)
}

async function committed(session: Session, group: string, topic: string): Promise<number | undefined> {
  const reader = await session.consumer({ 'group.id': group })
  const asked = [{ topic, partition: 0 }]
  const [found] = await ask<TopicPartitionOffset[]>((done) => reader.committed(asked, timeout, done))
  await ask((done) => reader.disconnect(done))
  return found.offset
}

export const groupCases: SessionCase[] = [
  { name: 'group: range, two members share', run: (session) => share(session, classic) },
  {
    name: 'group: cooperative-sticky, two members share',
    run: (session) => share(session, { ...classic, 'partition.assignment.strategy': 'cooperative-sticky' }),
  },
  { name: 'group: the consumer protocol, two members share', run: (session) => share(session, consumerProtocol) },
  {
    name: 'group: offsets committed by hand and by the clock',
    async run(session) {
      const topic = await session.topic()
      const group = session.unique('group')
      await session.send(topic, numbered('c', 10))
      const byHand = await session.consumer({ 'group.id': group, 'enable.auto.commit': false })
      byHand.subscribe([topic])
      await session.take(byHand, 10)
      assert.equal(await committed(session, group, topic), undefined)
      byHand.commitSync([{ topic, partition: 0, offset: 4 }])
      assert.equal(await committed(session, group, topic), 4)
      await ask((done) => byHand.disconnect(done))
      const byClock = await session.consumer({ 'group.id': group, 'auto.commit.interval.ms': 100 })
      byClock.subscribe([topic])
      assert.deepEqual(values(await session.take(byClock, 6)), numbered('c', 10).slice(4))
      await eventually('the commit', async () => (await committed(session, group, topic)) === 10)
    },
  },
  {
    name: 'group: topics by a pattern',
    async run(session) {
      const topic = await session.topic()
      const word = topic.slice('topic-'.length)
      const reader = await session.consumer(classic)
      reader.subscribe([new RegExp(`^t[a-z]+-${word}$`)])
      await poll('the topic', [reader], () => assigned(reader).length === 1)
      await session.send(topic, ['matched'])
      assert.deepEqual(values(await session.take(reader, 1)), ['matched'])
    },
  },
  {
    name: 'restart: a group goes on after SIGKILL',
    timeoutMs: 120_000,
    async run(session) {
      const topic = await session.topic()
      const group = session.unique('group')
      const reader = await session.consumer({ ...classic, 'group.id': group, 'auto.commit.interval.ms': 100 })
      reader.subscribe([topic])
      const producer = await session.producer({ 'enable.idempotence': true })
      await session.sendBy(producer, topic, numbered('before', 20))
      await session.take(reader, 20)
      await eventually('the commit', async () => (await committed(session, group, topic)) === 20)
      await session.context.restartBroker()
      await session.sendBy(producer, topic, numbered('after', 20))
      let received: string[] = []
      await poll('what came after', [reader], (messages) => {
        received = values(messages)
        return messages.length >= 20
      })
      assert.deepEqual(received, numbered('after', 20))
    },
  },
]
