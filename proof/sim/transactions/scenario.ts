import type { Environment } from '../../../src/env/index.ts'
import { ALLOWED_BY_KAFKA, type AnomalyType } from '../../histories/anomalies.ts'
import { findAnomalies } from '../../histories/check.ts'
import type { CommittedRecord } from '../../histories/committed-records.ts'
import { judgeExactlyOnce } from '../../histories/exactly-once.ts'
import { worksOf } from '../../histories/history.ts'
import { Recorder } from '../../histories/recorder.ts'
import type { CrashMode } from '../disk.ts'
import { createTopic } from '../scenarios/admin.ts'
import { Clients } from '../scenarios/clients.ts'
import { History } from '../scenarios/history.ts'
import { Judge } from '../scenarios/judge.ts'
import { judgeSegments } from '../scenarios/judge-segments.ts'
import { BLOWS, crashBroker, torment } from '../scenarios/nemesis.ts'
import { ADDRESS, TormentedBroker } from '../scenarios/tormented-broker.ts'
import type { Sabotage } from '../seams.ts'
import { withoutUnhandled } from '../unhandled.ts'
import { World } from '../world.ts'
import { deal } from './dealer.ts'
import { read, readAll } from './reader.ts'
import { relay, sourceOf } from './relay.ts'
import type { Protocol } from './transactional-producer.ts'

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
  return withoutUnhandled(scenario.world, () => scenario.run()).catch((error) => {
    throw scenario.failure(error)
  })
}

class Scenario {
  readonly world: World
  readonly #options: ScenarioOptions
  readonly #protocol: Protocol
  readonly #partitions: number
  readonly #recorder: Recorder
  readonly #segments = new History()
  readonly #broker: TormentedBroker
  readonly #judge: Judge
  readonly #clients: Clients
  readonly #committed = new Map<number, number>()
  #anomalies: ReadonlySet<AnomalyType> = new Set()
  #peace = false
  #over = false

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    const random = world.random.stream('transactions')
    this.world = world
    this.#options = options
    const crashMode = options.crashMode ?? random.pick(['kill', 'power'])
    this.#protocol = random.pick(['classic', 'implicit'])
    this.#partitions = 1 + random.integer(2)
    let lastMs = 0
    // Two things at one time of the virtual clock still come one after the other.
    this.#recorder = new Recorder(() => (lastMs = Math.max(world.timeMs, lastMs + 1e-6)))
    this.#broker = new TormentedBroker(world, {
      crashMode,
      sabotage: options.sabotage,
      properties: {
        'log.index.interval.bytes': '256',
        'offsets.topic.num.partitions': '1',
        'transaction.state.log.num.partitions': '2',
        'group.min.session.timeout.ms': '100',
        'group.initial.rebalance.delay.ms': '0',
        'transaction.abort.timed.out.transaction.cleanup.interval.ms': '300',
      },
    })
    this.#judge = new Judge(world)
    this.#clients = new Clients(world)
  }

  async run(): Promise<ScenarioResult> {
    const { world } = this
    const segmentBytes = world.random.stream('segments').pick(SEGMENT_BYTES)
    const configs = [{ name: 'internal.segment.bytes', value: String(segmentBytes) }]
    for (const topic of TOPICS) {
      await world.settle(createTopic(this.#judge.client(), topic, this.#partitions, configs), topic)
    }
    this.#spawnClients()
    await this.#torment()
    this.#peace = true
    await world.runUntil(() => this.#clients.areDone, 'the producers to finish', QUIET_LIMIT_MS)
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
    return new Error(`seed ${seed} (${this.#broker.crashMode}, ${this.#protocol}), trace ${trace.hash}:\n${message}`, {
      cause,
    })
  }

  #result(invoices: ReadonlyMap<string, readonly CommittedRecord[]>): ScenarioResult {
    const transactions = worksOf(this.#recorder.operations).filter(({ type }) => type === 'transaction')
    const count = (wanted: string) => transactions.filter(({ outcome }) => outcome === wanted).length
    return {
      hash: this.world.trace.hash,
      effects: this.world.trace.count,
      brokerStarts: this.#broker.node.starts,
      committed: count('ok'),
      aborted: count('fail'),
      unknown: count('info'),
      relayed: [...invoices.values()].reduce((sum, records) => sum + records.length, 0),
      allowed: [...this.#anomalies],
    }
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
    const lifeName = (life: number) => `${name}/${life}`
    const recorded = (environment: Environment, life: number) => {
      if (life > 1) this.#recorder.crash(lifeName(life - 1))
      return work(environment, lifeName(life))
    }
    if (ends) this.#clients.spawnWorker(name, recorded)
    else this.#clients.spawn(name, recorded)
  }

  async #torment(): Promise<void> {
    const { world } = this
    if (this.#options.isTormented === false) return world.runFor(TORMENT_MS)
    const victims = {
      broker: this.#broker,
      clients: this.#clients.nodes,
      fragile: [/orders/, /invoices/, /__consumer_offsets/, /__transaction_state/, /__cluster_metadata/],
      pace: TORMENT_PACE,
    }
    await torment(world, victims, TORMENT_MS, TORMENTS)
  }

  #progress(name: string): number {
    return this.#committed.get(Number(name.slice(name.lastIndexOf('-') + 1))) ?? -1
  }

  /** The committed values, by partition; a part of the history too, as the reads of somebody who left nothing out. */
  async #readTopic(topic: Topic): Promise<Map<string, CommittedRecord[]>> {
    const all = new Map<string, CommittedRecord[]>()
    const client = this.#judge.client()
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
    for (const { name, starts } of this.#clients.nodes) this.#recorder.crash(`${name}/${starts}`)
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
    const { node } = this.#broker
    await this.world.settle(this.#broker.stop(), 'the broker to stop', QUIET_LIMIT_MS)
    judgeSegments(node.disk, this.#segments)
    fail(this.#segments.violations)
    node.crash('kill')
    node.start()
  }
}

function same(topic: string, before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): void {
  if (JSON.stringify([...before]) !== JSON.stringify([...after])) fail([`${topic} is another one after a restart`])
}

function fail(findings: readonly string[], anomalies?: ReadonlySet<AnomalyType>): void {
  if (findings.length > 0) throw new Violations(findings, anomalies)
}
