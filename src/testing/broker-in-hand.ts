/** A broker, and all that a test does to it: `startBroker` resolves to one. */

import type { ApiName } from '../../protocol/api-types.ts'
import { first } from '../../protocol/collections/elements.ts'
import type { Parts } from '../broker/parts.ts'
import { type Broker, type BrokerOptions, createBroker } from '../broker.ts'
import { type BrokerConfig, bootstrapServer, controlListener, type HttpEndpoint } from '../config/index.ts'
import type { Clock, Environment } from '../env/index.ts'
import { type MemoryDisk, memoryEnvironment } from '../env/memory/index.ts'
import { METADATA_TOPIC, parsePartitionDirectoryName } from '../log/files/file-names.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../metadata/image/metadata-image.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../metadata/internal-topics.ts'
import type { Web } from '../web/web.ts'
import {
  type ConsumedRecord,
  Content,
  type GroupContent,
  type RecordsOptions,
  type RecordToProduce,
  type TopicContent,
  type WaitOptions,
} from './content.ts'
import { DiskFaults, type DiskOperation } from './faults/disk-faults.ts'
import { FaultTarget } from './faults/fault-target.ts'
import { Faults } from './faults/faults.ts'
import { NetworkFaults } from './faults/network-faults.ts'
import { MEMORY_DIRECTORY, writeImage } from './image.ts'
import { ManualClock } from './manual-clock.ts'
import { type Coordinated, Moves } from './moves.ts'
import type { BrokerClock, RunningBroker } from './running-broker.ts'
import type { BrokerTls, ThrowAwayTls } from './throw-away-tls.ts'
import { Witness, type WitnessedRequest } from './witness.ts'

/**
 * The makings of a broker: the same ones with another disk make its fork.
 *
 * @internal
 */
export interface Making extends Pick<BrokerOptions, 'logger' | 'onFatal' | 'onProgress'> {
  /** The configuration of a run, which belongs to that run alone. */
  readonly configOf: () => BrokerConfig
  /** The same, on free ports. */
  readonly configOfFork: () => BrokerConfig
  readonly machine: Environment
  /** null: the data is on the machine's disk. */
  readonly disk: MemoryDisk | null
  /** `data` of the broker. */
  readonly directories: string | null
  readonly clock?: 'manual' | undefined
  readonly certificates: ThrowAwayTls | null
  readonly hasDefaultHttp?: boolean
  /** Absent: this broker cannot be controlled by HTTP. */
  readonly serveControl?: ServeControl
}

/**
 * Given by whoever starts a broker: the API lies above it.
 *
 * @internal
 */
export type ServeControl = (of: {
  readonly broker: RunningBroker
  readonly web: Web
  readonly endpoint: HttpEndpoint
  readonly clock: Clock
  readonly whyNotReady: () => string | null
}) => Promise<{ readonly url: string; stop(): Promise<void> }>

const EVERY_OPERATION: readonly DiskOperation[] = ['open', 'read', 'write', 'sync', 'rename', 'remove']

/**
 * Its `start` comes before anything else; after a `stop` or a `kill` it begins another run on the same disk.
 *
 * @internal
 */
export class BrokerInHand implements RunningBroker, Broker {
  readonly #making: Making
  readonly #environment: Environment
  readonly #diskFaults: DiskFaults
  #broker: Broker
  readonly faults: Faults
  readonly clock: BrokerClock
  readonly #witness: Witness
  readonly #moves: Moves
  readonly #content: Content
  #ready: MetadataImage = EMPTY_IMAGE
  #hadRecords = false
  #controlListener: HttpEndpoint | null = null
  #control: Awaited<ReturnType<ServeControl>> | null = null
  #stopped: Promise<void> | null = null

