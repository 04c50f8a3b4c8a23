import { ErrorCode } from '../../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import type { PartitionRegistration } from '../../../src/metadata/image/topics-image.ts'
import { ListOffsetsTimestamp } from '../../../src/replication/partition.ts'
import { RACK_AWARE_SELECTOR } from '../../../src/replication/replica-selector.ts'
import { SimClient, sleep, untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import type { SeededRandom } from '../random.ts'
import { History, type LoggedRecord } from '../scenarios/history.ts'
import { tracingLogger } from '../scenarios/tracing-logger.ts'
import type { Sabotage } from '../seams.ts'
import { withoutUnhandled } from '../unhandled.ts'
import { type SimNode, World } from '../world.ts'
import { addressOf, type ClientOptions, consumeFrom, produceTo, rackOf, recordsOf } from './clients.ts'
import { linkToController } from './controller-link.ts'
import { type ControllerFlaws, ModelController } from './model-controller.ts'
import { type BlowName, type ClusterVictims, type PartitionView, tormentCluster } from './nemesis.ts'

const TOPIC = 'orders'
const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
const BROKER_IDS = [1, 2, 3, 4] as const
const REPLICAS = 3
const PARTITIONS = 2
const TORMENT_MS = 4000
const NEMESES = 3
const SESSION_MS = 500
const QUIET_LIMIT_MS = 20_000
const LARGE_SEGMENT_BYTES = 1024 * 1024
const SEGMENT_BYTES = [1500, LARGE_SEGMENT_BYTES]

export interface ScenarioOptions {
  /** By which failures call this world. */
  name?: string
  crashMode?: CrashMode
  /** Whether unclean elections are allowed, and acknowledged records may be lost; default: by the seed, now and then. */
  isUnclean?: boolean
  sabotage?: Sabotage
  flaws?: ControllerFlaws
  topicConfig?: Readonly<Record<string, string>>
  brokerConfig?: Readonly<Record<string, string>>
  /** Blows beside those that every world knows; each time that one is named makes it likelier. */
  moreBlows?: readonly BlowName[]
  /** How many times slower all disks are, which then never write while the caller waits. */
  diskSlowness?: number
  /** How many producers each partition has; 1 when absent. */
  producers?: number
  /** Producers compress, and send so much that a leader validates it aside. */
  largeBatches?: boolean
  /** One broker at a time may lose what was not flushed although another one is out of sync (KIP-966). */
  crashesEarly?: boolean
}

export interface ScenarioResult {
  hash: string
  effects: number
  acknowledged: number
  brokerStarts: number
  elections: number
}

/**
 * Four brokers and a controller, a topic with three replicas of each partition and min.insync.replicas=2, an idempotent
 * producer with acks=all and two consumers for each partition; tormented for a while and then left in peace. Throws, with
 * the seed and the story, when
 * - an acknowledged record is not where it was acknowledged, or is there twice, or out of order;
 * - anybody has read at an offset what nobody finds there later, or what others did not find there;
 * - peace does not bring every replica in sync, every producer to its end, or every log to the same bytes.
 *
 * Where unclean elections are allowed, records may be lost: then only the last of these is judged. With `power` a machine
 * loses what was not flushed, at a time when every replica is in sync; the controller knows of eligible leaders (KIP-966)
 * then, without which Kafka promises nothing about it.
 */
export async function runReplication(seed: number | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = new Scenario(seed, options)
  await withoutUnhandled(scenario.world, () => scenario.run()).catch((error) => {
    throw scenario.failure(error)
  })
  if (scenario.history.violations.length > 0) throw scenario.failure(null)
  return scenario.result()
}

const DEBUGGING_REPLICA_ID = -2

class Scenario {
  readonly world: World
  readonly history = new History()
  readonly #options: ScenarioOptions
  readonly #crashMode: CrashMode
  readonly #isUnclean: boolean
  readonly #hasElr: boolean
  readonly #controller: ModelController
  readonly #home: SimNode
  readonly #judge: SimNode
  readonly #brokers = new Map<number, SimNode>()
  readonly #running = new Map<SimNode, Broker>()
  readonly #clients: SimNode[] = []
  #peace = false
  #over = false
  #producing = 0
  /** A broker has lost what was not flushed, and not everybody is in sync again. */
  #hasSpared = false

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    const random = world.random.stream('replication')
    this.world = world
    this.#options = options
    this.#crashMode = options.crashMode ?? random.pick(['kill', 'kill', 'power'])
    this.#isUnclean = options.isUnclean ?? random.chance(0.15)
    this.#hasElr = this.#crashMode === 'power' || random.chance(0.3)
    this.#home = world.spawn('controller', () => {})
    this.#judge = world.spawn('judge', () => {})
    this.#controller = new ModelController({
      world,
      hasElr: this.#hasElr,
      sessionMs: SESSION_MS,
      flaws: options.flaws ?? {},
    })
    for (const id of BROKER_IDS) {
      const node: SimNode = world.spawn(`broker-${id}`, (environment) => this.#startBroker(id, node, environment))
      this.#brokers.set(id, node)
      if (options.diskSlowness !== undefined) {
        node.disk.slowness = options.diskSlowness
        node.disk.inlineWrites = 0
      }
    }
  }

  async run(): Promise<void> {
    const { world } = this
    await world.runUntil(() => this.#running.size === BROKER_IDS.length, 'the brokers to start', QUIET_LIMIT_MS)
    const active = () => [...this.#controller.image.cluster.brokers.values()].filter(({ fenced }) => !fenced).length
    await world.runUntil(() => active() === BROKER_IDS.length, 'the brokers to be unfenced', QUIET_LIMIT_MS)
    this.#createTopic()
    this.#spawnClients()
    await this.#torment()
    this.#peace = true
    await world.runUntil(() => this.#producing === 0, 'the producers to finish', QUIET_LIMIT_MS)
    await world.runUntil(() => this.#allInSync(), 'all replicas to be in sync', QUIET_LIMIT_MS)
    await this.#judgeLogs()
    this.#over = true
    await this.#judgeReplicas()
  }

  failure(cause: unknown): Error {
    const { seed, trace } = this.world
    const { name } = this.#options
    const kind = `${name === undefined ? '' : `${name}, `}${this.#crashMode}${this.#isUnclean ? ', unclean elections' : ''}`
    const violations = this.history.violations.slice(0, 8).map((text) => `\n  ${text}`)
    return new Error(
      `seed ${seed} (${kind}), trace ${trace.hash}:${violations.join('')}\n${(cause as Error | null)?.message ?? ''}`,
      {
        cause,
      },
    )
  }

  result(): ScenarioResult {
    const starts = [...this.#brokers.values()].reduce((sum, { starts }) => sum + starts, 0)
    const epochs = this.#partitions().map(({ leaderEpoch }) => leaderEpoch)
    return {
      hash: this.world.trace.hash,
      effects: this.world.trace.count,
      acknowledged: this.history.acknowledgedCount,
      brokerStarts: starts,
      elections: epochs.reduce((sum, epoch) => sum + epoch, 0),
    }
  }

  async #startBroker(id: number, node: SimNode, environment: Environment): Promise<void> {
    this.#running.delete(node)
    const logger = tracingLogger(this.world)
    const { flaws = {}, brokerConfig = {}, sabotage } = this.#options
    const config = new BrokerConfig({
      'node.id': String(id),
      listeners: `PLAINTEXT://broker-${id}:9092`,
      'advertised.listeners': `PLAINTEXT://broker-${id}:9092`,
      'log.dirs': '/data',
      'broker.rack': rackOf(id),
      'replica.selector.class': RACK_AWARE_SELECTOR,
      'replica.lag.time.max.ms': '500',
      'replica.fetch.wait.max.ms': '100',
      'replica.fetch.backoff.ms': '50',
      'replica.socket.timeout.ms': '1000',
      'replica.high.watermark.checkpoint.interval.ms': '300',
      'socket.connection.setup.timeout.ms': '500',
      'samsa.log.tail.cache.bytes': '20000',
      ...brokerConfig,
    })
    const broker = createBroker({
      config,
      environment: sabotage?.(environment) ?? environment,
      logger,
      onFatal: () => this.#exit(node),
      startController: (options) =>
        linkToController({
          brokerId: id,
          node,
          home: this.#home,
          controller: this.#controller,
          environment: options.environment,
          logger: options.logger,
          flaws,
        }),
    })
    await broker.start()
    this.#running.set(node, broker)
  }

  /** The process ends, and whoever looks after it starts it again. */
  #exit(node: SimNode): void {
    this.world.plan(0, () => {
      if (node.isUp) node.crash('kill')
      node.disk.clearFaults()
      this.world.plan(100, () => node.isUp || node.start())
    })
  }

  #createTopic(): void {
    const random = this.world.random.stream('topic')
    const assignments = Array.from({ length: PARTITIONS }, (_, at) =>
      Array.from({ length: REPLICAS }, (_, slot) => BROKER_IDS[(at + slot) % BROKER_IDS.length] ?? 1),
    )
    this.#controller.createTopic(TOPIC, TOPIC_ID, assignments, {
      'min.insync.replicas': '2',
      'internal.segment.bytes': String(this.#options.largeBatches ? LARGE_SEGMENT_BYTES : random.pick(SEGMENT_BYTES)),
      'unclean.leader.election.enable': String(this.#isUnclean),
      ...this.#options.topicConfig,
    })
  }

  #partitions(): readonly PartitionRegistration[] {
    return this.#controller.image.topics.get(TOPIC)?.partitions ?? []
  }

  #allInSync(): boolean {
    const areUp = [...this.#brokers.values()].every((node) => node.isUp && this.#running.has(node))
    const areSettled = this.#partitions().every(
      ({ isr, replicas, addingReplicas }) =>
        isr.length === replicas.length && replicas.length === REPLICAS && addingReplicas.length === 0,
    )
    return areUp && areSettled
  }

  #canSpare(node: SimNode): boolean {
    if (this.#allInSync()) this.#hasSpared = false
    if (this.#hasSpared) return false
    const [id] = [...this.#brokers].find(([, broker]) => broker === node) ?? []
    const canDoWithout = ({ isr }: PartitionRegistration) => !isr.includes(id ?? -1) || isr.length > 1
    this.#hasSpared = this.#partitions().every(canDoWithout)
    return this.#hasSpared
  }

  #spawnClients(): void {
    const { largeBatches: isLarge = false } = this.#options
    const shared = { topic: TOPIC, history: this.history, brokerIds: BROKER_IDS, mayLose: this.#isUnclean, isLarge }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const leader = () => {
        const id = this.#partitions()[partition]?.leader ?? -1
        return id === -1 ? null : id
      }
      const at = { ...shared, partition, leader }
      for (let number = 1; number <= (this.#options.producers ?? 1); number++) {
        const name = number === 1 ? `producer-${partition}` : `producer-${partition}-${number}`
        this.#spawnProducer({ ...at, name, goesOn: () => !this.#peace })
      }
      for (const number of [1, 2]) {
        const options = { ...at, name: `consumer-${partition}-${number}`, goesOn: () => !this.#over }
        this.#clients.push(this.world.spawn(options.name, (environment) => consumeFrom(environment, options)))
      }
    }
  }

  #spawnProducer(options: ClientOptions): void {
    this.#producing++
    const node = this.world.spawn(options.name, async (environment) => {
      await produceTo(environment, options)
      this.#producing--
    })
    this.#clients.push(node)
  }

  /** Several things happen at a time. */
  async #torment(): Promise<void> {
    const { world } = this
    const brokers = [...this.#brokers.values()]
    let striking = NEMESES
    for (let number = 1; number <= NEMESES; number++) {
      world.spawn(`nemesis-${number}`, async (environment) => {
        const victims = this.#victims(brokers, environment, world.random.stream(`nemesis ${number}`))
        await tormentCluster(victims, TORMENT_MS, this.#options.moreBlows)
        striking--
      })
    }
    await world.runUntil(() => striking === 0, 'the nemeses to have enough', QUIET_LIMIT_MS)
    for (const node of brokers) {
      for (const other of [...brokers, this.#home]) world.net.heal(node, other)
      if (!node.isUp) node.start()
    }
  }

  #victims(brokers: readonly SimNode[], environment: Environment, random: SeededRandom): ClusterVictims {
    return {
      world: this.world,
      random,
      pause: (ms) => sleep(environment, ms),
      brokers,
      clients: this.#clients,
      controllerHome: this.#home,
      crashMode: this.#crashMode,
      hasElr: this.#hasElr,
      allInSync: () => this.#allInSync(),
      canSpare: (node) => this.#options.crashesEarly === true && this.#canSpare(node),
      anyPartition: () => {
        const partition = random.integer(PARTITIONS)
        return () => this.#viewOf(partition)
      },
      leaderNode: () => this.#brokers.get(random.pick(this.#partitions()).leader) ?? null,
      stop: (node) => this.#running.get(node)?.stop() ?? Promise.resolve(),
      move: () => this.#move(random.integer(PARTITIONS), random.integer(BROKER_IDS.length)),
      electPreferred: () => this.#controller.electPreferred(),
    }
  }

  #viewOf(partition: number): PartitionView {
    const { leader = -1, replicas = [], isr = [] } = this.#partitions()[partition] ?? {}
    const nodes = (ids: readonly number[]) => ids.flatMap((id) => this.#brokers.get(id) ?? [])
    return { leader: this.#brokers.get(leader) ?? null, replicas: nodes(replicas), inSync: nodes(isr) }
  }

  /**
   * To all brokers but one. A move under way that brings this one is taken back: by another move the replica would both
   * come and go, and Apache's controller (4.4.0), as samsa's, ends such a move by nothing but a cancellation.
   */
  #move(partition: number, without: number): void {
    const replicas = BROKER_IDS.filter((_, at) => at !== without)
    const shift = this.world.random.stream('moves').integer(REPLICAS)
    const isComing = this.#partitions()[partition]?.addingReplicas.includes(BROKER_IDS[without] ?? -1) === true
    const target = isComing ? null : [...replicas.slice(shift), ...replicas.slice(0, shift)]
    this.#controller.reassign(TOPIC, partition, target)
  }

  async #judgeLogs(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const name = `${TOPIC}-${partition}`
      const records = await this.world.settle(this.#readAll(partition), `all of ${name}`, QUIET_LIMIT_MS)
      if (!this.#isUnclean) this.history.judgeLog(name, records)
    }
  }

  /** Up to the end of the leader's log: the watermark of a new leader comes after it, once followers have fetched. */
  async #readAll(partition: number): Promise<LoggedRecord[]> {
    const { environment } = this.#judge.process
    const all: LoggedRecord[] = []
    for (;;) {
      const end = await untilAnswered(environment, async () => {
        const client = new SimClient(environment, 'judge', addressOf(this.#partitions()[partition]?.leader ?? 1))
        const topics = [
          { topic: TOPIC, partitions: [{ partition, fetchOffset: BigInt(all.length), partitionMaxBytes: 50_000 }] },
        ]
        const body = { maxWaitMs: 10, minBytes: 0, isolationLevel: 0, sessionEpoch: -1, topics }
        const answer = await client.request(FetchRequest, FetchResponse, 12, body)
        const logEnd = await logEndOf(client, partition)
        client.close()
        const result = answer.responses[0]?.partitions[0]
        if (result?.errorCode !== ErrorCode.NONE) return undefined
        all.push(...recordsOf(result.records, all.length))
        return logEnd
      })
      if (all.length >= end) return all
      await sleep(environment, 10)
    }
  }

  /** Every replica has the same bytes. */
  async #judgeReplicas(): Promise<void> {
    const { world } = this
    for (const [partition, { replicas }] of this.#partitions().entries()) {
      const name = `${TOPIC}-${partition}`
      const contents = () => replicas.map((id) => this.#bytesOf(id, name))
      const same = () => contents().every((bytes) => bytes.equals(contents()[0] ?? bytes))
      await world.runUntil(same, `the replicas of ${name} to have the same bytes`, 10_000)
    }
  }

  #bytesOf(brokerId: number, name: string): Buffer {
    const disk = this.#brokers.get(brokerId)!.disk
    const segments = disk.listFiles().filter((path) => path.startsWith(`/data/${name}/`) && path.endsWith('.log'))
    return Buffer.concat(segments.sort().map((path) => disk.fileAt(path, 'read').content()))
  }
}

/** As a debugger asks for it, without regard to what is committed; undefined where the broker does not say. */
async function logEndOf(client: SimClient, partitionIndex: number): Promise<number | undefined> {
  const partitions = [{ partitionIndex, timestamp: BigInt(ListOffsetsTimestamp.LATEST) }]
  const body = { replicaId: DEBUGGING_REPLICA_ID, topics: [{ name: TOPIC, partitions }] }
  const answer = await client.request(ListOffsetsRequest, ListOffsetsResponse, 7, body)
  const result = answer.topics[0]?.partitions[0]
  return result?.errorCode === ErrorCode.NONE ? Number(result.offset) : undefined
}
