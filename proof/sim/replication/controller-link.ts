/**
 * A broker's way to the model controller: the three ports of `controller/index.ts`. Each call takes its time there and
 * back, and either way may be cut; then there is no answer, and whether the controller has heard is not known. The broker
 * learns of the metadata when it asks for them, so its image may be old.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { BrokerLife, BrokerToRegister } from '../../../src/controller/broker-life.ts'
import type { Controller } from '../../../src/controller/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import type { Logger } from '../../../src/env/logger.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import { MetadataPublisher } from '../../../src/metadata/metadata-publisher.ts'
import { sleep } from '../client.ts'
import type { SimNode } from '../world.ts'
import { applied, type ControllerFlaws, changeOf, type ModelController } from './model-controller.ts'

export interface LinkOptions {
  readonly brokerId: number
  readonly node: SimNode
  /** The machine of the controller, as far as the network knows. */
  readonly home: SimNode
  readonly controller: ModelController
  readonly environment: Environment
  readonly logger: Logger
  readonly flaws: ControllerFlaws
}

const POLL_MS = 40
/** A broker that is not ready to serve stays fenced. */
const NOTHING_APPLIED = -1
const HEARTBEAT_MS = 150
const PATIENCE_MS = 600

export async function linkToController(options: LinkOptions): Promise<Controller> {
  const link = new ControllerLink(options)
  await link.load()
  return link
}

class ControllerLink implements Controller, BrokerLife {
  readonly #options: LinkOptions
  readonly #process: SimNode['process']
  readonly #publisher: MetadataPublisher
  #appliedOffset = -1
  #brokerEpoch = -1n
  #isReady = false
  #isStopped = false

  constructor(options: LinkOptions) {
    this.#options = options
    this.#process = options.node.process
    this.#publisher = new MetadataPublisher(EMPTY_IMAGE, options.logger)
  }

  readonly requests: Controller['requests'] = {
    forward: async () => {
      throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
    },
  }

  readonly cluster = null

  get life(): BrokerLife {
    return this
  }

  get metadata(): MetadataPublisher {
    return this.#publisher
  }

  get epoch(): bigint {
    return this.#brokerEpoch
  }

  async load(): Promise<void> {
    const records = await this.#insist(() => this.#options.controller.recordsFrom(0))
    const image = applied(EMPTY_IMAGE, records, 0, this.#options.flaws)
    await this.#publisher.publish({ ...changeOf(EMPTY_IMAGE, [], 0), after: image })
    this.#appliedOffset = records.length - 1
  }

  async register(broker: BrokerToRegister): Promise<void> {
    const { controller, brokerId } = this.#options
    void this.#follow()
    this.#brokerEpoch = await this.#insist(() => controller.register(brokerId, broker))
    void this.#live()
    await this.#until(() => this.#registration?.brokerEpoch === this.#brokerEpoch)
  }

  async unfence(): Promise<void> {
    this.#isReady = true
    await this.#until(() => this.#registration?.fenced === false)
  }

  get #registration() {
    return this.#publisher.image.cluster.brokers.get(String(this.#options.brokerId))
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#isStopped) await sleep(this.#options.environment, POLL_MS)
  }

  async directoryFailed(): Promise<void> {}

  interrupt(): void {
    this.#isStopped = true
  }

  async #follow(): Promise<void> {
    const { controller, environment, flaws } = this.#options
    while (!this.#isStopped) {
      const from = this.#appliedOffset + 1
      const records = await this.#ask(() => controller.recordsFrom(from)).catch(() => [])
      if (records.length > 0) {
        await this.#publisher.publish(changeOf(this.#publisher.image, records, from, flaws))
        this.#appliedOffset += records.length
      } else await sleep(environment, POLL_MS)
    }
  }

  async #live(): Promise<void> {
    const { controller, brokerId, environment } = this.#options
    while (!this.#isStopped) {
      const offset = this.#isReady ? this.#appliedOffset : NOTHING_APPLIED
      await this.#ask(() => controller.heartbeat(brokerId, this.#brokerEpoch, offset)).catch((error) => {
        if (error instanceof KafkaError && error.code === ErrorCode.STALE_BROKER_EPOCH) return this.#registerAgain()
      })
      await sleep(environment, HEARTBEAT_MS)
    }
  }

  /** Its session was over: it takes part again, in another epoch, as the same incarnation. */
  async #registerAgain(): Promise<void> {
    const { controller, brokerId } = this.#options
    const known = this.#registration
    if (known === undefined) return
    const { incarnationId, endPoints, rack, logDirs } = known
    const broker = {
      incarnationId,
      endPoints,
      rack,
      logDirs,
      cordonedLogDirs: [],
      uncleanShutdown: false,
      previousBrokerEpoch: -1n,
    }
    this.#brokerEpoch = await this.#insist(() => controller.register(brokerId, broker))
  }

  async cordon(): Promise<void> {}

  assignReplicas(places: Parameters<BrokerLife['assignReplicas']>[0]): Promise<void> {
    const { controller, brokerId } = this.#options
    return this.#insist(() => controller.assignReplicas(brokerId, this.#brokerEpoch, places))
  }

  alterPartition(topics: Parameters<BrokerLife['alterPartition']>[0]) {
    const { controller, brokerId } = this.#options
    return this.#ask(() => controller.alterPartition(brokerId, this.#brokerEpoch, topics))
  }

  allocateProducerIds() {
    const { controller, brokerId } = this.#options
    return this.#ask(() => controller.allocateProducerIds(brokerId, this.#brokerEpoch))
  }

  async leave(): Promise<void> {
    const { controller, brokerId } = this.#options
    await this.#ask(() => controller.leave(brokerId)).catch(() => {})
  }

  async restore(): Promise<void> {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }

  async renewLeader(): Promise<number> {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }

  async recreateTopic(): Promise<string> {
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
  }

  async #insist<Result>(call: () => Result): Promise<Result> {
    for (;;) {
      try {
        return await this.#ask(call)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        await sleep(this.#options.environment, 100)
      }
    }
  }

  /** Rejects with what the controller throws, or with REQUEST_TIMED_OUT when there is no answer. */
  #ask<Result>(call: () => Result): Promise<Result> {
    const { node, home } = this.#options
    const { world } = node
    return new Promise((resolve, reject) => {
      this.#process.after(PATIENCE_MS, () => reject(new KafkaError(ErrorCode.REQUEST_TIMED_OUT)))
      world.plan(world.net.delay(), () => {
        if (world.net.isCut(node, home)) return
        let settle: () => void
        try {
          const result = call()
          settle = () => resolve(result)
        } catch (error) {
          settle = () => reject(error)
        }
        world.plan(world.net.delay(), () => {
          if (!world.net.isCut(home, node)) this.#process.after(0, settle)
        })
      })
    })
  }
}
