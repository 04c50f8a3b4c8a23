import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import { ALLOWED_BY_KAFKA, type AnomalyType } from '../../histories/anomalies.ts'
import { findAnomalies } from '../../histories/check.ts'
import type { CommittedRecord } from '../../histories/committed-records.ts'
import { judgeExactlyOnce } from '../../histories/exactly-once.ts'
import { worksOf } from '../../histories/history.ts'
import { Recorder } from '../../histories/recorder.ts'
import { SimClient } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import { createTopic } from '../scenarios/admin.ts'
import { History } from '../scenarios/history.ts'
import { judgeSegments } from '../scenarios/judge-segments.ts'
import { BLOWS, crashBroker, torment } from '../scenarios/nemesis.ts'
import { tracingLogger } from '../scenarios/tracing-logger.ts'
import type { Sabotage } from '../seams.ts'
import { type SimNode, World } from '../world.ts'
import { deal } from './dealer.ts'
import { read, readAll } from './reader.ts'
import { relay, sourceOf } from './relay.ts'
import type { Protocol } from './transactional-producer.ts'

const ADDRESS = { host: 'broker', port: 9092 }
/** The topics to relay from, to relay to, and to deal values out to at random. */
const TOPICS = ['orders', 'invoices', 'cards'] as const
type Topic = (typeof TOPICS)[number]
const GROUP = 'clerks'
const SEGMENT_BYTES = [2000, 1024 * 1024]
const TRANSACTION_TIMEOUTS_MS = [800, 3000]
/** With the shorter ones a relay is often taken for dead while it is only slow. */
const SESSION_TIMEOUTS_MS = [400, 1500]
const TORMENT_MS = 1500
const TORMENT_PACE = 0.12
/** As many crashes of the broker as everything else together. */
const TORMENTS = [...BLOWS, ...BLOWS.map(() => crashBroker)]
const QUIET_LIMIT_MS = 30_000

export interface ScenarioOptions {
  /** Default: by the seed. */
  crashMode?: CrashMode
  sabotage?: Sabotage
  /** false: nothing happens to anybody. */
  isTormented?: boolean
}

export interface ScenarioResult {
  hash: string
  effects: number
  brokerStarts: number
  committed: number
  aborted: number
  unknown: number
  relayed: number
  /** The anomalies in the history that Kafka allows. */
  allowed: readonly AnomalyType[]
}

/** The answers that the clients were given cannot all be true of Kafka. */
export class Violations extends Error {
  /** The anomalies in the history, in the words of the checker. */
  readonly anomalies: ReadonlySet<AnomalyType>

  constructor(findings: readonly string[], anomalies: ReadonlySet<AnomalyType> = new Set()) {
    super(findings.slice(0, 10).join('\n  '))
    this.anomalies = anomalies
  }
}

/**
 * A broker with everything that transactions are for: a producer of orders, two relays that consume, transform and
 * produce, two producers that deal records out at random and may have the same transactional id, and a reader. They are
 * tormented for a while and left in peace. Throws, with the seed and the story, when the history that they have written
 * down is not one of Kafka, when an order was not relayed exactly once, or when peace does not bring everything to its
 * end.
 */
export async function runTransactions(seed: number | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = new Scenario(seed, options)
  // In a process of its own a rejection that nobody handles would have ended the broker.
  const unhandled = (error: unknown) => scenario.world.fail(error)
  process.on('unhandledRejection', unhandled)
  try {
    return await scenario.run()
  } catch (error) {
    throw scenario.failure(error)
  } finally {
    process.off('unhandledRejection', unhandled)
  }
}

