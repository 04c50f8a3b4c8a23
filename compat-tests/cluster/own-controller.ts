import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { lines, type ToolName, type Tools } from '../apache-tools/tools.ts'
import type { BrokerProcess } from '../support/broker.ts'
import { endWithThisProcess } from '../support/children.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { FIRST_APACHE_ID as APACHE, type Cluster, startCluster } from './nodes.ts'
import { areAllInSync } from './replication.ts'
import { haveSameBytes } from './segments.ts'

const PATIENCE_MS = 120_000
/** The topic's replicas, by partition: as they are first moved, and as they come back with other leaders preferred. */
const MOVED = [
  [APACHE, 1],
  [1, 2],
  [2, APACHE],
]
const BACK = [
  [1, 2, APACHE],
  [2, APACHE, 1],
  [APACHE, 1, 2],
]

/**
 * samsa's controller, with two brokers of samsa and one of Apache's under it: every tool of Apache that works on a cluster
 * works on this one, and replicas have the same bytes wherever they were moved to.
 */
export const ownControllerCase = (kafka: ApacheKafka, tools: Tools): Case => ({
  name: "samsa's controller: brokers of both register with it, and Apache's tools move replicas, leaders and brokers",
  timeoutMs: 600_000,
  async run(context) {
    const cluster = await startCluster(context, { samsa: 2, apache: 1, controller: 'samsa' })
    const client = new Kafka({
      brokers: cluster.bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 30 },
    })
    const admin = client.admin()
    await admin.connect()
    context.after(() => admin.disconnect())
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    context.after(() => producer.disconnect())
    const topic = context.unique('moved')
    const judge = new Judge(context, tools, cluster, admin, topic)
    const produce = async (count: number) => {
      const messages = Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: `${index}` }))
      await producer.send({ topic, acks: -1, messages })
    }

    await judge.run('topics', '--create', '--topic', topic, '--partitions', '3', '--replication-factor', '3')
    await produce(300)
    await judge.replicasAreEqual()
    await judge.quorumIsDescribed()
    await judge.reassign(MOVED)
    await judge.replicasAre(2)
    await judge.run('leaderElection', '--election-type', 'preferred', '--topic', topic, '--partition', '0')
    await eventually('the preferred replica leads', async () => (await judge.leaders())[0] === APACHE)
    await judge.reassign(BACK)
    await judge.run('leaderElection', '--election-type', 'preferred', '--all-topic-partitions')
    const preferred = [1, 2, APACHE].join()
    await eventually('preferred replicas lead', async () => (await judge.leaders()).join() === preferred, PATIENCE_MS)
    await produce(300)
    await judge.replicasAreEqual()
    await judge.directoriesAreEqual()
    await noReplicaLags(kafka, cluster.bootstrapServers, topic)
    await judge.brokerLeaves()
    await produce(10)
  },
})

/** Apache's tools on one cluster and one topic of it. */
class Judge {
  readonly #context: CaseContext
  readonly #tools: Tools
  readonly #cluster: Cluster
  readonly #admin: Admin
  readonly #topic: string
  readonly #brokers: readonly BrokerProcess[]

  constructor(context: CaseContext, tools: Tools, cluster: Cluster, admin: Admin, topic: string) {
    this.#brokers = [...cluster.samsa, ...cluster.apache]
    this.#context = { ...context, broker: cluster.samsa[0]! }
    this.#tools = tools
    this.#cluster = cluster
    this.#admin = admin
    this.#topic = topic
  }

  /** Runs a tool against samsa's first broker and answers what it printed. */
  run(tool: ToolName, ...args: string[]): Promise<string> {
    return this.#tools.run(this.#context, tool, args)
  }

