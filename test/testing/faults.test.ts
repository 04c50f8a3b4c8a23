/** Each fault, and a client that meets it: kafkajs is wrong in the way the fault brings out, and right after it. */
import kafkajs from 'kafkajs'
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { isErrorName, namesInTable } from '../../src/testing/faults/possible-errors.ts'
import { clientOf, consumeAll, produce } from './support.ts'

t.setTimeout(180_000)

const { Partitioners } = kafkajs

/** A producer that gives up at once, so that a test sees the error itself. */
async function impatientProducer(broker: RunningBroker, options: kafkajs.ProducerConfig = {}) {
  const client = clientOf(broker, { retry: { retries: 0 }, clientId: 'impatient', requestTimeout: 2000 })
  const producer = client.producer({ createPartitioner: Partitioners.LegacyPartitioner, ...options })
  await producer.connect()
  return producer
}

const value = (text: string, partition = 0) => ({ value: text, partition })

t.test('error: one partition fails, the others of the request are written', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2', 'users'] })
  using rule = broker.faults.on('Produce', { topic: 'orders', partition: 0 }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  const producer = await impatientProducer(broker)
  const messages = [value('first'), value('second', 1)]
  await t.rejects(producer.send({ topic: 'orders', messages }), /This server is not the leader/)
  await producer.send({ topic: 'users', messages: [value('other')] })
  t.equal(rule.hits, 1, 'another topic is none of its business')
  await producer.disconnect()
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), ['second'])

  // A patient client tries again after the second failure, and is served.
  const patient = clientOf(broker).producer({ createPartitioner: Partitioners.LegacyPartitioner })
  await patient.connect()
  await patient.send({ topic: 'orders', messages: [value('third')] })
  await patient.disconnect()
  t.equal(rule.hits, 2)
  t.same(await consumeAll(broker, 'orders', { groupId: 'h', count: 2 }), ['second', 'third'])
})

t.test('error: what is read goes on after it', async (t) => {
  await using broker = await startBroker({ topics: ['orders:2'] })
  await produce(broker, 'orders', ['a', 'b', 'c'])
  const rule = broker.faults.on('Fetch', { topic: 'orders' }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 3 }), ['a', 'b', 'c'])
  t.equal(rule.hits, 2)
})

t.test('error: requests of groups and transactions have it where they have theirs', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await produce(broker, 'orders', ['a'])
  const rules = [
    broker.faults.on('FindCoordinator').error('COORDINATOR_NOT_AVAILABLE').times(1),
    broker.faults.on('JoinGroup', { groupId: 'g' }).error('COORDINATOR_LOAD_IN_PROGRESS').times(1),
    broker.faults.on('SyncGroup', { groupId: 'g' }).error('REBALANCE_IN_PROGRESS').times(1),
    broker.faults.on('OffsetFetch', { groupId: 'g' }).error('COORDINATOR_LOAD_IN_PROGRESS').times(1),
    broker.faults.on('ListOffsets', { topic: 'orders' }).error('LEADER_NOT_AVAILABLE').times(1),
  ]
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), ['a'])
  t.same(
    rules.map(({ hits }) => hits),
    [1, 1, 1, 1, 1],
  )
  const producer = clientOf(broker).producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  broker.faults.on('InitProducerId', { transactionalId: 'other' }).error('INVALID_PRODUCER_EPOCH')
  using fenced = broker.faults.on('AddPartitionsToTxn', { transactionalId: 'tx' }).error('INVALID_PRODUCER_EPOCH')
  const transaction = await producer.transaction()
  await t.rejects(transaction.send({ topic: 'orders', messages: [value('x')] }), /old epoch/)
  t.equal(fenced.hits, 1)
  t.match(broker.faults.unused().map(String), [
    'The rule on InitProducerId { transactionalId: other } that answers INVALID_PRODUCER_EPOCH',
  ])
  await producer.disconnect()
})

