/**
 * A cluster in one process, as a test has it in its hand: what `startCluster` resolves to. A controller and brokers under
 * it, each with a disk, a network and faults of its own; they speak Kafka's protocol with each other over loopback.
 */

import { ErrorCode, errorName } from '../../protocol/errors.ts'
import { formatTopicsToCreate, parseTopicsToCreate } from '../config/index.ts'
import { brokerContext } from '../controller/admin-requests.ts'
import { createStartTopics } from '../controller/start-topics.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { silentLogger } from '../env/silent-logger.ts'
import { NO_LEADER, type PartitionRegistration } from '../metadata/image/topics-image.ts'
import { WaitedInVain, type WaitOptions } from '../testing/content.ts'
import { ClusterNetwork } from './cluster-network.ts'
import { type ClusterBroker, type ClusterController, ClusterNode } from './cluster-node.ts'
import {
  brokerIds,
  checkBrokerCount,
  directoryName,
  type NodeName,
  replicationProperties,
  roleProperties,
} from './nodes.ts'

export interface StartClusterOptions {
  /** How many; 3 by default. Their node ids are 1, 2, 3 … */
  brokers?: number
  /** A directory, with one for each node below it, kept when the cluster stops. Without it the data is in memory. */
  data?: string
  /** Topics to create where they do not exist yet: `name`, or `name:partitions[:replicas][:key=value]…`. */
  topics?: readonly string[]
  /** Each broker serves a schema registry, and changes go to the one that leads `_schemas`: `schemaRegistryUrls`. */
  registry?: boolean
  /** Kafka's keys for all nodes, over the options above; or a function that says those of a node. */
  config?: NodeConfig | ((node: NodeName) => NodeConfig)
  /** Silent by default. Each line of a node has its name (`node`) if the logger has pino's `child`. */
  logger?: Logger
}

export type NodeConfig = Readonly<Record<string, string | number | boolean>>

export interface RunningCluster extends AsyncDisposable {
  /** `host:port` of all brokers, separated by commas. */
  readonly bootstrapServers: string
  /** Addresses of the schema registries of the brokers that run; none without `registry`. */
  readonly schemaRegistryUrls: readonly string[]
  /** In the order of their ids, whether they run or not. */
  readonly brokers: readonly ClusterBroker[]
  readonly controller: ClusterController
  /** The broker of a node id. */
  broker(id: number): ClusterBroker
  /**
   * Ends a node as SIGKILL does: its connections break, and what it had written is on its disk. The controller notices
   * when `broker.session.timeout.ms` is over (here 600 ms unless `config` says otherwise).
   */
  kill(node: NodeName): Promise<void>
  /** Starts a node again, on its disk and its port; one that runs is stopped in an orderly way before. */
  restart(node: NodeName): Promise<void>
  /**
   * Cuts the sides off from each other until the value is disposed of, or until `heal`: `partition([1], [2, 3])`. Nodes on
   * no side, and clients, reach everybody. The controller is a node too: `partition([1], ['controller', 2, 3])`.
   */
  partition(...sides: readonly (readonly NodeName[])[]): Disposable
  /** Ends all partitions of the network. */
  heal(): void
  /** The broker that leads a partition, as the controller has it; null: nobody does. */
  leader(topic: string, partition: number): number | null
  /** The replicas that are in sync, as the controller has them; ascending. */
  isr(topic: string, partition: number): number[]
  /** Makes an in-sync replica the leader (and the preferred one), and resolves when every running broker knows. */
  moveLeader(topic: string, partition: number, broker: number): Promise<void>
  /** Waits until it holds; an error says what was there instead. */
  until(holds: () => boolean | Promise<boolean>, options?: WaitOptions): Promise<void>
  /** Stops all nodes. Data in memory is gone. A second call waits for the first. */
  stop(): Promise<void>
}

/**
 * A test waits for failures to be noticed, and all nodes stand still together when the process does: sessions and lags are
 * short. Whoever tests time-outs of production sets Kafka's values.
 */
const IMPATIENT: readonly (readonly [string, string])[] = [
  ['broker.session.timeout.ms', '600'],
  ['broker.heartbeat.interval.ms', '100'],
  ['replica.lag.time.max.ms', '1000'],
  ['replica.fetch.wait.max.ms', '250'],
]
const DEFAULT_BROKERS = 3
const DEFAULT_TIMEOUT_MS = 10_000
const LOOK_AGAIN_MS = 5
const MOVE_TIMEOUT_MS = 10_000
/** The versions in which a broker sends these requests. */
const REASSIGN_VERSION = 1
const ELECT_VERSION = 2
const PREFERRED = 0

