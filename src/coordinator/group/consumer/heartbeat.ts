/**
 * ConsumerGroupHeartbeat (KIP-848): how a member joins, says what it is subscribed to and what it owns, learns what it is
 * to have, and leaves. One request does up to three things: the member's record and with it the group's epoch; the target
 * assignment of everybody, if that is of an older epoch; and the next step of this member on its way to its target.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../../protocol/messages/consumer-group-heartbeat.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { SnapshotRegistry } from '../../runtime/timeline.ts'
import { groupTombstone } from '../classic/classic-records.ts'
import type { GroupContext } from '../group-kind.ts'
import { isSubset, NO_EPOCHS, sameKeys, type TopicPartitions, topicPartitions, withEpoch } from '../partitions.ts'
import { checkStatic, unreleased } from '../static-members.ts'
import { ConsumerGroup } from './consumer-group.ts'
import {
  type ConsumerMember,
  isReconciledTo,
  LEAVE_GROUP_EPOCH,
  LEAVE_GROUP_STATIC_EPOCH,
  newConsumerMember,
  sameAssignment,
  sameMetadata,
  sameNames,
} from './consumer-member.ts'
import { assignmentRecord, memberRecord, memberTombstones } from './consumer-records.ts'
import { rebalanceTimer } from './consumer-words.ts'
import { reconcile } from './current-assignment.ts'
import { fenceMembers, scheduleSession } from './fencing.ts'
import { isRefreshDue, updateGroupEpoch } from './group-epoch.ts'
import type { GroupSummary } from './group-summary.ts'
import { judgeRegexesFor, type RegexChange, subscribedTopicNames, updateRegex } from './regexes.ts'
import { assignorOf, type Target, updateTarget } from './target-assignment.ts'
import { upgrade } from './upgrade.ts'

export interface HeartbeatInput {
  readonly request: ConsumerGroupHeartbeatRequest
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  /** Random, for a member that brings no id (v0). */
  readonly memberId: string
  /** Whether the client may know of a topic; absent: of all. Its regular expression stands for no others. */
  readonly mayDescribe?: (topic: string) => boolean
}

export function consumerGroupHeartbeat(context: GroupContext, input: HeartbeatInput, id: RequestId): void {
  const { memberEpoch } = input.request
  const leaves = memberEpoch === LEAVE_GROUP_EPOCH || memberEpoch === LEAVE_GROUP_STATIC_EPOCH
  if (leaves) leave(context, input.request, id)
  else heartbeat(context, input, id)
}

function heartbeat(context: GroupContext, input: HeartbeatInput, id: RequestId): void {
  const { request } = input
  const { groupId, instanceId, memberEpoch, rebalanceTimeoutMs, subscribedTopicNames: names } = request
  const { config, effects } = context
  const joins = memberEpoch === 0
  const group = groupFor(context, groupId, joins)
  ensureRoom(context, group, request.memberId, instanceId)
  const memberId = request.memberId || input.memberId
  const owned = request.topicPartitions
  const member =
    instanceId === null
      ? dynamicMember(group, memberId, joins)
      : staticMember(context, group, memberId, instanceId, joins, false)
  checkMemberEpoch(member, memberEpoch, owned)

  const updated: ConsumerMember = {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? member.serverAssignor,
    subscribedTopicNames: names === null ? member.subscribedTopicNames : new Set(names),
    subscribedTopicRegex: request.subscribedTopicRegex ?? member.subscribedTopicRegex,
    clientId: input.clientId,
    clientHost: input.clientHost,
    classic: null,
  }
  if (updated.subscribedTopicRegex) judgeRegexesFor(context, groupId, input.mayDescribe)
  const { target, hasSubscriptionChanged } = takeUp(context, group, member, updated, (names, regex, summary) => {
    // An expression that is not resolved yet will move the epoch when it is.
    return (
      names || regex === 'updated-and-resolved' || assignorOf(context, summary) !== assignorOf(context, group.summary)
    )
  })
  const next = stepTowards(context, group, updated, target, hasSubscriptionChanged, owned)
  scheduleSession(context, groupId, memberId, config.consumer.sessionTimeoutMs(groupId))

  // A member is told its assignment when it says everything of itself, as on joining, or when it has changed.
  const saysAll =
    rebalanceTimeoutMs !== -1 && (names !== null || request.subscribedTopicRegex !== null) && owned !== null
  const tells = joins || saysAll || !sameKeys(member.assigned, next.assigned)
  effects.reply(id, {
    memberId: next.memberId,
    memberEpoch: next.memberEpoch,
    heartbeatIntervalMs: config.consumer.heartbeatIntervalMs(groupId),
    assignment: tells ? { topicPartitions: topicPartitions(next.assigned) } : null,
  })
}

