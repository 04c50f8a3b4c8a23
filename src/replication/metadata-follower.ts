/**
 * Makes the partitions that the metadata image names be there: opens a log for each replica of this broker, hands it to
 * the replica manager, lets it lead or be fetched for, renames the directory of what was deleted or given to other
 * brokers, passes on changed configurations. A publication is done when all of this is, so whoever is told that a topic
 * exists can produce to it.
 */
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Logger } from '../env/logger.ts'
import { runBounded } from '../env/run-bounded.ts'
import { isOutOfSpace } from '../log/files/disk-error.ts'
import { type LogConfig, logConfigOf } from '../log/log-config.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'
import type { MetadataChange, MetadataImage } from '../metadata/image/metadata-image.ts'
import type { PartitionRegistration, TopicImage } from '../metadata/image/topics-image.ts'
import type { ReplicaPlace } from '../metadata/replica-place.ts'
import type { ClusterReplication } from './cluster-replication.ts'
import { Partition } from './partition.ts'
import type { PartitionState } from './partition-state.ts'
import type { ReplicaManager } from './replica-manager.ts'

/** Hears which partitions this broker leads; coordinators serve those of their internal topics. */
export interface LeadershipListener {
  elected(topic: string, partition: number, leaderEpoch: number): void
  /** The epoch is null when the partition is gone. */
  resigned(topic: string, partition: number, leaderEpoch: number | null): void
  /** Topics were deleted: what is kept about them may go. */
  topicsDeleted(topics: readonly { readonly name: string; readonly topicId: string }[]): void
}

/** How many logs of a topic are opened or deleted at a time: enough to keep the disk busy. */
const PARALLEL_LOGS = 32

export interface FollowerOptions {
  nodeId: number
  config: BrokerConfig
  logger: Logger
  logs: LogManager
  replicas: ReplicaManager
  replication: ClusterReplication
  leadership: LeadershipListener
  /** Replicas are where the metadata does not say so yet. Must not wait for the publication that is under way. */
  placed?(places: readonly ReplicaPlace[]): void
}

export class MetadataFollower {
  readonly #options: FollowerOptions
  #image: MetadataImage
  /** Found out while partitions were opened, and not told yet. */
  readonly #places: ReplicaPlace[] = []

  constructor(options: FollowerOptions, image: MetadataImage) {
    this.#options = options
    this.#image = image
    options.logs.moves.onMoved = ({ topic, topicId, partition }, { id: directoryId }) => {
      this.#places.push({ topic, topicId, partition, directoryId })
      this.#tellPlaces()
    }
    // Broker defaults stand behind every topic's values.
    options.config.subscribe(() => {
      for (const topic of this.#image.topics) this.#reconfigure(topic.name)
    })
  }

  /** The log configuration of a topic, as the image and the broker's configuration have it now. */
  logConfig(topic: string): LogConfig {
    const values = this.#options.config.topicConfig(this.#image.configs.topic(topic))
    return logConfigOf(Object.entries(values))
  }

  /** Opens what the image has; before the first `follow`. */
  async start(): Promise<void> {
    for (const topic of this.#image.topics) await this.#open(topic)
    this.#tellPlaces()
    this.#options.replication.start()
  }

  readonly follow = async (change: MetadataChange): Promise<void> => {
    this.#image = change.after
    const { replication } = this.#options
    replication.publish(change.after)
    for (const topic of change.deletedTopics) await this.#close(topic)
    if (change.deletedTopics.length > 0) {
      this.#options.leadership.topicsDeleted(change.deletedTopics.map(({ name, id }) => ({ name, topicId: id })))
    }
    for (const topic of change.createdTopics) await this.#open(topic)
    for (const { before, after } of change.changedTopics) await this.#open(after, before)
    for (const { type, name } of change.changedConfigs) {
      if (type === ConfigResourceType.TOPIC && change.after.topics.get(name) !== undefined) this.#reconfigure(name)
    }
    replication.published()
    this.#tellPlaces()
  }

  #tellPlaces(): void {
    const places = this.#places.splice(0)
    if (places.length > 0) this.#options.placed?.(places)
  }

  /** `before`: the topic as it was, of which only what differs is looked at. */
  async #open(topic: TopicImage, before?: TopicImage): Promise<void> {
    const config = this.logConfig(topic.name)
    const changed = [...topic.partitions.keys()].filter((at) => topic.partitions[at] !== before?.partitions[at])
    await runBounded(changed, PARALLEL_LOGS, (index) => this.#openPartition(topic, index, config))
  }

  async #openPartition(topic: TopicImage, index: number, config: LogConfig): Promise<void> {
    const { nodeId, replicas, replication, leadership } = this.#options
    const registration = topic.partitions[index]
    if (registration === undefined) return
    const slot = registration.replicas.indexOf(nodeId)
    if (slot === -1) return this.#closePartition(topic.name, index)
    const state = stateOf(registration)
    let partition = replicas.get(topic.name, index)
    if (partition !== undefined) {
      await partition.follow(state)
    } else {
      const log = await this.#openLog(topic, index, config, registration.directories[slot] ?? ZERO_UUID)
      if (log === null) return
      partition = new Partition(log, state, replication.replicaEnvironment)
      replicas.add(partition)
    }
    replication.follow(partition)
    if (state.leaderId === nodeId) leadership.elected(topic.name, index, state.leaderEpoch)
    else leadership.resigned(topic.name, index, state.leaderEpoch)
  }

