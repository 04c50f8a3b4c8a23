/** The broker of a scenario: it is killed, stopped and started again, on a disk that may fail it. */
import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import { DiskFaults } from '../../../src/testing/faults/disk-faults.ts'
import { FaultTarget } from '../../../src/testing/faults/fault-target.ts'
import { Faults } from '../../../src/testing/faults/faults.ts'
import { NetworkFaults } from '../../../src/testing/faults/network-faults.ts'
import type { CrashMode } from '../disk.ts'
import type { Sabotage } from '../seams.ts'
import type { SimNode, World } from '../world.ts'
import { tracingLogger } from './tracing-logger.ts'

/** Clients find it there. */
export const ADDRESS = { host: 'broker', port: 9092 }

interface Options {
  readonly crashMode: CrashMode
  /** Its keys beside those of its address, its directory and its promises. */
  readonly properties: Readonly<Record<string, string>>
  /** Changes its environment for the worse: a bug planted on purpose. */
  readonly sabotage?: Sabotage | undefined
  /** Whether it is in a test's hand: `faults` makes it fail. */
  readonly hasFaults?: boolean | undefined
  /** Called whenever a start has succeeded. */
  readonly started?: () => void
}

export class TormentedBroker {
  readonly node: SimNode
  /** The losses that a crash of it brings. */
  readonly crashMode: CrashMode
  readonly #world: World
  readonly #options: Options
  #running: Broker | null = null
  /** The rules of the present life, which end with it; null: nobody makes any. */
  faults: Faults | null = null

  constructor(world: World, options: Options) {
    this.crashMode = options.crashMode
    this.#world = world
    this.#options = options
    this.node = world.spawn('broker', (environment) => this.#start(environment))
  }

  /** A clean stop, or as much of it as there is time for. */
  stop(): Promise<void> {
    return this.#running?.stop() ?? Promise.resolve()
  }

  async #start(environment: Environment): Promise<void> {
    const { crashMode, properties, sabotage, started, hasFaults = false } = this.#options
    const config = new BrokerConfig({
      listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`,
      'log.dirs': '/data',
      ...properties,
      // Only with a flush of every append does Kafka promise anything about a loss of power.
      ...(crashMode === 'power' ? { 'log.flush.interval.messages': '1' } : {}),
    })
    const own = sabotage?.(environment) ?? environment
    const held = hasFaults ? inHand(own, (id) => this.#topicName(id)) : null
    this.faults = held?.faults ?? null
    const broker = createBroker({
      config,
      environment: held?.environment ?? own,
      ...(held !== null && { interceptor: held.faults }),
      logger: tracingLogger(this.#world),
      onFatal: () => this.#exit(),
    })
    try {
      await broker.start()
    } catch (error) {
      // On a disk that is full or fails it cannot start: whoever looks after it tries again.
      if (!/\((ENOSPC|EIO)\)/.test((error as Error).message)) throw error
      return this.#exit()
    }
    started?.()
    this.#running = broker
  }

  #topicName(id: string): string | null {
    return this.#running?.parts.controller?.metadata.image.topics.getById(id)?.name ?? null
  }

  /** The process ends, and whoever looks after it has changed the disk and starts it again. */
  #exit(): void {
    const { node } = this
    this.#world.plan(0, () => {
      if (!node.isUp) return
      node.crash('kill')
      node.disk.clearFaults()
      this.#world.plan(100, () => node.isUp || node.start())
    })
  }
}

/** The environment of a broker in a test's hand, as `startBroker` makes it, and what makes that broker fail. */
function inHand(environment: Environment, topicName: (id: string) => string | null) {
  const { clock, random, files, network } = environment
  const [net, disk] = [new NetworkFaults(clock, (below) => random.integer(below)), new DiskFaults(clock)]
  const faults = new Faults(new FaultTarget(clock, topicName), net, disk)
  return { faults, environment: { ...environment, files: disk.wrap(files), network: net.wrap(network) } }
}