/** The group that the member means; throws GROUP_ID_NOT_FOUND where there is none that it could be in. */
function groupFor(context: GroupContext, groupId: string, joins: boolean): ConsumerGroup {
  const { state, effects } = context
  const consumer = state.consumer.find(groupId)
  if (consumer !== undefined) return consumer
  const durable = state.groups.get(groupId)
  const classic = state.classic.find(groupId)
  if (durable === undefined && classic === undefined) {
    if (joins) return new ConsumerGroup(new SnapshotRegistry(), groupId)
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Consumer group ${groupId} not found.`)
  }
  if (!joins || classic === undefined) {
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`)
  }
  if (classic.state !== 'Empty') return upgrade(context, classic)
  effects.append(groupTombstone(groupId))
  state.classic.drop(groupId)
  return new ConsumerGroup(new SnapshotRegistry(), groupId)
}

/** A static member has its place already, under whatever id it comes back. */
export function ensureRoom(
  { config }: GroupContext,
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): void {
  const { maxSize } = config.consumer
  if (group.members.size < maxSize || (memberId !== '' && group.members.has(memberId))) return
  if (group.staticMember(instanceId) !== undefined) return
  throw new KafkaError(
    ErrorCode.GROUP_MAX_SIZE_REACHED,
    `The consumer group has reached its maximum capacity of ${maxSize} members.`,
  )
}

export function dynamicMember(group: ConsumerGroup, memberId: string, joins: boolean): ConsumerMember {
  return joins ? (group.members.get(memberId) ?? newConsumerMember(memberId)) : group.member(memberId)
}

/** A static member that is back under another id takes the place of who it was. */
export function staticMember(
  context: GroupContext,
  group: ConsumerGroup,
  memberId: string,
  instanceId: string,
  joins: boolean,
  isClassic: boolean,
): ConsumerMember {
  const existing = group.staticMember(instanceId)
  if (!joins) return checkStatic(existing, memberId, instanceId)
  if (existing === undefined) return group.members.get(memberId) ?? newConsumerMember(memberId)
  const bothAreNew = !isClassic && existing.classic === null
  if (bothAreNew && existing.memberEpoch !== LEAVE_GROUP_STATIC_EPOCH) {
    throw unreleased(existing, memberId, instanceId)
  }
  const replacing: ConsumerMember = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  const { groupId } = group
  context.effects.append(
    ...memberTombstones(groupId, existing.memberId),
    memberRecord(groupId, replacing),
    { kind: 'consumer', type: 'target', group: groupId, memberId, value: group.target(existing.memberId) },
    assignmentRecord(groupId, replacing),
  )
  return replacing
}

/** The answer that told a member its new epoch may have been lost: the last one is good too, if it owns nothing more. */
function checkMemberEpoch(member: ConsumerMember, received: number, owned: readonly TopicPartitions[] | null): void {
  if (received === 0 || received === member.memberEpoch) return
  const isLast = received === member.previousMemberEpoch && isSubset(owned, member.assigned)
  if (received < member.memberEpoch && isLast) return
  const [what, end] = received > member.memberEpoch ? ['greater', ''] : ['smaller', '']
  throw new KafkaError(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `The consumer group member has a ${what} member epoch (${received}) than the one known by the group coordinator ` +
      `(${member.memberEpoch})${end}. The member must abandon all its partitions and rejoin.`,
  )
}

