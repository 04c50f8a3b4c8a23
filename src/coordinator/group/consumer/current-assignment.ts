/**
 * The way of one member from what it has to what it is to have (KIP-848). It first lets go of what is not its own any
 * more, in its old epoch; then it moves to the target's epoch and gets what is free; what others still hold it gets
 * later. Pure: gives the member as it is next, or the same one when it cannot go on.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { GroupTopics } from '../group-topics.ts'
import { NO_EPOCHS, ownsAny, type PartitionEpochs, type Partitions, type TopicPartitions } from '../partitions.ts'
import { NO_OWNER } from './consumer-group.ts'
import type { ConsumerMember, MemberState } from './consumer-member.ts'

export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: Partitions
  /** Names of the topics that the member is subscribed to, by name or by a resolved regular expression. */
  readonly subscribedTopics: ReadonlySet<string>
  readonly topics: GroupTopics
  /** The subscription is another one than before: what is not part of it any more goes at once. */
  readonly hasSubscriptionChanged: boolean
  /** The partitions that the member says it owns; null when it does not say. */
  readonly owned: readonly TopicPartitions[] | null
  /** See `ConsumerGroup.ownerEpoch`. */
  ownerEpoch(topicId: string, partition: number): number
}

export function reconcile(member: ConsumerMember, task: Reconciliation): ConsumerMember {
  switch (member.state) {
    case 'stable':
      if (member.memberEpoch !== task.targetEpoch) return advance(member, task, member.memberEpoch)
      return task.hasSubscriptionChanged ? dropUnsubscribed(member, task) : member
    case 'unrevoked':
      if (!ownsAny(task.owned, member.pendingRevocation)) return advance(member, task, member.memberEpoch)
      return task.hasSubscriptionChanged ? dropUnsubscribed(member, task) : member
    case 'unreleased':
      return advance(member, task, member.memberEpoch)
    case 'unknown':
      // A state of a later Kafka. The safest is that the member begins again, with nothing.
      if (task.owned === null || task.owned.length > 0) {
        throw new KafkaError(
          ErrorCode.FENCED_MEMBER_EPOCH,
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        )
      }
      return advance(member, task, task.targetEpoch)
  }
}

const isSubscribed = ({ topics, subscribedTopics }: Reconciliation, topicId: string): boolean => {
  const topic = topics.identified(topicId)
  return topic !== undefined && subscribedTopics.has(topic.name)
}

function dropUnsubscribed(member: ConsumerMember, task: Reconciliation): ConsumerMember {
  const assigned = new Map(member.assigned)
  const pending = new Map<string, ReadonlyMap<number, number>>(member.pendingRevocation)
  for (const [topicId, epochs] of member.assigned) {
    if (isSubscribed(task, topicId)) continue
    assigned.delete(topicId)
    pending.set(topicId, new Map([...(pending.get(topicId) ?? []), ...epochs]))
  }
  if (assigned.size === member.assigned.size) return member
  const next = { ...member, previousMemberEpoch: member.memberEpoch, assigned }
  // Partitions that it has already let go of are simply not its own any more.
  if (!ownsAny(task.owned, pending)) return next
  return { ...next, state: 'unrevoked', pendingRevocation: pending }
}

function advance(member: ConsumerMember, task: Reconciliation, memberEpoch: number): ConsumerMember {
  const assigned = new Map<string, Map<number, number>>()
  const revoked = new Map<string, Map<number, number>>()
  const added = new Map<string, number[]>()
  let isWaiting = false
  for (const topicId of new Set([...task.target.keys(), ...member.assigned.keys()])) {
    const target = (isSubscribed(task, topicId) ? task.target.get(topicId) : undefined) ?? new Set<number>()
    const held = member.assigned.get(topicId) ?? new Map<number, number>()
    const kept = new Map([...held].filter(([partition]) => target.has(partition)))
    const lost = new Map([...held].filter(([partition]) => !target.has(partition)))
    const missing = [...target].filter((partition) => !kept.has(partition))
    // Partitions that it is giving back itself count as free: one member at a time has a partition.
    const isFree = (partition: number) =>
      task.ownerEpoch(topicId, partition) === NO_OWNER || member.pendingRevocation.get(topicId)?.has(partition) === true
    const free = missing.filter(isFree)
    if (free.length < missing.length) isWaiting = true
    if (kept.size > 0) assigned.set(topicId, kept)
    if (lost.size > 0) revoked.set(topicId, lost)
    if (free.length > 0) added.set(topicId, free)
  }
  if (revoked.size > 0 && ownsAny(task.owned, revoked)) {
    return next(member, 'unrevoked', memberEpoch, assigned, revoked)
  }
  for (const [topicId, partitions] of added) {
    let epochs = assigned.get(topicId)
    if (epochs === undefined) assigned.set(topicId, (epochs = new Map()))
    for (const partition of partitions) epochs.set(partition, task.targetEpoch)
  }
  return next(member, isWaiting ? 'unreleased' : 'stable', task.targetEpoch, assigned, NO_EPOCHS)
}

function next(
  member: ConsumerMember,
  state: MemberState,
  memberEpoch: number,
  assigned: PartitionEpochs,
  pendingRevocation: PartitionEpochs,
): ConsumerMember {
  return { ...member, state, memberEpoch, previousMemberEpoch: member.memberEpoch, assigned, pendingRevocation }
}
