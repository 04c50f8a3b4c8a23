import { ErrorCode } from '../../../protocol/errors.ts'
import type { DescribeGroupsResponse } from '../../../protocol/messages/describe-groups.ts'
import type { ListGroupsRequest, ListGroupsResponse } from '../../../protocol/messages/list-groups.ts'
import type { RequestId } from '../runtime/effects.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { type ClassicMember, protocolMetadata } from './classic/classic-member.ts'
import { type GroupContext, joinTimer, sessionTimer, syncTimer } from './group-effects.ts'
import { offsetTombstone } from './group-records.ts'
import type { DurableGroup, GroupState } from './group-state.ts'

export type ListedGroup = ListGroupsResponse['groups'][number]
export type DescribedGroup = DescribeGroupsResponse['groups'][number]

/** `authorizedOperations` of who did not ask for them. */
const OPERATIONS_NOT_ASKED = -0x8000_0000
/** Since this version a group that is not there is an error and not only Dead (KIP-1043). */
const NOT_FOUND_VERSION = 6

/** ListGroups of one shard; filters ignore case, and an empty one lets everything through (KIP-518, KIP-848). */
export function listGroups(state: GroupState, request: ListGroupsRequest, epoch: number): ListedGroup[] {
  const states = new Set(request.statesFilter.map((name) => name.toLowerCase().trim()))
  const types = new Set(request.typesFilter.map((name) => name.toLowerCase()))
  const listed: ListedGroup[] = []
  for (const [groupId, group] of state.groups.entries(epoch)) {
    const groupState = state.stateName(groupId, group, epoch)
    if (states.size > 0 && !states.has(groupState.toLowerCase())) continue
    if (types.size > 0 && !types.has(group.type)) continue
    listed.push({
      groupId,
      protocolType: protocolTypeOf(state, groupId, group),
      groupState,
      groupType: group.type,
    })
  }
  return listed
}

function protocolTypeOf(state: GroupState, groupId: string, group: DurableGroup): string {
  if (group.type !== 'classic') return group.type
  return state.classic(groupId)?.protocolType ?? ''
}

/** DescribeGroups of one group. One that is not there, or not a classic one, is Dead. */
export function describeGroup(state: GroupState, groupId: string, apiVersion: number, epoch: number): DescribedGroup {
  const durable = state.groups.get(groupId, epoch)
  const group = durable?.type === 'classic' ? state.classic(groupId) : undefined
  if (group === undefined) {
    const knowsError = apiVersion >= NOT_FOUND_VERSION
    const reason = durable === undefined ? 'not found' : 'is not a classic group'
    return {
      ...describedGroup(groupId),
      groupState: 'Dead',
      errorCode: knowsError ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
      errorMessage: knowsError ? `Group ${groupId} ${reason}.` : null,
    }
  }
  const protocol = group.state === 'Stable' ? group.protocolName : null
  return {
    ...describedGroup(groupId),
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocol ?? '',
    members: [...group.members.values()].map((member) => describeMember(member, protocol)),
  }
}

/** The description of a group of which nothing but an error is known. */
export function describedGroup(groupId: string, errorCode: number = ErrorCode.NONE): DescribedGroup {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}

/** What a member brought along is shown only once it counts. */
function describeMember(member: ClassicMember, protocol: string | null): DescribedGroup['members'][number] {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: protocol === null ? Buffer.alloc(0) : protocolMetadata(member, protocol),
    memberAssignment: member.assignment,
  }
}

/** DeleteGroups: groups without members, together with their offsets (KIP-229). */
export function deleteGroups(context: GroupContext, groupIds: readonly string[], id: RequestId): void {
  const results = groupIds.map((groupId) => {
    const errorCode = validateDelete(context.state, groupId)
    if (errorCode === ErrorCode.NONE) deleteGroup(context, groupId)
    return { groupId, errorCode }
  })
  context.effects.reply(id, { results })
}

function validateDelete(state: GroupState, groupId: string): number {
  const durable = state.groups.get(groupId)
  if (durable === undefined) return ErrorCode.GROUP_ID_NOT_FOUND
  if (durable.type === 'classic') {
    return state.classic(groupId)?.state === 'Empty' ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }
  if (!durable.members.isEmpty()) return ErrorCode.NON_EMPTY_GROUP
  // A share group's state lives with the share coordinator too, which alone can remove it.
  return durable.type === 'share' ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE
}

function deleteGroup({ state, effects }: GroupContext, groupId: string): void {
  for (const [topic, partition] of state.offsets.partitionsOf(groupId)) {
    effects.append(offsetTombstone(groupId, topic, partition))
  }
  effects.append(...state.tombstones(groupId))
  const group = state.classic(groupId)
  if (group !== undefined) cancelTimers({ effects }, group)
  state.forget(groupId)
}

function cancelTimers({ effects }: Pick<GroupContext, 'effects'>, group: ClassicGroup): void {
  effects.cancelTimer(joinTimer(group.groupId)).cancelTimer(syncTimer(group.groupId))
  for (const memberId of group.pendingJoin) effects.cancelTimer(sessionTimer(group.groupId, memberId))
}
