/**
 * Share groups' own parts, which are loaded when a client first needs them or this broker leads a partition of
 * `__share_group_state`: a broker without share groups does not even read their code.
 */

import type { InternalTopicCreation } from '../../api/support/topics/internal-topic-creation.ts'
import type { BrokerPool } from '../../client/broker-pool.ts'
import type { AdminRequests } from '../../controller/admin-requests.ts'
import type { GroupProperties } from '../../coordinator/group/group-config.ts'
import type { CoordinatorLog } from '../../coordinator/runtime/coordinator-log.ts'
import { shareCoordinatorConfig } from '../../coordinator/share/share-config.ts'
import type { ShareCoordinator } from '../../coordinator/share-coordinator.ts'
import type { SharePersister } from '../../coordinator/share-persister.ts'
import { allowsDeadLetters } from '../../metadata/features.ts'
import { NO_LEADER } from '../../metadata/image/topics-image.ts'
import { SHARE_GROUP_STATE_TOPIC } from '../../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { SharePartitionConfig } from '../../share/share-config.ts'
import type { ShareLeaderServices } from '../../share/share-leader.ts'
import type { SharePartitions } from '../../share/share-partitions.ts'
import type { ShareServices } from '../../share/share-services.ts'
import { once } from '../once.ts'
import type { BuildOptions } from '../options.ts'
import type { LatestOffset } from './latest-offsets.ts'
import { shareParts } from './share-parts.ts'

interface Surroundings {
  /** The values that a group has set for itself, as they are in force. */
  readonly groupProperties: GroupProperties
  readonly log: CoordinatorLog
  readonly replicas: ReplicaManager
  readonly metadata: PublishedMetadata
  readonly internalTopics: InternalTopicCreation
  readonly controller: AdminRequests
  /** Connections to other brokers; null: there are none. */
  readonly brokers: BrokerPool | null
}

const PRUNE_TIMEOUT_MS = 30_000
const RANDOM_STEPS = 1 << 16

export class Shares implements ShareServices {
  readonly persister: SharePersister
  readonly #options: BuildOptions
  readonly #surroundings: Surroundings
  #coordinator: Promise<ShareCoordinator> | null = null
  #partitions: Promise<SharePartitions> | null = null
  #isStopped = false
  readonly #latestOffset = once(() => this.#loadLatestOffset())

  constructor(options: BuildOptions, surroundings: Surroundings) {
    this.#options = options
    this.#surroundings = surroundings
    const load = once(() => this.#loadPersister())
    this.persister = {
      initialize: async (...args) => (await load()).initialize(...args),
      read: async (...args) => (await load()).read(...args),
      write: async (...args) => (await load()).write(...args),
      delete: async (...args) => (await load()).delete(...args),
      readSummary: async (...args) => (await load()).readSummary(...args),
    }
  }

  coordinator(): Promise<ShareCoordinator> {
    this.#coordinator ??= this.#loadCoordinator()
    return this.#coordinator
  }

  partitions(): Promise<SharePartitions> {
    this.#partitions ??= this.#loadPartitions()
    return this.#partitions
  }

  onElection(partition: number, leaderEpoch: number): void {
    void this.coordinator().then((coordinator) => coordinator.onElection(partition, leaderEpoch))
  }

  onResignation(partition: number, leaderEpoch: number | null): void {
    void this.#coordinator?.then((coordinator) => coordinator.onResignation(partition, leaderEpoch))
  }

  async onTopicsDeleted(topics: readonly { readonly topicId: string }[]): Promise<void> {
    await (await this.#coordinator)?.onTopicsDeleted(topics)
  }

  stop(): void {
    this.#isStopped = true
    void this.#partitions?.then((partitions) => partitions.stop())
    void this.#coordinator?.then((coordinator) => coordinator.stop())
  }

  async #loadCoordinator(): Promise<ShareCoordinator> {
    const { config, environment, loggers } = this.#options
    const { log, replicas, metadata, internalTopics } = this.#surroundings
    const { ShareCoordinator } = await shareParts.coordinator()
    const coordinator = new ShareCoordinator({
      config: shareCoordinatorConfig(config),
      log,
      environment,
      logger: loggers.named('samsa.groups'),
      partitionCount: () => internalTopics.partitionCount(SHARE_GROUP_STATE_TOPIC),
      topics: { partitionCount: (topicId) => metadata.image.topics.getById(topicId)?.partitions.length ?? 0 },
      prune: async (partition, offset) => {
        await replicas.get(SHARE_GROUP_STATE_TOPIC, partition)?.leader().deleteRecords(offset, PRUNE_TIMEOUT_MS)
      },
    })
    if (this.#isStopped) coordinator.stop()
    return coordinator
  }

  /** The high watermark of a partition of the cluster. Rejects with a `KafkaError`. */
  async latestOffset(topic: string, partition: number): Promise<number> {
    return (await this.#latestOffset())(topic, partition)
  }

  async #loadLatestOffset(): Promise<LatestOffset> {
    const { brokers, replicas } = this.#surroundings
    const here: LatestOffset = async (topic, index) => {
      const partition = replicas.require(topic, index)
      partition.leader()
      return partition.highWatermark
    }
    if (brokers === null) return here
    const { config, environment } = this.#options
    const { latestOffsets } = await shareParts.latestOffsets()
    const leaderOf = (topic: string, index: number) => this.#leaderOf(topic, index)
    return latestOffsets({ nodeId: config.get('node.id'), clock: environment.clock, brokers, leaderOf, here })
  }

  #leaderOf(topic: string, partition: number): number {
    return this.#surroundings.metadata.image.topics.partition(topic, partition)?.leader ?? NO_LEADER
  }

  async #loadPersister(): Promise<SharePersister> {
    const { clock } = this.#options.environment
    const { internalTopics, metadata } = this.#surroundings
    const [here, { RetryingPersister }] = await Promise.all([this.coordinator(), shareParts.persister()])
    return new RetryingPersister({
      coordinator: await this.#coordinatorsOfCluster(here),
      clock,
      ensureTopic: () => internalTopics.ensure(SHARE_GROUP_STATE_TOPIC),
      exists: ({ topicId, partition }) => metadata.image.topics.getById(topicId)?.partitions[partition] !== undefined,
    })
  }

