/** Four brokers and a model of a controller in one world: made, tormented, healed, and compared in the end. */
import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import type { PartitionRegistration } from '../../../src/metadata/image/topics-image.ts'
import { RACK_AWARE_SELECTOR } from '../../../src/replication/replica-selector.ts'
import { type Address, sleep } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import type { SeededRandom } from '../random.ts'
import { tracingLogger } from '../scenarios/tracing-logger.ts'
import type { Sabotage } from '../seams.ts'
import type { SimNode, World } from '../world.ts'
import { addressOf, rackOf } from './clients.ts'
import { linkToController } from './controller-link.ts'
import { type ControllerFlaws, ModelController } from './model-controller.ts'
import { type BlowName, type ClusterVictims, type PartitionView, tormentCluster } from './nemesis.ts'

export const BROKER_IDS = [1, 2, 3, 4] as const
export const REPLICAS = 3
const TORMENT_MS = 4000
const NEMESES = 3
const SESSION_MS = 500
export const QUIET_LIMIT_MS = 20_000

export interface ClusterOptions {
  readonly crashMode: CrashMode
  /** Whether the controller trusts no broker that has died (KIP-966). */
  readonly hasElr: boolean
  readonly sabotage?: Sabotage
  readonly flaws?: ControllerFlaws
  readonly brokerConfig?: Readonly<Record<string, string>>
  readonly moreBlows?: readonly BlowName[]
  /** How many times slower all disks are, which then never write while the caller waits. */
  readonly diskSlowness?: number
  /** One broker at a time may lose what was not flushed although another one is out of sync (KIP-966). */
  readonly crashesEarly?: boolean
}

interface NamedPartition {
  readonly topic: string
  readonly partition: number
}

export class SimCluster {
  readonly world: World
  /** A machine that nothing happens to. */
  readonly judge: SimNode
  readonly #options: ClusterOptions
  readonly #controller: ModelController
  readonly #home: SimNode
  readonly #brokers = new Map<number, SimNode>()
  readonly #running = new Map<SimNode, Broker>()
  /** A broker has lost what was not flushed, and not everybody is in sync again. */
  #hasSpared = false

