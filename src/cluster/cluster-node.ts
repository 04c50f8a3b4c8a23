/** A node of a cluster in one process: a broker in a test's hand that can be killed and started again on its disk. */

import { bootstrapServer, loadConfig } from '../config/index.ts'
import type { Environment } from '../env/index.ts'
import type { Logger, LogLine } from '../env/logger.ts'
import { MemoryDisk } from '../env/memory/index.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../metadata/image/metadata-image.ts'
import { BrokerInHand } from '../testing/broker-in-hand.ts'
import { MEMORY_DIRECTORY } from '../testing/image.ts'
import type { RunningBroker } from '../testing/running-broker.ts'
import type { ClusterNetwork } from './cluster-network.ts'
import { CONTROLLER_ID, type NodeName } from './nodes.ts'

interface Options {
  readonly node: NodeName
  readonly machine: Environment
  readonly network: ClusterNetwork
  /** A directory of the machine; null: the data is in memory. */
  readonly directory: string | null
  /** Asked at the beginning of each run. */
  readonly properties: () => ReadonlyMap<string, string>
  readonly logger: Logger
}

/** A broker of a cluster: all that one broker in a test's hand has but what needs its cluster to itself. */
export interface ClusterBroker
  extends Pick<
    RunningBroker,
    | 'bootstrapServers'
    | 'port'
    | 'httpUrls'
    | 'schemaRegistryUrl'
    | 'data'
    | 'faults'
    | 'requests'
    | 'watch'
    | 'produce'
    | 'records'
    | 'topics'
    | 'groups'
    | 'groupSettled'
    | 'lagZero'
    | 'compact'
    | 'applyRetention'
    | 'expireOffsets'
    | 'save'
  > {
  /** The node id. */
  readonly id: number
  readonly isRunning: boolean
  /** Hands its partitions over, answers what is in flight and stops; `restart` of the cluster starts it again. */
  stop(): Promise<void>
}

/** The controller of a cluster. */
export interface ClusterController extends Pick<RunningBroker, 'data' | 'faults' | 'requests' | 'watch'> {
  readonly isRunning: boolean
  /** `host:port`, as tools take it for `--bootstrap-controller`. */
  readonly bootstrapControllers: string
}

/** @internal */
export class ClusterNode extends BrokerInHand implements ClusterBroker, ClusterController {
  readonly name: NodeName
  readonly #network: ClusterNetwork
  /** Its loggers ask this before they write. */
  readonly #life: { isAlive: boolean }
  /** `host:port` of the first listener, which stays the same from run to run. */
  #address = ''
  #isRunning = false

  constructor({ node, machine, network, directory, properties, logger }: Options) {
    const life = { isAlive: true }
    const configOf = () => {
      const given = new Map([...properties(), ['log.dirs', directory ?? MEMORY_DIRECTORY]])
      return loadConfig({ given }).config
    }
    super({
      configOf,
      configOfFork: configOf,
      machine: { ...machine, network: network.of(node, machine.network) },
      disk: directory === null ? new MemoryDisk(() => machine.clock.nowMs()) : null,
      directories: directory,
      certificates: null,
      logger: new Mouth(logger, () => life.isAlive),
    })
    this.name = node
    this.#network = network
    this.#life = life
  }

  get id(): number {
    return this.name === 'controller' ? CONTROLLER_ID : this.name
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  override get bootstrapServers(): string {
    return this.#address
  }

  override get port(): number {
    return Number(this.#address.slice(this.#address.lastIndexOf(':') + 1))
  }

  get bootstrapControllers(): string {
    return this.#address
  }

  override async start(): Promise<void> {
    this.#network.begin(this.name)
    this.#life.isAlive = true
    await super.start()
    const { listeners, controllerListeners } = this.parts.server!
    this.#address = bootstrapServer((listeners[0] ?? controllerListeners[0])!)
    this.#isRunning = true
  }

  override stop(): Promise<void> {
    this.#isRunning = false
    return super.stop()
  }

  /** As SIGKILL: what it had written is on its disk, and nobody hears of it any more. */
  override kill(): Promise<void> {
    this.#isRunning = false
    this.#life.isAlive = false
    this.#network.kill(this.name)
    this.faults.cut()
    return super.kill()
  }

  /** The metadata as this node has applied them last. */
  get image(): MetadataImage {
    return this.parts.controller?.metadata.image ?? EMPTY_IMAGE
  }
}

/** A logger that is silent after the death of the one who speaks: what a dead process would still find is nobody's news. */
class Mouth implements Logger {
  readonly #isOpen: () => boolean
  readonly #logger: Logger
  readonly debug = this.#line('debug')
  readonly info = this.#line('info')
  readonly warn = this.#line('warn')
  readonly error = this.#line('error')

  constructor(logger: Logger, isOpen: () => boolean) {
    this.#logger = logger
    this.#isOpen = isOpen
  }

  child(bindings: object, options: { level: string }): Logger {
    return new Mouth(this.#logger.child?.(bindings, options) ?? this.#logger, this.#isOpen)
  }

  get level(): string | undefined {
    return this.#logger.level
  }

  isLevelEnabled(level: string): boolean {
    return this.#logger.isLevelEnabled?.(level) ?? true
  }

  #line(name: 'debug' | 'info' | 'warn' | 'error'): LogLine {
    return (...line: [string] | [object, string]) => {
      if (this.#isOpen()) (this.#logger[name] as (...line: unknown[]) => void)(...line)
    }
  }
}
