/**
 * A cluster of three brokers that fail one after another, and sometimes together, while idempotent producers write with
 * acks=all and min.insync.replicas=2, and consumers and groups read. In the end everything that was acknowledged must be
 * where it was said to be, once and in order; whoever read an offset must have read the same; groups have read everything;
 * and the replicas have the same bytes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Load, type Work } from '../../../compat-tests/cluster/load.ts'
import { type Cluster, type ClusterOptions, startCluster } from '../../../compat-tests/cluster/nodes.ts'
import { partitionsThatDiffer } from '../../../compat-tests/cluster/segments.ts'
import { Witness } from '../../../compat-tests/cluster/witness.ts'
import { eventually } from '../../../compat-tests/support/wait.ts'
import { SimClient } from '../../../proof/sim/client.ts'
import { type ClientOptions, consumeFrom, produceTo } from '../../../proof/sim/replication/clients.ts'
import { readAll } from '../../../proof/sim/transactions/reader.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import type { ApacheKafka } from '../../toolchain/apache-kafka.ts'
import { type Fault, isKill, SESSION_MS, strike, victimOf } from './faults.ts'
import { LeaderWatch } from './leader-watch.ts'
import { createReplicatedTopic } from './topic.ts'

const TOPIC = 'orders'
const PARTITIONS = 6
const REPLICAS = 3
const PATIENCE_MS = 180_000
const GROUPS = ['classic', 'consumer'] as const

const PROPERTIES = {
  'broker.session.timeout.ms': String(SESSION_MS),
  'broker.heartbeat.interval.ms': '500',
  'replica.lag.time.max.ms': '2000',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': String(REPLICAS),
  'transaction.state.log.replication.factor': String(REPLICAS),
  'transaction.state.log.min.isr': '2',
  'leader.imbalance.check.interval.seconds': '5',
  // A controller that was killed and a busy machine take their time; a broker that gives up ends.
  'initial.broker.registration.timeout.ms': '180000',
}

export interface Torment {
  readonly cluster: ClusterOptions
  readonly faults: readonly Fault[]
  readonly untilMs: number
  readonly kafka: ApacheKafka
  readonly say: (text: string) => void
}

export interface TormentedCluster {
  readonly faults: number
  readonly acknowledged: number
  readonly read: number
  readonly violations: readonly string[]
  /** How long partitions had no leader, in ms, by the kind of fault. */
  readonly gapsMs: ReadonlyMap<string, readonly number[]>
}

export async function tormentCluster(torment: Torment): Promise<TormentedCluster> {
  const cleanUps: (() => unknown)[] = []
  const after = (cleanUp: () => unknown) => cleanUps.unshift(cleanUp)
  try {
    const cluster = await startCluster({ after }, { ...torment.cluster, properties: PROPERTIES })
    return await new World(cluster, torment, after).run()
  } finally {
    for (const cleanUp of cleanUps) await cleanUp()
  }
}

class World {
  readonly #cluster: Cluster
  readonly #torment: Torment
  readonly #after: (cleanUp: () => unknown) => void
  readonly #environment = nodeEnvironment()
  readonly #witness = new Witness(() => false)
  readonly #history = this.#witness.history
  readonly #impaired = new Set<number>()
  readonly #watch: LeaderWatch
  #goesOn = true

  constructor(cluster: Cluster, torment: Torment, after: (cleanUp: () => unknown) => void) {
    this.#cluster = cluster
    this.#torment = torment
    this.#after = after
    const addresses = new Map([...cluster.brokers].map(([id, { host, port }]) => [id, { host, port }]))
    const isAsked = (id: number) => !this.#impaired.has(id)
    this.#watch = new LeaderWatch({ environment: this.#environment, topic: TOPIC, addresses, isAsked })
  }

