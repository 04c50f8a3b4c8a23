import { ErrorCode, type KafkaError } from '../../../../protocol/errors.ts'
import { clientErrorCode } from '../../runtime/client-error.ts'
import type { GroupContext } from '../group-kind.ts'
import type { GroupEffects } from '../group-words.ts'
import { sessionTimer } from '../member-timers.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, hasSatisfiedHeartbeat, NO_ASSIGNMENT, protocolMetadata } from './classic-member.ts'
import { groupMetadataRecord } from './classic-records.ts'
import { joinTimer, syncTimer } from './classic-words.ts'

/**
 * The rebalance of a classic group: from the first join to the moment when every member has its assignment.
 *
 *     Empty ──join──> PreparingRebalance ──all joined, or timeout──> CompletingRebalance ──leader's sync──> Stable
 *       ^                  │      ^                                        │                                  │
 *       └── nobody left ───┘      └────────── join, leave, timeout ────────┴──────────────────────────────────┘
 */

/** A change of membership: starts a rebalance, or completes the one under way if this was what it waited for. */
export function rebalanceOrCompleteJoin(context: GroupContext, group: ClassicGroup): void {
  if (group.canRebalance) prepareRebalance(context, group)
  else maybeCompleteJoin(context, group)
}

export function prepareRebalance(context: GroupContext, group: ClassicGroup): void {
  const { config, effects, nowMs } = context
  if (group.state === 'CompletingRebalance') abandonAssignments(context, group, ErrorCode.REBALANCE_IN_PROGRESS)
  group.pendingSync.clear()
  effects.cancelTimer(syncTimer(group.groupId))

  const { groupId, state, generationId } = group
  const isInitial = state === 'Empty'
  effects.note(`Preparing to rebalance group ${groupId} in state ${state} with old generation ${generationId}`)
  group.transitionTo('PreparingRebalance', nowMs)
  if (isInitial) {
    const delayMs = config.initialRebalanceDelayMs
    const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0)
    scheduleInitialJoin(effects, group, delayMs, remainingMs)
  } else if (group.hasAllMembersJoined) {
    completeJoin(context, group)
  } else {
    scheduleJoin(effects, group)
  }
}

/** Completes a rebalance for which everybody is there; an initial one takes its time for others to come. */
export function maybeCompleteJoin(context: GroupContext, group: ClassicGroup): void {
  const isWaiting = group.state === 'PreparingRebalance' && group.previousState !== 'Empty'
  if (isWaiting && group.hasAllMembersJoined) completeJoin(context, group)
}

/** The initial rebalance's delay is over: it is prolonged while members keep arriving, up to the rebalance timeout. */
export function initialJoinTimedOut(
  context: GroupContext,
  group: ClassicGroup,
  delayMs: number,
  remainingMs: number,
): void {
  if (!group.newMemberAdded || remainingMs === 0) return completeJoin(context, group)
  group.newMemberAdded = false
  const nextDelayMs = Math.min(context.config.initialRebalanceDelayMs, remainingMs)
  scheduleInitialJoin(context.effects, group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
}

/** Ends the joining phase with the members that came. Static ones that did not come keep their place for their session. */
export function completeJoin(context: GroupContext, group: ClassicGroup): void {
  const { effects, nowMs } = context
  effects.cancelTimer(joinTimer(group.groupId))
  for (const member of [...group.members.values()]) {
    if (member.awaitingJoin !== null || member.groupInstanceId !== null) continue
    group.remove(member.memberId)
    effects.cancelTimer(sessionTimer(group.groupId, member.memberId))
  }
  if (!group.electLeaderAmongJoined() && group.members.size > 0) {
    // Only static members are left and none of them came: wait for them as long again.
    return scheduleJoin(effects, group)
  }
  group.initNextGeneration(nowMs)
  const name = `group ${group.groupId} generation ${group.generationId}`
  effects.note(
    group.members.size === 0 ? `The ${name} is empty` : `Stabilized ${name} with ${group.members.size} members`,
  )
  if (group.state === 'Empty') {
    effects.append(groupMetadataRecord(group, new Map()))
    return
  }
  for (const member of group.members.values()) {
    answerJoin(effects, group, member)
    resetSession(effects, group, member)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  const timeout = { kind: 'classic', type: 'sync', groupId: group.groupId, generationId: group.generationId } as const
  effects.setTimer(syncTimer(group.groupId), group.rebalanceTimeoutMs, timeout)
}

/** The answer to a JoinGroup: the generation that the member is in; only the leader learns of the others. */
export function joinedResponse(group: ClassicGroup, member: ClassicMember, skipAssignment = false): object {
  const isLeader = group.isLeader(member.memberId)
  return {
    errorCode: ErrorCode.NONE,
    memberId: member.memberId,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment,
    members: isLeader ? joinedMembers(group) : [],
  }
}

function joinedMembers(group: ClassicGroup): object[] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: protocolMetadata(member, group.protocolName ?? ''),
  }))
}

