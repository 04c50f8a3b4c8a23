/**
 * A broker: it starts once and stops once. What is started, and in which order, stands in `broker/start.ts`; the orderly
 * stop stands in `broker/shutdown.ts`.
 */

import { brokerLoggers } from './broker/loggers.ts'
import type { BrokerOptions, BuildOptions } from './broker/options.ts'
import type { Parts } from './broker/parts.ts'
import { Readiness } from './broker/readiness.ts'
import { shutDown } from './broker/shutdown.ts'
import { startBroker } from './broker/start.ts'
import type { BoundListener } from './server/server.ts'

export type { BrokerOptions } from './broker/options.ts'

export interface Broker {
  /** Resolves when clients are answered. Rejects with one clear sentence, leaving nothing behind. */
  start(): Promise<void>
  /** Answers what is in flight and closes everything; harmless when it did not start. A start under way is given up. */
  stop(): Promise<void>
  /** The listeners as they are bound. */
  readonly addresses: readonly BoundListener[]
  /** Where HTTP is served. */
  readonly httpUrls: readonly string[]
  /** Where the schema registry is served. */
  readonly schemaRegistryUrls: readonly string[]
  /** null: clients are served; otherwise a sentence that says why not. */
  whyNotReady(): string | null
  /** The parts that were started, for those who look into a broker that runs. */
  readonly parts: Readonly<Parts>
}

export function createBroker(options: BrokerOptions): Broker {
  return new BrokerProcess(options)
}

class BrokerProcess implements Broker {
  readonly #options: BuildOptions
  readonly #parts: Parts = {}
  readonly #readiness: Readiness
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null
  #isReady = false

  constructor(options: BrokerOptions) {
    const loggers = brokerLoggers(options.logger)
    this.#options = { ...options, loggers, logger: loggers.named('samsa.broker') }
    this.#readiness = new Readiness(this.#parts, options.config.get('node.id'))
  }

  get addresses(): readonly BoundListener[] {
    return this.#parts.server?.listeners ?? []
  }

  get httpUrls(): readonly string[] {
    return this.#parts.web?.urls ?? []
  }

  get schemaRegistryUrls(): readonly string[] {
    return this.#parts.schemaRegistry?.urls ?? []
  }

  whyNotReady(): string | null {
    return this.#readiness.whyNot()
  }

  get parts(): Readonly<Parts> {
    return this.#parts
  }

  async start(): Promise<void> {
    const goOn = (): void => {
      if (this.#stopping) throw new Error('The broker was stopped before it was ready.')
    }
    this.#starting = startBroker(this.#options, this.#parts, { goOn, readiness: this.#readiness })
    try {
      await this.#starting
      this.#isReady = true
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.#readiness.isAt('it is stopping')
    if (!this.#isReady) this.#parts.controller?.interrupt()
    // A step of the start that is under way is let finish: what it builds is stopped with the rest.
    await this.#starting?.catch(() => {})
    await shutDown(this.#parts, this.#options)
  }
}
