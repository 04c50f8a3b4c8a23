/** Members of a consumer group that speak the classic protocol: JoinGroup, SyncGroup, Heartbeat and LeaveGroup for them. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ConsumerProtocolSubscription } from '../../../../protocol/messages/consumer-protocol.ts'
import type { HeartbeatRequest } from '../../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { requiresKnownMemberId } from '../classic/classic-join.ts'
import { CONSUMER_PROTOCOL_TYPE } from '../classic/consumer-protocol.ts'
import type { JoinInput } from '../classic/join-input.ts'
import type { GroupContext } from '../group-kind.ts'
import { checkStatic } from '../static-members.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ClassicMemberMetadata, ConsumerMember, SupportedProtocol } from './consumer-member.ts'
import { joinTimer, syncTimer } from './consumer-words.ts'
import { canDowngradeReplacing, downgrade } from './downgrade.ts'
import { ownedPartitions, readSubscription, writeAssignment } from './embedded-protocol.ts'
import { fenceMembers, scheduleSession } from './fencing.ts'
import { dynamicMember, ensureRoom, staticMember, stepTowards, takeUp } from './heartbeat.ts'

type ClassicConsumerMember = ConsumerMember & { readonly classic: ClassicMemberMetadata }
/** A member that names at least one protocol: it follows the first one. */
type FollowingMember = ClassicConsumerMember & { readonly protocol: SupportedProtocol }

const NO_METADATA = Buffer.alloc(0)

/** JoinGroup: answered at once, for nobody waits for the others in a consumer group. */
export function joinConsumerGroup(context: GroupContext, group: ConsumerGroup, input: JoinInput, id: RequestId): void {
  const { config, effects, topics } = context
  const { request, clientId, clientHost } = input
  // Copies, so that the group does not keep the whole request alive.
  const protocols = request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
  const { groupInstanceId: instanceId, sessionTimeoutMs, rebalanceTimeoutMs } = request
  const { groupId } = group
  if (!config.consumer.mayUpgrade && !config.consumer.mayDowngrade) refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  const isUnknown = request.memberId === ''
  const memberId = isUnknown ? input.consumerMemberId : request.memberId
  ensureRoom(context, group, memberId, instanceId)
  if (!supports(group, request.protocolType, protocols)) refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  if (requiresKnownMemberId(input)) {
    effects.reply(id, { memberId, errorCode: ErrorCode.MEMBER_ID_REQUIRED })
    return
  }
  const member =
    instanceId === null
      ? dynamicMember(group, memberId, true)
      : staticMember(context, group, memberId, instanceId, isUnknown, true)
  const existing = group.staticMember(instanceId)
  const goesBack = existing !== undefined && canDowngradeReplacing(context, group, existing)
  const subscription = readJoin(protocols)
  const updated: ClassicConsumerMember = {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: subscription.rackId || member.rackId,
    rebalanceTimeoutMs,
    subscribedTopicNames: new Set(subscription.topics),
    // Expressions are of the new protocol alone.
    subscribedTopicRegex: '',
    clientId,
    clientHost,
    classic: { sessionTimeoutMs, supportedProtocols: protocols },
  }
  const { target, hasSubscriptionChanged, groupEpoch } = takeUp(context, group, member, updated, (named, regex) => {
    return named || regex !== 'none'
  })
  const owned = ownedPartitions(subscription, topics)
  let next: ConsumerMember = updated
  if (goesBack) {
    const rebalances = group.assignmentEpoch < groupEpoch
    if (!rebalances) next = stepTowards(context, group, updated, target, hasSubscriptionChanged, owned)
    downgrade(context, group, { leaving: [], joining: next, rebalances })
  } else {
    next = stepTowards(context, group, updated, target, hasSubscriptionChanged, owned)
    effects.setTimer(syncTimer(groupId, memberId), rebalanceTimeoutMs, fence(groupId, memberId))
    scheduleSession(context, groupId, memberId, sessionTimeoutMs)
  }
  endJoinTimeout(context, groupId, memberId)
  effects.reply(id, {
    memberId,
    generationId: next.memberEpoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName: protocols[0]?.name ?? null,
    errorCode: ErrorCode.NONE,
  })
}