  async run(): Promise<TormentedCluster> {
    const { say } = this.#torment
    await createReplicatedTopic(this.#environment, this.#cluster, TOPIC, PARTITIONS, REPLICAS)
    const watching = this.#watch.run()
    await this.#isWhole()
    const clients = Promise.all(this.#clients())
    const load = await Load.start(this.#torment.kafka, this.#cluster.bootstrapServers, works(), this.#witness)
    this.#after(() => load.kill())
    const doAllRead = () => GROUPS.every((group) => this.#witness.readCount(group) > 0)
    await eventually('all groups read', doAllRead, PATIENCE_MS)
    const faults = await this.#strikeAll()
    say('peace: the cluster recovers, and everything is read')
    await this.#isWhole()
    this.#goesOn = false
    await clients
    await this.#judge(load)
    this.#watch.stop()
    await watching
    const { acknowledgedCount: acknowledged, violations } = this.#history
    const read = GROUPS.reduce((sum, group) => sum + this.#witness.readCount(group), 0)
    return { faults, acknowledged, read, violations, gapsMs: this.#watch.gapsMs }
  }

  #clients(): Promise<void>[] {
    const brokerIds = [...this.#cluster.brokers.keys()]
    const addressOf = (id: number) => this.#cluster.brokers.get(id)!
    return Array.from({ length: PARTITIONS }, (_, partition) => {
      const options = (name: string): ClientOptions => ({
        name: `${name}-${partition}`,
        topic: TOPIC,
        partition,
        history: this.#history,
        leader: () => this.#watch.leader(partition),
        brokerIds,
        addressOf,
        mayLose: false,
        goesOn: () => this.#goesOn,
      })
      return [produceTo(this.#environment, options('producer')), consumeFrom(this.#environment, options('consumer'))]
    }).flat()
  }

  async #strikeAll(): Promise<number> {
    const { faults, untilMs, say } = this.#torment
    let pending: Promise<void> = Promise.resolve()
    let count = 0
    for (const fault of faults) {
      if (performance.now() > untilMs) break
      if (!fault.isHasty) {
        await pending
        await this.#isWhole()
      }
      await delay(fault.peaceMs)
      // A node has one fault at a time.
      const victim = victimOf(this.#cluster, fault)
      if (this.#impaired.has(victim)) await pending
      say(`${++count}: node ${victim} is ${fault.kind}${fault.isHasty ? ', in haste' : ''}`)
      const striking = this.#strike(fault, victim)
      pending = Promise.all([pending, striking]).then(() => {})
    }
    await pending
    return count
  }

  async #strike(fault: Fault, victim: number): Promise<void> {
    this.#impaired.add(victim)
    this.#watch.lose(victim, fault.kind)
    await strike(this.#cluster, fault)
    if (!isKill(fault)) this.#watch.recover(victim)
    this.#impaired.delete(victim)
  }

  #isWhole(): Promise<unknown> {
    return eventually('all replicas are in sync', () => this.#watch.areAllInSync(REPLICAS), PATIENCE_MS)
  }

  async #judge(load: Load): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const name = `${TOPIC}-${partition}`
      const records = await this.#readAll(partition)
      for (const group of GROUPS) {
        const unread = () => this.#witness.unread(group, name, records).length
        await eventually(`${group} has read ${name}`, () => unread() === 0, PATIENCE_MS).catch((error: Error) =>
          this.#history.violation(`${error.message}: ${unread()} are missing`),
        )
      }
    }
    await load.stop()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      this.#history.judgeLog(`${TOPIC}-${partition}`, await this.#readAll(partition))
    }
    await this.#isWhole()
    const differ = () => partitionsThatDiffer([...this.#cluster.brokers.values()], TOPIC, PARTITIONS)
    await eventually('replicas have the same bytes', () => differ().length === 0, PATIENCE_MS).catch(() =>
      this.#history.violation(`the replicas of partitions ${differ()} have different bytes`),
    )
  }

  async #readAll(partition: number): Promise<Awaited<ReturnType<typeof readAll>>> {
    const leader = this.#cluster.brokers.get(this.#watch.leader(partition)!)!
    const client = new SimClient(this.#environment, 'judge', leader)
    const records = await readAll(client, TOPIC, partition)
    client.close()
    return records
  }
}

/** Two members a group, so that partitions change hands. */
const works = (): Work[] => {
  const of = { topic: TOPIC, partitions: PARTITIONS }
  return [
    { ...of, kind: 'produce', name: 'java' },
    ...GROUPS.flatMap((group) => Array.from({ length: 2 }, () => ({ ...of, kind: group, name: group }))),
  ]
}
