/**
 * A member of a classic group (KIP-62), by the eager protocol of Kafka's consumers: it gives back everything before it
 * joins again. As leader it assigns by range, as the default assignor of Kafka's consumers does.
 *
 *     out ──tend──▶ join ──▶ sync ──▶ member ──heartbeat says REBALANCE_IN_PROGRESS, or a commit is refused──▶ out
 */
import { decodeMessage, encodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../protocol/messages/consumer-protocol.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { Clock } from '../../env/index.ts'
import { classicAssignment, coordinatorOf, removeMember } from '../admin/groups.ts'
import { byTopic, existingTopics, partitionsOf, type TopicPartition } from '../admin/partitions.ts'
import type { ClusterClient } from '../cluster-client.ts'
import type { Membership, MembershipOptions } from './membership.ts'

const PROTOCOL_TYPE = 'consumer'
const PROTOCOL = 'range'
const SUBSCRIPTION_VERSION = 1
const ASSIGNMENT_VERSION = 0
const HEARTBEATS_PER_SESSION = 3
/** How long others are waited for at a rebalance. */
const REBALANCE_TIMEOUT_MS = 60_000

export class ClassicMembership implements Membership {
  readonly #client: ClusterClient
  readonly #clock: Clock
  readonly #options: MembershipOptions
  #memberId = ''
  #generation = -1
  #isMember = false
  dueMs = 0

  constructor(client: ClusterClient, clock: Clock, options: MembershipOptions) {
    this.#client = client
    this.#clock = clock
    this.#options = options
  }

  get committer() {
    return { memberId: this.#memberId, epoch: this.#generation }
  }

  async tend(): Promise<void> {
    if (!this.#isMember) await this.#join()
    else if (this.#clock.monotonicMs() >= this.dueMs) await this.#heartbeat()
  }

  async leave(): Promise<void> {
    if (this.#memberId === '' || this.#options.instanceId !== null) return
    await removeMember(this.#client, this.#options.groupId, { memberId: this.#memberId, instanceId: null })
    this.#isMember = false
  }

  async #heartbeat(): Promise<void> {
    const { groupId, instanceId: groupInstanceId } = this.#options
    const body = { groupId, generationId: this.#generation, memberId: this.#memberId, groupInstanceId }
    const answer = await this.#client.request(
      coordinatorOf(groupId),
      HeartbeatRequest,
      HeartbeatResponse,
      body,
      retriedHere,
    )
    this.#schedule()
    switch (answer.errorCode) {
      case ErrorCode.NONE:
        return
      case ErrorCode.REBALANCE_IN_PROGRESS:
        await this.#options.revoked()
        break
      case ErrorCode.ILLEGAL_GENERATION:
        break
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#memberId = ''
        break
      default:
        throw this.#failed('The heartbeat', answer.errorCode)
    }
    this.#isMember = false
    await this.#options.assigned([])
  }

  async #join(): Promise<void> {
    const joined = await this.#sendJoin()
    if (joined === null) return
    const { groupId, instanceId: groupInstanceId } = this.#options
    const assignments = joined.leader === joined.memberId ? await this.#assign(joined) : []
    const answer = await this.#client.request(
      coordinatorOf(groupId),
      SyncGroupRequest,
      SyncGroupResponse,
      {
        groupId,
        generationId: this.#generation,
        memberId: this.#memberId,
        groupInstanceId,
        assignments,
        protocolType: PROTOCOL_TYPE,
        protocolName: joined.protocolName,
      },
      retriedHere,
    )
    if (answer.errorCode === ErrorCode.REBALANCE_IN_PROGRESS) return
    if (this.#mustBeginAgain(answer.errorCode)) return
    if (answer.errorCode !== ErrorCode.NONE) throw this.#failed('The synchronization', answer.errorCode)
    this.#isMember = true
    this.#schedule()
    const own = classicAssignment(answer.assignment)
    await this.#options.assigned(
      own.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
    )
  }

  /** null: to be tried again, under the id that the coordinator has given, or without one. */
  async #sendJoin(): Promise<JoinGroupResponse | null> {
    const { groupId, instanceId: groupInstanceId, sessionTimeoutMs, topics } = this.#options
    const metadata = withVersion(
      SUBSCRIPTION_VERSION,
      encodeMessage(ConsumerProtocolSubscription, SUBSCRIPTION_VERSION, { topics: [...topics] }),
    )
    const joined = await this.#client.request(
      coordinatorOf(groupId),
      JoinGroupRequest,
      JoinGroupResponse,
      {
        groupId,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        sessionTimeoutMs,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        protocols: [{ name: PROTOCOL, metadata }],
      },
      retriedHere,
      { timeoutMs: REBALANCE_TIMEOUT_MS + sessionTimeoutMs },
    )
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId
      return null
    }
    if (this.#mustBeginAgain(joined.errorCode)) return null
    if (joined.errorCode !== ErrorCode.NONE) throw this.#failed('The group', joined.errorCode)
    this.#memberId = joined.memberId
    this.#generation = joined.generationId
    return joined
  }

  #mustBeginAgain(code: number): boolean {
    if (code === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    return code === ErrorCode.UNKNOWN_MEMBER_ID || code === ErrorCode.ILLEGAL_GENERATION
  }

  async #assign({ members }: JoinGroupResponse): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscriptions = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      order: groupInstanceId ?? memberId,
      topics: subscribedTopics(metadata),
    }))
    const names = [...new Set(subscriptions.flatMap(({ topics }) => topics))]
    const partitions = partitionsOf(await existingTopics(this.#client, names))
    const assignments = assignByRange(subscriptions, partitions)
    return [...assignments].map(([memberId, own]) => ({
      memberId,
      assignment: withVersion(
        ASSIGNMENT_VERSION,
        encodeMessage(ConsumerProtocolAssignment, ASSIGNMENT_VERSION, {
          assignedPartitions: [...own].map(([topic, each]) => ({ topic, partitions: each })),
        }),
      ),
    }))
  }

  #schedule(): void {
    this.dueMs = this.#clock.monotonicMs() + this.#options.sessionTimeoutMs / HEARTBEATS_PER_SESSION
  }

  #failed(what: string, code: number): KafkaError {
    const hint = code === ErrorCode.INCONSISTENT_GROUP_PROTOCOL ? '; this member can assign by range alone' : ''
    return new KafkaError(code, `${what} of ${this.#options.groupId}: ${errorMessage(code)?.replace(/\.$/, '')}${hint}`)
  }
}

