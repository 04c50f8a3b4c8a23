import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../../protocol/messages/consumer-group-heartbeat.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { Random } from '../../env/index.ts'
import { checkHeartbeat } from '../group/consumer/check-heartbeat.ts'
import {
  type DescribedConsumerGroup,
  describeConsumerGroup,
  describedConsumerGroup,
} from '../group/consumer/describe.ts'
import { consumerGroupHeartbeat, type HeartbeatInput } from '../group/consumer/heartbeat.ts'
import type { ConsumerGroupConfig } from '../group/group-config.ts'
import type { GroupTopics } from '../group/group-topics.ts'
import { consumerMemberId } from '../group/member-uuid.ts'
import type { GroupClient, GroupShards } from './group-shards.ts'

export interface ConsumerGroupsOptions {
  readonly config: ConsumerGroupConfig
  readonly random: Random
  readonly topics: () => GroupTopics
  /** Whether the configuration and the cluster's features allow the protocol. */
  readonly isEnabled: () => boolean
}

/** The APIs of KIP-848. All of them are UNSUPPORTED_VERSION where the protocol is not enabled. */
export class ConsumerGroups {
  readonly #shards: GroupShards
  readonly #options: ConsumerGroupsOptions

  constructor(shards: GroupShards, options: ConsumerGroupsOptions) {
    this.#shards = shards
    this.#options = options
  }

  /** Throws for a request that cannot be: INVALID_REQUEST, UNSUPPORTED_ASSIGNOR. */
  async heartbeat(
    client: GroupClient,
    request: ConsumerGroupHeartbeatRequest,
  ): Promise<Encodable<typeof ConsumerGroupHeartbeatResponse>> {
    const { config, random, isEnabled } = this.#options
    if (!isEnabled()) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
    checkHeartbeat(request, client.apiVersion, config.assignors)
    const { clientId, clientHost, mayDescribe = () => true } = client
    const input: HeartbeatInput = { request, clientId, clientHost, mayDescribe, memberId: consumerMemberId(random) }
    return this.#shards.write(request.groupId, (context, id) => consumerGroupHeartbeat(context, input, id))
  }

  async describe(groupIds: readonly string[]): Promise<DescribedConsumerGroup[]> {
    const { config, topics, isEnabled } = this.#options
    if (!isEnabled()) {
      return groupIds.map((groupId) => describedConsumerGroup(groupId, ErrorCode.UNSUPPORTED_VERSION))
    }
    const facts = { topics: topics(), defaultAssignor: config.assignors[0] ?? '' }
    // As in Kafka, the answers for empty ids come first.
    const ordered = [...groupIds].sort((a, b) => Number(b === '') - Number(a === ''))
    const described = ordered.map(async (groupId) => {
      if (groupId === '') return describedConsumerGroup(groupId, ErrorCode.INVALID_GROUP_ID)
      return this.#shards.describe(
        groupId,
        (state, epoch) => describeConsumerGroup(state, groupId, facts, epoch),
        (code) => describedConsumerGroup(groupId, code),
      )
    })
    return Promise.all(described)
  }
}
