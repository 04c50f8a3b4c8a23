import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { StreamsGroupHeartbeatRequest } from '../../../protocol/messages/streams-group-heartbeat.ts'
import type { StreamsGroupConfig } from '../group/group-config.ts'
import { checkHeartbeat } from '../group/streams/check-heartbeat.ts'
import { type DescribedStreamsGroup, describedStreamsGroup, describeStreamsGroup } from '../group/streams/describe.ts'
import { type StreamsHeartbeatResult, streamsGroupHeartbeat } from '../group/streams/heartbeat.ts'
import type { GroupClient, GroupShards } from './group-shards.ts'

export interface StreamsGroupsOptions {
  readonly config: StreamsGroupConfig
  /** Whether the configuration and the cluster's features allow the protocol. */
  readonly isEnabled: () => boolean
}

/** The APIs of KIP-1071. All of them are UNSUPPORTED_VERSION where the protocol is not enabled. */
export class StreamsGroups {
  readonly #shards: GroupShards
  readonly #options: StreamsGroupsOptions

  constructor(shards: GroupShards, options: StreamsGroupsOptions) {
    this.#shards = shards
    this.#options = options
  }

  get isEnabled(): boolean {
    return this.#options.isEnabled()
  }

  heartbeatIntervalMs(groupId: string): number {
    return this.#options.config.heartbeatIntervalMs(groupId)
  }

  /** Throws for a request that cannot be: INVALID_REQUEST, STREAMS_INVALID_TOPOLOGY. */
  async heartbeat(client: GroupClient, request: StreamsGroupHeartbeatRequest): Promise<StreamsHeartbeatResult> {
    checkHeartbeat(request)
    const { apiVersion, clientId, clientHost } = client
    const input = { request, apiVersion, clientId, clientHost }
    return this.#shards.write(request.groupId, (context, id) => streamsGroupHeartbeat(context, input, id))
  }

  async describe(groupIds: readonly string[], asksForDescription: boolean): Promise<DescribedStreamsGroup[]> {
    // As in Kafka, the answers for empty ids come first.
    const ordered = [...groupIds].sort((a, b) => Number(b === '') - Number(a === ''))
    const described = ordered.map(async (groupId) => {
      if (groupId === '') return describedStreamsGroup(groupId, ErrorCode.INVALID_GROUP_ID)
      const assignorName = this.#options.config.assignor(groupId)
      return this.#shards.describe(
        groupId,
        (state, epoch) => describeStreamsGroup(state, groupId, { assignorName, asksForDescription }, epoch),
        (code) => describedStreamsGroup(groupId, code),
      )
    })
    return Promise.all(described)
  }

  /** Throws UNSUPPORTED_VERSION where the protocol is not enabled. */
  requireEnabled(): void {
    if (!this.isEnabled) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  }
}
