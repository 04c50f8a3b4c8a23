/** A broker that is asked by a test: its content, its requests, and waits that explain themselves. */
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { clientOf, consumeAll, produce } from './support.ts'

t.setTimeout(120_000)

t.test('records are written and read without a client', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2'] })
  const placed = await broker.produce('orders', [
    'a',
    { key: 'k', value: 'b', partition: 1, headers: { trace: '1' } },
    'c',
  ])
  t.same(placed, [
    { partition: 0, offset: 0 },
    { partition: 1, offset: 0 },
    { partition: 0, offset: 1 },
  ])
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 3 }), ['a', 'b', 'c'])
  await produce(broker, 'orders', ['d'])
  const [found] = await broker.records('orders', { count: 1, where: ({ value }) => String(value) === 'd' })
  t.equal(String(found?.value), 'd')
  const [, , , ...rest] = await broker.records('orders')
  t.equal(rest.length, 1)
  const [keyed] = await broker.records('orders', { where: ({ key }) => key !== null })
  t.match(keyed, { topic: 'orders', partition: 1, offset: 0, headers: [{ key: 'trace' }] })
})

t.test('records of transactions are there when they are committed', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = clientOf(broker).producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [value, end] of [
    ['aborted', 'abort'],
    ['committed', 'commit'],
  ] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'orders', messages: [{ value }] })
    t.notOk(
      (await broker.records('orders')).some((record) => String(record.value) === value),
      'still open',
    )
    await transaction[end]()
  }
  await producer.disconnect()
  const values = async (isolation: 'committed' | 'uncommitted') =>
    (await broker.records('orders', { isolation })).map(({ value }) => String(value))
  t.same(await values('committed'), ['committed'])
  t.same(await values('uncommitted'), ['aborted', 'committed'])
})

t.test('a wait in vain says what there was instead', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await broker.produce('orders', ['a', 'b'])
  await t.rejects(broker.records('orders', { count: 3, timeoutMs: 20 }), {
    message: 'Waited 20 ms in vain for 3 records of orders: there are 2, of which 2 match; the last are 0:0 a, 0:1 b.',
  })
  await t.rejects(broker.records('ordres', { timeoutMs: 20 }), {
    message: 'There is no topic ordres. There are: orders.',
  })
  await t.rejects(broker.groupSettled('g', { members: 1, timeoutMs: 20 }), {
    message: 'Waited 20 ms in vain for the group g with 1 members: there is no such group.',
  })
  broker.faults.on('Metadata', { topic: 'orders' }).error('LEADER_NOT_AVAILABLE').times(1)
  await produce(broker, 'orders', ['c'])
  await t.rejects(broker.lagZero('g', { timeoutMs: 20 }), {
    message: /nothing is committed.*Metadata of kafkajs: LEADER_NOT_AVAILABLE/,
  })
})

t.test('groups: members, and when they have caught up', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2'] })
  const consumers = ['first', 'second'].map((clientId) =>
    clientOf(broker, { clientId }).consumer({ groupId: 'g', maxWaitTimeInMs: 50 }),
  )
  for (const consumer of consumers) {
    await consumer.connect()
    await consumer.subscribe({ topic: 'orders', fromBeginning: true })
    await consumer.run({ autoCommitThreshold: 1, eachMessage: async () => {} })
  }
  const settled = await broker.groupSettled('g', { members: 2 })
  t.same(settled.members.map(({ clientId }) => clientId).sort(), ['first', 'second'])
  await broker.produce('orders', ['a', { value: 'b', partition: 1 }])
  await broker.lagZero('g')
  t.match(
    (await broker.groups()).map(({ groupId, state }) => [groupId, state]),
    [['g', 'Stable']],
  )
  await Promise.all(consumers.map((consumer) => consumer.disconnect()))
  await broker.groupSettled('g', { members: 0 })
  const topics = await broker.topics()
  t.match(
    topics.find(({ name }) => name === 'orders'),
    { partitions: [{ startOffset: 0, endOffset: 1 }, { endOffset: 1 }] },
  )
})

t.test('requests are remembered, decoded, and can be watched', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const seen = (async () => {
    for await (const request of broker.watch()) if (request.api === 'Produce') return request
    return null
  })()
  await produce(broker, 'orders', ['a'])
  t.match(await seen, { api: 'Produce', clientId: 'kafkajs' })
  const [request] = broker.requests({ api: 'Produce' })
  t.match(request, { clientId: 'kafkajs', user: 'ANONYMOUS' })
  t.equal(request?.request.topicData[0]?.name, 'orders')
  t.equal(request?.response?.responses?.[0]?.partitionResponses?.[0]?.baseOffset, 0n)
  t.ok(request?.tookMs !== null)
  t.same(broker.requests({ clientId: 'nobody' }), [])
})