class Scenario {
  readonly world: World
  readonly #options: ScenarioOptions
  readonly #crashMode: CrashMode
  readonly #protocol: Protocol
  readonly #partitions: number
  readonly #recorder: Recorder
  readonly #segments = new History()
  readonly #broker: SimNode
  readonly #judge: SimNode
  readonly #clients: SimNode[] = []
  readonly #committed = new Map<number, number>()
  #anomalies: ReadonlySet<AnomalyType> = new Set()
  #running: Broker | null = null
  #peace = false
  #over = false
  #working = 0

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    const random = world.random.stream('transactions')
    this.world = world
    this.#options = options
    this.#crashMode = options.crashMode ?? random.pick(['kill', 'power'])
    this.#protocol = random.pick(['classic', 'implicit'])
    this.#partitions = 1 + random.integer(2)
    let lastMs = 0
    // Two things at one time of the virtual clock still come one after the other.
    this.#recorder = new Recorder(() => (lastMs = Math.max(world.timeMs, lastMs + 1e-6)))
    this.#broker = world.spawn('broker', (environment) => this.#startBroker(environment))
    this.#judge = world.spawn('judge', () => {})
  }

  async run(): Promise<ScenarioResult> {
    const { world } = this
    const segmentBytes = world.random.stream('segments').pick(SEGMENT_BYTES)
    const configs = [{ name: 'internal.segment.bytes', value: String(segmentBytes) }]
    for (const topic of TOPICS) {
      await world.settle(createTopic(this.#client(), topic, this.#partitions, configs), topic)
    }
    this.#spawnClients()
    await this.#torment()
    this.#peace = true
    await world.runUntil(() => this.#working === 0, 'the producers to finish', QUIET_LIMIT_MS)
    const orders = await this.#readTopic('orders')
    const caughtUp = () =>
      [...orders].every(([name, records]) => this.#progress(name) >= (records.at(-1)?.offset ?? -2) + 1)
    await world.runUntil(caughtUp, 'the relays to catch up', QUIET_LIMIT_MS)
    this.#over = true
    const invoices = await this.#readTopic('invoices')
    const cards = await this.#readTopic('cards')
    this.#judgeHistory(orders, invoices)
    await this.#stopAndStartAgain()
    for (const [topic, before] of [
      ['orders', orders],
      ['invoices', invoices],
      ['cards', cards],
    ] as const) {
      same(topic, before, await this.#readTopic(topic))
    }
    return this.#result(invoices)
  }

  failure(cause: unknown): Error {
    const { seed, trace } = this.world
    const { message } = cause as Error
    return new Error(`seed ${seed} (${this.#crashMode}, ${this.#protocol}), trace ${trace.hash}:\n${message}`, {
      cause,
    })
  }

  #result(invoices: ReadonlyMap<string, readonly CommittedRecord[]>): ScenarioResult {
    const transactions = worksOf(this.#recorder.operations).filter(({ type }) => type === 'transaction')
    const count = (wanted: string) => transactions.filter(({ outcome }) => outcome === wanted).length
    return {
      hash: this.world.trace.hash,
      effects: this.world.trace.count,
      brokerStarts: this.#broker.starts,
      committed: count('ok'),
      aborted: count('fail'),
      unknown: count('info'),
      relayed: [...invoices.values()].reduce((sum, records) => sum + records.length, 0),
      allowed: [...this.#anomalies],
    }
  }

  async #startBroker(environment: Environment): Promise<void> {
    const config = new BrokerConfig({
      listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`,
      'log.dirs': '/data',
      'log.index.interval.bytes': '256',
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.num.partitions': '2',
      'group.min.session.timeout.ms': '100',
      'group.initial.rebalance.delay.ms': '0',
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '300',
      ...(this.#crashMode === 'power' ? { 'log.flush.interval.messages': '1' } : {}),
    })
    const broker = createBroker({
      config,
      environment: this.#options.sabotage?.(environment) ?? environment,
      logger: tracingLogger(this.world),
      onFatal: () => this.#exit(),
    })
    try {
      await broker.start()
    } catch (error) {
      // On a disk that is full or fails it cannot start: whoever looks after it tries again.
      if (!/\((ENOSPC|EIO)\)/.test((error as Error).message)) throw error
      return this.#exit()
    }
    this.#running = broker
  }

  /** The process ends, and whoever looks after it has changed the disk and starts it again. */
  #exit(): void {
    this.world.plan(0, () => {
      if (!this.#broker.isUp) return
      this.#broker.crash('kill')
      this.#broker.disk.clearFaults()
      this.world.plan(100, () => this.#broker.isUp || this.#broker.start())
    })
  }

  #spawnClients(): void {
    const random = this.world.random.stream('clients')
    const shared = {
      address: ADDRESS,
      recorder: this.#recorder,
      partitions: this.#partitions,
      protocol: this.#protocol,
    }
    const untilPeace = { ...shared, goesOn: () => !this.#peace }
    const toTheEnd = { ...shared, goesOn: () => !this.#over }
    const transactionTimeoutMs = random.pick(TRANSACTION_TIMEOUTS_MS)
    this.#spawn('customer', true, (environment, name) =>
      deal(environment, {
        ...untilPeace,
        name,
        transactionalId: 'customer',
        transactionTimeoutMs,
        topic: 'orders',
        polls: false,
        pauseMs: 100,
      }),
    )
    const areTwins = random.chance(0.5)
    for (const dealer of ['dealer-1', 'dealer-2']) {
      const transactionalId = areTwins ? 'dealer' : dealer
      const dealing = {
        ...untilPeace,
        transactionalId,
        transactionTimeoutMs,
        topic: 'cards',
        polls: true,
        pauseMs: 80,
      }
      this.#spawn(dealer, true, (environment, name) => deal(environment, { ...dealing, name }))
    }
    const committed = (partition: number, offset: number) => this.#committed.set(partition, offset)
    const sessionTimeoutMs = this.world.random.stream('sessions').pick(SESSION_TIMEOUTS_MS)
    const relayed = { group: GROUP, from: 'orders', to: 'invoices', committed }
    const relaying = { ...toTheEnd, transactionTimeoutMs, sessionTimeoutMs, ...relayed }
    for (const clerk of ['clerk-1', 'clerk-2']) {
      this.#spawn(clerk, false, (environment, name) =>
        relay(environment, { ...relaying, name, transactionalId: clerk }),
      )
    }
    this.#spawn('auditor', false, (environment, name) => read(environment, { ...toTheEnd, name, topic: 'cards' }))
  }

  /** Each life of a client is a process of its own in the history. */
  #spawn(name: string, ends: boolean, work: (environment: Environment, life: string) => Promise<void>): void {
    let life = ''
    let isWorking = false
    const node: SimNode = this.world.spawn(name, async (environment) => {
      if (life !== '') this.#recorder.crash(life)
      life = `${name}/${node.starts}`
      if (ends && !isWorking) this.#working++
      isWorking = true
      await work(environment, life)
      isWorking = false
      if (ends) this.#working--
    })
    this.#clients.push(node)
  }

  async #torment(): Promise<void> {
    const { world } = this
    if (this.#options.isTormented === false) return world.runFor(TORMENT_MS)
    const victims = {
      broker: this.#broker,
      clients: this.#clients,
      crashMode: this.#crashMode,
      stopBroker: () => this.#running?.stop() ?? Promise.resolve(),
      fragile: [/orders/, /invoices/, /__consumer_offsets/, /__transaction_state/, /__cluster_metadata/],
      pace: TORMENT_PACE,
    }
    await torment(world, victims, TORMENT_MS, TORMENTS)
  }

  #client(): SimClient {
    return new SimClient(this.#judge.process.environment, 'judge', ADDRESS)
  }

  #progress(name: string): number {
    return this.#committed.get(Number(name.slice(name.lastIndexOf('-') + 1))) ?? -1
  }

  /** The committed values, by partition; a part of the history too, as the reads of somebody who left nothing out. */
  async #readTopic(topic: Topic): Promise<Map<string, CommittedRecord[]>> {
    const all = new Map<string, CommittedRecord[]>()
    const client = this.#client()
    for (let partition = 0; partition < this.#partitions; partition++) {
      const name = `${topic}-${partition}`
      const records = await this.world.settle(readAll(client, topic, partition), `all of ${name}`, QUIET_LIMIT_MS)
      const work = this.#recorder.begin('judge', 'poll')
      work.poll(new Map([[name, records]]), new Map([[name, Number.POSITIVE_INFINITY]]))
      work.end('ok')
      this.#recorder.turn('judge', 'subscribe', [])
      all.set(name, records)
    }
    client.close()
    return all
  }

  #judgeHistory(
    orders: ReadonlyMap<string, readonly CommittedRecord[]>,
    invoices: ReadonlyMap<string, readonly CommittedRecord[]>,
  ): void {
    for (const { name, starts } of this.#clients) this.#recorder.crash(`${name}/${starts}`)
    const anomalies = findAnomalies(this.#recorder.operations)
    this.#anomalies = new Set(anomalies.map(({ type }) => type))
    const findings = anomalies
      .filter(({ type }) => !ALLOWED_BY_KAFKA.has(type))
      .map(({ type, text }) => `${type}: ${text}`)
    const keyed = (records: readonly CommittedRecord[]) =>
      records.map(({ offset, key, value }) => ({ offset, key: key ?? '', value }))
    const inputs = new Map([...orders].map(([name, records]) => [name, keyed(records)]))
    const outputs = new Map(
      [...invoices].map(([name, records]) => {
        const made = keyed(records).map(({ key, value }) => {
          const { partition, offset } = sourceOf(value)
          return { key, source: { log: `orders-${partition}`, offset } }
        })
        return [name, made]
      }),
    )
    fail([...findings, ...judgeExactlyOnce(inputs, outputs)], this.#anomalies)
  }

  /** A clean stop leaves nothing but whole segments, and a start finds all that was there. */
  async #stopAndStartAgain(): Promise<void> {
    await this.world.settle(this.#running?.stop() ?? Promise.resolve(), 'the broker to stop', QUIET_LIMIT_MS)
    judgeSegments(this.#broker.disk, this.#segments)
    fail(this.#segments.violations)
    this.#broker.crash('kill')
    this.#broker.start()
  }
}

function same(topic: string, before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): void {
  if (JSON.stringify([...before]) !== JSON.stringify([...after])) fail([`${topic} is another one after a restart`])
}

function fail(findings: readonly string[], anomalies?: ReadonlySet<AnomalyType>): void {
  if (findings.length > 0) throw new Violations(findings, anomalies)
}