  async leaders(): Promise<number[]> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [this.#topic] })
    return topics[0]!.partitions.sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader)
  }

  async replicasAreEqual(): Promise<void> {
    const topic = this.#topic
    await eventually('all replicas are in sync', () => areAllInSync(this.#admin, topic, 3), PATIENCE_MS)
    await eventually(
      'replicas have the same bytes',
      async () => haveSameBytes(this.#brokers, topic, MOVED.length),
      PATIENCE_MS,
    )
  }

  /** The controller leads, and every broker observes it, whoever made it. */
  async quorumIsDescribed(): Promise<void> {
    const quorum = await this.run('metadataQuorum', 'describe', '--status')
    assert.match(quorum, /LeaderId:\s+3000/)
    for (const id of [1, 2, APACHE]) assert.match(quorum, new RegExp(`CurrentObservers:.*"id": ${id},`))
    const replication = await this.#tools.runBare('metadataQuorum', [
      ...['--bootstrap-controller', this.#cluster.bootstrapControllers, 'describe', '--replication'],
    ])
    assert.equal(lines(replication).length, 5, `a heading, a leader and three observers: ${replication}`)
  }

  async reassign(replicas: readonly (readonly number[])[]): Promise<void> {
    const plan = join(this.#brokers[0]!.home, 'plan.json')
    const partitions = replicas.map((each, partition) => ({ topic: this.#topic, partition, replicas: each }))
    await writeFile(plan, JSON.stringify({ version: 1, partitions }))
    await this.run('reassignPartitions', '--execute', '--reassignment-json-file', plan)
    const areMoved = async () => {
      const said = await this.run('reassignPartitions', '--verify', '--reassignment-json-file', plan)
      return lines(said).filter((line) => /is complete/.test(line)).length === replicas.length
    }
    await eventually('the reassignment is complete', areMoved, PATIENCE_MS)
  }

  async replicasAre(count: number): Promise<void> {
    const described = lines(await this.run('topics', '--describe', '--topic', this.#topic)).slice(1)
    for (const line of described) assert.equal(/Replicas: ([\d,]+)/.exec(line)?.[1]?.split(',').length, count, line)
  }

  async directoriesAreEqual(): Promise<void> {
    const said = await this.run('logDirs', '--describe', '--topic-list', this.#topic)
    const described: { brokers: { broker: number; logDirs: { partitions: { size: number }[] }[] }[] } = JSON.parse(
      lines(said).find((line) => line.startsWith('{'))!,
    )
    const sizes = new Map(
      described.brokers.map(({ broker, logDirs }) => [
        broker,
        logDirs.flatMap(({ partitions }) => partitions).reduce((sum, { size }) => sum + size, 0),
      ]),
    )
    assert.deepEqual([...sizes.keys()].sort(byNumber), [1, 2, APACHE])
    assert.equal(new Set(sizes.values()).size, 1, `each broker has as much: ${[...sizes]}`)
    assert.ok(sizes.get(1)! > 0)
  }

  /** Apache's broker stops in good order, hands over, and is taken out of the cluster. */
  async brokerLeaves(): Promise<void> {
    const [leaving] = this.#cluster.apache
    await leaving!.stop()
    await eventually('who stopped leads nothing', async () => !(await this.leaders()).includes(APACHE), PATIENCE_MS)
    const controllers = ['--bootstrap-controller', this.#cluster.bootstrapControllers]
    await this.#tools.runBare('cluster', ['unregister', ...controllers, '--id', String(APACHE)])
    const registered = await this.#tools.runBare('cluster', [
      ...['list-endpoints', '--bootstrap-server', this.#brokers[1]!.bootstrapServers, '--include-fenced-brokers'],
    ])
    assert.match(registered, /^1\s/m)
    assert.doesNotMatch(registered, new RegExp(`^${APACHE}\\s`, 'm'))
  }
}

const byNumber = (a: number, b: number): number => a - b

/** Apache's kafka-replica-verification reports for ever: it is ended with its first word on lags, which is to be 0. */
async function noReplicaLags(kafka: ApacheKafka, bootstrapServers: string, topic: string): Promise<void> {
  const words = ['--broker-list', bootstrapServers, '--topics-include', topic, '--report-interval-ms', '1000']
  const tool = 'org.apache.kafka.tools.ReplicaVerificationTool'
  const child = spawn(kafka.jdk.path, ['-cp', kafka.classPath, tool, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  endWithThisProcess(child)
  let said = ''
  try {
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk
        if (/max lag is \d+/.test(said)) resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('exit', () => reject(new Error(`kafka-replica-verification ended: ${said}`)))
    })
  } finally {
    child.kill('SIGKILL')
  }
  assert.match(said, /max lag is 0 for partition/)
  assert.doesNotMatch(said, /mismatch|doesn't match|not match/i)
}
