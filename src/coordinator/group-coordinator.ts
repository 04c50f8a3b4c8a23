import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { allowsConsumerGroups, allowsShareGroups, allowsStreamsGroups } from '../metadata/features.ts'
import type { MetadataChange, MetadataImage } from '../metadata/image/metadata-image.ts'
import type { GroupCoordinatorConfig } from './group/group-config.ts'
import { type GroupShard, groupShardKind } from './group/group-shard.ts'
import { groupTopics } from './group/group-topics.ts'
import { expireOffsets } from './group/offsets/offset-retention.ts'
import { ClassicGroups } from './group-facades/classic-groups.ts'
import { ConsumerGroups } from './group-facades/consumer-groups.ts'
import { GroupAdministration } from './group-facades/group-administration.ts'
import { GroupOffsets } from './group-facades/group-offsets.ts'
import { type GroupRuntime, GroupShards } from './group-facades/group-shards.ts'
import { ShareGroups } from './group-facades/share-groups.ts'
import { StreamsGroups } from './group-facades/streams-groups.ts'
import type { CoordinatorLog } from './runtime/coordinator-log.ts'
import { CoordinatorRuntime } from './runtime/coordinator-runtime.ts'
import { Deadlines } from './runtime/deadlines.ts'
import type { TransactionMarker } from './runtime/shard.ts'
import type { SharePersister } from './share-persister.ts'

export interface GroupCoordinatorOptions {
  readonly config: GroupCoordinatorConfig
  readonly log: CoordinatorLog
  readonly environment: Pick<Environment, 'clock' | 'random'>
  readonly logger: Logger
  /** How many partitions `__consumer_offsets` has, or will have. */
  readonly partitionCount: () => number
  readonly image: () => MetadataImage
  /** Where share groups begin and delete the states of their partitions. */
  readonly persister: SharePersister
}

/**
 * The group coordinator: one runtime over the shards of `__consumer_offsets`, and a facade for each kind of request that
 * API handlers bring. A facade finds the shard of a group, runs the operation there and puts the answers of several shards
 * together. Errors are `KafkaError`s with the code that the client gets.
 */
export class GroupCoordinator {
  readonly classic: ClassicGroups
  readonly consumer: ConsumerGroups
  readonly streams: StreamsGroups
  readonly share: ShareGroups
  readonly offsets: GroupOffsets
  readonly admin: GroupAdministration
  readonly #deadlines: Deadlines
  readonly #runtime: GroupRuntime
  readonly #shards: GroupShards

  constructor({ config, log, environment, logger, partitionCount, image, persister }: GroupCoordinatorOptions) {
    const { clock, random } = environment
    const topics = () => groupTopics(image())
    this.#deadlines = new Deadlines(clock)
    this.#runtime = new CoordinatorRuntime(groupShardKind(config, topics), {
      log,
      clock,
      deadlines: this.#deadlines,
      logger,
      appendLingerMs: config.appendLingerMs,
      writeTimeoutMs: config.commitTimeoutMs,
      loadBufferBytes: config.loadBufferBytes,
      compressionTypeId: config.compressionTypeId,
      // As Apache's group coordinator has it, byte for byte.
      baseSequence: 0,
      perform: (task) => this.share.perform(task),
    })
    this.#shards = new GroupShards(this.#runtime, partitionCount)
    this.classic = new ClassicGroups(this.#shards, config, random)
    this.consumer = new ConsumerGroups(this.#shards, {
      config: config.consumer,
      random,
      topics,
      isEnabled: () => config.consumer.isEnabled && allowsConsumerGroups(image()),
    })
    this.share = new ShareGroups(this.#shards, {
      persister,
      topics,
      logger,
      isEnabled: () => allowsShareGroups(image()),
    })
    this.streams = new StreamsGroups(this.#shards, {
      config: config.streams,
      isEnabled: () => config.streams.isEnabled && allowsStreamsGroups(image()),
    })
    this.offsets = new GroupOffsets(this.#shards)
    this.admin = new GroupAdministration(this.#shards, this.share)
  }

  /** The partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    return this.#shards.partitionFor(groupId)
  }

  onElection(partition: number, leaderEpoch: number): void {
    this.#runtime.onElection(partition, leaderEpoch)
  }

  onResignation(partition: number, leaderEpoch: number | null): void {
    this.#runtime.onResignation(partition, leaderEpoch)
  }

  /** Groups whose topics have changed find out about it with the next heartbeat of a member. */
  onMetadataUpdate({ after, createdTopics, changedTopics, deletedTopics }: MetadataChange): void {
    const topics = [...createdTopics, ...changedTopics.map((topic) => topic.after), ...deletedTopics]
    if (topics.length === 0) return
    const names = new Set(topics.map(({ name }) => name))
    const change = { names, hasNew: createdTopics.length > 0, version: groupTopics(after).version }
    for (const partition of this.#runtime.partitions()) {
      const tell = (shard: GroupShard) => shard.topicsChanged(change)
      // A shard that is being loaded looks at the topics as they are then.
      this.#runtime.read(partition, tell).catch(() => {})
    }
  }

  async onTopicsDeleted(topics: readonly { readonly name: string; readonly topicId: string }[]): Promise<void> {
    await Promise.all([this.offsets.onTopicsDeleted(topics), this.share.onTopicsDeleted(topics)])
  }

  /** Looks now for offsets that nobody needs any more, among those of the groups that share a partition with this one. */
  async expireOffsets(groupId: string): Promise<void> {
    await this.#shards.writeTo(this.partitionFor(groupId), (context, id) => {
      expireOffsets(context)
      context.effects.reply(id, {})
    })
  }

  /** The end of a producer's transaction in one partition of `__consumer_offsets`. Errors are the log's own. */
  completeTransaction(partition: number, marker: TransactionMarker): Promise<void> {
    return this.#runtime.completeTransaction(partition, marker)
  }

  /** Answers requests that wait with NOT_COORDINATOR. Nothing needs to be written: the log holds all that must survive. */
  stop(): void {
    this.#runtime.stop()
    this.#deadlines.stop()
  }
}
