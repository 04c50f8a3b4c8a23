import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { SimClient } from '../../proof/sim/client.ts'
import { readAll } from '../../proof/sim/transactions/reader.ts'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { prepareShareGroup } from '../bench/load/share-group.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { Load, type Work } from './load.ts'
import { type Cluster, FIRST_APACHE_ID, startCluster } from './nodes.ts'
import { Runbook } from './runbook.ts'
import { type CommittedValue, Witness } from './witness.ts'

const [ORDERS, PAYMENTS, ARCHIVE] = ['orders', 'payments', 'archive'] as const
const PARTITIONS = { [ORDERS]: 6, [PAYMENTS]: 3, [ARCHIVE]: 3 }
const TOPICS = Object.entries(PARTITIONS)
const ARCHIVED = 600
const ARCHIVED_BYTES = 8_192
const APACHE = [0, 1, 2].map((index) => FIRST_APACHE_ID + index)
const SAMSA = [1, 2, 3]
const PATIENCE_MS = 180_000
/** So many records are acknowledged and read by each group before the next step. */
const PROGRESS = 200

const WORKS: readonly Work[] = [
  { kind: 'produce', name: 'shop', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
  { kind: 'transact', name: 'bank', topic: PAYMENTS, partitions: PARTITIONS[PAYMENTS] },
  { kind: 'classic', name: 'billing', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
  { kind: 'classic', name: 'billing', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
  { kind: 'consumer', name: 'shipping', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
  { kind: 'consumer', name: 'shipping', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
  { kind: 'consumer', name: 'ledger', topic: PAYMENTS, partitions: PARTITIONS[PAYMENTS] },
  { kind: 'share', name: 'packing', topic: ORDERS, partitions: PARTITIONS[ORDERS] },
]
const READERS = new Map(
  WORKS.filter(({ kind }) => kind !== 'produce' && kind !== 'transact').map((w) => [w.name, w.topic]),
)

/** A commit is refused because the group has moved on, or moves on. */
const OF_REBALANCES = /RebalanceInProgressException|CommitFailedException/

const LONGEST_STOP_MS = 120_000
/** A JVM that has done its work after a SIGTERM ends with 143; null is that of a process that had to be killed. */
const GOOD_ENDS: ReadonlySet<number | null> = new Set([0, 143])

/** The keys of docs/migrate.md that say who and where a node is. */
const OF_ONE_NODE = /^(process\.roles|node\.id|controller\..*|listeners|log\.dirs)$/

/**
 * docs/migrate.md, executed: three brokers of Apache with data, groups of all kinds and transactions are replaced by three of
 * samsa, and these by Apache's again, while clients work.
 */
export const migrationCase = (kafka: ApacheKafka): Case => ({
  name: 'a cluster of Apache moves to samsa under load, loses its brokers one by one, and moves back (docs/migrate.md)',
  timeoutMs: 1_800_000,
  async run(context) {
    const runbook = await Runbook.open('migrate.md', kafka)
    context.after(() => runbook.close())
    const ofAllNodes = [...runbook.properties()].filter(([key]) => !OF_ONE_NODE.test(key))
    const cluster = await startCluster(context, {
      samsa: 3,
      apache: 3,
      properties: { ...Object.fromEntries(ofAllNodes), 'min.insync.replicas': '2' },
      isStarted: (id) => APACHE.includes(id),
    })
    const migration = new Migration(context, kafka, runbook, cluster)
    await migration.begin()
    await migration.move(APACHE, SAMSA)
    await migration.move(SAMSA, APACHE)
    await migration.judge()
  },
})

class Migration {
  readonly #context: CaseContext
  readonly #kafka: ApacheKafka
  readonly #runbook: Runbook
  readonly #cluster: Cluster
  readonly #witness = new Witness((partition) => partition.startsWith(PAYMENTS))
  #load: Load | null = null

  constructor(context: CaseContext, kafka: ApacheKafka, runbook: Runbook, cluster: Cluster) {
    this.#context = context
    this.#kafka = kafka
    this.#runbook = runbook
    this.#cluster = cluster
  }

  /** Topics with data, and clients of which each has done something. */
  async begin(): Promise<void> {
    await this.#withKafka(APACHE, async (kafka, admin) => {
      const topics = TOPICS.map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor: 3 }))
      await admin.createTopics({ topics, waitForLeaders: true })
      const producer = kafka.producer()
      await producer.connect()
      for (let sent = 0; sent < ARCHIVED; sent += 100) {
        const messages = Array.from({ length: 100 }, () => ({ value: randomBytes(ARCHIVED_BYTES / 2).toString('hex') }))
        await producer.send({ topic: ARCHIVE, messages })
      }
      await producer.disconnect()
    })
    await prepareShareGroup(this.#cluster.apache[0]!.port, 'packing')
    this.#load = await Load.start(this.#kafka, this.#bootstrapServers(APACHE), WORKS, this.#witness)
    this.#context.after(() => this.#load?.kill())
    await this.#goesOn()
  }

  /** The three sections of the text, with these brokers. */
  async move(from: readonly number[], to: readonly number[]): Promise<void> {
    const variables = { BOOTSTRAP: this.#bootstrapServers(to), TO: to.join(), FROM: from.join() }
    await Promise.all(to.map((id) => this.#cluster.brokers.get(id)!.start({ timeoutMs: PATIENCE_MS })))
    const [listing] = this.#runbook.blocks('1. ')
    await eventually('all brokers have joined', async () => {
      const listed = await this.#runbook.execute(listing!, variables)
      return [...from, ...to].every((id) => new RegExp(`^${id}\\s`, 'm').test(listed))
    })
    const [plan, verify, left] = this.#runbook.blocks('2. ')
    await this.#runbook.execute(plan!, variables)
    const verified = await this.#runbook.execute(verify!, variables)
    assert.match(verified, /is completed/)
    assert.doesNotMatch(verified, /still in progress/)
    assert.equal(await this.#runbook.execute(left!, variables), '', 'nothing is left on the brokers that go')
    await this.#goesOn()
    const [unregister, underReplicated] = this.#runbook.blocks('3. ')
    for (const [index, id] of from.entries()) {
      const code = await this.#cluster.brokers.get(id)!.stop(LONGEST_STOP_MS)
      assert.ok(GOOD_ENDS.has(code), `broker ${id} stops in good order, not with ${code}`)
      await this.#runbook.execute(unregister!, { ...variables, FROM: from.slice(index).join() })
      assert.equal(await this.#runbook.execute(underReplicated!, variables), '')
      await this.#goesOn()
    }
  }

  /** Everything that was acknowledged is there and was read, and nobody noticed more than rebalances. */
  async judge(): Promise<void> {
    const witness = this.#witness
    this.#load!.endWriting()
    const records = await this.#records()
    for (const [group, topic] of READERS) {
      const ofTopic = [...records].filter(([name]) => name.startsWith(topic))
      const unread = () => ofTopic.flatMap(([name, all]) => witness.unread(group, name, all).map(({ value }) => value))
      await eventually(`${group} has read everything`, () => unread().length === 0, PATIENCE_MS).catch(
        (error: Error) => {
          throw new Error(`${error.message}: ${unread().length} are missing, such as ${unread().slice(0, 5)}`)
        },
      )
    }
    await this.#load!.stop()
    for (const [partition, all] of await this.#records()) {
      if (!partition.startsWith(ARCHIVE)) witness.judge(partition, all)
    }
    const archived = [...records].filter(([name]) => name.startsWith(ARCHIVE)).flatMap(([, all]) => all)
    assert.equal(archived.length, ARCHIVED)
    assert.deepEqual(witness.history.violations.slice(0, 10), [])
    const beyondRebalances = witness.notices('late').filter((text) => !OF_REBALANCES.test(text))
    assert.deepEqual({ beyondRebalances, aborted: witness.notices('aborted') }, { beyondRebalances: [], aborted: [] })
  }

  /** Everything committed in each partition, read from Apache's brokers. */
  async #records(): Promise<Map<string, readonly CommittedValue[]>> {
    const all = new Map<string, readonly CommittedValue[]>()
    const { topics } = await this.#withKafka(APACHE, (_, admin) =>
      admin.fetchTopicMetadata({ topics: TOPICS.map(([topic]) => topic) }),
    )
    for (const { name, partitions } of topics) {
      for (const { partitionId, leader } of partitions) {
        const client = new SimClient(nodeEnvironment(), 'judge', this.#cluster.brokers.get(leader)!)
        all.set(`${name}-${partitionId}`, await readAll(client, name, partitionId))
        client.close()
      }
    }
    return all
  }

  /** Waits until all clients have done more. */
  async #goesOn(): Promise<void> {
    const witness = this.#witness
    const acknowledged = witness.history.acknowledgedCount
    const read = new Map([...READERS.keys()].map((group) => [group, witness.readCount(group)]))
    const hasGoneOn = () => {
      assert.deepEqual(witness.history.violations, [])
      return (
        witness.history.acknowledgedCount > acknowledged + PROGRESS &&
        [...read].every(([group, count]) => witness.readCount(group) > count + PROGRESS / 4)
      )
    }
    await eventually('all clients go on', hasGoneOn, PATIENCE_MS).catch((error: Error) => {
      const counts = [...read].map(([group, count]) => `${group} ${witness.readCount(group) - count}`)
      throw new Error(`${error.message}: acknowledged ${witness.history.acknowledgedCount - acknowledged}, ${counts}`)
    })
  }

  #bootstrapServers(ids: readonly number[]): string {
    return ids.map((id) => this.#cluster.brokers.get(id)!.bootstrapServers).join()
  }

  async #withKafka<R>(ids: readonly number[], work: (kafka: Kafka, admin: Admin) => Promise<R>): Promise<R> {
    const brokers = this.#bootstrapServers(ids).split(',')
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } })
    const admin = kafka.admin()
    await admin.connect()
    try {
      return await work(kafka, admin)
    } finally {
      await admin.disconnect()
    }
  }
}
