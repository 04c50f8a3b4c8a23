/** Moves at will: real clients find out by errors, and go on where they were. */
import kafkajs from 'kafkajs'
import t from 'tap'
import { apisByName } from '../../protocol/registry.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { ask } from '../api/support/wire-client.ts'
import { clientOf, produce } from './support.ts'

t.setTimeout(120_000)

/** A member of a group that takes note of what it reads; it leaves before its broker stops. */
async function member(broker: RunningBroker, groupId: string) {
  const consumer = clientOf(broker, { clientId: groupId }).consumer({
    groupId,
    maxWaitTimeInMs: 50,
    heartbeatInterval: 20,
    sessionTimeout: 10_000,
  })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
  await broker.groupSettled(groupId, { members: 1 })
  return { values, [Symbol.asyncDispose]: () => consumer.disconnect() }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const errorsOf = (broker: RunningBroker, api: 'Heartbeat'): number[] =>
  broker.requests({ api }).flatMap(({ response }) => {
    const { errorCode = 0 } = (response ?? {}) as { errorCode?: number }
    return errorCode === 0 ? [] : [errorCode]
  })

const NOT_COORDINATOR = 16

const apiOf = (name: string) => apisByName.get(name)!

t.test('the coordinator of a group moves: its member asks anew and misses nothing', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await t.rejects(broker.moveCoordinator({ groupId: 'billing' }), {
    message: /^Nobody has asked for a coordinator yet/,
  })
  await using reader = await member(broker, 'billing')
  const { values } = reader
  await produce(broker, 'orders', ['a'])
  await until(() => values.length === 1)
  await broker.lagZero('billing')
  const asked = () => broker.requests({ api: 'FindCoordinator', clientId: 'billing' }).length
  const before = asked()
  await broker.moveCoordinator({ groupId: 'billing' })
  await until(() => asked() > before)
  t.match(errorsOf(broker, 'Heartbeat'), [NOT_COORDINATOR])
  await produce(broker, 'orders', ['b'])
  await until(() => values.includes('b'))
  await broker.lagZero('billing')
  t.same(values, ['a', 'b'])
})

t.test('a coordinator that has moved answers nothing about its group, whatever is asked', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await using _reader = await member(broker, 'billing')
  await broker.moveCoordinator({ groupId: 'billing' })
  const groups = [{ groupId: 'billing', topics: [] }]
  const described = ask(broker.port, apiOf('DescribeShareGroupOffsets'), 0, { groups })
  t.match(await described, { groups: [{ groupId: 'billing', errorCode: NOT_COORDINATOR }] })
  for (const name of ['AlterShareGroupOffsets', 'DeleteShareGroupOffsets']) {
    const answer = await ask(broker.port, apiOf(name), 0, { groupId: 'billing', topics: [] })
    t.match(answer, { errorCode: NOT_COORDINATOR }, name)
  }
})

t.test('the coordinator of a transaction moves in the middle of it', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = clientOf(broker, { clientId: 'payer' }).producer({
    transactionalId: 'tx',
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.LegacyPartitioner,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'a' }] })
  await broker.moveCoordinator({ transactionalId: 'tx' })
  // kafkajs asks before each end of a transaction.
  await transaction.commit()
  t.match(await broker.records('orders', { count: 1 }), [{ value: Buffer.from('a') }])
  await broker.moveCoordinator({ transactionalId: 'tx' })
  const begin = () =>
    ask(broker.port, apiOf('InitProducerId'), 4, { transactionalId: 'tx', transactionTimeoutMs: 60_000 })
  t.match(await begin(), { errorCode: NOT_COORDINATOR })
  const find = () => ask(broker.port, apiOf('FindCoordinator'), 4, { keyType: 1, coordinatorKeys: ['tx'] })
  t.match(await find(), { coordinators: [{ errorCode: 0, nodeId: 1 }] })
  await producer.disconnect()
  t.match(await begin(), { errorCode: 0 }, 'who has asked is served, with the state that is loaded anew')
})

t.test('a leader begins a new epoch: what waits for it is answered, and goes on', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2'] })
  await t.rejects(broker.changeLeaderEpoch('orders', 7), { message: 'There is no partition orders-7.' })
  await t.rejects(broker.changeLeaderEpoch('users'), { message: 'There is no partition users-0.' })
  t.equal(await broker.changeLeaderEpoch('orders'), 1)
  await using reader = await member(broker, 'billing')
  const { values } = reader
  t.equal(await broker.changeLeaderEpoch('orders', 0), 2)
  await produce(broker, 'orders', ['a'])
  await until(() => values.length === 1)
  t.equal(await broker.changeLeaderEpoch('orders', 1), 1, 'each partition has its own')
})

t.test('a topic is made anew: it is empty, has its configurations, and another id', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2:retention.ms=4711', 'users'] })
  await produce(broker, 'orders', ['a', 'b'])
  await produce(broker, 'users', ['c'])
  const [before] = (await broker.topics()).filter(({ name }) => name === 'orders')
  const id = await broker.recreateTopic('orders')
  const [after] = (await broker.topics()).filter(({ name }) => name === 'orders')
  t.equal(after?.id, id)
  t.not(after?.id, before?.id)
  t.same(
    after?.partitions.map(({ endOffset }) => endOffset),
    [0, 0],
  )
  const admin = clientOf(broker).admin()
  await admin.connect()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: 'orders', configNames: ['retention.ms'] }],
  })
  t.match(resources, [{ configEntries: [{ configName: 'retention.ms', configValue: '4711' }] }])
  await admin.disconnect()
  await produce(broker, 'orders', ['d'])
  t.match(await broker.records('orders'), [{ value: Buffer.from('d') }])
  t.match(await broker.records('users'), [{ value: Buffer.from('c') }])
  await t.rejects(broker.recreateTopic('nothing'), { message: 'There is no topic nothing.' })
})