/** Writes what is new about a member, moves the group's epoch if that matters to others, and finds the member's target. */
export function takeUp(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  updated: ConsumerMember,
  bumps: (namesChanged: boolean, regexChange: RegexChange, summary: GroupSummary) => boolean,
): { target: Target; hasSubscriptionChanged: boolean; groupEpoch: number } {
  if (!sameMetadata(member, updated)) context.effects.append(memberRecord(group.groupId, updated))
  const namesChanged = !sameNames(member.subscribedTopicNames, updated.subscribedTopicNames)
  const regexChange = updateRegex(context, group, member, updated)
  const summary = group.summaryWith(updated, group.staticMember(updated.instanceId)?.memberId)
  const mustBump = bumps(namesChanged, regexChange, summary)
  let { groupEpoch } = group
  if (mustBump || isRefreshDue(context, group)) groupEpoch = updateGroupEpoch(context, group, summary, mustBump)
  const target = updateTarget(context, group, groupEpoch, updated, summary)
  return { target, hasSubscriptionChanged: namesChanged || regexChange !== 'none', groupEpoch }
}

/** The member's next step, written down; it has its rebalance timeout to let go of what it must. */
export function stepTowards(
  context: GroupContext,
  group: ConsumerGroup,
  member: ConsumerMember,
  target: Target,
  hasSubscriptionChanged: boolean,
  owned: readonly TopicPartitions[] | null,
): ConsumerMember {
  if (!hasSubscriptionChanged && isReconciledTo(member, target.epoch)) return member
  const { effects, topics } = context
  const { groupId } = group
  const next = reconcile(member, {
    targetEpoch: target.epoch,
    target: target.partitions,
    subscribedTopics: subscribedTopicNames(group, member),
    topics,
    hasSubscriptionChanged,
    owned,
    ownerEpoch: (topicId, partition) => group.ownerEpoch(topicId, partition),
  })
  if (sameAssignment(member, next)) return next
  effects.append(assignmentRecord(groupId, next))
  // Members of the classic protocol are timed by their joins and syncs.
  if (next.classic !== null) return next
  const timer = rebalanceTimer(groupId, next.memberId)
  if (next.state !== 'unrevoked') effects.cancelTimer(timer)
  else {
    const { memberId, memberEpoch, rebalanceTimeoutMs } = next
    effects.setTimer(timer, rebalanceTimeoutMs, { kind: 'consumer', type: 'rebalance', groupId, memberId, memberEpoch })
  }
  return next
}

function leave(context: GroupContext, request: ConsumerGroupHeartbeatRequest, id: RequestId): void {
  const { groupId, memberId, instanceId, memberEpoch } = request
  const group = context.state.consumer.find(groupId)
  if (group === undefined) {
    const reason = context.state.groups.has(groupId) ? 'is not a consumer group' : 'not found'
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
  }
  const member =
    instanceId === null ? group.member(memberId) : checkStatic(group.staticMember(instanceId), memberId, instanceId)
  if (instanceId !== null && memberEpoch === LEAVE_GROUP_STATIC_EPOCH) leaveForAWhile(context, group, member)
  else fenceMembers(context, group, [member])
  context.effects.reply(id, { memberId: member.memberId, memberEpoch })
}

/** A static member keeps its partitions, as assigned in epoch 0, for who comes back under its instance id. */
function leaveForAWhile({ effects }: GroupContext, group: ConsumerGroup, member: ConsumerMember): void {
  const held = new Map([...member.assigned].map(([topicId, epochs]) => [topicId, new Set(epochs.keys())]))
  const left = { ...member, memberEpoch: LEAVE_GROUP_STATIC_EPOCH, pendingRevocation: NO_EPOCHS }
  effects.append(assignmentRecord(group.groupId, { ...left, assigned: withEpoch(held, 0) }))
}
