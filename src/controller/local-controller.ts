/**
 * The controller of a broker that is its own cluster: a KRaft quorum of one voter. A command runs at once on the image
 * of everything written so far; its records are appended, made durable and published to the subscribers, and then it is
 * answered, in the order of the commands.
 */

import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { advertisedListeners, type Endpoint as BoundListener, controllerListeners } from '../config/listeners.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { Endpoint } from '../metadata/cluster-image.ts'
import { metadataLevel } from '../metadata/features.ts'
import { MetadataDelta } from '../metadata/metadata-delta.ts'
import type { MetadataChange, MetadataImage, MetadataSubscriber } from '../metadata/metadata-image.ts'
import type { MetadataRecord } from '../metadata/metadata-record.ts'
import { LATEST_METADATA_LEVEL } from '../metadata/metadata-version.ts'
import type { ProducerIdBlock } from '../metadata/producer-id-block.ts'
import { alterConfigs, incrementalAlterConfigs } from './alter-configs.ts'
import { assignDirectories, type ReplicaPlace } from './assign-directories.ts'
import { activationRecords, bootstrapRecords } from './bootstrap.ts'
import { registerBroker, registerController } from './broker-registration.ts'
import { type Command, type CommandResult, type CommandState, MAX_RECORDS_PER_COMMAND } from './command.ts'
import { CommitQueue } from './commit-queue.ts'
import type { Controller, ControllerRequestContext } from './controller.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import { deleteTopics } from './delete-topics.ts'
import { describeQuorum } from './describe-quorum.ts'
import { electLeaders } from './elect-leaders.ts'
import { controlBatch, dataBatch } from './metadata-batch.ts'
import { MetadataLog } from './metadata-log.ts'
import { alterPartitionReassignments, listPartitionReassignments } from './partition-reassignments.ts'
import { allocateProducerIds } from './producer-ids.ts'
import { electionRecord } from './quorum.ts'
import { randomUuid } from './random-uuid.ts'
import { unregisterBroker } from './unregister-broker.ts'
import { updateFeatures } from './update-features.ts'

export interface LocalControllerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Opened, its logs not yet loaded. */
  readonly logs: LogManager
  /** As they are bound. */
  readonly listeners: readonly BoundListener[]
}

const SECURITY_PROTOCOL_IDS = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const
/** Batches never come near the 8 MiB to which Kafka bounds them. */
const RECORDS_PER_BATCH = MAX_RECORDS_PER_COMMAND

export class LocalController implements Controller {
  readonly #options: LocalControllerOptions
  readonly #log: MetadataLog
  readonly #commits: CommitQueue
  readonly #subscribers = new Set<MetadataSubscriber>()
  /** Everything that was written, durable or not: what the next command sees. */
  #head: MetadataImage
  #nextOffset = 0
  /** Where the log ends as far as it was published. */
  #publishedEndOffset: number
  #brokerEpoch = -1n

