/** Everything that transactions are for, as clients that write down what they are told, and the judgement of it. */
import type { Environment } from '../../../src/env/index.ts'
import { ALLOWED_BY_KAFKA, type AnomalyType } from '../../histories/anomalies.ts'
import { findAnomalies } from '../../histories/check.ts'
import type { CommittedRecord } from '../../histories/committed-records.ts'
import { judgeExactlyOnce } from '../../histories/exactly-once.ts'
import { worksOf } from '../../histories/history.ts'
import { Recorder } from '../../histories/recorder.ts'
import type { SimClient, Where } from '../client.ts'
import { Clients } from '../scenarios/clients.ts'
import type { World } from '../world.ts'
import { deal } from './dealer.ts'
import { read, readAll } from './reader.ts'
import { relay, sourceOf } from './relay.ts'
import type { Protocol } from './transactional-producer.ts'

/** The topics to relay from, to relay to, and to deal values out to at random. */
export const TOPICS = ['orders', 'invoices', 'cards'] as const
export type Topic = (typeof TOPICS)[number]
const GROUP = 'clerks'
const TRANSACTION_TIMEOUTS_MS = [800, 3000]
/** With the shorter ones a relay is often taken for dead while it is only slow. */
const SESSION_TIMEOUTS_MS = [400, 1500]

/** Settings of brokers with which these clients come to something in little time. */
export const BROKER_PROPERTIES = {
  'offsets.topic.num.partitions': '1',
  'group.min.session.timeout.ms': '100',
  'group.initial.rebalance.delay.ms': '0',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '300',
} as const

export interface WorkOptions {
  readonly where: Where
  readonly partitions: number
  readonly protocol: Protocol
  /** A client that nothing happens to. */
  readonly judge: () => SimClient
  /** How long peace may take to bring everything to its end. */
  readonly quietLimitMs: number
  /** One of them is the relays'. A transaction must fit into each: a relay sends no heartbeat in its midst. */
  readonly sessionTimeoutsMs?: readonly number[]
}

/** The committed values of a topic, by partition. */
export type Committed = ReadonlyMap<string, readonly CommittedRecord[]>

export interface WorkResult {
  readonly committed: number
  readonly aborted: number
  readonly unknown: number
  readonly relayed: number
  /** The anomalies in the history that Kafka allows. */
  readonly allowed: readonly AnomalyType[]
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

export function failOn(findings: readonly string[], anomalies?: ReadonlySet<AnomalyType>): void {
  if (findings.length > 0) throw new Violations(findings, anomalies)
}

/**
 * A producer of orders, two relays that consume, transform and produce, two producers that deal records out at random and
 * may have the same transactional id, and a reader.
 */
export class TransactionalWork {
  readonly clients: Clients
  readonly #world: World
  readonly #options: WorkOptions
  readonly #recorder: Recorder
  /** How far the relays have committed, by partition. */
  readonly #progress = new Map<number, number>()
  #anomalies: ReadonlySet<AnomalyType> = new Set()
  #relayed = 0
  #peace = false
  #over = false

  constructor(world: World, options: WorkOptions) {
    this.#world = world
    this.#options = options
    this.clients = new Clients(world)
    let lastMs = 0
    // Two things at one time of the virtual clock still come one after the other.
    this.#recorder = new Recorder(() => (lastMs = Math.max(world.timeMs, lastMs + 1e-6)))
  }

  spawn(): void {
    const { where: address, partitions, protocol, sessionTimeoutsMs = SESSION_TIMEOUTS_MS } = this.#options
    const random = this.#world.random.stream('clients')
    const shared = { address, recorder: this.#recorder, partitions, protocol }
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
      const dealing = { ...untilPeace, transactionalId, transactionTimeoutMs, topic: 'cards', polls: true, pauseMs: 80 }
      this.#spawn(dealer, true, (environment, name) => deal(environment, { ...dealing, name }))
    }
    const committed = (partition: number, offset: number) => this.#progress.set(partition, offset)
    const sessionTimeoutMs = this.#world.random.stream('sessions').pick(sessionTimeoutsMs)
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
    if (ends) this.clients.spawnWorker(name, recorded)
    else this.clients.spawn(name, recorded)
  }

  /**
   * Nothing torments the clients any more: they come to their ends. Throws when they do not, when the history is not one of
   * Kafka, or when an order was not relayed exactly once. What is committed then, by topic.
   */
  async finish(): Promise<ReadonlyMap<Topic, Committed>> {
    const { quietLimitMs } = this.#options
    this.#peace = true
    await this.#world.runUntil(() => this.clients.areDone, 'the producers to finish', quietLimitMs)
    const orders = await this.readTopic('orders')
    const caughtUp = () =>
      [...orders].every(([name, records]) => this.#progressIn(name) >= (records.at(-1)?.offset ?? -2) + 1)
    await this.#world.runUntil(caughtUp, 'the relays to catch up', quietLimitMs)
    this.#over = true
    const invoices = await this.readTopic('invoices')
    const cards = await this.readTopic('cards')
    this.#judge(orders, invoices)
    this.#relayed = [...invoices.values()].reduce((sum, records) => sum + records.length, 0)
    return new Map([
      ['orders', orders],
      ['invoices', invoices],
      ['cards', cards],
    ])
  }

  result(): WorkResult {
    const transactions = worksOf(this.#recorder.operations).filter(({ type }) => type === 'transaction')
    const count = (wanted: string) => transactions.filter(({ outcome }) => outcome === wanted).length
    return {
      committed: count('ok'),
      aborted: count('fail'),
      unknown: count('info'),
      relayed: this.#relayed,
      allowed: [...this.#anomalies],
    }
  }

  #progressIn(name: string): number {
    return this.#progress.get(Number(name.slice(name.lastIndexOf('-') + 1))) ?? -1
  }

  /** The committed values, by partition; a part of the history too, as the reads of somebody who left nothing out. */
  async readTopic(topic: Topic): Promise<Committed> {
    const { partitions, judge, quietLimitMs } = this.#options
    const all = new Map<string, CommittedRecord[]>()
    const client = judge()
    for (let partition = 0; partition < partitions; partition++) {
      const name = `${topic}-${partition}`
      const records = await this.#world.settle(readAll(client, topic, partition), `all of ${name}`, quietLimitMs)
      const work = this.#recorder.begin('judge', 'poll')
      work.poll(new Map([[name, records]]), new Map([[name, Number.POSITIVE_INFINITY]]))
      work.end('ok')
      this.#recorder.turn('judge', 'subscribe', [])
      all.set(name, records)
    }
    client.close()
    return all
  }

  #judge(orders: Committed, invoices: Committed): void {
    for (const { name, starts } of this.clients.nodes) this.#recorder.crash(`${name}/${starts}`)
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
    failOn([...findings, ...judgeExactlyOnce(inputs, outputs)], this.#anomalies)
  }
}
