import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { GroupContext } from '../group-kind.ts'
import { sessionTimer } from '../member-timers.ts'
import type { ClassicGroup } from './classic-group.ts'
import { NO_ASSIGNMENT } from './classic-member.ts'
import {
  dropMember,
  maybeCompleteJoin,
  rebalanceOrCompleteJoin,
  resetSession,
  storeAssignments,
  syncedResponse,
} from './classic-rebalance.ts'
import { syncTimer } from './classic-words.ts'

/** SyncGroup: the leader brings everybody's assignment, the others wait for theirs. */
export function syncGroup(context: GroupContext, request: SyncGroupRequest, id: RequestId): void {
  const { state, effects } = context
  const { groupId, memberId, groupInstanceId, generationId } = request
  const group = state.classic.find(groupId)
  if (group === undefined || group.state === 'Empty') throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  const member = group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  if (differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)) {
    throw new KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  if (group.state === 'PreparingRebalance') throw new KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)

  group.pendingSync.delete(memberId)
  if (group.pendingSync.size === 0) effects.cancelTimer(syncTimer(groupId))
  if (group.state === 'Stable') {
    effects.reply(id, syncedResponse(group, member))
    return
  }
  const repeated = group.takeSync(member)
  if (repeated !== null) effects.reply(repeated, { errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  member.awaitingSync = id
  if (group.isLeader(memberId)) storeAssignments(context, group, assignmentsOf(request, group))
}

/** Null is what old clients, and groups without members, have to say. */
function differs(theirs: string | null, ours: string | null): boolean {
  return theirs !== null && ours !== null && theirs !== ours
}

/** One for every member; those that the leader forgot get nothing to do. */
function assignmentsOf(request: SyncGroupRequest, group: ClassicGroup): Map<string, Buffer> {
  const assignments = new Map<string, Buffer>()
  for (const memberId of group.members.keys()) assignments.set(memberId, NO_ASSIGNMENT)
  for (const { memberId, assignment } of request.assignments) {
    if (assignments.has(memberId)) assignments.set(memberId, Buffer.from(assignment))
  }
  return assignments
}

/** Heartbeat: keeps the member's session alive and tells it when it must rejoin. */
export function heartbeat(context: GroupContext, request: HeartbeatRequest, id: RequestId): void {
  const { groupId, memberId, groupInstanceId, generationId } = request
  const group = context.state.classic.find(groupId)
  if (group === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  const member = group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  if (group.state === 'Empty') throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  resetSession(context.effects, group, member)
  const isRebalancing = group.state === 'PreparingRebalance'
  context.effects.reply(id, { errorCode: isRebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE })
}

/** LeaveGroup: each member gets its own answer; one rebalance follows for all that left. */
export function leaveGroup(context: GroupContext, request: LeaveGroupRequest, id: RequestId): void {
  const group = context.state.classic.find(request.groupId)
  if (group === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  const members = request.members.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: leave(context, group, memberId, groupInstanceId),
  }))
  if (members.some(({ errorCode }) => errorCode === ErrorCode.NONE)) {
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') rebalanceOrCompleteJoin(context, group)
    else maybeCompleteJoin(context, group)
  }
  context.effects.reply(id, { errorCode: ErrorCode.NONE, members })
}

function leave(context: GroupContext, group: ClassicGroup, memberId: string, groupInstanceId: string | null): number {
  try {
    if (memberId === '') {
      // An administrator removes a static member by its instance id alone (KIP-345).
      const staticId = groupInstanceId === null ? undefined : group.staticMemberId(groupInstanceId)
      dropMember(context, group, group.validateMember(staticId ?? '', groupInstanceId))
    } else if (group.pendingJoin.has(memberId)) {
      group.remove(memberId)
      context.effects.cancelTimer(sessionTimer(group.groupId, memberId))
    } else {
      dropMember(context, group, group.validateMember(memberId, groupInstanceId))
    }
    return ErrorCode.NONE
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}
