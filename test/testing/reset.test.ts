/** Back to a clean state, and two brokers of one: `reset` and `fork`. */
import kafkajs from 'kafkajs'
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { clientOf, consumeAll, produce } from './support.ts'

t.setTimeout(120_000)

t.test('a reset takes back all that clients have changed', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2:retention.ms=12345', 'idle'] })
  const admin = clientOf(broker).admin()
  await admin.connect()
  await produce(broker, 'orders', ['a', 'b'])
  await consumeAll(broker, 'orders', { groupId: 'billing', count: 2 })
  await admin.createTopics({ topics: [{ topic: 'extra', numPartitions: 3 }] })
  const { TOPIC, BROKER } = kafkajs.ConfigResourceTypes
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: TOPIC, name: 'idle', configEntries: [{ name: 'retention.ms', value: '1' }] },
      { type: TOPIC, name: 'orders', configEntries: [{ name: 'retention.ms', value: '2' }] },
      { type: BROKER, name: '1', configEntries: [{ name: 'log.retention.ms', value: '3' }] },
    ],
  })

  await broker.reset()

  t.same((await admin.listTopics()).sort(), ['idle', 'orders'])
  t.match(await admin.fetchTopicOffsets('orders'), [
    { partition: 0, offset: '0', high: '0' },
    { partition: 1, offset: '0', high: '0' },
  ])
  t.same((await admin.listGroups()).groups, [])
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: TOPIC, name: 'orders', configNames: ['retention.ms'] },
      { type: TOPIC, name: 'idle', configNames: ['retention.ms'] },
      { type: BROKER, name: '1', configNames: ['log.retention.ms'] },
    ],
  })
  t.match(
    resources.map(({ configEntries }) => configEntries[0]?.configValue),
    ['12345', '604800000', null],
  )
  await admin.disconnect()
})

t.test('clients stay connected, and go on after a reset', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = clientOf(broker).producer()
  await producer.connect()
  let disconnects = 0
  producer.on('producer.disconnect', () => disconnects++)
  for (let round = 0; round < 5; round++) {
    await producer.send({ topic: 'orders', messages: [{ value: `round ${round}` }] })
    t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), [`round ${round}`])
    await broker.reset()
  }
  t.equal(disconnects, 0)
  await producer.disconnect()
})

t.test('a transaction that was open is gone with a reset', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const begin = async () => {
    const producer = clientOf(broker).producer({ transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value: 'x' }] })
    return { producer, transaction }
  }
  const first = await begin()
  await broker.reset()
  const second = await begin()
  await second.transaction.commit()
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), ['x'])
  await Promise.all([first, second].map(({ producer }) => producer.disconnect()))
})

t.test('a fork has the same content, and the two go apart', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await produce(broker, 'orders', ['a', 'b'])
  await consumeAll(broker, 'orders', { groupId: 'billing', count: 2 })
  await using fork = await broker.fork()
  t.not(fork.port, broker.port)
  await produce(fork, 'orders', ['fork'])
  await produce(broker, 'orders', ['broker'])
  t.same(await consumeAll(fork, 'orders', { groupId: 'billing', count: 1 }), ['fork'])
  t.same(await consumeAll(broker, 'orders', { groupId: 'billing', count: 1 }), ['broker'])
  await t.rejects(fork.reset(), { message: /^This broker began with records/ })
  await using forkOfFork = await fork.fork()
  t.same(await consumeAll(forkOfFork, 'orders', { groupId: 'other', count: 3 }), ['a', 'b', 'fork'])
})
