/**
 * The composition root: builds every part of a broker and owns its start and stop.
 *
 * Start: take the ports → lock and open the data directories → start the controller on its log → open the logs that the
 * image names → register → serve. Nothing is written before the ports are taken, and no client is answered before
 * everything is there. Stop: take no more connections, answer what is in flight, close the logs, release the locks.
 */

import { apiHandlers } from './api/index.ts'
import { InternalTopicCreation } from './api/support/internal-topic-creation.ts'
import { type BrokerConfig, checkBrokerConfig, parseTopicsToCreate } from './config/index.ts'
import { BROKER_PRINCIPAL } from './controller/broker-principal.ts'
import { LocalController } from './controller/local-controller.ts'
import { createStartTopics } from './controller/start-topics.ts'
import { groupCoordinatorConfig } from './coordinator/group/group-config.ts'
import { GroupCoordinator } from './coordinator/group-coordinator.ts'
import { ReplicatedLog } from './coordinator/runtime/replicated-log.ts'
import { ProducerIds } from './coordinator/transaction/producer-ids.ts'
import { transactionCoordinatorConfig } from './coordinator/transaction/transaction-config.ts'
import { TransactionCoordinator } from './coordinator/transaction-coordinator.ts'
import { markerWriter } from './coordinator/transaction-markers.ts'
import { Dispatcher } from './dispatch/dispatcher.ts'
import { HandlerRegistry } from './dispatch/registry.ts'
import type { Environment } from './env/index.ts'
import type { Logger } from './env/logger.ts'
import { cleanerSettings, onCleanerSettings } from './log/cleaner/cleaner-settings.ts'
import { LogManager } from './log/manager/log-manager.ts'
import { type LogProgressListener, logProgress } from './log/manager/log-progress.ts'
import { followBrokerConfig } from './metadata/dynamic-broker-config.ts'
import { transactionVersion } from './metadata/features.ts'
import { CONSUMER_OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC } from './metadata/internal-topics.ts'
import { type LeadershipListener, MetadataFollower, type ReplicaPlace } from './replication/metadata-follower.ts'
import { ReplicaManager } from './replication/replica-manager.ts'
import { type BoundListener, Server } from './server/server.ts'

const PRODUCER_IDS_TIMEOUT_MS = 30_000

export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly environment: Environment
  readonly logger: Logger
  /** Called when the last log directory has failed and nothing can be served any more. */
  readonly onFatal?: (error: Error) => void
  /** Called for each log that a start opens or a stop closes. In its absence the logger hears of it now and then. */
  readonly onProgress?: LogProgressListener
}

export interface Broker {
  /** Resolves when clients are answered. Rejects with one clear sentence, leaving nothing behind. */
  start(): Promise<void>
  /** Answers what is in flight and closes everything; harmless when it did not start. A start under way is given up. */
  stop(): Promise<void>
  /** The listeners as they are bound. */
  readonly addresses: readonly BoundListener[]
}

export function createBroker(options: BrokerOptions): Broker {
  return new BrokerProcess(options)
}

/** The parts, in the order in which they are built; a stop goes through them the other way round. */
interface Parts {
  server?: Server
  logs?: LogManager
  controller?: LocalController
  replicas?: ReplicaManager
  groups?: GroupCoordinator
  transactions?: TransactionCoordinator
}