/**
 * Resolves when all brokers answer and lead. Rejects with one clear sentence, leaving nothing behind.
 *
 * @internal
 */
export async function startClusterInHand(options: StartClusterOptions, machine: Environment): Promise<RunningCluster> {
  const cluster = new ClusterInHand(options, machine)
  try {
    await cluster.start(parseTopicsToCreate(formatTopicsToCreate(options.topics ?? [])))
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

class ClusterInHand implements RunningCluster {
  readonly #machine: Environment
  readonly #network = new ClusterNetwork()
  readonly #options: StartClusterOptions
  readonly #count: number
  readonly #controller: ClusterNode
  /** Made when it is known where the controller is. */
  #brokers: readonly ClusterNode[] = []
  #stopped: Promise<void> | null = null

  constructor(options: StartClusterOptions, machine: Environment) {
    this.#count = checkBrokerCount(options.brokers ?? DEFAULT_BROKERS)
    this.#options = options
    this.#machine = machine
    this.#controller = this.#node('controller', 0)
  }

  #node(node: NodeName, controllerPort: number): ClusterNode {
    const { data, config = {}, logger = silentLogger(), registry = false } = this.#options
    const own = typeof config === 'function' ? config(node) : config
    const listeners: [string, string][] = node === 'controller' ? [] : [['listeners', 'PLAINTEXT://localhost:0']]
    if (registry && node !== 'controller') listeners.push(['samsa.schema.registry.listeners', 'http://localhost:0'])
    const { compute } = this.#machine
    return new ClusterNode({
      node,
      // The threads are shared: the last one who stops is the cluster.
      machine: { ...this.#machine, compute: sharing(compute) },
      network: this.#network,
      directory: data === undefined ? null : `${data}/${directoryName(node)}`,
      properties: () =>
        new Map([
          ...IMPATIENT,
          ...replicationProperties(this.#count),
          ...listeners,
          ...roleProperties(node, controllerPort),
          ...Object.entries(own).map(([key, value]): [string, string] => [key, String(value)]),
        ]),
      logger: logger.child?.({ node }, { level: logger.level ?? 'info' }) ?? logger,
    })
  }

  async start(topics: ReturnType<typeof parseTopicsToCreate>): Promise<void> {
    await this.#controller.start()
    const { port } = this.#controller
    this.#brokers = brokerIds(this.#count).map((id) => this.#node(id, port))
    // All starts have ended before one failure is told: nothing may go on behind the back of the caller.
    const started = await Promise.allSettled(this.#brokers.map((broker) => broker.start()))
    const failed = started.find((each) => each.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    const { requests, metadata } = this.#controller.parts.controller!
    const { logger = silentLogger() } = this.#options
    await createStartTopics(topics, { requests, metadata, clock: this.#machine.clock, logger })
    const end = metadata.image.provenance.lastContainedOffset
    await this.until(() => this.#brokers.every(({ image }) => image.provenance.lastContainedOffset >= end))
  }

  get bootstrapServers(): string {
    return this.#brokers.map(({ bootstrapServers }) => bootstrapServers).join(',')
  }

  get schemaRegistryUrls(): readonly string[] {
    return this.#brokers.filter(({ isRunning }) => isRunning).flatMap(({ schemaRegistryUrls }) => schemaRegistryUrls)
  }

  get brokers(): readonly ClusterBroker[] {
    return this.#brokers
  }

  get controller(): ClusterController {
    return this.#controller
  }

  broker(id: number): ClusterBroker {
    return this.#named(id)
  }

  async kill(node: NodeName): Promise<void> {
    await this.#named(node).kill()
  }

  async restart(node: NodeName): Promise<void> {
    const its = this.#named(node)
    await its.stop()
    await its.start()
  }

  partition(...sides: readonly (readonly NodeName[])[]): Disposable {
    for (const node of sides.flat()) this.#named(node)
    return this.#network.cut(sides)
  }

  heal(): void {
    this.#network.heal()
  }

  leader(topic: string, partition: number): number | null {
    const { leader } = this.#registration(topic, partition)
    return leader === NO_LEADER ? null : leader
  }

  isr(topic: string, partition: number): number[] {
    return [...this.#registration(topic, partition).isr].sort((a, b) => a - b)
  }

  async moveLeader(topic: string, partition: number, broker: number): Promise<void> {
    const { replicas, isr } = this.#registration(topic, partition)
    const name = `${topic}-${partition}`
    if (!replicas.includes(broker)) {
      throw new Error(`Broker ${broker} has no replica of ${name}: its replicas are on ${replicas.join(', ')}.`)
    }
    if (!isr.includes(broker)) {
      throw new Error(`The replica of ${name} on broker ${broker} is not in sync: in sync are ${isr.join(', ')}.`)
    }
    const { requests } = this.#controller.parts.controller!
    const deadlineMs = this.#machine.clock.monotonicMs() + MOVE_TIMEOUT_MS
    const preferred = [broker, ...replicas.filter((replica) => replica !== broker)]
    const moved = await requests.forward(
      'AlterPartitionReassignments',
      {
        timeoutMs: MOVE_TIMEOUT_MS,
        allowReplicationFactorChange: false,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, replicas: preferred }] }],
      },
      brokerContext(REASSIGN_VERSION, deadlineMs),
    )
    refuseError(moved.responses?.[0]?.partitions?.[0], `Leaders of ${name} cannot be put in another order`)
    const elected = await requests.forward(
      'ElectLeaders',
      { electionType: PREFERRED, topicPartitions: [{ topic, partitions: [partition] }], timeoutMs: MOVE_TIMEOUT_MS },
      brokerContext(ELECT_VERSION, deadlineMs),
    )
    const result = elected.replicaElectionResults?.[0]?.partitionResult?.[0]
    if (result?.errorCode !== ErrorCode.ELECTION_NOT_NEEDED) {
      refuseError(result, `Broker ${broker} cannot lead ${name}`)
    }
    await this.until(() =>
      [this.#controller, ...this.#brokers].every(
        ({ isRunning, image }) => !isRunning || image.topics.partition(topic, partition)?.leader === broker,
      ),
    )
  }

  async until(holds: () => boolean | Promise<boolean>, { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {}) {
    const { clock } = this.#machine
    const deadlineMs = clock.monotonicMs() + timeoutMs
    while (!(await holds())) {
      if (clock.monotonicMs() >= deadlineMs) {
        throw new WaitedInVain(`What was waited for has not come about within ${timeoutMs} ms. ${this.#state()}`)
      }
      await new Promise<void>((resolve) => clock.schedule(LOOK_AGAIN_MS, resolve))
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Nobody comes back to data in memory, so nothing has to be handed over. */
  async #stop(): Promise<void> {
    const isKept = this.#options.data !== undefined
    const end = (node: ClusterNode) => (isKept ? node.stop() : node.kill())
    await Promise.all(this.#brokers.map(end))
    await end(this.#controller)
    await this.#machine.compute.stop()
  }

  #named(node: NodeName): ClusterNode {
    const found = node === 'controller' ? this.#controller : this.#brokers[node - 1]
    if (found !== undefined) return found
    throw new Error(`There is no broker ${node}: there are ${this.#brokers.map(({ id }) => id).join(', ')}.`)
  }

  #registration(topic: string, partition: number): PartitionRegistration {
    const found = this.#controller.image.topics.partition(topic, partition)
    if (found !== undefined) return found
    throw new Error(`There is no partition ${topic}-${partition}.`)
  }

  /** Sentences about the cluster for a wait in vain. */
  #state(): string {
    const { image } = this.#controller
    const nodes = [...image.cluster.brokers.values()].map(
      ({ brokerId, fenced }) => `${brokerId}${fenced ? ' (fenced)' : ''}`,
    )
    const partitions = [...image.topics].flatMap(({ name, partitions }) =>
      name.startsWith('__')
        ? []
        : partitions.map((each, index) => `${name}-${index} ${each.leader} [${each.isr.join()}]`),
    )
    const shown = partitions.slice(0, 20).join(', ')
    return `Brokers: ${nodes.join(', ')}. Leaders and in-sync replicas: ${shown || 'there is no topic'}.`
  }
}

/** The threads of the machine, which are not this node's to end. */
function sharing(compute: Environment['compute']): Environment['compute'] {
  return {
    worthIt: (bytes) => compute.worthIt(bytes),
    inflate: (...job) => compute.inflate(...job),
    decompress: (...job) => compute.decompress(...job),
    compress: (...job) => compute.compress(...job),
    stop: async () => {},
  }
}

function refuseError(answer: { errorCode?: number; errorMessage?: string | null } | undefined, what: string): void {
  const { errorCode = ErrorCode.NONE, errorMessage } = answer ?? {}
  if (errorCode !== ErrorCode.NONE) throw new Error(`${what}: ${errorMessage ?? errorName(errorCode)}`)
}