function answerJoin(effects: GroupEffects, group: ClassicGroup, member: ClassicMember): void {
  const request = group.takeJoin(member)
  if (request !== null) effects.reply(request, joinedResponse(group, member))
}

export function resetSession(
  effects: GroupEffects,
  group: ClassicGroup,
  member: ClassicMember,
  timeoutMs = member.sessionTimeoutMs,
): void {
  const { groupId } = group
  const { memberId } = member
  effects.setTimer(sessionTimer(groupId, memberId), timeoutMs, { kind: 'classic', type: 'session', groupId, memberId })
}

function scheduleJoin(effects: GroupEffects, group: ClassicGroup): void {
  const { groupId } = group
  effects.setTimer(joinTimer(groupId), group.rebalanceTimeoutMs, { kind: 'classic', type: 'join', groupId })
}

function scheduleInitialJoin(effects: GroupEffects, group: ClassicGroup, delayMs: number, remainingMs: number): void {
  const { groupId } = group
  effects.setTimer(joinTimer(groupId), delayMs, {
    kind: 'classic',
    type: 'initial-join',
    groupId,
    delayMs,
    remainingMs,
  })
}

/**
 * The leader's assignment: written first, and only when it is committed do the members get it and the group is Stable.
 * If meanwhile another rebalance has begun, it is as if it never came.
 */
export function storeAssignments(
  context: GroupContext,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Buffer>,
): void {
  const { groupId, incarnation, generationId } = group
  context.effects
    .append(groupMetadataRecord(group, assignments))
    .onceSettled({ kind: 'classic', type: 'assigned', groupId, incarnation, generationId, assignments })
}

export function assignmentsSettled(
  context: GroupContext,
  group: ClassicGroup,
  generationId: number,
  assignments: ReadonlyMap<string, Buffer>,
  error: KafkaError | null,
): void {
  if (group.generationId !== generationId || group.state !== 'CompletingRebalance') return
  if (error === null) propagateAssignments(context, group, assignments)
  else abandonRebalance(context, group, error)
}

function propagateAssignments(
  context: GroupContext,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Buffer>,
): void {
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? NO_ASSIGNMENT
    const request = group.takeSync(member)
    if (request === null) continue
    context.effects.reply(request, syncedResponse(group, member))
    resetSession(context.effects, group, member)
  }
  group.transitionTo('Stable', context.nowMs)
}

export function syncedResponse(group: ClassicGroup, member: ClassicMember): object {
  return {
    errorCode: ErrorCode.NONE,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  }
}

function abandonRebalance(context: GroupContext, group: ClassicGroup, error: KafkaError): void {
  abandonAssignments(context, group, clientErrorCode(error.code))
  rebalanceOrCompleteJoin(context, group)
}

/** Members that wait for an assignment of this generation will not get one. */
function abandonAssignments(context: GroupContext, group: ClassicGroup, errorCode: number): void {
  for (const member of group.members.values()) {
    member.assignment = NO_ASSIGNMENT
    const request = group.takeSync(member)
    if (request === null) continue
    context.effects.reply(request, { errorCode })
    resetSession(context.effects, group, member)
  }
}

/** A member's session has ended without a sign of life. */
export function sessionTimedOut(context: GroupContext, group: ClassicGroup, memberId: string): void {
  if (group.pendingJoin.has(memberId)) return removePendingMember(context, group, memberId)
  const member = group.members.get(memberId)
  if (member === undefined || hasSatisfiedHeartbeat(member)) return
  context.effects.note(`Member ${memberId} of group ${group.groupId} has failed: its session has ended, it is removed`)
  dropMember(context, group, member)
  if (group.state === 'PreparingRebalance') {
    if (group.hasAllMembersJoined) completeJoin(context, group)
  } else if (group.state !== 'Empty') {
    rebalanceOrCompleteJoin(context, group)
  }
}

function removePendingMember(context: GroupContext, group: ClassicGroup, memberId: string): void {
  group.remove(memberId)
  if (group.state === 'PreparingRebalance' && group.hasAllMembersJoined) completeJoin(context, group)
}

/** Takes a member out; if it is joining, it learns that it is not a member any more. */
export function dropMember(context: GroupContext, group: ClassicGroup, member: ClassicMember): void {
  const request = group.takeJoin(member)
  if (request !== null) context.effects.reply(request, { memberId: '', errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  const sync = group.takeSync(member)
  if (sync !== null) context.effects.reply(sync, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  context.effects.cancelTimer(sessionTimer(group.groupId, member.memberId))
  group.remove(member.memberId)
}

/** Members that joined but never asked for their assignment hold up a partition share that nobody works on. */
export function syncTimedOut(context: GroupContext, group: ClassicGroup, generationId: number): void {
  const isExpected = group.state === 'CompletingRebalance' || group.state === 'Stable'
  if (generationId !== group.generationId || !isExpected || group.pendingSync.size === 0) return
  for (const memberId of [...group.pendingSync]) {
    group.remove(memberId)
    context.effects.cancelTimer(sessionTimer(group.groupId, memberId))
  }
  prepareRebalance(context, group)
}
