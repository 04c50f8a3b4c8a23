/**
 * ShareGroupHeartbeat (KIP-932): how a member joins, says what it is subscribed to, learns what it is to have, and leaves.
 * One request does up to four things: the member's record and with it the group's epoch; the target assignment of
 * everybody, if that is of an older epoch; this member's assignment; and, for partitions of which the share coordinator
 * knows nothing yet, the record and the task that begin their state.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ShareGroupHeartbeatRequest } from '../../../../protocol/messages/share-group-heartbeat.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { GroupContext } from '../group-kind.ts'
import { type Partitions, samePartitions, topicPartitions } from '../partitions.ts'
import { fenceMember, scheduleSession } from './fencing.ts'
import { hasUnassignedShares, isRefreshDue, updateGroupEpoch } from './group-epoch.ts'
import { ShareGroup } from './share-group.ts'
import {
  LEAVE_GROUP_EPOCH,
  newShareMember,
  type ShareMember,
  sameAssignment,
  sameMetadata,
  sameNames,
} from './share-member.ts'
import { assignmentRecord, memberRecord, topicsRecord } from './share-records.ts'
import { missingShares, partitionsByTopic, withInitializing } from './share-topics.ts'
import { type Target, updateTarget } from './target-assignment.ts'

export interface ShareHeartbeatInput {
  readonly request: ShareGroupHeartbeatRequest
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
}

export function shareGroupHeartbeat(context: GroupContext, input: ShareHeartbeatInput, id: RequestId): void {
  if (input.request.memberEpoch === LEAVE_GROUP_EPOCH) leave(context, input.request, id)
  else heartbeat(context, input, id)
}

function heartbeat(context: GroupContext, { request, clientId, clientHost }: ShareHeartbeatInput, id: RequestId): void {
  const { groupId, memberId, memberEpoch, subscribedTopicNames: names } = request
  const joins = memberEpoch === 0
  const group = shareGroupFor(context, groupId, joins)
  ensureRoom(context, group, memberId)
  const member = joins ? (group.members.get(memberId) ?? newShareMember(memberId)) : group.member(memberId)
  checkMemberEpoch(member, memberEpoch)
  const updated: ShareMember = {
    ...member,
    rackId: request.rackId ?? member.rackId,
    subscribedTopicNames: names === null ? member.subscribedTopicNames : new Set(names),
    clientId,
    clientHost,
  }
  const { subscriptions, groupEpoch, hasMoved } = takeUp(context, group, member, updated)
  const target = updateTarget(context, group, groupEpoch, updated, subscriptions)
  const next = stepTo(context, group, updated, target, hasMoved)
  scheduleSession(context, groupId, memberId)

  // A member is told its assignment when it says everything of itself, as on joining, or when it has changed.
  const tells = joins || names !== null || !samePartitions(member.assigned, next.assigned)
  context.effects.reply(id, {
    memberId,
    memberEpoch: next.memberEpoch,
    heartbeatIntervalMs: context.config.share.heartbeatIntervalMs(groupId),
    assignment: tells ? { topicPartitions: topicPartitions(next.assigned) } : null,
  })
  beginStates(context, group, groupEpoch, subscriptions.keys())
}

/** The group that is meant; throws GROUP_ID_NOT_FOUND where there is none, and none may be made. */
export function shareGroupFor({ state }: GroupContext, groupId: string, mayCreate: boolean): ShareGroup {
  const group = state.share.find(groupId)
  if (group !== undefined) return group
  const isTaken = state.groups.has(groupId) || state.classic.find(groupId) !== undefined
  if (!isTaken && mayCreate) return new ShareGroup(new SnapshotRegistry(), groupId)
  const [what, reason] = isTaken ? ['Group', 'is not a share group'] : ['Share group', 'not found']
  throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `${what} ${groupId} ${reason}.`)
}

function ensureRoom({ config }: GroupContext, group: ShareGroup, memberId: string): void {
  const { maxSize } = config.share
  if (group.members.size < maxSize || group.members.has(memberId)) return
  throw new KafkaError(
    ErrorCode.GROUP_MAX_SIZE_REACHED,
    `The share group has reached its maximum capacity of ${maxSize} members.`,
  )
}

