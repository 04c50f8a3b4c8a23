/** A cluster in one process: what a broker's death, a cut and the loss of the controller mean to clients. kafkajs judges. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { type RunningCluster, startCluster } from '../../src/index.ts'

const { Kafka, logLevel } = kafkajs

t.setTimeout(120_000)

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index))

interface Reachable {
  readonly bootstrapServers: string
}

function clientOf(cluster: Reachable): kafkajs.Kafka {
  const retry = { initialRetryTime: 20, factor: 0, multiplier: 1, retries: 200 }
  return new Kafka({ brokers: cluster.bootstrapServers.split(','), logLevel: logLevel.NOTHING, retry })
}

async function producerOf(cluster: Reachable): Promise<kafkajs.Producer> {
  const producer = clientOf(cluster).producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  return producer
}

const send = (producer: kafkajs.Producer, values: readonly string[]) =>
  producer.send({ topic: 'orders', acks: -1, messages: values.map((value) => ({ value, partition: 0 })) })

/** The values that the leader of the partition has, in their order, when it knows that so many are committed. */
async function valuesAt(cluster: RunningCluster, broker: number, count: number): Promise<string[]> {
  await cluster.broker(broker).records('orders', { count })
  const records = await cluster.broker(broker).records('orders')
  return records.map(({ value }) => String(value))
}

t.test('a broker that is killed in the middle of acks=all loses nothing, and catches up when it is back', async (t) => {
  await using cluster = await startCluster({ topics: ['orders:1:3'] })
  await cluster.moveLeader('orders', 0, 2)
  const producer = await producerOf(cluster)
  t.teardown(() => producer.disconnect())
  let sent = 0
  const produceUntil = async (hasEnded: () => boolean) => {
    while (!hasEnded()) {
      await send(producer, numbers(sent, sent + 5))
      sent += 5
    }
  }
  let isOver = false
  const producing = produceUntil(() => isOver)
  await cluster.until(() => sent >= 20)
  await cluster.kill(2)
  t.equal(cluster.broker(2).isRunning, false)
  const atDeath = sent
  await cluster.until(() => sent >= atDeath + 20)
  t.not(cluster.leader('orders', 0), 2)
  t.notOk(cluster.isr('orders', 0).includes(2))
  await cluster.restart(2)
  await cluster.until(() => cluster.isr('orders', 0).length === 3)
  isOver = true
  await producing
  for (const broker of [1, 2, 3]) {
    await cluster.moveLeader('orders', 0, broker)
    t.same(
      await valuesAt(cluster, broker, sent),
      numbers(0, sent),
      `all that was acknowledged is on broker ${broker}, once`,
    )
  }
})

t.test('a cut shrinks the in-sync replicas, and they come back when it heals', async (t) => {
  await using cluster = await startCluster({ topics: ['orders:1:3'] })
  await cluster.moveLeader('orders', 0, 2)
  const producer = await producerOf(cluster)
  t.teardown(() => producer.disconnect())
  await send(producer, ['before'])
  {
    using _ = cluster.partition([1], [2, 3])
    await send(producer, ['meanwhile'])
    await cluster.until(() => cluster.isr('orders', 0).join() === '2,3')
  }
  await cluster.until(() => cluster.isr('orders', 0).length === 3)

  using _ = cluster.partition([2], ['controller', 1, 3])
  await cluster.until(() => cluster.leader('orders', 0) !== 2)
  // The broker that was cut off takes itself for the leader: clients that ask it alone would wait.
  const other = await producerOf(cluster.broker(1))
  t.teardown(() => other.disconnect())
  await send(other, ['with another leader'])
  t.same(cluster.isr('orders', 0), [1, 3])
  cluster.heal()
  await cluster.until(() => cluster.isr('orders', 0).length === 3)
  await cluster.moveLeader('orders', 0, 2)
  t.same(await valuesAt(cluster, 2, 3), ['before', 'meanwhile', 'with another leader'])
})

t.test('without its controller a cluster is read and written, and changes nothing', async (t) => {
  await using cluster = await startCluster({ brokers: 2, topics: ['orders:1:2'] })
  const producer = await producerOf(cluster)
  t.teardown(() => producer.disconnect())
  await cluster.kill('controller')
  await send(producer, numbers(0, 10))
  const admin = clientOf(cluster).admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const later = { topics: [{ topic: 'later' }], timeout: 300, waitForLeaders: false }
  await t.rejects(admin.createTopics(later))
  await cluster.restart('controller')
  await cluster.until(async () => {
    await admin.createTopics(later).catch(() => {})
    return (await admin.listTopics()).includes('later')
  })
  t.same(await valuesAt(cluster, cluster.leader('orders', 0)!, 10), numbers(0, 10))
})

t.test('faults are those of one broker', async (t) => {
  await using cluster = await startCluster({ topics: ['orders:1:3'] })
  await cluster.moveLeader('orders', 0, 3)
  const producer = await producerOf(cluster)
  t.teardown(() => producer.disconnect())
  t.ok(cluster.broker(3).requests({ api: 'Fetch' }).length > 0, 'each broker remembers its requests')
  using fault = cluster.broker(3).faults.on('Produce', { topic: 'orders' }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  await send(producer, ['in the end'])
  t.equal(fault.hits, 2)
  t.same(await valuesAt(cluster, 3, 1), ['in the end'])
})

t.test('with `data` each node has a directory, which the next start goes on with', async (t) => {
  const data = t.testdir()
  const first = await startCluster({ brokers: 2, data, topics: ['orders:1:2'] })
  const producer = await producerOf(first)
  await send(producer, ['kept'])
  await producer.disconnect()
  await first.kill(1)
  await first.stop()
  for (const node of ['controller', 'broker-1', 'broker-2']) {
    t.ok(existsSync(join(data, node, 'meta.properties')), node)
  }
  await using second = await startCluster({ brokers: 2, data })
  await second.until(() => second.isr('orders', 0).length === 2)
  await second.moveLeader('orders', 0, 1)
  t.same(await valuesAt(second, 1, 1), ['kept'])
})

t.test('nodes may be told apart by their keys', async (t) => {
  const config = (node: number | 'controller') => ({ 'broker.rack': `rack-${node}` })
  await using cluster = await startCluster({ brokers: 2, config })
  const admin = clientOf(cluster).admin()
  await admin.connect()
  const { brokers } = await admin.describeCluster()
  await admin.disconnect()
  t.same(brokers.map(({ nodeId }) => nodeId).sort(), [1, 2])
  t.same(
    cluster.brokers.map(({ id }) => id),
    [1, 2],
  )
})

t.test('mistakes', async (t) => {
  await t.rejects(startCluster({ brokers: 0 }), { message: 'A cluster has between 1 and 100 brokers, not 0.' })
  await t.rejects(startCluster({ brokers: 2, topics: ['orders:1:3'] }), {
    message: 'Cannot create topic orders with 3 replicas: there are 2 brokers.',
  })
  await using cluster = await startCluster({ brokers: 2, topics: ['orders:1:1'] })
  const [other] = [1, 2].filter((id) => id !== cluster.leader('orders', 0))
  await t.rejects(cluster.moveLeader('orders', 0, other!), { message: /^Broker \d has no replica of orders-0/ })
  t.throws(() => cluster.isr('orders', 7), { message: 'There is no partition orders-7.' })
  await t.rejects(cluster.kill(3), { message: 'There is no broker 3: there are 1, 2.' })
  await t.rejects(
    cluster.until(() => false, { timeoutMs: 10 }),
    { message: /^What was waited for has not come about within 10 ms\. Brokers: 1, 2\. / },
  )
})