t.test('delay: of a number, and of a function of the request', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = await impatientProducer(broker)
  const took = async () => {
    const before = performance.now()
    await producer.send({ topic: 'orders', messages: [value('x')] })
    return performance.now() - before
  }
  await took()
  using byNumber = broker.faults.on('Produce', { clientId: 'impatient' }).delay(300)
  t.ok((await took()) >= 299)
  byNumber[Symbol.dispose]()
  using byFunction = broker.faults.on('Produce').delay((request) => request.topicData.length * 200)
  t.ok((await took()) >= 199)
  t.equal(byFunction.hits, 1)
  using tooLong = broker.faults.on('Produce').delay(60_000)
  await t.rejects(took(), /Request Produce.* timed out|retries/i)
  t.equal(tooLong.hits, 1)
  await producer.disconnect()
})

t.test('drop: applied and the answer lost, or not applied at all', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const lost = broker.faults.on('Produce').drop('response').times(1)
  const producer = await impatientProducer(broker)
  await t.rejects(producer.send({ topic: 'orders', messages: [value('written')] }))
  const unsent = broker.faults.on('Produce').drop('request').times(1)
  const second = await impatientProducer(broker)
  await t.rejects(second.send({ topic: 'orders', messages: [value('never')] }))
  t.same([lost.hits, unsent.hits], [1, 1])
  await Promise.all([producer, second].map((each) => each.disconnect()))
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), ['written'])

  // A client that tries again without idempotence writes twice; with it, once.
  for (const idempotent of [false, true]) {
    await broker.reset()
    using _rule = broker.faults.on('Produce').drop('response').times(1)
    const patient = clientOf(broker).producer({ idempotent, maxInFlightRequests: 1 })
    await patient.connect()
    await patient.send({ topic: 'orders', messages: [value('x')] })
    await patient.disconnect()
    const copies = idempotent ? ['x'] : ['x', 'x']
    t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: copies.length }), copies)
  }
})

t.test('drop: of the end of a transaction, which is decided all the same', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const lost = broker.faults.on('EndTxn').drop('response').times(1)
  const producer = clientOf(broker).producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [value('committed')] })
  await t.rejects(transaction.commit(), /Closed connection/)
  t.equal(lost.hits, 1)
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 1 }), ['committed'])
  await producer.disconnect()
})

t.test('hold: a request waits until the test has seen it', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await produce(broker, 'orders', ['a'])
  const gate = broker.faults.on('JoinGroup').hold()
  const consumed = consumeAll(broker, 'orders', { groupId: 'g', count: 1 })
  await gate.hit()
  const admin = clientOf(broker).admin()
  await admin.connect()
  t.same((await admin.describeGroups(['g'])).groups[0]?.members, [], 'nobody has joined yet')
  await admin.disconnect()
  gate.release()
  gate[Symbol.dispose]()
  t.same(await consumed, ['a'])
  t.ok(gate.hits >= 1)
})

t.test('throttle and chance: the client is told to wait, by the same dice each time', async (t) => {
  const hitsOf = async () => {
    await using broker = await startBroker({ topics: ['orders'] })
    const rule = broker.faults.on(['Produce', 'Fetch']).throttle(30).chance(0.3, 42)
    const producer = clientOf(broker).producer()
    await producer.connect()
    for (let count = 0; count < 40; count++) await producer.send({ topic: 'orders', messages: [value('x')] })
    await producer.disconnect()
    return rule.hits
  }
  const hits = await hitsOf()
  t.ok(hits > 4 && hits < 25)
  t.equal(await hitsOf(), hits)
})

t.test('reply: anything that the response may say', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  using _rule = broker.faults
    .on('Metadata', { when: (request) => !request.topics?.length })
    .reply((_request, real) => ({ ...real, controllerId: -1, clusterId: 'another one' }))
  const admin = clientOf(broker).admin()
  await admin.connect()
  t.match(await admin.describeCluster(), { clusterId: 'another one', controller: null })
  broker.faults.clear()
  t.match(await admin.describeCluster(), { controller: 1 })
  await admin.disconnect()
})

