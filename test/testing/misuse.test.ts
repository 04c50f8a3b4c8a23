/** Mistakes of a test, as plain JavaScript makes them: each is told in one sentence, where it is made. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startBroker, startProxy } from '../../src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: no type stands between a mistake and the sentence about it.
type Any = any
type Mistakes = readonly (readonly [sentence: string, make: () => unknown])[]

async function tell(t: Test, mistakes: Mistakes): Promise<void> {
  for (const [message, make] of mistakes) await t.rejects(async () => make(), { message }, message)
}

t.test('of a rule', async (t) => {
  await using broker: Any = await startBroker({ topics: ['orders'] })
  const { faults } = broker
  const rule = () => faults.on('Produce')
  await tell(t, [
    ['Kafka has no API Produces; did you mean Produce?', () => faults.on('Produces')],
    ['Kafka has no API Fetsh; did you mean Fetch?', () => faults.on(['Produce', 'Fetsh'])],
    ['A rule is for at least one API: this list has none.', () => faults.on([])],
    ['The name of an API is a text, not undefined.', () => faults.on()],
    ['A match has no `topci`; did you mean `topic`?', () => faults.on('Produce', { topci: 'orders' })],
    ['`topic` is a text, not /ord/.', () => faults.on('Produce', { topic: /ord/ })],
    ["`partition` is a whole number, 0 or more, not '0'.", () => faults.on('Produce', { topic: 'a', partition: '0' })],
    ['`when` is a function, not true.', () => faults.on('Produce', { when: true })],
    [
      'Kafka has no error NOT_LEADER_OR_FOLLOWERS; did you mean NOT_LEADER_OR_FOLLOWER?',
      () => rule().error('NOT_LEADER_OR_FOLLOWERS'),
    ],
    ['Kafka has no error 6.', () => rule().error(6)],
    [
      "`delay` of a rule is a number of milliseconds, 0 or more, or a function of the request that gives one, not '5s'.",
      () => rule().delay('5s'),
    ],
    ["`drop` of a rule is 'request' or 'response', not 'answer'.", () => rule().drop('answer')],
    ['`throttle` of a rule is a number of milliseconds, 0 or more, not -1.', () => rule().throttle(-1)],
    ['`reply` of a rule is a function, not an object.', () => rule().reply({})],
    ['`times` of a rule is a whole number, 1 or more, not 0.', () => rule().times(0)],
    ['The number of hits is a whole number, 1 or more, not 0.', () => rule().hit(0)],
  ])
})

t.test('of a network, a disk, and of what is asked', async (t) => {
  await using broker: Any = await startBroker({ topics: ['orders'] })
  const { faults } = broker
  await tell(t, [
    ['A condition of the network has no `latency`; did you mean `latencyMs`?', () => faults.network({ latency: 20 })],
    ['`bytesPerSecond` is a number above 0, not 0.', () => faults.network({ bytesPerSecond: 0 })],
    ['What is cut has no `clientID`; did you mean `clientId`?', () => faults.cut({ clientID: 'billing' })],
    ["`path` is a regular expression, not 'orders'.", () => faults.disk({ error: 'ENOSPC', path: 'orders' })],
    ['What is asked of records has no `cuont`; did you mean `count`?', () => broker.records('orders', { cuont: 1 })],
    [
      "`isolation` is 'committed' or 'uncommitted', not 'read_committed'.",
      () => broker.records('orders', { isolation: 'read_committed' }),
    ],
    ["What is produced is a list of records, not 'a'.", () => broker.produce('orders', 'a')],
    [
      'A record is an object of `key`, `value`, `headers`, `partition`, `timestampMs`, not 5.',
      () => broker.produce('orders', [5]),
    ],
    ['Kafka has no API Prodce; did you mean Produce?', () => broker.requests({ api: 'Prodce' })],
    [
      'A coordinator is moved of a `groupId`, or of a `transactionalId`: name one.',
      () => broker.moveCoordinator({ group: 'g' }),
    ],
    ['No group has committed anything yet: __consumer_offsets is not there.', () => broker.expireOffsets('g')],
  ])
  await t.rejects(async () => faults.disk({ error: 'EFULL' }), {
    message: /^`error` is one of .*ENOSPC.*, not 'EFULL'/,
  })
  await t.rejects(async () => faults.disk(), { message: /^A fault of the disk is an object of `error`/ })
})

t.test('of a start, and of a broker that has stopped', async (t) => {
  const start = startBroker as Any
  await tell(t, [
    ['What `startBroker` is given has no `topic`; did you mean `topics`?', () => start({ topic: 'orders' })],
    ["`topics` is a list of texts, not 'orders'.", () => start({ topics: 'orders' })],
    ["`clock` is 'manual', not 'hand'.", () => start({ clock: 'hand' })],
    ['A proxy stands before a cluster: name its brokers by `upstream`, as in kafka:9092.', () => startProxy({} as Any)],
  ])
  const broker = await startBroker({ topics: ['orders'] })
  await broker.stop()
  const stopped = 'This broker has stopped: start another one.'
  await tell(t, [
    [stopped, () => broker.reset()],
    [stopped, () => broker.fork()],
    [stopped, () => broker.save('nowhere')],
    [stopped, () => broker.records('orders')],
    [stopped, () => broker.produce('orders', ['a'])],
    [stopped, () => broker.topics()],
  ])
})

t.test('of a directory', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'misuse-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const data = join(directory, 'data')
  const own = await startBroker({ data, topics: ['orders'] })
  await tell(t, [
    [`A broker is running on ${data}: stop it first, or name a copy of it.`, () => startBroker({ from: data })],
    [
      `The data of this broker is in ${data}: a broker without \`data\` has it in memory, and can copy it while it runs.`,
      () => own.fork(),
    ],
  ])
  await own.produce('orders', ['a'])
  await own.stop()
  await using again = await startBroker({ data })
  await tell(t, [
    [
      'This broker began with records, which a reset would not bring back: start another one, or keep a fork() of it.',
      () => again.reset(),
    ],
  ])
})
