import { ErrorCode } from '../../../protocol/errors.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { LeaveGroupRequest, LeaveGroupResponse } from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { Random } from '../../env/index.ts'
import { type DescribedGroup, describedGroup, describeGroup } from '../group/classic/describe.ts'
import type { GroupCoordinatorConfig } from '../group/group-config.ts'
import { consumerMemberId, memberUuid } from '../group/member-uuid.ts'
import { heartbeat, joinGroup, leaveGroup, syncGroup } from '../group/membership.ts'
import { type GroupClient, type GroupShards, isKafkaError, requireGroupId } from './group-shards.ts'

/** The classic protocol's APIs, in groups of whichever kind takes its members, and DescribeGroups. */
export class ClassicGroups {
  readonly #shards: GroupShards
  readonly #config: GroupCoordinatorConfig
  readonly #random: Random

  constructor(shards: GroupShards, config: GroupCoordinatorConfig, random: Random) {
    this.#shards = shards
    this.#config = config
    this.#random = random
  }

  async join(client: GroupClient, request: JoinGroupRequest): Promise<Encodable<typeof JoinGroupResponse>> {
    const { groupId, memberId, sessionTimeoutMs } = request
    if (groupId === '') return { memberId, errorCode: ErrorCode.INVALID_GROUP_ID }
    if (sessionTimeoutMs < this.#config.minSessionTimeoutMs || sessionTimeoutMs > this.#config.maxSessionTimeoutMs) {
      return { memberId, errorCode: ErrorCode.INVALID_SESSION_TIMEOUT }
    }
    const ids = { memberUuid: memberUuid(this.#random), consumerMemberId: consumerMemberId(this.#random) }
    const input = { request, ...client, ...ids }
    return this.#shards.write(groupId, (context, id) => joinGroup(context, input, id))
  }

  async sync(request: SyncGroupRequest): Promise<Encodable<typeof SyncGroupResponse>> {
    requireGroupId(request.groupId)
    return this.#shards.write(request.groupId, (context, id) => syncGroup(context, request, id))
  }

  async heartbeat(request: HeartbeatRequest): Promise<Encodable<typeof HeartbeatResponse>> {
    requireGroupId(request.groupId)
    try {
      return await this.#shards.write(request.groupId, (context, id) => heartbeat(context, request, id))
    } catch (error) {
      // Whether the member is known will be seen when the shard is loaded; sessions do not end before that.
      if (isKafkaError(error, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)) return { errorCode: ErrorCode.NONE }
      throw error
    }
  }

  async leave(request: LeaveGroupRequest): Promise<Encodable<typeof LeaveGroupResponse>> {
    requireGroupId(request.groupId)
    try {
      return await this.#shards.write(request.groupId, (context, id) => leaveGroup(context, request, id))
    } catch (error) {
      if (!isKafkaError(error, ErrorCode.UNKNOWN_MEMBER_ID)) throw error
      const members = request.members.map(({ memberId, groupInstanceId }) => {
        return { memberId, groupInstanceId, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }
      })
      return { errorCode: ErrorCode.NONE, members }
    }
  }

  describe(groupIds: readonly string[], apiVersion: number): Promise<DescribedGroup[]> {
    const described = groupIds.map((groupId) =>
      this.#shards.describe(
        groupId,
        (state, epoch) => describeGroup(state, groupId, apiVersion, epoch),
        (code) => describedGroup(groupId, code),
      ),
    )
    return Promise.all(described)
  }
}
