/** Time that a test moves: what a cluster does in days happens now, before the eyes of real clients. */
import t from 'tap'
import { nodeClock } from '../../src/env/node/clock.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { durationMs, ManualClock } from '../../src/testing/manual-clock.ts'
import { clientOf } from './support.ts'

t.setTimeout(120_000)

const DAY_MS = 86_400_000

/** A client that waits for the end of a long poll waits for the broker's time. */
async function whileTimeGoesBy(broker: RunningBroker, promise: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = promise.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await broker.clock.advance('100ms')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await over
}

t.test('timers happen in the order of their times, each at its own', async (t) => {
  const clock = new ManualClock(nodeClock)
  const seen: [string, number][] = []
  const at = (name: string, delayMs: number) => clock.schedule(delayMs, () => seen.push([name, clock.monotonicMs()]))
  at('late', 3000)
  at('early', 10)
  at('never', 20).cancel()
  clock.schedule(1000, () => void at('from a timer', 500))
  await clock.advance('2s')
  t.same(seen, [
    ['early', 10],
    ['from a timer', 1500],
  ])
  await clock.advance(1000)
  t.same(seen.at(-1), ['late', 3000])
  t.same(['500ms', '30s', '5m', '2h', '7d', 12].map(durationMs), [500, 30_000, 300_000, 7_200_000, 7 * DAY_MS, 12])
  t.throws(() => durationMs('soon'), { message: /^soon is no duration/ })
})

t.test('a member that says nothing for its session timeout is out of its group', async (t) => {
  await using broker = await startBroker({ topics: ['orders'], clock: 'manual' })
  const consumer = clientOf(broker).consumer({
    groupId: 'g',
    sessionTimeout: 10_000,
    heartbeatInterval: 9_000,
    maxWaitTimeInMs: 50,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders' })
  await consumer.run({ eachMessage: async () => {} })
  await broker.groupSettled('g', { members: 1 })
  await broker.clock.advance('9s')
  t.equal((await broker.groups())[0]?.members.length, 1)
  await broker.clock.advance('2s')
  t.match(await broker.groups(), [{ groupId: 'g', members: [] }])
  await whileTimeGoesBy(broker, consumer.disconnect())
})

t.test('a transaction that nobody ends is aborted after its timeout', async (t) => {
  await using broker = await startBroker({ topics: ['orders'], clock: 'manual' })
  const producer = clientOf(broker).producer({
    transactionalId: 'tx',
    transactionTimeout: 60_000,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'left behind' }] })
  t.same(await broker.records('orders'), [])
  await broker.produce('orders', ['behind it'])
  t.same(await broker.records('orders'), [], 'the open transaction is in its way')
  await broker.clock.advance('2m')
  t.same(
    (await broker.records('orders', { count: 1 })).map(({ value }) => String(value)),
    ['behind it'],
  )
  await t.rejects(transaction.commit())
  await producer.disconnect()
})

t.test('retention, compaction and the expiry of offsets', async (t) => {
  await using broker = await startBroker({
    topics: ['old:1:retention.ms=3600000', 'latest:1:cleanup.policy=compact'],
    clock: 'manual',
  })
  await broker.produce('old', [{ value: 'x', timestampMs: broker.clock.nowMs() }])
  await broker.clock.advance('1h')
  t.equal((await broker.records('old')).length, 1)
  await broker.clock.advance('10m')
  t.equal((await broker.records('old')).length, 0)

  await broker.produce('latest', [
    { key: 'a', value: '1' },
    { key: 'b', value: '1' },
    { key: 'a', value: '2' },
  ])
  await broker.compact('latest')
  t.same(
    (await broker.records('latest')).map(({ key, value }) => `${key}=${value}`),
    ['b=1', 'a=2'],
  )

  const consumer = clientOf(broker).admin()
  await consumer.connect()
  await consumer.setOffsets({ groupId: 'g', topic: 'latest', partitions: [{ partition: 0, offset: '1' }] })
  await broker.expireOffsets('g')
  t.same(
    (await broker.groups()).map(({ groupId }) => groupId),
    ['g'],
  )
  await broker.clock.advance('8d')
  t.same(await broker.groups(), [])
  await consumer.disconnect()
})

t.test('a clock that is the machine\u2019s cannot be moved', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await t.rejects(broker.clock.advance('1s'), { message: /clock: 'manual'/ })
  t.equal(await broker.applyRetention('orders'), 0)
  await t.rejects(broker.compact('nothing'), { message: 'There is no topic nothing.' })
})