  constructor(making: Making) {
    const { machine, disk } = making
    const { random } = machine
    const manual = making.clock === 'manual' ? new ManualClock(machine.clock, () => diskFaults.underWay > 0) : null
    const clock = manual ?? machine.clock
    this.clock = manual ?? new RunningClock(clock)
    const network = new NetworkFaults(clock, (below) => random.integer(below))
    const diskFaults = new DiskFaults(clock)
    const under = disk === null ? machine : memoryEnvironment(machine, disk)
    this.#making = making
    this.#diskFaults = diskFaults
    this.#environment = { ...under, clock, files: diskFaults.wrap(under.files), network: network.wrap(under.network) }
    const topicName = (id: string) => this.#broker.parts.controller?.metadata.image.topics.getById(id)?.name ?? null
    this.faults = new Faults(new FaultTarget(clock, topicName), network, diskFaults)
    this.#moves = new Moves(this.faults, {
      groups: () => this.#part('coordinators').groups,
      transactions: () => this.#part('coordinators').transactions,
      controller: () => this.#part('controller'),
    })
    this.#witness = new Witness(clock, this.#moves)
    this.#broker = this.#newRun()
    this.#content = new Content(
      () => this.#part('handlers'),
      machine.clock,
      () => this.#witness.lastErrors(),
    )
  }

  #newRun(): Broker {
    const { configOf, logger, onFatal, onProgress, hasDefaultHttp = false } = this.#making
    const config = configOf()
    this.#controlListener = controlListener(config)
    const told = { ...(onFatal && { onFatal }), ...(onProgress && { onProgress }) }
    const http = { hasDefaultHttp, needsWeb: this.#controlListener !== null }
    const environment = this.#environment
    return createBroker({ ...told, ...http, config, environment, logger, interceptor: this.#witness })
  }

  async start(): Promise<void> {
    if (this.#stopped !== null) {
      await this.#stopped
      this.#stopped = null
      this.#broker = this.#newRun()
    }
    try {
      await this.#broker.start()
      this.#ready = this.#part('controller').metadata.image
      this.#hadRecords = [...this.#part('logs').logs()].some(isTouched)
      await this.#serveControl()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #serveControl(): Promise<void> {
    const { machine, serveControl } = this.#making
    const endpoint = this.#controlListener
    if (endpoint === null) return
    if (serveControl === undefined) throw new Error('samsa.control.listener is for a broker that is alone.')
    const web = this.#part('web')
    const { clock } = machine
    const whyNotReady = () => this.#broker.whyNotReady()
    this.#control = await serveControl({ broker: this, web, endpoint, clock, whyNotReady })
  }

  whyNotReady(): string | null {
    return this.#broker.whyNotReady()
  }

  get bootstrapServers(): string {
    return bootstrapServer(first(this.#broker.addresses))
  }

  get port(): number {
    return first(this.#broker.addresses).port
  }

  get httpUrls(): readonly string[] {
    return this.#broker.httpUrls
  }

  get schemaRegistryUrls(): readonly string[] {
    return this.#broker.schemaRegistryUrls
  }

  get schemaRegistryUrl(): string | null {
    return this.schemaRegistryUrls[0] ?? null
  }

  get controlUrl(): string | null {
    return this.#control?.url ?? null
  }

  get data(): string | null {
    return this.#making.directories
  }

  /** The listeners as they are bound. */
  get addresses(): Broker['addresses'] {
    return this.#broker.addresses
  }

  get parts(): Broker['parts'] {
    return this.#broker.parts
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
    this.faults.clear()
    await this.#control?.stop()
    await this.#broker.stop()
    await this.#environment.compute.stop()
  }

  /** Ends as a process that is killed: nothing reaches the disk any more. What it may still send is the caller's concern. */
  kill(): Promise<void> {
    this.#stopped ??= this.#die()
    return this.#stopped
  }

  async #die(): Promise<void> {
    this.faults.clear()
    using _ = this.#diskFaults.add({ error: 'EIO', operations: EVERY_OPERATION })
    this.#broker.parts.controller?.interrupt()
    await this.#broker.stop()
    await this.#environment.compute.stop()
  }

  async save(directory: string): Promise<void> {
    await writeImage(await this.#image(), this.#making.machine.files, directory)
  }

  async fork(): Promise<BrokerInHand> {
    const disk = await this.#image()
    const fork = new BrokerInHand({ ...this.#making, disk, configOf: this.#making.configOfFork })
    await fork.start()
    return fork
  }

  async reset(): Promise<void> {
    if (this.#hadRecords) {
      throw new Error(
        'This broker began with records, which a reset would not bring back: start another one, or keep a fork() of it.',
      )
    }
    const [controller, logs] = [this.#part('controller'), this.#part('logs')]
    const touched = new Set([...logs.logs()].filter(isTouched).map(({ topic }) => topic))
    const { topics } = controller.metadata.image
    const untouched = [...this.#ready.topics].filter(({ name, id, partitions }) => {
      const now = topics.get(name)
      return !touched.has(name) && now?.id === id && now.partitions.length === partitions.length
    })
    await controller.restore(this.#ready, new Set(untouched.map(({ name }) => name)))
    if (this.#making.disk !== null) removeDeleted(this.#making.disk)
  }

  moveCoordinator(of: Coordinated): Promise<void> {
    return this.#moves.moveCoordinator(of)
  }

  changeLeaderEpoch(topic: string, partition = 0): Promise<number> {
    return this.#moves.changeLeaderEpoch(topic, partition)
  }

  async recreateTopic(topic: string): Promise<string> {
    const id = await this.#moves.recreateTopic(topic)
    if (this.#making.disk !== null) removeDeleted(this.#making.disk)
    return id
  }

  async compact(topic: string): Promise<void> {
    const { cleaner } = this.#part('logs')
    if (cleaner === null) throw new Error('This broker compacts nothing: log.cleaner.enable is off.')
    for (const log of this.#logsOf(topic)) {
      await log.roll()
      await cleaner.compact(log)
    }
  }

  async applyRetention(topic: string): Promise<number> {
    let deleted = 0
    for (const log of this.#logsOf(topic)) deleted += await log.deleteOldSegments(this.#environment.clock.nowMs())
    return deleted
  }

  async expireOffsets(groupId: string): Promise<void> {
    if (this.#part('controller').metadata.image.topics.get(CONSUMER_OFFSETS_TOPIC) === undefined) {
      throw new Error(`No group has committed anything yet: ${CONSUMER_OFFSETS_TOPIC} is not there.`)
    }
    return this.#part('coordinators').groups.expireOffsets(groupId)
  }

  requests<Api extends ApiName>(which?: { readonly api?: Api; readonly clientId?: string }): WitnessedRequest<Api>[] {
    return this.#witness.requests(which)
  }

  watch(): AsyncGenerator<WitnessedRequest> {
    return this.#witness.watch()
  }

  produce(
    topic: string,
    records: readonly (RecordToProduce | string)[],
  ): Promise<{ partition: number; offset: number }[]> {
    return this.#content.produce(topic, records)
  }

  records(topic: string, options?: RecordsOptions): Promise<ConsumedRecord[]> {
    return this.#content.records(topic, options)
  }

  topics(): Promise<TopicContent[]> {
    return this.#content.topics()
  }

  groups(): Promise<GroupContent[]> {
    return this.#content.groups()
  }

  groupSettled(groupId: string, options?: WaitOptions & { readonly members?: number }): Promise<GroupContent> {
    return this.#content.groupSettled(groupId, options)
  }

  lagZero(groupId: string, options?: WaitOptions): Promise<void> {
    return this.#content.lagZero(groupId, options)
  }

  #logsOf(topic: string): PartitionLog[] {
    const logs = [...this.#part('logs').logs()].filter((log) => log.topic === topic)
    if (logs.length === 0) throw new Error(`There is no topic ${topic}.`)
    return logs
  }

  /** A part of a broker that is ready. */
  #part<Name extends keyof Parts>(name: Name): NonNullable<Parts[Name]> {
    if (this.#stopped !== null) throw new Error('This broker has stopped: start another one.')
    const part = this.#broker.parts[name]
    if (part === undefined) throw new Error('The broker does not run.')
    return part as NonNullable<Parts[Name]>
  }

  /** A copy of the data as it is now, which a start has little to do with. */
  async #image(): Promise<MemoryDisk> {
    const { disk } = this.#making
    if (disk === null) {
      throw new Error(
        `The data of this broker is in ${this.data}: a broker without \`data\` has it in memory, and can copy it while it runs.`,
      )
    }
    await this.#part('logs').checkpoint()
    return disk.clone()
  }
}

const isTouched = ({ topic, logEndOffset }: PartitionLog): boolean => topic !== METADATA_TOPIC && logEndOffset > 0

/** Deleted logs wait for readers before they are removed; in memory readers keep what they read. */
function removeDeleted(disk: MemoryDisk): void {
  for (const name of [...disk.directoryAt(MEMORY_DIRECTORY, 'list').entries.keys()]) {
    if (parsePartitionDirectoryName(name)?.state === 'deleted') disk.removeTree(`${MEMORY_DIRECTORY}/${name}`)
  }
}

/** The clock of the machine, which nobody moves. */
class RunningClock implements BrokerClock {
  readonly isManual = false
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  async advance(): Promise<void> {
    throw new Error("The time of this broker is the machine's: start it with clock: 'manual' to move it.")
  }
}