class BrokerProcess implements Broker {
  readonly #options: BrokerOptions
  readonly #onProgress: LogProgressListener
  readonly #parts: Parts = {}
  #starting: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(options: BrokerOptions) {
    this.#options = options
    this.#onProgress = options.onProgress ?? logProgress(options.environment.clock, options.logger)
  }

  get addresses(): readonly BoundListener[] {
    return this.#parts.server?.listeners ?? []
  }

  async start(): Promise<void> {
    this.#starting = this.#start()
    try {
      await this.#starting
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
    // A step of the start that is under way is let finish: what it builds is stopped with the rest.
    await this.#starting?.catch(() => {})
    const { server, logs, controller, replicas, groups, transactions } = this.#parts
    // What waits by design (long polls, members of a rebalance) is answered first: the server waits for the rest.
    replicas?.stop()
    groups?.stop()
    transactions?.stop()
    await server?.stop(this.#options.config.get('samsa.shutdown.timeout.ms'))
    const brokerEpoch = controller?.brokerEpoch ?? -1n
    await controller?.stop()
    await logs?.stop(Number(brokerEpoch), (done, total) => this.#onProgress({ work: 'closing', done, total }))
  }

  #throwIfStopping(): void {
    if (this.#stopping) throw new Error('The broker was stopped before it was ready.')
  }

  async #start(): Promise<void> {
    const { config, environment, logger } = this.#options
    const { clock } = environment
    const parts = this.#parts
    checkBrokerConfig(config)
    const handlers = new HandlerRegistry([], { legacyProtocol: config.get('samsa.legacy.protocol') })
    const server = new Server({ config, environment, logger, dispatcher: new Dispatcher(handlers, logger) })
    parts.server = server
    await server.bind()
    this.#throwIfStopping()
    const logs = await this.#openLogs()
    parts.logs = logs
    onCleanerSettings(config, (settings) => logs.cleaner?.configure(settings))
    config.subscribe(() => {
      logs.moves.bytesPerSecond = moveBytesPerSecond(config)
    })
    this.#throwIfStopping()
    const controller = await LocalController.start({ config, environment, logger, logs, listeners: server.listeners })
    parts.controller = controller
    this.#throwIfStopping()
    const replicas = new ReplicaManager({
      clock,
      unexpected: (err, where) => logger.error({ err }, `The ${where} failed unexpectedly`),
    })
    parts.replicas = replicas
    const internalTopics = new InternalTopicCreation({ controller, config, clock })
    const groups = this.#createGroups(controller, replicas, internalTopics)
    parts.groups = groups
    const transactions = this.#createTransactions(controller, replicas, groups, internalTopics)
    parts.transactions = transactions
    await this.#follow(controller, logs, replicas, leadershipOf(groups, transactions, logger))
    controller.subscribe((change) => groups.onMetadataUpdate(change))
    this.#throwIfStopping()
    const { clusterId } = logs
    const registered = () => handlers.all()
    const coordinators = { groups, transactions, internalTopics }
    const services = { config, environment, registered, controller, clusterId, logs, replicas, ...coordinators }
    for (const handler of apiHandlers(services)) handlers.add(handler)
    await controller.register()
    await createStartTopics(parseTopicsToCreate(config.get('samsa.create.topics')), controller, clock, logger)
    this.#throwIfStopping()
    server.start()
  }

  /** Locks and checks the data directories; the partitions' logs wait for the metadata. */
  #openLogs(): Promise<LogManager> {
    const { config, environment, logger, onFatal } = this.#options
    return LogManager.open({
      environment,
      logger,
      logDirectories: config.logDirs,
      metadataDirectory: config.get('metadata.log.dir') ?? undefined,
      nodeId: config.get('node.id'),
      clusterId: config.get('samsa.cluster.id'),
      retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
      flushSchedulerIntervalMs: config.get('log.flush.scheduler.interval.ms'),
      flushOffsetCheckpointIntervalMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      producerIdExpirationMs: config.get('producer.id.expiration.ms'),
      tailCacheBytes: config.get('samsa.log.tail.cache.bytes'),
      cleaner: cleanerSettings(config),
      moveBytesPerSecond: moveBytesPerSecond(config),
      onDirectoryFailure: (directory, error, remaining) => {
        logger.error({ err: error }, `The log directory ${directory} has failed and is offline`)
        if (remaining === 0) onFatal?.(error)
      },
    })
  }

  #createGroups(
    controller: LocalController,
    replicas: ReplicaManager,
    internalTopics: InternalTopicCreation,
  ): GroupCoordinator {
    const { config, environment, logger } = this.#options
    return new GroupCoordinator({
      config: groupCoordinatorConfig(config, (groupId) => controller.image.configs.group(groupId)),
      image: () => controller.image,
      log: new ReplicatedLog(replicas),
      environment,
      logger,
      partitionCount: () => internalTopics.partitionCount(CONSUMER_OFFSETS_TOPIC),
    })
  }

  #createTransactions(
    controller: LocalController,
    replicas: ReplicaManager,
    groups: GroupCoordinator,
    internalTopics: InternalTopicCreation,
  ): TransactionCoordinator {
    const { config, environment, logger } = this.#options
    const { clock } = environment
    const reserveProducerIds = () =>
      controller.allocateProducerIds({
        principal: BROKER_PRINCIPAL,
        deadlineMs: clock.monotonicMs() + PRODUCER_IDS_TIMEOUT_MS,
      })
    return new TransactionCoordinator({
      config: transactionCoordinatorConfig(config),
      log: new ReplicatedLog(replicas),
      environment,
      logger,
      producerIds: new ProducerIds(reserveProducerIds),
      partitionCount: () => internalTopics.partitionCount(TRANSACTION_STATE_TOPIC),
      transactionVersion: () => transactionVersion(controller.image),
      writeMarker: markerWriter({ replicas, groups, clock }),
      exists: (topic, partition) => controller.image.topics.partition(topic, partition) !== undefined,
    })
  }

  /** Puts the parts that follow the metadata behind it, from the image that the controller has now. */
  async #follow(
    controller: LocalController,
    logs: LogManager,
    replicas: ReplicaManager,
    leadership: LeadershipListener,
  ): Promise<void> {
    const { config, logger } = this.#options
    const { image } = controller
    const nodeId = config.get('node.id')
    const brokerConfig = followBrokerConfig(config, nodeId, image, logger)
    const placed = (places: readonly ReplicaPlace[]) => {
      controller.assignReplicas(places).catch((err) => {
        logger.error({ err }, 'The log directories of new partitions could not be made known')
      })
    }
    const follower = new MetadataFollower({ nodeId, config, logs, replicas, leadership, placed }, image)
    await logs.loadLogs({
      configOf: (topic) => follower.logConfig(topic),
      isKnown: (topic, partition, topicId) => {
        const known = image.topics.get(topic)
        return known?.partitions[partition] !== undefined && (topicId === null || topicId === known.id)
      },
      recoveryThreads: config.get('num.recovery.threads.per.data.dir'),
      onProgress: (done, total) => this.#onProgress({ work: 'opening', done, total }),
    })
    await follower.start()
    // Values first: the logs that a change opens are configured by them.
    controller.subscribe(brokerConfig)
    controller.subscribe(follower.follow)
  }
}

/** Coordinators serve the partitions of their internal topics that this broker leads. */
function leadershipOf(
  groups: GroupCoordinator,
  transactions: TransactionCoordinator,
  logger: Logger,
): LeadershipListener {
  const coordinators = new Map<string, GroupCoordinator | TransactionCoordinator>([
    [CONSUMER_OFFSETS_TOPIC, groups],
    [TRANSACTION_STATE_TOPIC, transactions],
  ])
  return {
    elected: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onElection(partition, leaderEpoch),
    resigned: (topic, partition, leaderEpoch) => coordinators.get(topic)?.onResignation(partition, leaderEpoch),
    topicsDeleted: (topics) => {
      // Nobody waits for it: the topics are gone, whatever becomes of the offsets in them.
      groups.onTopicsDeleted(topics).catch((err) => {
        logger.error({ err }, 'The offsets of deleted topics could not be deleted')
      })
    },
  }
}

function moveBytesPerSecond(config: BrokerConfig): number {
  return Number(config.canonicalText('replica.alter.log.dirs.io.max.bytes.per.second') ?? Number.MAX_VALUE)
}