  /** null: there is no room for it on the disk, and it is opened later; or it is damaged, and waits for a person. */
  async #openLog(
    topic: TopicImage,
    partition: number,
    config: LogConfig,
    directoryId: string,
  ): Promise<PartitionLog | null> {
    const { logs } = this.#options
    const { name, id: topicId } = topic
    if (logs.isWithheld(name, partition, topicId)) return null
    try {
      const log =
        logs.getLog(name, partition) ?? (await logs.createLog(name, partition, { topicId, config, directoryId }))
      const home = logs.directoryOf(log)?.id
      if (home !== undefined && home !== directoryId) {
        this.#places.push({ topic: name, topicId, partition, directoryId: home })
      }
      return log
    } catch (error) {
      if (!isOutOfSpace((error as Error).cause)) throw error
      logs.tryAgainLater(() => this.#openLate(topic, partition))
      return null
    }
  }

  /** The topic may have changed or gone meanwhile, and may go while this is under way. */
  async #openLate(topic: TopicImage, partition: number): Promise<void> {
    const { replicas } = this.#options
    const isCurrent = () => this.#image.topics.get(topic.name)?.id === topic.id
    if (!isCurrent() || replicas.get(topic.name, partition) !== undefined) return
    await this.#openPartition(this.#image.topics.get(topic.name)!, partition, this.logConfig(topic.name))
    if (!isCurrent()) await this.#closePartition(topic.name, partition)
    this.#tellPlaces()
  }

  async #close(topic: TopicImage): Promise<void> {
    await runBounded([...topic.partitions.keys()], PARALLEL_LOGS, (index) => this.#closePartition(topic.name, index))
  }

  /** The topic is deleted, or other brokers have its replicas now. */
  async #closePartition(topic: string, index: number): Promise<void> {
    const { logs, replicas, replication, leadership } = this.#options
    const partition = replicas.remove(topic, index)
    if (partition === undefined) return
    replication.forget(partition)
    leadership.resigned(topic, index, null)
    await logs.deleteLog(topic, index)
  }

  #reconfigure(topic: string): void {
    this.#options.logs.updateConfig(topic, this.logConfig(topic))
  }
}

function stateOf({ leader, leaderEpoch, partitionEpoch, isr, replicas }: PartitionRegistration): PartitionState {
  return { leaderId: leader, leaderEpoch, partitionEpoch, inSyncReplicas: isr, replicas }
}