  constructor(world: World, options: ClusterOptions) {
    this.world = world
    this.#options = options
    this.#home = world.spawn('controller', () => {})
    this.judge = world.spawn('judge', () => {})
    const { hasElr, flaws = {}, diskSlowness } = options
    this.#controller = new ModelController({ world, hasElr, sessionMs: SESSION_MS, flaws })
    for (const id of BROKER_IDS) {
      const node: SimNode = world.spawn(`broker-${id}`, (environment) => this.#startBroker(id, node, environment))
      this.#brokers.set(id, node)
      if (diskSlowness === undefined) continue
      node.disk.slowness = diskSlowness
      node.disk.inlineWrites = 0
    }
  }

  async start(): Promise<void> {
    const { world } = this
    await world.runUntil(() => this.#running.size === BROKER_IDS.length, 'the brokers to start', QUIET_LIMIT_MS)
    const active = () => [...this.#controller.image.cluster.brokers.values()].filter(({ fenced }) => !fenced).length
    await world.runUntil(() => active() === BROKER_IDS.length, 'the brokers to be unfenced', QUIET_LIMIT_MS)
  }

  async #startBroker(id: number, node: SimNode, environment: Environment): Promise<void> {
    this.#running.delete(node)
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
      logger: tracingLogger(this.world),
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

  /** Each partition has replicas on the three brokers from one on, the next partition from the next broker on. */
  createTopic(
    name: string,
    id: string,
    { partitions, firstAt = 0 }: { partitions: number; firstAt?: number },
    configs: Readonly<Record<string, string>>,
  ): void {
    const assignments = Array.from({ length: partitions }, (_, at) =>
      Array.from({ length: REPLICAS }, (_, slot) => BROKER_IDS[(firstAt + at + slot) % BROKER_IDS.length] ?? 1),
    )
    this.#controller.createTopic(name, id, assignments, { 'min.insync.replicas': '2', ...configs })
  }

  /** Empty where there is no such topic. */
  partitionsOf(topic: string): readonly PartitionRegistration[] {
    return this.#controller.image.topics.get(topic)?.partitions ?? []
  }

  /** The broker that leads as the controller has it; null: nobody does. */
  leaderOf(topic: string, partition: number): number | null {
    const leader = this.partitionsOf(topic)[partition]?.leader ?? -1
    return leader === -1 ? null : leader
  }

  addressOfLeader(topic: string, partition: number): Address | null {
    const leader = this.leaderOf(topic, partition)
    return leader === null ? null : addressOf(leader)
  }

  get #allPartitions(): NamedPartition[] {
    return [...this.#controller.image.topics].flatMap(({ name, partitions }) =>
      partitions.map((_, partition) => ({ topic: name, partition })),
    )
  }

  get #registrations(): PartitionRegistration[] {
    return [...this.#controller.image.topics].flatMap(({ partitions }) => [...partitions])
  }

  get brokerStarts(): number {
    return [...this.#brokers.values()].reduce((sum, { starts }) => sum + starts, 0)
  }

  get elections(): number {
    return this.#registrations.reduce((sum, { leaderEpoch }) => sum + leaderEpoch, 0)
  }

  allInSync(): boolean {
    const areUp = [...this.#brokers.values()].every((node) => node.isUp && this.#running.has(node))
    const areSettled = this.#registrations.every(
      ({ isr, replicas, addingReplicas }) =>
        isr.length === replicas.length && replicas.length === REPLICAS && addingReplicas.length === 0,
    )
    return areUp && areSettled
  }

  #canSpare(node: SimNode): boolean {
    if (this.allInSync()) this.#hasSpared = false
    if (this.#hasSpared) return false
    const [id] = [...this.#brokers].find(([, broker]) => broker === node) ?? []
    const canDoWithout = ({ isr }: PartitionRegistration) => !isr.includes(id ?? -1) || isr.length > 1
    this.#hasSpared = this.#registrations.every(canDoWithout)
    return this.#hasSpared
  }

  /** Several things happen at a time; when they are over, everybody is up and hears everybody. */
  async torment(clients: readonly SimNode[]): Promise<void> {
    const { world } = this
    const brokers = [...this.#brokers.values()]
    let striking = NEMESES
    for (let number = 1; number <= NEMESES; number++) {
      world.spawn(`nemesis-${number}`, async (environment) => {
        const victims = this.#victims(clients, environment, world.random.stream(`nemesis ${number}`))
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

  #victims(clients: readonly SimNode[], environment: Environment, random: SeededRandom): ClusterVictims {
    const { crashMode, hasElr, crashesEarly } = this.#options
    return {
      world: this.world,
      random,
      pause: (ms) => sleep(environment, ms),
      brokers: [...this.#brokers.values()],
      clients,
      controllerHome: this.#home,
      crashMode,
      hasElr,
      allInSync: () => this.allInSync(),
      canSpare: (node) => crashesEarly === true && this.#canSpare(node),
      anyPartition: () => {
        const { topic, partition } = random.pick(this.#allPartitions)
        return () => this.#viewOf(topic, partition)
      },
      leaderNode: () => this.#brokers.get(random.pick(this.#registrations).leader) ?? null,
      stop: (node) => this.#running.get(node)?.stop() ?? Promise.resolve(),
      move: () => this.#move(random.pick(this.#allPartitions), random.integer(BROKER_IDS.length)),
      electPreferred: () => this.#controller.electPreferred(),
    }
  }

  #viewOf(topic: string, partition: number): PartitionView {
    const { leader = -1, replicas = [], isr = [] } = this.partitionsOf(topic)[partition] ?? {}
    const nodes = (ids: readonly number[]) => ids.flatMap((id) => this.#brokers.get(id) ?? [])
    return { leader: this.#brokers.get(leader) ?? null, replicas: nodes(replicas), inSync: nodes(isr) }
  }

  /**
   * To all brokers but one. A move under way that brings this one is taken back: by another move the replica would both
   * come and go, and Apache's controller (4.4.0), as samsa's, ends such a move by nothing but a cancellation.
   */
  #move({ topic, partition }: NamedPartition, without: number): void {
    const replicas = BROKER_IDS.filter((_, at) => at !== without)
    const shift = this.world.random.stream('moves').integer(REPLICAS)
    const isComing = this.partitionsOf(topic)[partition]?.addingReplicas.includes(BROKER_IDS[without] ?? -1) === true
    const target = isComing ? null : [...replicas.slice(shift), ...replicas.slice(0, shift)]
    this.#controller.reassign(topic, partition, target)
  }

  /** Waits until every replica of the topic has the same bytes. */
  async judgeReplicas(topic: string): Promise<void> {
    const { world } = this
    for (const [partition, { replicas }] of this.partitionsOf(topic).entries()) {
      const name = `${topic}-${partition}`
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