  async #coordinatorsOfCluster(here: ShareCoordinator): Promise<SharePersister> {
    const { brokers } = this.#surroundings
    if (brokers === null) return here
    const { config, environment } = this.#options
    const { clusterPersister } = await shareParts.clusterPersister()
    return clusterPersister({
      nodeId: config.get('node.id'),
      here,
      brokers,
      clock: environment.clock,
      leaderOf: (index) => this.#leaderOf(SHARE_GROUP_STATE_TOPIC, index),
    })
  }

  async #loadPartitions(): Promise<SharePartitions> {
    const { config, environment, loggers } = this.#options
    const { replicas, metadata, groupProperties } = this.#surroundings
    const [{ SharePartitions }, { sharePartitionConfig }] = await Promise.all([
      shareParts.partitions(),
      shareParts.config(),
    ])
    const { persister } = this
    const shareConfig = sharePartitionConfig(config, groupProperties, () => allowsDeadLetters(metadata.image))
    const logger = loggers.named('samsa.groups')
    const bury = this.#deadLetters(shareConfig)
    const { clock } = environment
    const partitions = new SharePartitions({ replicas, persister, clock, config: shareConfig, logger, bury })
    if (this.#isStopped) partitions.stop()
    return partitions
  }

  /** The code of dead-letter queues is loaded with the first record for one of them. */
  #deadLetters({ deadLetterTopic, copiesDeadRecords }: SharePartitionConfig): ShareLeaderServices['bury'] {
    const { config, environment, loggers } = this.#options
    const { clock, random } = environment
    const { replicas } = this.#surroundings
    const queue = once(async () => {
      const [{ DeadLetterQueue }, { originalRecords }, { deadLetterTopics }] = await Promise.all([
        shareParts.deadLetterQueue(),
        shareParts.originalRecords(),
        shareParts.deadLetterTopics(),
      ])
      return new DeadLetterQueue({
        topics: deadLetterTopics({ ...this.#surroundings, config, clock }),
        config: {
          topic: deadLetterTopic,
          copiesRecords: copiesDeadRecords,
          createsTopics: () => config.get('errors.deadletterqueue.auto.create.topics.enable'),
          prefix: () => config.get('errors.deadletterqueue.topic.name.prefix'),
        },
        readOriginals: originalRecords(replicas),
        random: () => random.integer(RANDOM_STEPS) / RANDOM_STEPS,
        clock,
        logger: loggers.named('samsa.groups'),
      })
    })
    return async (key, { topic }, dead) => {
      await (await queue()).bury(key, topic, dead)
    }
  }
}