interface Subscription {
  readonly memberId: string
  /** Members get partitions in the order of these. */
  readonly order: string
  readonly topics: readonly string[]
}

/** By member and topic: of each topic a run of neighbours, the first members one more where it does not come out even. */
export function assignByRange(
  subscriptions: readonly Subscription[],
  partitions: readonly TopicPartition[],
): Map<string, Map<string, number[]>> {
  const assignments = new Map(subscriptions.map(({ memberId }) => [memberId, new Map<string, number[]>()]))
  const ordered = subscriptions
    .map(({ topics, ...member }) => ({ ...member, topics: new Set(topics) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  for (const { name: topic, partitions: all } of byTopic(partitions)) {
    const subscribers = ordered.filter(({ topics }) => topics.has(topic))
    const own = all.map(({ partition }) => partition)
    const each = Math.floor(own.length / subscribers.length)
    const more = own.length % subscribers.length
    subscribers.forEach(({ memberId }, index) => {
      const begin = each * index + Math.min(index, more)
      const range = own.slice(begin, begin + each + (index < more ? 1 : 0))
      if (range.length > 0) assignments.get(memberId)?.set(topic, range)
    })
  }
  return assignments
}

const VERSION_BYTES = 2

function subscribedTopics(metadata: Buffer): string[] {
  const version = Math.min(metadata.readInt16BE(0), ConsumerProtocolSubscription.maxVersion)
  return decodeMessage(ConsumerProtocolSubscription, version, metadata.subarray(VERSION_BYTES)).topics
}

/** Consumers write the version in front of what they tell each other. */
function withVersion(version: number, message: Buffer): Buffer {
  const head = Buffer.alloc(VERSION_BYTES)
  head.writeInt16BE(version)
  return Buffer.concat([head, message])
}

/** Errors of the coordinator that pass are waited for; a rebalance is the member's own business. */
const retriedHere = ({ errorCode }: { errorCode: number }): number =>
  errorCode === ErrorCode.REBALANCE_IN_PROGRESS ? ErrorCode.NONE : errorCode
