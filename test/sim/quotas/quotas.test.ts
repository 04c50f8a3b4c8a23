/**
 * Several clients of a broker with quotas, on the virtual clock. None of them waits by itself when it is told to: what holds
 * them back is the broker's silence alone. A quota holds when a client that always wants more gets what it allows, no
 * more and no less, to 5%; and nobody starves beside others.
 */
import t, { type Test } from 'tap'
import { NoAnswer, SimClient, sleep } from '../../../proof/sim/client.ts'
import { World } from '../../../proof/sim/world.ts'
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from '../../../protocol/messages/alter-client-quotas.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'

const ADDRESS = { host: 'broker', port: 9092 }
const SECOND_MS = 1000
/** Kafka's window is eleven samples of a second. What was allowed as a burst comes round with it. */
const WARM_UP_MS = 44 * SECOND_MS
const MEASURED_MS = 330 * SECOND_MS
const PATIENCE_MS = 10 * 60 * SECOND_MS

const batchOf = (bytes: number): Buffer =>
  buildBatch({}, [{ timestamp: 1_750_000_000_000, key: null, value: Buffer.alloc(bytes) }])

async function serve(environment: Environment): Promise<void> {
  const config = new BrokerConfig({ listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`, 'log.dirs': '/data' })
  await createBroker({ config, environment, logger: silentLogger(), onFatal: () => {} }).start()
}

/** An answer to a client: when it came, how much it was, and for how long the client was to be silent. */
interface Exchange {
  readonly atMs: number
  readonly bytes: number
  readonly throttleTimeMs: number
}

class Bench {
  readonly world = new World(7)
  readonly #stop: (() => void)[] = []
  environment!: Environment
  admin!: SimClient

  static async start(t: Test): Promise<Bench> {
    const bench = new Bench()
    const { world } = bench
    world.spawn('broker', serve)
    world.spawn('clients', (environment) => {
      bench.environment = environment
      bench.admin = bench.client('admin')
    })
    await world.runFor(2000)
    t.teardown(() => {
      for (const stop of bench.#stop) stop()
    })
    return bench
  }

  client(clientId: string): SimClient {
    return new SimClient(this.environment, clientId, ADDRESS)
  }

  async limit(entity: Record<string, string | null>, values: Record<string, number>): Promise<void> {
    const parts = Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }))
    const ops = Object.entries(values).map(([key, value]) => ({ key, value }))
    const body = { entries: [{ entity: parts, ops }] }
    const answer = this.admin.request(AlterClientQuotasRequest, AlterClientQuotasResponse, 1, body)
    const { entries } = await this.world.settle(answer)
    if (entries.some(({ errorCode }) => errorCode !== 0)) throw new Error(JSON.stringify(entries))
  }

  async create(name: string): Promise<void> {
    const topics = [{ name, numPartitions: 1, replicationFactor: 1 }]
    const body = { topics, timeoutMs: 5000 }
    await this.world.settle(this.admin.request(CreateTopicsRequest, CreateTopicsResponse, 7, body))
  }

  /** A client that asks again as soon as it is answered, and `pauseMs` later. */
  run(ask: () => Promise<Omit<Exchange, 'atMs'>>, pauseMs = 0): Exchange[] {
    const exchanges: Exchange[] = []
    let goesOn = true
    this.#stop.push(() => {
      goesOn = false
    })
    const loop = async () => {
      while (goesOn) {
        const exchange = await ask()
        exchanges.push({ ...exchange, atMs: this.world.timeMs })
        if (pauseMs > 0) await sleep(this.environment, pauseMs)
      }
    }
    loop().catch((error) => {
      if (goesOn && !(error instanceof NoAnswer)) this.world.fail(error)
    })
    return exchanges
  }

  producer(clientId: string, { topic = 'topic', bytes = 16_000, pauseMs = 0, acks = 1 } = {}): Exchange[] {
    const client = this.client(clientId)
    const records = batchOf(bytes)
    const body = { acks, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index: 0, records }] }] }
    return this.run(async () => {
      const { throttleTimeMs } = await client.request(ProduceRequest, ProduceResponse, 12, body, PATIENCE_MS)
      return { bytes, throttleTimeMs }
    }, pauseMs)
  }

  /** Reads the topic from its beginning, over and over. */
  consumer(clientId: string, { topic = 'topic' } = {}): Exchange[] {
    const client = this.client(clientId)
    return this.run(async () => {
      const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 16_000 }]
      const body = { maxWaitMs: 500, minBytes: 1, maxBytes: 16_000, sessionEpoch: -1, topics: [{ topic, partitions }] }
      const answer = await client.request(FetchRequest, FetchResponse, 12, body, PATIENCE_MS)
      const bytes = answer.responses.flatMap((each) => each.partitions.map(({ records }) => records?.length ?? 0))
      return { bytes: bytes.reduce((sum, each) => sum + each, 0), throttleTimeMs: answer.throttleTimeMs }
    })
  }

  /** Bytes a second since the warm-up. */
  rate(exchanges: readonly Exchange[]): number {
    const sinceMs = this.world.timeMs - MEASURED_MS
    const bytes = exchanges.filter(({ atMs }) => atMs > sinceMs).reduce((sum, each) => sum + each.bytes, 0)
    return (bytes * 1000) / MEASURED_MS
  }
}

/** The longest time in which a client got nothing. */
function longestWaitMs(exchanges: readonly Exchange[]): number {
  const times = exchanges.filter(({ bytes }) => bytes > 0).map(({ atMs }) => atMs)
  return times.reduce((longest, atMs, index) => Math.max(longest, atMs - (times[index - 1] ?? atMs)), 0)
}

function within5Percent(t: Test, rate: number, quota: number, what: string): void {
  const share = rate / quota
  t.ok(share > 0.95 && share < 1.05, `${what}: ${rate.toFixed(0)} of ${quota} bytes a second`)
}

t.test('producers and consumers get what their quotas allow, and nobody starves', async (t) => {
  const bench = await Bench.start(t)
  await bench.create('topic')
  await bench.limit({ 'client-id': 'alone' }, { producer_byte_rate: 40_000, consumer_byte_rate: 80_000 })
  await bench.limit({ 'client-id': 'shared' }, { producer_byte_rate: 60_000 })
  await bench.limit({ 'client-id': null }, { producer_byte_rate: 30_000, consumer_byte_rate: 50_000 })
  const alone = bench.producer('alone')
  const shared = [bench.producer('shared'), bench.producer('shared'), bench.producer('shared')]
  const byDefault = bench.producer('somebody')
  const modest = bench.producer('modest', { bytes: 2000, pauseMs: 200 })
  const readers = [bench.consumer('alone'), bench.consumer('reader')]
  await bench.world.runFor(WARM_UP_MS + MEASURED_MS)

  within5Percent(t, bench.rate(alone), 40_000, 'a client id')
  within5Percent(t, bench.rate(shared.flat()), 60_000, 'three connections of one client id')
  within5Percent(t, bench.rate(byDefault), 30_000, 'a client id without a quota of its own')
  within5Percent(t, bench.rate(readers[0]), 80_000, 'a consumer')
  within5Percent(t, bench.rate(readers[1]), 50_000, 'a consumer by default')
  for (const each of shared) t.ok(bench.rate(each) > 60_000 / 6, `${bench.rate(each)} of a shared quota`)
  t.ok(modest.length > 1500)
  t.ok(
    modest.every(({ throttleTimeMs }) => throttleTimeMs === 0),
    'a client that stays below its quota is never held back',
  )
  for (const each of [alone, ...shared, byDefault, modest, ...readers]) {
    t.ok(longestWaitMs(each) < 11 * SECOND_MS, `the longest wait: ${longestWaitMs(each).toFixed(0)} ms`)
  }
})

t.test('the answer comes first, and the silence after it is as long as it says', async (t) => {
  const bench = await Bench.start(t)
  await bench.create('topic')
  await bench.limit({ user: 'ANONYMOUS' }, { producer_byte_rate: 10_000 })
  const exchanges = bench.producer('any', { bytes: 60_000 })
  await bench.world.runFor(30 * SECOND_MS)
  const [first, second, third] = exchanges
  t.equal(first.throttleTimeMs, 0)
  // 120,000 bytes and the overhead of two requests in ten seconds, of which 100,000 are allowed.
  t.ok(second.throttleTimeMs >= 2000 && second.throttleTimeMs < 2050, `${second.throttleTimeMs} ms`)
  t.ok(second.atMs - first.atMs < 100, 'the answer is not held back')
  const silenceMs = third.atMs - second.atMs
  t.ok(silenceMs > second.throttleTimeMs - 5 && silenceMs < second.throttleTimeMs + 100, `${silenceMs} ms of silence`)
})

t.test('a batch that is larger than all that a consumer may have in a window reaches it', async (t) => {
  const bench = await Bench.start(t)
  await bench.create('large')
  const records = batchOf(30_000)
  const partitionData = [{ index: 0, records }]
  const topicData = [{ name: 'large', partitionData }]
  const produced = bench.admin.request(ProduceRequest, ProduceResponse, 12, { acks: 1, timeoutMs: 1000, topicData })
  await bench.world.settle(produced)
  await bench.limit({ 'client-id': 'small' }, { consumer_byte_rate: 1000 })
  const exchanges = bench.consumer('small', { topic: 'large' })
  await bench.world.runFor(100 * SECOND_MS)
  const given = exchanges.filter(({ bytes }) => bytes > 0)
  t.equal(given.length, 4, 'batches of 30 KB in 100 s at 1 KB a second')
})

t.test('quotas hold for as long as they are there', async (t) => {
  const bench = await Bench.start(t)
  await bench.create('topic')
  const exchanges = bench.producer('c', { pauseMs: 100 })
  await bench.world.runFor(5 * SECOND_MS)
  t.ok(exchanges.every(({ throttleTimeMs }) => throttleTimeMs === 0))
  await bench.limit({ 'client-id': 'c' }, { producer_byte_rate: 1600 })
  const before = exchanges.length
  await bench.world.runFor(30 * SECOND_MS)
  t.ok(exchanges.slice(before).some(({ throttleTimeMs }) => throttleTimeMs > 1000))
})

t.test('new and deleted partitions are refused to a client in debt, and forgiven in time (KIP-599)', async (t) => {
  const bench = await Bench.start(t)
  const { world, admin } = bench
  // 2 a second with Kafka's eleven samples of a second: a bucket of 22.
  await bench.limit({ 'client-id': 'mutator' }, { controller_mutation_rate: 2 })
  const mutator = bench.client('mutator')
  const topics = ['a', 'b'].map((name) => ({ name, numPartitions: 32, replicationFactor: 1 }))
  const create = (client: SimClient, version: number, names = ['a', 'b']) => {
    const wanted = topics.filter(({ name }) => names.includes(name))
    const body = { topics: wanted, timeoutMs: 5000 }
    return world.settle(client.request(CreateTopicsRequest, CreateTopicsResponse, version, body, PATIENCE_MS))
  }
  const remove = (client: SimClient, version: number) => {
    const body = { topics: topics.map(({ name }) => ({ name })), topicNames: ['a', 'b'], timeoutMs: 5000 }
    return world.settle(client.request(DeleteTopicsRequest, DeleteTopicsResponse, version, body, PATIENCE_MS))
  }
  const strict = await create(mutator, 6)
  t.match(strict.topics, [
    { name: 'a', errorCode: 0 },
    { name: 'b', errorCode: 89 },
  ])
  // 32 of 22 are taken; -(-10) / 2 = 5 s.
  t.ok(strict.throttleTimeMs > 4900 && strict.throttleTimeMs <= 5000, `${strict.throttleTimeMs} ms`)
  const again = await create(mutator, 6, ['b'])
  t.match(again.topics, [{ name: 'b', errorCode: 0 }])
  t.equal(again.throttleTimeMs, 0)
  await world.runFor(60 * SECOND_MS)
  t.match((await remove(mutator, 6)).responses, [{ errorCode: 0 }, { errorCode: 89 }])
  await world.runFor(60 * SECOND_MS)
  t.match((await remove(admin, 6)).responses, [{ errorCode: 3 }, { errorCode: 0 }])
  // A version that does not know the error is carried out, and waits: -(-42) / 2 = 21 s.
  const permissive = await create(mutator, 5)
  t.match(permissive.topics, [{ errorCode: 0 }, { errorCode: 0 }])
  t.ok(permissive.throttleTimeMs > 20_900 && permissive.throttleTimeMs <= 21_000, `${permissive.throttleTimeMs} ms`)
})