t.test('network: late, slow and cut', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = clientOf(broker, { clientId: 'billing' }).producer()
  await producer.connect()
  const took = async () => {
    const before = performance.now()
    await producer.send({ topic: 'orders', messages: [value('x')] })
    return performance.now() - before
  }
  await took()
  {
    using _late = broker.faults.network({ latencyMs: 200, jitterMs: 5 })
    t.ok((await took()) >= 194)
  }
  {
    using _slow = broker.faults.network({ bytesPerSecond: 200 })
    t.ok((await took()) >= 199, 'an answer of more than forty bytes')
  }
  const disconnected = new Promise((resolve) => producer.on('producer.disconnect', resolve))
  t.equal(broker.faults.cut({ clientId: 'nobody' }), 0)
  t.ok(broker.faults.cut({ clientId: 'billing' }) >= 1)
  await took()
  t.pass('it has connected again')
  await producer.disconnect()
  await disconnected
})

t.test('disk: full, and slow', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const producer = await impatientProducer(broker)
  await producer.send({ topic: 'orders', messages: [value('before')] })
  {
    using full = broker.faults.disk({ error: 'ENOSPC', path: /orders/ })
    await t.rejects(producer.send({ topic: 'orders', messages: [value('no room')] }), /Disk error/)
    t.ok(full.hits >= 1)
  }
  await producer.send({ topic: 'orders', messages: [value('after')] })
  using _slow = broker.faults.disk({ stallMs: 300, path: /orders.*log$/ })
  const before = performance.now()
  await producer.send({ topic: 'orders', messages: [value('late')] })
  t.ok(performance.now() - before >= 299)
  broker.faults.clear()
  await producer.disconnect()
  t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 3 }), ['after', 'before', 'late'])
})

t.test('rules happen in the order in which they were made', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const first = broker.faults.on('Produce').delay(100)
  const second = broker.faults.on('Produce').error('REQUEST_TIMED_OUT').times(1)
  const third = broker.faults.on('Produce')
  const producer = await impatientProducer(broker)
  const before = performance.now()
  await t.rejects(producer.send({ topic: 'orders', messages: [value('x')] }), /The request timed out/)
  t.ok(performance.now() - before >= 99)
  await producer.send({ topic: 'orders', messages: [value('x')] })
  t.same([first.hits, second.hits, third.hits], [2, 1, 1], 'what is answered goes no further')
  await producer.disconnect()
})

t.test('mistakes of rules are refused, with what there is', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  const { faults } = broker
  t.throws(() => faults.on('Produce').error('ILLEGAL_GENERATION'), {
    message: /^Kafka never answers Produce with ILLEGAL_GENERATION. It may answer .*NOT_LEADER_OR_FOLLOWER/,
  })
  t.throws(() => faults.on('Prodce' as 'Produce'), { message: 'Kafka has no API Prodce; did you mean Produce?' })
  t.throws(() => faults.on('JoinGroup', { topic: 'orders' }), { message: /^Requests of JoinGroup name no topics/ })
  t.throws(() => faults.on('Produce', { partition: 1 }), { message: /has to name its topic/ })
  t.throws(() => faults.on('Produce').delay(1).error('NOT_LEADER_OR_FOLLOWER'), { message: /make another rule/ })
  t.throws(() => faults.disk({}), { message: /says which `error`/ })
  const tooNew = faults.on('Produce').error('UNKNOWN_TOPIC_ID')
  await produce(broker, 'orders', ['x'])
  await t.rejects(tooNew.hit(2), {
    message: /^Produce knows UNKNOWN_TOPIC_ID from version 13 on, and the client speaks \d+\.$/,
  })
  const gone = faults.on('Fetch').delay(1)
  const vain = gone.hit()
  gone[Symbol.dispose]()
  await t.rejects(vain, { message: 'The rule on Fetch that delays was taken away after 0 hits.' })
})

t.test('the table of possible errors knows no error that Kafka does not have', async (t) => {
  for (const [api, name] of namesInTable()) if (!isErrorName(name)) t.fail(`${api}: ${name}`)
  t.ok(ErrorCode.NONE === 0)
})
