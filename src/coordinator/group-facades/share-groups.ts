import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'
import type {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from '../../../protocol/messages/alter-share-group-offsets.ts'
import type {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from '../../../protocol/messages/delete-share-group-offsets.ts'
import type {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from '../../../protocol/messages/share-group-heartbeat.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { Logger } from '../../env/logger.ts'
import type { GroupTopics } from '../group/group-topics.ts'
import type { Partitions } from '../group/partitions.ts'
import { checkShareHeartbeat } from '../group/share/check-heartbeat.ts'
import { type DescribedShareGroup, describedShareGroup, describeShareGroup } from '../group/share/describe.ts'
import { shareGroupHeartbeat } from '../group/share/heartbeat.ts'
import {
  alterShareOffsets,
  deleteShareOffsets,
  forgetTopics,
  type GroupShares,
  type OffsetsToAlter,
  type SharesToDelete,
  shareOffsetsDeleted,
  sharesInitialized,
  sharesNotInitialized,
  sharesOfDeletedGroups,
} from '../group/share/share-offsets.ts'
import type { ShareTask } from '../group/share/share-words.ts'
import type { ShareOutcome } from '../share/share-outcomes.ts'
import type { SharePersister } from '../share-persister.ts'
import type { GroupClient, GroupShards } from './group-shards.ts'

export interface ShareGroupsOptions {
  readonly persister: SharePersister
  readonly topics: () => GroupTopics
  readonly logger: Logger
  /** Whether the cluster's features allow the protocol. */
  readonly isEnabled: () => boolean
}

/** The group's `share.auto.offset.reset` decides. */
const UNKNOWN_OFFSET = -1

/** A share partition's answer, by the topic that it is of. */
interface TopicOutcome {
  readonly topicId: string
  readonly partition: number
  readonly outcome: ShareOutcome
}

/** The group coordinator's APIs of KIP-932. All of them are UNSUPPORTED_VERSION where the protocol is not enabled. */
export class ShareGroups {
  readonly #shards: GroupShards
  readonly #options: ShareGroupsOptions

  constructor(shards: GroupShards, options: ShareGroupsOptions) {
    this.#shards = shards
    this.#options = options
  }

  /** Throws INVALID_REQUEST for a request that cannot be. */
  async heartbeat(
    { clientId, clientHost }: GroupClient,
    request: ShareGroupHeartbeatRequest,
  ): Promise<Encodable<typeof ShareGroupHeartbeatResponse>> {
    this.requireEnabled()
    checkShareHeartbeat(request)
    const input = { request, clientId, clientHost }
    return this.#shards.write(request.groupId, (context, id) => shareGroupHeartbeat(context, input, id))
  }

  async describe(groupIds: readonly string[]): Promise<DescribedShareGroup[]> {
    if (!this.#options.isEnabled()) {
      return groupIds.map((groupId) => describedShareGroup(groupId, ErrorCode.UNSUPPORTED_VERSION))
    }
    const topics = this.#options.topics()
    // As in Kafka, the answers for empty ids come first.
    const ordered = [...groupIds].sort((a, b) => Number(b === '') - Number(a === ''))
    const described = ordered.map(async (groupId) => {
      if (groupId === '') return describedShareGroup(groupId, ErrorCode.INVALID_GROUP_ID)
      return this.#shards.describe(
        groupId,
        (state, epoch) => describeShareGroup(state, groupId, topics, epoch),
        (code) => describedShareGroup(groupId, code),
      )
    })
    return Promise.all(described)
  }

  requireEnabled(): void {
    if (!this.#options.isEnabled()) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }

  /** The partitions that have state at the share coordinator, by topic id. */
  initialized(groupId: string): Promise<Partitions> {
    return this.#shards.read(groupId, (state, epoch) => {
      const initialized = state.share.find(groupId, epoch)?.topics(epoch)?.initialized
      return new Map([...(initialized ?? [])].map(([topicId, { partitions }]) => [topicId, partitions]))
    })
  }

  /** A shard wants the states of partitions begun: nobody waits for it, and the next heartbeat asks again if need be. */
  perform(task: ShareTask): void {
    this.#initialize(task).catch((err) => {
      this.#options.logger.error({ err }, `The states of share group ${task.groupId} could not be begun`)
    })
  }

  /** Partitions that a topic gets while the group shares it are read from their first record on: nobody has seen it yet. */
  async #initialize({ groupId, groupEpoch: stateEpoch, partitions, knownTopics }: ShareTask): Promise<void> {
    const outcomes = await this.#each(groupId, partitions, (key) => {
      const startOffset = knownTopics.has(key.topicId) ? 0 : UNKNOWN_OFFSET
      return this.#options.persister.initialize(key, { stateEpoch, startOffset })
    })
    await this.#noteInitialized(groupId, partitions, outcomes)
  }

  /** As in Kafka, one refusal takes all of the partitions back; a state that was begun is begun again. */
  async #noteInitialized(groupId: string, partitions: Partitions, outcomes: readonly TopicOutcome[]): Promise<void> {
    const failed = outcomes.find(({ outcome }) => outcome.errorCode !== ErrorCode.NONE)
    const note = failed === undefined ? sharesInitialized : sharesNotInitialized
    await this.#shards.write(groupId, (context, id) => note(context, groupId, partitions, id))
    if (failed === undefined) return
    const { topicId, partition, outcome } = failed
    const reason = outcome.errorMessage ?? `error ${outcome.errorCode}`
    this.#options.logger.warn(`The state of ${groupId}:${topicId}:${partition} could not be begun: ${reason}`)
  }

  /** AlterShareGroupOffsets for topics that the client may alter. Throws INVALID_GROUP_ID, NON_EMPTY_GROUP and others. */
  async alterOffsets(
    request: AlterShareGroupOffsetsRequest,
  ): Promise<NonNullable<Encodable<typeof AlterShareGroupOffsetsResponse>['responses']>> {
    const { groupId } = request
    if (groupId === '') throw new KafkaError(ErrorCode.INVALID_GROUP_ID)
    const { groupEpoch, startOffsets, responses } = await this.#shards.write<OffsetsToAlter>(groupId, (context, id) =>
      alterShareOffsets(context, request, id),
    )
    const partitions = new Map([...startOffsets].map(([topicId, offsets]) => [topicId, new Set(offsets.keys())]))
    if (partitions.size === 0) return responses
    const outcomes = await this.#each(groupId, partitions, (key) => {
      const startOffset = Number(startOffsets.get(key.topicId)?.get(key.partition) ?? -1n)
      return this.#options.persister.initialize(key, { stateEpoch: groupEpoch, startOffset })
    })
    const failed = outcomes.filter(({ outcome }) => outcome.errorCode !== ErrorCode.NONE)
    if (failed.length === 0) {
      await this.#noteInitialized(groupId, partitions, outcomes)
      return responses
    }
    return responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => {
        const isFailed = ({ topicId, partition: at }: TopicOutcome) =>
          topicId === topic.topicId && at === partition.partitionIndex
        return { ...partition, ...failed.find(isFailed)?.outcome }
      }),
    }))
  }

  /** DeleteShareGroupOffsets for topics that the client may read. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP and others. */
  async deleteOffsets(
    request: DeleteShareGroupOffsetsRequest,
  ): Promise<NonNullable<Encodable<typeof DeleteShareGroupOffsetsResponse>['responses']>> {
    const { groupId } = request
    if (groupId === '') throw new KafkaError(ErrorCode.INVALID_GROUP_ID)
    const { partitions, failed } = await this.#shards.write<SharesToDelete>(groupId, (context, id) =>
      deleteShareOffsets(context, request, id),
    )
    const outcomes = await this.#each(groupId, partitions, (key) => this.#options.persister.delete(key))
    const deleted = new Set<string>()
    const answers = [...partitions.keys()].map((topicId) => {
      const refusal = outcomes.find((each) => each.topicId === topicId && each.outcome.errorCode !== ErrorCode.NONE)
      const errorCode = refusal?.outcome.errorCode ?? ErrorCode.NONE
      if (refusal === undefined) deleted.add(topicId)
      const topicName = this.#options.topics().identified(topicId)?.name ?? ''
      return { topicId, topicName, errorCode, errorMessage: refusal === undefined ? null : errorMessage(errorCode) }
    })
    if (deleted.size > 0) {
      await this.#shards.write(groupId, (context, id) => shareOffsetsDeleted(context, groupId, deleted, id))
    }
    return [...failed, ...answers]
  }

  /**
   * Deletes the states of the share groups among the groups, which live on one shard. Resolves to the error codes of
   * groups that may not be deleted, by group id.
   */
  async deleteStates(first: string, groupIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { found } = await this.#shards.write<{ found: GroupShares[] }>(first, (context, id) =>
      sharesOfDeletedGroups(context, groupIds, id),
    )
    const refusals = found.map(async ({ groupId, errorCode, partitions }) => {
      if (errorCode !== ErrorCode.NONE) return [groupId, errorCode] as const
      const outcomes = await this.#each(groupId, partitions, (key) => this.#options.persister.delete(key))
      const refusal = outcomes.find(({ outcome }) => outcome.errorCode !== ErrorCode.NONE)
      return [groupId, refusal?.outcome.errorCode ?? ErrorCode.NONE] as const
    })
    return new Map(await Promise.all(refusals))
  }

  /** Topics were deleted: groups forget that they have states. Resolves when that is committed. */
  async onTopicsDeleted(topics: readonly { readonly topicId: string }[]): Promise<void> {
    if (topics.length === 0) return
    const topicIds = new Set(topics.map(({ topicId }) => topicId))
    const forgotten = this.#shards.partitions().map(async (partition) => {
      try {
        await this.#shards.writeTo(partition, (context, id) => {
          forgetTopics(context, topicIds)
          context.effects.reply(id, {})
        })
      } catch (error) {
        // A shard that is loaded later knows of states of a topic whose id will never come again.
        if (!(error instanceof KafkaError)) throw error
      }
    })
    await Promise.all(forgotten)
  }

  #each(
    groupId: string,
    partitions: Partitions,
    ask: (key: { groupId: string; topicId: string; partition: number }) => Promise<ShareOutcome>,
  ): Promise<TopicOutcome[]> {
    const asked = [...partitions].flatMap(([topicId, ofTopic]) =>
      [...ofTopic].map(async (partition) => {
        return { topicId, partition, outcome: await ask({ groupId, topicId, partition }) }
      }),
    )
    return Promise.all(asked)
  }
}
