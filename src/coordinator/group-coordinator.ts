import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { coordinatorPartition } from '../../protocol/hashes.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/consumer-group-heartbeat.ts'
import type { DeleteGroupsResponse } from '../../protocol/messages/delete-groups.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../protocol/messages/join-group.ts'
import type { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/messages/leave-group.ts'
import type { ListGroupsRequest } from '../../protocol/messages/list-groups.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/offset-commit.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/offset-delete.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../../protocol/messages/sync-group.ts'
import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/messages/txn-offset-commit.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { MetadataChange, MetadataImage } from '../metadata/metadata-image.ts'
import { checkHeartbeat } from './group/consumer/check-heartbeat.ts'
import {
  type DescribedConsumerGroup,
  describeConsumerGroup,
  describedConsumerGroup,
} from './group/consumer/describe.ts'
import { type GroupTopics, groupTopics } from './group/consumer/group-topics.ts'
import { consumerGroupHeartbeat, type HeartbeatInput } from './group/consumer/heartbeat.ts'
import {
  type DescribedGroup,
  deleteGroups,
  describedGroup,
  describeGroup,
  type ListedGroup,
  listGroups,
} from './group/group-admin.ts'
import type { GroupCoordinatorConfig } from './group/group-config.ts'
import type { GroupContext, GroupTimeout } from './group/group-effects.ts'
import type { GroupRecord } from './group/group-records.ts'
import { type GroupShard, groupShardKind } from './group/group-shard.ts'
import { consumerMemberId, memberUuid } from './group/member-uuid.ts'
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './group/membership.ts'
import { commitOffsets, deleteOffsets, deleteOffsetsOfTopics } from './group/offsets/offset-commit.ts'
import { type FetchedGroup, type FetchedOffsets, fetchOffsets } from './group/offsets/offset-fetch.ts'
import { commitTransactionalOffsets } from './group/offsets/txn-offset-commit.ts'
import { clientErrorCode } from './runtime/client-error.ts'
import type { CoordinatorLog } from './runtime/coordinator-log.ts'
import { CoordinatorRuntime } from './runtime/coordinator-runtime.ts'
import { Deadlines } from './runtime/deadlines.ts'
import type { OperationContext, TransactionMarker } from './runtime/shard.ts'

/** What a group may know of the client behind a request. */
export interface GroupClient {
  readonly apiVersion: number
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
}

export interface GroupCoordinatorOptions {
  readonly config: GroupCoordinatorConfig
  readonly log: CoordinatorLog
  readonly environment: Pick<Environment, 'clock' | 'random'>
  readonly logger: Logger
  /** How many partitions `__consumer_offsets` has, or will have. */
  readonly partitionCount: () => number
  readonly image: () => MetadataImage
}

/**
 * The group coordinator as the API handlers see it: finds the shard of a group, runs the operation there and puts the
 * answers of several shards together. Errors are `KafkaError`s with the code that the client gets.
 */
export class GroupCoordinator {
  readonly #config: GroupCoordinatorConfig
  readonly #random: Environment['random']
  readonly #partitionCount: () => number
  readonly #topics: () => GroupTopics
  readonly #deadlines: Deadlines
  readonly #runtime: CoordinatorRuntime<GroupShard, GroupRecord, GroupTimeout>

  constructor({ config, log, environment, logger, partitionCount, image }: GroupCoordinatorOptions) {
    this.#config = config
    this.#random = environment.random
    this.#partitionCount = partitionCount
    this.#topics = () => groupTopics(image())
    this.#deadlines = new Deadlines(environment.clock)
    this.#runtime = new CoordinatorRuntime(groupShardKind(config, this.#topics), {
      log,
      clock: environment.clock,
      deadlines: this.#deadlines,
      logger,
      appendLingerMs: config.appendLingerMs,
      writeTimeoutMs: config.commitTimeoutMs,
      loadBufferBytes: config.loadBufferBytes,
      compressionTypeId: config.compressionTypeId,
      // As Apache's group coordinator has it, byte for byte.
      baseSequence: 0,
    })
  }

  /** The partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#partitionCount())
  }

  onElection(partition: number, leaderEpoch: number): void {
    this.#runtime.onElection(partition, leaderEpoch)
  }

  onResignation(partition: number, leaderEpoch: number | null): void {
    this.#runtime.onResignation(partition, leaderEpoch)
  }

  /** Answers whoever waits with NOT_COORDINATOR. Nothing needs to be written: the log holds all that must survive. */
  stop(): void {
    this.#runtime.stop()
    this.#deadlines.stop()
  }

  async joinGroup(client: GroupClient, request: JoinGroupRequest): Promise<Encodable<typeof JoinGroupResponse>> {
    const { groupId, memberId, sessionTimeoutMs } = request
    if (groupId === '') return { memberId, errorCode: ErrorCode.INVALID_GROUP_ID }
    if (sessionTimeoutMs < this.#config.minSessionTimeoutMs || sessionTimeoutMs > this.#config.maxSessionTimeoutMs) {
      return { memberId, errorCode: ErrorCode.INVALID_SESSION_TIMEOUT }
    }
    const ids = { memberUuid: memberUuid(this.#random), consumerMemberId: consumerMemberId(this.#random) }
    const input = { request, ...client, ...ids }
    return this.#write(groupId, (context, id) => joinGroup(context, input, id))
  }

  /** Throws for a request that cannot be: INVALID_REQUEST, UNSUPPORTED_ASSIGNOR. */
  async consumerGroupHeartbeat(
    client: GroupClient,
    request: ConsumerGroupHeartbeatRequest,
  ): Promise<Encodable<typeof ConsumerGroupHeartbeatResponse>> {
    checkHeartbeat(request, client.apiVersion, this.#config.consumer.assignors)
    const { clientId, clientHost } = client
    const input: HeartbeatInput = { request, clientId, clientHost, memberId: consumerMemberId(this.#random) }
    return this.#write(request.groupId, (context, id) => consumerGroupHeartbeat(context, input, id))
  }

  async describeConsumerGroups(groupIds: readonly string[]): Promise<DescribedConsumerGroup[]> {
    const facts = { topics: this.#topics(), defaultAssignor: this.#config.consumer.assignors[0] }
    // As in Kafka, what can be no group comes first.
    const ordered = [...groupIds].sort((a, b) => Number(b === '') - Number(a === ''))
    const described = ordered.map(async (groupId) => {
      if (groupId === '') return describedConsumerGroup(groupId, ErrorCode.INVALID_GROUP_ID)
      try {
        return await this.#runtime.read(this.partitionFor(groupId), ({ state }, epoch) =>
          describeConsumerGroup(state, groupId, facts, epoch),
        )
      } catch (error) {
        if (error instanceof KafkaError) return describedConsumerGroup(groupId, clientErrorCode(error.code))
        throw error
      }
    })
    return Promise.all(described)
  }

  /** Groups whose topics have changed find out about it with the next heartbeat of a member. */
  onMetadataUpdate({ after, createdTopics, changedTopics, deletedTopics }: MetadataChange): void {
    const topics = [...createdTopics, ...changedTopics.map((topic) => topic.after), ...deletedTopics]
    if (topics.length === 0) return
    const names = new Set(topics.map(({ name }) => name))
    const { version } = groupTopics(after)
    for (const partition of this.#runtime.partitions()) {
      const tell = ({ state }: GroupShard) => state.topicsChanged(names, { added: createdTopics.length > 0, version })
      // One that is being loaded looks at the topics as they are then.
      this.#runtime.read(partition, tell).catch(() => {})
    }
  }

  async syncGroup(request: SyncGroupRequest): Promise<Encodable<typeof SyncGroupResponse>> {
    requireGroupId(request.groupId)
    return this.#write(request.groupId, (context, id) => syncGroup(context, request, id))
  }

  async heartbeat(request: HeartbeatRequest): Promise<Encodable<typeof HeartbeatResponse>> {
    requireGroupId(request.groupId)
    try {
      return await this.#write(request.groupId, (context, id) => heartbeat(context, request, id))
    } catch (error) {
      // Whether the member is known will be seen when the shard is loaded; sessions do not end before that.
      if (isKafkaError(error, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)) return { errorCode: ErrorCode.NONE }
      throw error
    }
  }

  async leaveGroup(request: LeaveGroupRequest): Promise<Encodable<typeof LeaveGroupResponse>> {
    requireGroupId(request.groupId)
    try {
      return await this.#write(request.groupId, (context, id) => leaveGroup(context, request, id))
    } catch (error) {
      if (!isKafkaError(error, ErrorCode.UNKNOWN_MEMBER_ID)) throw error
      const members = request.members.map(({ memberId, groupInstanceId }) => {
        return { memberId, groupInstanceId, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }
      })
      return { errorCode: ErrorCode.NONE, members }
    }
  }

  /** Topics of the request have both name and id, as far as there is one. */
  commitOffsets(apiVersion: number, request: OffsetCommitRequest): Promise<Encodable<typeof OffsetCommitResponse>> {
    return this.#write(request.groupId, (context, id) => commitOffsets(context, request, apiVersion, id))
  }

  /** Commits offsets as a part of the producer's transaction: they count once its marker says so. */
  commitTransactionalOffsets(
    request: TxnOffsetCommitRequest,
    verificationGuard: object | null | undefined,
  ): Promise<Encodable<typeof TxnOffsetCommitResponse>> {
    return this.#write(request.groupId, (context, id) =>
      commitTransactionalOffsets(context, request, verificationGuard, id),
    )
  }

  /** The end of a producer's transaction in one partition of `__consumer_offsets`. Errors are the log's own. */
  completeTransaction(partition: number, marker: TransactionMarker): Promise<void> {
    return this.#runtime.completeTransaction(partition, marker)
  }

  /** Offsets as they are committed, or with `requireStable` as they are once everything under way is. */
  async fetchOffsets(group: FetchedGroup, requireStable: boolean): Promise<FetchedOffsets> {
    const partition = this.partitionFor(group.groupId)
    if (!requireStable) {
      return this.#runtime.read(partition, ({ state }, epoch) => fetchOffsets(state, group, false, epoch))
    }
    try {
      return await this.#runtime.write<FetchedOffsets>(partition, (shard, { request, nowMs }) => {
        const { state, effects } = shard.context(nowMs)
        return effects.reply(request, fetchOffsets(state, group, true, Number.POSITIVE_INFINITY))
      })
    } catch (error) {
      // Consumers retry an offset fetch on NOT_COORDINATOR; Kafka gives it here where others get NOT_AVAILABLE.
      const code = error instanceof KafkaError ? clientErrorCode(error.code) : null
      if (code === null) throw error
      const isLogError = code === ErrorCode.COORDINATOR_NOT_AVAILABLE
      throw new KafkaError(isLogError ? ErrorCode.NOT_COORDINATOR : code)
    }
  }

  async deleteOffsets(request: OffsetDeleteRequest): Promise<Encodable<typeof OffsetDeleteResponse>> {
    requireGroupId(request.groupId)
    return this.#write(request.groupId, (context, id) => deleteOffsets(context, request, id))
  }

  /** The groups of all shards here; those that are being loaded make the whole answer an error. */
  async listGroups(request: ListGroupsRequest): Promise<ListedGroup[]> {
    const listed = this.#runtime.partitions().map(async (partition) => {
      try {
        return await this.#runtime.read(partition, ({ state }, epoch) => listGroups(state, request, epoch))
      } catch (error) {
        if (isKafkaError(error, ErrorCode.NOT_COORDINATOR)) return []
        throw error
      }
    })
    return (await Promise.all(listed)).flat()
  }

  async describeGroups(groupIds: readonly string[], apiVersion: number): Promise<DescribedGroup[]> {
    const described = groupIds.map(async (groupId) => {
      try {
        const partition = this.partitionFor(groupId)
        return await this.#runtime.read(partition, ({ state }, epoch) =>
          describeGroup(state, groupId, apiVersion, epoch),
        )
      } catch (error) {
        if (error instanceof KafkaError) return describedGroup(groupId, clientErrorCode(error.code))
        throw error
      }
    })
    return Promise.all(described)
  }

  async deleteGroups(groupIds: readonly string[]): Promise<DeleteGroupsResponse['results']> {
    const byPartition = new Map<number, string[]>()
    for (const groupId of groupIds) {
      const partition = this.partitionFor(groupId)
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), groupId])
    }
    const deleted = [...byPartition.values()].map(async (ids) => {
      try {
        const run = (context: GroupContext, id: number) => deleteGroups(context, ids, id)
        return (await this.#write<DeleteGroupsResponse>(ids[0], run)).results
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        const errorCode = error.code
        return ids.map((groupId) => ({ groupId, errorCode }))
      }
    })
    return (await Promise.all(deleted)).flat()
  }

  /** Topics were deleted: so are the offsets that groups had in them. Resolves when that is committed. */
  async onTopicsDeleted(topics: readonly { readonly name: string; readonly topicId: string }[]): Promise<void> {
    if (topics.length === 0) return
    const cleaned = this.#runtime.partitions().map(async (partition) => {
      try {
        await this.#runtime.write(partition, (shard, { request, nowMs }) => {
          const context = shard.context(nowMs)
          deleteOffsetsOfTopics(context, topics)
          return context.effects.reply(request, {})
        })
      } catch (error) {
        // A shard that is loaded later finds offsets of an unknown topic, as Kafka's does; retention removes them.
        if (!(error instanceof KafkaError)) throw error
      }
    })
    await Promise.all(cleaned)
  }

  async #write<Response extends object>(
    groupId: string,
    operation: (context: GroupContext, request: OperationContext['request']) => void,
  ): Promise<Response> {
    try {
      return await this.#runtime.write<Response>(this.partitionFor(groupId), (shard, { request, nowMs }) => {
        const context = shard.context(nowMs)
        operation(context, request)
        return context.effects
      })
    } catch (error) {
      throw error instanceof KafkaError ? withClientCode(error) : error
    }
  }
}

/** Keeps the words where the code is for clients already. */
function withClientCode(error: KafkaError): KafkaError {
  const code = clientErrorCode(error.code)
  return code === error.code ? error : new KafkaError(code)
}

function requireGroupId(groupId: string): void {
  if (groupId === '') throw new KafkaError(ErrorCode.INVALID_GROUP_ID)
}

function isKafkaError(error: unknown, code: number): boolean {
  return error instanceof KafkaError && error.code === code
}