  private constructor(options: LocalControllerOptions, log: MetadataLog, image: MetadataImage) {
    this.#options = options
    this.#log = log
    this.#head = image
    this.#nextOffset = log.endOffset
    this.#publishedEndOffset = log.endOffset
    this.#commits = new CommitQueue(
      {
        clock: options.environment.clock,
        append: (batches) => log.append(batches),
        publish: (change) => this.#publish(change),
        revert: () => this.#revert(),
      },
      image,
    )
  }

  /** Loads the metadata and takes the lead. Rejects with one clear sentence when the log cannot be continued. */
  static async start(options: LocalControllerOptions): Promise<LocalController> {
    const { config, environment, logs } = options
    const log = await MetadataLog.open(options)
    const { image, inTransaction } = await log.load()
    refuseNewerVersion(image, logs.metadataDirectory)
    const isNew = log.endOffset === 0
    const nowMs = environment.clock.nowMs()
    const bootstrap = isNew ? await bootstrapRecords(environment.files, logs.metadataDirectory, nowMs) : []
    await log.beginEpoch()
    const controller = new LocalController(options, log, image)
    const first = isNew ? activationRecords(bootstrap, config) : inTransaction ? [ABORT_TRANSACTION] : []
    await controller.#takeTheLead(first)
    return controller
  }

  get image(): MetadataImage {
    return this.#commits.published
  }

  get controllerId(): number {
    return this.#options.config.get('node.id')
  }

  get brokerEpoch(): bigint {
    return this.#brokerEpoch
  }

  subscribe(subscriber: MetadataSubscriber): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  /** Makes this broker part of the cluster: after this the image names it, and the leaders of its partitions. */
  async register(): Promise<void> {
    const { config, environment, logs } = this.#options
    const { random } = environment
    const controllerEndpoints = controllerListeners(config).map(endpointOf)
    // Both at once: they share one write.
    const controller = this.#run((state) =>
      registerController(state, { incarnationId: randomUuid(random), endPoints: controllerEndpoints }),
    )
    const broker = this.#run((state) =>
      registerBroker(state, {
        incarnationId: randomUuid(random),
        endPoints: this.#registeredEndpoints(),
        rack: config.get('broker.rack'),
        logDirs: logs.directories.filter(({ offline }) => !offline).map(({ id }) => id),
        uncleanShutdown: !logs.hadCleanShutdown,
      }),
    )
    const [brokerEpoch] = await Promise.all([broker, controller])
    this.#brokerEpoch = brokerEpoch
  }

  /** Makes known in which directories this broker has put its replicas. */
  assignReplicas(places: readonly ReplicaPlace[]): Promise<void> {
    return this.#run((state) => assignDirectories(state, places))
  }

  /** Resolves when every command is answered and nothing is being written. The log itself is the log manager's. */
  async stop(): Promise<void> {
    await this.#commits.drained()
    await this.#log.stop()
  }

  createTopics(...[context, request, describable]: Parameters<Controller['createTopics']>) {
    return this.#handle(context, (state) => createTopics(state, request, describable))
  }

  deleteTopics(...[context, request, apiVersion]: Parameters<Controller['deleteTopics']>) {
    return this.#handle(context, (state) => deleteTopics(state, request, apiVersion))
  }

  createPartitions(...[context, request]: Parameters<Controller['createPartitions']>) {
    return this.#handle(context, (state) => createPartitions(state, request))
  }

  incrementalAlterConfigs(...[context, request]: Parameters<Controller['incrementalAlterConfigs']>) {
    return this.#handle(context, (state) => incrementalAlterConfigs(state, request))
  }

  alterConfigs(...[context, request]: Parameters<Controller['alterConfigs']>) {
    return this.#handle(context, (state) => alterConfigs(state, request))
  }

  alterPartitionReassignments(...[context, request]: Parameters<Controller['alterPartitionReassignments']>) {
    return this.#handle(context, (state) => alterPartitionReassignments(state, request))
  }

  async listPartitionReassignments(...[_, request]: Parameters<Controller['listPartitionReassignments']>) {
    return listPartitionReassignments(this.image, request)
  }

  electLeaders(...[context, request]: Parameters<Controller['electLeaders']>) {
    return this.#handle(context, (state) => electLeaders(state, request))
  }

  unregisterBroker(...[context, brokerId]: Parameters<Controller['unregisterBroker']>) {
    return this.#handle(context, (state) => unregisterBroker(state, brokerId))
  }

  async describeQuorum(...[_, request, apiVersion]: Parameters<Controller['describeQuorum']>) {
    const nowMs = this.#options.environment.clock.nowMs()
    const { epoch, quorum } = this.#log
    const endOffset = this.#publishedEndOffset
    const { image, controllerId: leaderId } = this
    return describeQuorum({ image, leaderId, epoch, endOffset, quorum, nowMs }, request, apiVersion)
  }

  updateFeatures(...[context, request, apiVersion]: Parameters<Controller['updateFeatures']>) {
    const { kraftVersion } = this.#log.quorum
    return this.#handle(context, (state) => updateFeatures(state, request, { apiVersion, kraftVersion }))
  }

  allocateProducerIds(context: ControllerRequestContext): Promise<ProducerIdBlock> {
    return this.#handle(context, allocateProducerIds)
  }

  /** A client's command: on time, and bounded in what it writes. */
  async #handle<R>(context: ControllerRequestContext, command: Command<R>): Promise<R> {
    if (this.#options.environment.clock.monotonicMs() > context.deadlineMs) {
      throw new KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    }
    return this.#run((state) => {
      const result = command(state)
      if (result.records.length <= MAX_RECORDS_PER_COMMAND) return result
      throw new KafkaError(ErrorCode.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
    })
  }

  async #run<R>(command: Command<R>): Promise<R> {
    const { records, response }: CommandResult<R> = command(this.#state())
    // Without records the answer may still rest on what others have written and what is not durable yet.
    if (records.length > 0 || !this.#commits.isIdle) await this.#write(records)
    return response
  }

  #state(): CommandState {
    const { config, environment } = this.#options
    return {
      image: this.#head,
      nextOffset: this.#nextOffset,
      nodeId: this.controllerId,
      config,
      newUuid: () => randomUuid(environment.random),
      randomInteger: (below) => environment.random.integer(below),
    }
  }

  /** The epoch opens with who leads in it, and goes on with what the log lacks. */
  #takeTheLead(records: readonly MetadataRecord[]): Promise<void> {
    const timestampMs = this.#options.environment.clock.nowMs()
    const { epoch } = this.#log
    const election = electionRecord(this.controllerId)
    const batch = controlBatch({ baseOffset: this.#nextOffset, epoch, timestampMs }, [election])
    this.#nextOffset++
    return this.#write(records, [batch])
  }

  /** Resolves when the records are durable and every subscriber has applied them. `before`: batches ahead of them. */
  #write(records: readonly MetadataRecord[], before: readonly Buffer[] = []): Promise<void> {
    const timestampMs = this.#options.environment.clock.nowMs()
    const { epoch } = this.#log
    const batches = [...before]
    const delta = new MetadataDelta(this.#head)
    for (const record of records) delta.replay(record)
    for (let from = 0; from < records.length; from += RECORDS_PER_BATCH) {
      const position = { baseOffset: this.#nextOffset + from, epoch, timestampMs }
      batches.push(dataBatch(position, records.slice(from, from + RECORDS_PER_BATCH)))
    }
    this.#nextOffset += records.length
    const change = delta.apply({
      lastContainedOffset: this.#nextOffset - 1,
      lastContainedEpoch: epoch,
      lastContainedLogTimeMs: timestampMs,
    })
    this.#head = change.after
    return new Promise((resolve, reject) => {
      const done = (error: unknown): void => (error === null ? resolve() : reject(this.#failure(error)))
      this.#commits.push({ batches, records, change, done })
    })
  }

  #failure(error: unknown): KafkaError {
    if (error instanceof KafkaError) return error
    return new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, undefined, { cause: error })
  }

  /** A part of what failed may have been written: nobody was told of it, and it goes. */
  async #revert(): Promise<void> {
    await this.#log.cutTo(this.#publishedEndOffset)
    this.#head = this.image
    this.#nextOffset = this.#publishedEndOffset
  }

  async #publish(change: MetadataChange): Promise<void> {
    const { logger } = this.#options
    this.#publishedEndOffset = change.after.provenance.lastContainedOffset + 1
    for (const subscriber of this.#subscribers) {
      try {
        await subscriber(change)
      } catch (err) {
        // The records are durable; a part that cannot follow them must not hold up the others.
        logger.error({ err }, 'A change of the metadata could not be applied')
      }
    }
    this.#log.maybeSnapshot(change.after)
  }

  /** What others would connect to. `auto` depends on who asks and is answered per connection, never registered. */
  #registeredEndpoints(): Endpoint[] {
    const { config, listeners } = this.#options
    const advertised = advertisedListeners(config)
    return listeners.map((listener) => {
      const endpoint = advertised.get(listener.listenerName)
      if (endpoint === undefined || endpoint === 'auto') return endpointOf(reachable(listener))
      const host = endpoint.host === '' ? reachable(listener).host : endpoint.host
      return endpointOf({ ...endpoint, host, port: endpoint.port || listener.port })
    })
  }
}

const ABORT_TRANSACTION: MetadataRecord = {
  type: 'AbortTransactionRecord',
  version: 0,
  value: { reason: 'the controller of an earlier epoch did not finish it' },
}

const endpointOf = ({ listenerName, host, port, securityProtocol }: BoundListener): Endpoint => ({
  name: listenerName,
  host,
  port,
  securityProtocol: SECURITY_PROTOCOL_IDS[securityProtocol],
})

const isAnyAddress = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

const reachable = (listener: BoundListener): BoundListener =>
  isAnyAddress(listener.host) ? { ...listener, host: 'localhost' } : listener

function refuseNewerVersion(image: MetadataImage, directory: string): void {
  const level = metadataLevel(image)
  if (level <= LATEST_METADATA_LEVEL) return
  throw new Error(
    `The data in ${directory} was written by a newer version: its metadata.version is level ${level}, and this release knows up to ${LATEST_METADATA_LEVEL}. Use that version or another directory.`,
  )
}
