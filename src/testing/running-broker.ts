/** A broker as a test has it in its hand: what `startBroker` resolves to. */
import { first } from '../../protocol/elements.ts'
import { type Broker, createBroker } from '../broker.ts'
import { bootstrapServer, loadConfig } from '../config/index.ts'
import type { Environment } from '../env/index.ts'
import { MemoryDisk, memoryEnvironment } from '../env/memory/index.ts'
import { silentLogger } from '../env/silent-logger.ts'
import { MEMORY_DIRECTORY, readImage, writeImage } from './image.ts'
import { propertiesOf, type StartBrokerOptions } from './options.ts'
import { type BrokerTls, makeCertificates, type ThrowAwayTls } from './throw-away-tls.ts'

export interface RunningBroker extends AsyncDisposable {
  /** `host:port` of the first listener, as clients take it. */
  readonly bootstrapServers: string
  readonly port: number
  /** The directory that holds the data; null: it is in memory. */
  readonly data: string | null
  /** null: `tls` was not asked for. */
  readonly tls: BrokerTls | null
  /** Answers what is in flight and stops. Data in memory is gone. A second call waits for the first. */
  stop(): Promise<void>
  /**
   * Writes a data directory that samsa and Apache Kafka open, with all that was acknowledged so far. `directory` must be
   * empty, or not be there yet. The broker goes on.
   */
  save(directory: string): Promise<void>
}

/** The makings of a broker: the same ones with another disk make its fork. */
interface Making {
  readonly options: StartBrokerOptions
  readonly machine: Environment
  /** null: the data is on the machine's disk. */
  readonly disk: MemoryDisk | null
  readonly certificates: ThrowAwayTls | null
}

/**
 * Starts a broker and resolves when it answers. Rejects with one clear sentence: a `ConfigError` for a bad
 * configuration, or what is wrong with the port or the data directory.
 */
export async function startInHand(options: StartBrokerOptions, machine: Environment): Promise<RunningBroker> {
  const { data, from } = options
  if (data !== undefined && from !== undefined) {
    throw new Error(
      '`data` and `from` were both given: `from` begins in memory with a copy, `data` works on the directory itself.',
    )
  }
  const disk = data === undefined ? new MemoryDisk(() => machine.clock.nowMs()) : null
  if (disk !== null && from !== undefined) await readImage(machine.files, from, disk)
  const certificates = options.tls === true ? await makeCertificates(machine) : null
  return BrokerInHand.start({ options, machine, disk, certificates })
}

class BrokerInHand implements RunningBroker {
  readonly #making: Making
  readonly #environment: Environment
  readonly #broker: Broker
  #stopped: Promise<void> | null = null

  private constructor(making: Making, environment: Environment, broker: Broker) {
    this.#making = making
    this.#environment = environment
    this.#broker = broker
  }

  static async start(making: Making): Promise<BrokerInHand> {
    const { options, machine, disk, certificates } = making
    const { logger = silentLogger() } = options
    const environment = disk === null ? machine : memoryEnvironment(machine, disk)
    const given = new Map([
      ...(certificates?.properties ?? []),
      ...propertiesOf(options, options.data ?? MEMORY_DIRECTORY),
    ])
    const { config, warnings } = loadConfig({ given })
    for (const warning of warnings) logger.warn(warning)
    const inHand = new BrokerInHand(making, environment, createBroker({ config, environment, logger }))
    try {
      await inHand.#broker.start()
    } catch (error) {
      await inHand.stop()
      throw error
    }
    return inHand
  }

  get bootstrapServers(): string {
    return bootstrapServer(first(this.#broker.addresses))
  }

  get port(): number {
    return first(this.#broker.addresses).port
  }

  get data(): string | null {
    return this.#making.options.data ?? null
  }

  get tls(): BrokerTls | null {
    return this.#making.certificates?.tls ?? null
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #end(): Promise<void> {
    await this.#broker.stop()
    await this.#environment.compute.stop()
  }

  async save(directory: string): Promise<void> {
    await writeImage(await this.#image(), this.#making.machine.files, directory)
  }

  /** A copy of the data as it is now, which a start has little to do with. */
  async #image(): Promise<MemoryDisk> {
    const { disk, options } = this.#making
    if (disk === null) {
      throw new Error(
        `The data of this broker is in ${options.data}: a broker without \`data\` has it in memory, and can copy it while it runs.`,
      )
    }
    await this.#broker.parts.logs?.checkpoint()
    return disk.clone()
  }
}