/** SyncGroup: the member's own assignment, as it stands. */
export function syncConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  request: SyncGroupRequest,
  id: RequestId,
): void {
  const { effects, topics } = context
  const { groupId, memberId, protocolType, protocolName, generationId } = request
  const member = classicMember(group, memberId, request.groupInstanceId)
  const { protocol } = member
  if (generationId !== member.memberEpoch) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  const isOther = protocolType !== null && protocolType !== CONSUMER_PROTOCOL_TYPE
  if (isOther || (protocolName !== null && protocolName !== protocol.name)) {
    throw new KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  // A member that still has partitions to let go of is asked to join again when it has done so.
  if (group.assignmentEpoch > member.memberEpoch && member.state !== 'unrevoked') {
    beginJoinTimeout(context, groupId, member)
    effects.fail(id, ErrorCode.REBALANCE_IN_PROGRESS)
    return
  }
  effects.cancelTimer(syncTimer(groupId, memberId))
  scheduleSession(context, groupId, memberId, member.classic.sessionTimeoutMs)
  const assignment = writeAssignment(member.assigned, protocol.metadata, topics)
  effects.reply(id, { protocolType, protocolName, assignment, errorCode: ErrorCode.NONE })
}

/** Heartbeat: tells the member to join again when there is something to get, or to let go of. */
export function heartbeatConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  request: HeartbeatRequest,
  id: RequestId,
): void {
  const { groupId, memberId, generationId } = request
  const member = classicMember(group, memberId, request.groupInstanceId)
  if (generationId !== member.memberEpoch) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  scheduleSession(context, groupId, memberId, member.classic.sessionTimeoutMs)
  const mustRejoin =
    member.memberEpoch < group.assignmentEpoch ||
    member.state === 'unrevoked' ||
    (member.state === 'unreleased' && !group.isWaitingForOthers(member))
  if (mustRejoin) beginJoinTimeout(context, groupId, member)
  context.effects.reply(id, { errorCode: mustRejoin ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE })
}

/** LeaveGroup: by an administrator, also for members of the new protocol. */
export function leaveConsumerGroup(
  context: GroupContext,
  group: ConsumerGroup,
  request: LeaveGroupRequest,
  id: RequestId,
): void {
  const leaving = new Set<ConsumerMember>()
  const members = request.members.map(({ memberId, groupInstanceId }) => {
    try {
      leaving.add(leavingMember(group, memberId, groupInstanceId))
      return { memberId, groupInstanceId, errorCode: ErrorCode.NONE }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { memberId, groupInstanceId, errorCode: error.code }
    }
  })
  fenceMembers(context, group, [...leaving])
  context.effects.reply(id, { errorCode: ErrorCode.NONE, members })
}

function leavingMember(group: ConsumerGroup, memberId: string, instanceId: string | null): ConsumerMember {
  if (instanceId === null) return group.member(memberId)
  const member = group.staticMember(instanceId)
  return checkStatic(member, memberId === '' ? (member?.memberId ?? '') : memberId, instanceId)
}

function classicMember(group: ConsumerGroup, memberId: string, instanceId: string | null): FollowingMember {
  const member =
    instanceId === null ? group.member(memberId) : checkStatic(group.staticMember(instanceId), memberId, instanceId)
  const { classic } = member
  const [protocol] = classic?.supportedProtocols ?? []
  if (classic === null || protocol === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  return { ...member, classic, protocol }
}

/** Whether one of the protocols is one that all classic members of the group support. */
function supports(group: ConsumerGroup, protocolType: string, protocols: readonly SupportedProtocol[]): boolean {
  if (protocolType !== CONSUMER_PROTOCOL_TYPE || protocols.length === 0) return false
  const { classicProtocols, classicMemberCount } = group.summary
  return protocols.some(({ name }) => (classicProtocols.get(name) ?? 0) === classicMemberCount)
}

function readJoin([protocol]: readonly SupportedProtocol[]): ConsumerProtocolSubscription {
  try {
    return readSubscription(protocol?.metadata ?? NO_METADATA)
  } catch {
    return refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
}

/** Gives the member its rebalance timeout to join again, counted from the first time that it is told to. */
function beginJoinTimeout({ state, effects }: GroupContext, groupId: string, member: ConsumerMember): void {
  const { awaitingJoin } = state.consumer.soft(groupId)
  const { memberId, rebalanceTimeoutMs } = member
  if (awaitingJoin.has(memberId)) return
  awaitingJoin.add(memberId)
  effects.setTimer(joinTimer(groupId, memberId), rebalanceTimeoutMs, fence(groupId, memberId))
}

function endJoinTimeout({ state, effects }: GroupContext, groupId: string, memberId: string): void {
  state.consumer.soft(groupId).awaitingJoin.delete(memberId)
  effects.cancelTimer(joinTimer(groupId, memberId))
}

const fence = (groupId: string, memberId: string) => ({ kind: 'consumer', type: 'fence', groupId, memberId }) as const

function refuse(code: number): never {
  throw new KafkaError(code)
}
