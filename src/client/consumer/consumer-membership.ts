/**
 * A member of a consumer group (KIP-848): heartbeats bring the assignment, and say which partitions are owned. Partitions
 * that are taken away are committed and given back before the next heartbeat; all others are read on meanwhile.
 */
import { ErrorCode, errorMessage, isRetriable, KafkaError } from '../../../protocol/errors.ts'
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../../../protocol/messages/consumer-group-heartbeat.ts'
import type { Clock } from '../../env/index.ts'
import { coordinatorOf } from '../admin/groups.ts'
import type { TopicPartition } from '../admin/partitions.ts'
import type { ClusterClient } from '../cluster-client.ts'
import type { Membership, MembershipOptions } from './membership.ts'

const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
const STATIC_LEAVE_EPOCH = -2
const REBALANCE_TIMEOUT_MS = 60_000

interface Owned {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export class ConsumerMembership implements Membership {
  readonly #client: ClusterClient
  readonly #clock: Clock
  readonly #options: MembershipOptions
  readonly #memberId: string
  #epoch = JOIN_EPOCH
  #owned: readonly Owned[] = []
  /** The owned partitions have changed since the last heartbeat. */
  #hasNews = true
  dueMs = 0

  /** `memberId`: a uuid of the caller's; the member keeps it for its life. */
  constructor(client: ClusterClient, clock: Clock, options: MembershipOptions & { readonly memberId: string }) {
    this.#client = client
    this.#clock = clock
    this.#options = options
    this.#memberId = options.memberId
  }

  get committer() {
    return { memberId: this.#memberId, epoch: this.#epoch }
  }

  async tend(): Promise<void> {
    if (!this.#hasNews && this.#clock.monotonicMs() < this.dueMs) return
    const isJoining = this.#epoch === JOIN_EPOCH
    const answer = await this.#send({
      memberEpoch: this.#epoch,
      ...(isJoining && {
        subscribedTopicNames: [...this.#options.topics],
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      }),
      ...((isJoining || this.#hasNews) && {
        topicPartitions: this.#owned.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] })),
      }),
    })
    this.#hasNews = false
    this.dueMs = this.#clock.monotonicMs() + answer.heartbeatIntervalMs
    if (answer.errorCode === ErrorCode.FENCED_MEMBER_EPOCH || answer.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) {
      await this.#beginAgain()
    } else if (answer.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(answer.errorCode, answer.errorMessage ?? errorMessage(answer.errorCode) ?? undefined)
    } else {
      this.#epoch = answer.memberEpoch
      if (answer.assignment !== null) await this.#take(answer.assignment.topicPartitions)
    }
  }

  async leave(): Promise<void> {
    if (this.#epoch <= JOIN_EPOCH) return
    await this.#send({ memberEpoch: this.#options.instanceId === null ? LEAVE_EPOCH : STATIC_LEAVE_EPOCH })
    this.#epoch = LEAVE_EPOCH
  }

  #send(fields: object): Promise<ConsumerGroupHeartbeatResponse> {
    const { groupId, instanceId } = this.#options
    return this.#client.request(
      coordinatorOf(groupId),
      ConsumerGroupHeartbeatRequest,
      ConsumerGroupHeartbeatResponse,
      { groupId, memberId: this.#memberId, memberEpoch: this.#epoch, instanceId, ...fields },
      ({ errorCode }) => (isRetriable(errorCode) ? errorCode : ErrorCode.NONE),
    )
  }

  /** The coordinator has given the partitions to others: nothing can be committed any more. */
  async #beginAgain(): Promise<void> {
    this.#epoch = JOIN_EPOCH
    this.#owned = []
    this.#hasNews = true
    await this.#options.assigned([])
  }

  async #take(target: readonly Owned[]): Promise<void> {
    const isLost = this.#owned.some(({ topicId, partitions }) => {
      const kept = target.find((each) => each.topicId === topicId)?.partitions ?? []
      return partitions.some((partition) => !kept.includes(partition))
    })
    if (isLost) await this.#options.revoked()
    this.#owned = target
    this.#hasNews = true
    await this.#options.assigned(await this.#named(target))
  }

  async #named(owned: readonly Owned[]): Promise<TopicPartition[]> {
    const { topics } = await this.#client.metadata([...this.#options.topics])
    const names = new Map(topics.map(({ topicId, name }) => [topicId, name ?? '']))
    return owned.flatMap(({ topicId, partitions }) => {
      const topic = names.get(topicId)
      return topic === undefined ? [] : partitions.map((partition) => ({ topic, partition }))
    })
  }
}