/** The answer that told a member its new epoch may have been lost: the last one is good too. */
function checkMemberEpoch(member: ShareMember, received: number): void {
  const { memberEpoch: known, previousMemberEpoch: previous } = member
  if (received === 0 || received === known || (received < known && received === previous)) return
  const [what, end] =
    received > known ? ['greater', ''] : ['smaller', `, and it does not match the previous member epoch (${previous})`]
  throw new KafkaError(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `The share group member has a ${what} member epoch (${received}) than the one known by the group coordinator ` +
      `(${known})${end}. The member must abandon all its partitions and rejoin.`,
  )
}

/** Writes what is new about a member, and moves the group's epoch if that matters to others. */
function takeUp(context: GroupContext, group: ShareGroup, member: ShareMember, updated: ShareMember) {
  if (!sameMetadata(member, updated)) context.effects.append(memberRecord(group.groupId, updated))
  const { assignmentEpoch, groupEpoch: before } = group.epochs()
  const namesChanged = !sameNames(member.subscribedTopicNames, updated.subscribedTopicNames)
  const mustBump = namesChanged || (assignmentEpoch >= before && hasUnassignedShares(group))
  if (!mustBump && !isRefreshDue(context, group)) {
    return { subscriptions: group.subscriptions, groupEpoch: before, hasMoved: false }
  }
  const subscriptions = group.subscriptionsWith(updated)
  const groupEpoch = updateGroupEpoch(context, group, subscriptions.keys(), mustBump)
  return { subscriptions, groupEpoch, hasMoved: groupEpoch !== before }
}

/** The member's assignment, written down when it is another one: all of its target that it is subscribed to. */
function stepTo(
  { effects, topics }: GroupContext,
  group: ShareGroup,
  member: ShareMember,
  target: Target,
  hasMoved: boolean,
): ShareMember {
  const isReconciled = member.memberEpoch === target.epoch
  if (isReconciled && !hasMoved) return member
  const isSubscribed = (topicId: string): boolean => {
    const topic = topics.identified(topicId)
    return topic !== undefined && member.subscribedTopicNames.has(topic.name)
  }
  const assigned: Partitions = new Map([...target.partitions].filter(([topicId]) => isSubscribed(topicId)))
  const next = isReconciled
    ? { ...member, assigned }
    : { ...member, memberEpoch: target.epoch, previousMemberEpoch: member.memberEpoch, assigned }
  if (!sameAssignment(member, next)) effects.append(assignmentRecord(group.groupId, next))
  return next
}

/** Partitions of which the share coordinator knows nothing yet get their state before anybody gets them. */
function beginStates(
  { state, config, effects, nowMs, topics }: GroupContext,
  group: ShareGroup,
  groupEpoch: number,
  subscribed: Iterable<string>,
): void {
  const { groupId } = group
  const soft = state.share.soft(groupId)
  const missing = missingShares(group.knownTopics, subscribed, topics, nowMs < soft.initializingUntilMs)
  if (missing.size === 0) return
  soft.initializingUntilMs = nowMs + config.share.initializeRetryIntervalMs
  const { initialized, initializing } = group.knownTopics
  const knownTopics = new Set([...initialized.keys(), ...initializing.keys()])
  const partitions = partitionsByTopic(missing)
  effects.append(topicsRecord(groupId, withInitializing(group.knownTopics, missing)))
  effects.perform({ kind: 'share', type: 'initialize', groupId, groupEpoch, partitions, knownTopics })
}

function leave(context: GroupContext, { groupId, memberId, memberEpoch }: ShareGroupHeartbeatRequest, id: RequestId) {
  const group = shareGroupNamed(context, groupId)
  group.member(memberId)
  fenceMember(context, group, memberId)
  context.effects.reply(id, { memberId, memberEpoch })
}

/** Throws GROUP_ID_NOT_FOUND. */
export function shareGroupNamed({ state }: Pick<GroupContext, 'state'>, groupId: string): ShareGroup {
  const group = state.share.find(groupId)
  if (group !== undefined) return group
  const reason = state.groups.has(groupId) ? 'is not a share group' : 'not found'
  throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
}
