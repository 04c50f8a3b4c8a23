import { ErrorCode } from '../../../protocol/errors.ts'
import type { ListGroupsRequest, ListGroupsResponse } from '../../../protocol/messages/list-groups.ts'
import type { RequestId } from '../runtime/effects.ts'
import type { GroupContext, GroupState } from './group-kind.ts'
import { offsetTombstone } from './offsets/offset-records.ts'

export type ListedGroup = ListGroupsResponse['groups'][number]

/** ListGroups of one shard; filters ignore case, and an empty one lets everything through (KIP-518, KIP-848). */
export function listGroups(state: GroupState, request: ListGroupsRequest, epoch: number): ListedGroup[] {
  const states = new Set(request.statesFilter.map((name) => name.toLowerCase().trim()))
  const types = new Set(request.typesFilter.map((name) => name.toLowerCase()))
  const listed: ListedGroup[] = []
  for (const [groupId, group] of state.groups.entries(epoch)) {
    const kind = state.kindOf(group)
    const groupState = kind.stateName(group, epoch)
    if (states.size > 0 && !states.has(groupState.toLowerCase())) continue
    if (types.size > 0 && !types.has(group.type)) continue
    listed.push({ groupId, protocolType: kind.protocolType(group), groupState, groupType: group.type })
  }
  return listed
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
  const group = state.groups.get(groupId)
  return group === undefined ? ErrorCode.GROUP_ID_NOT_FOUND : state.kindOf(group).validateDelete(group)
}

function deleteGroup(context: GroupContext, groupId: string): void {
  const { state, effects } = context
  const group = state.groups.get(groupId)
  if (group === undefined) return
  for (const [topic, partition] of state.offsets.partitionsOf(groupId)) {
    effects.append(offsetTombstone(groupId, topic, partition))
  }
  const kind = state.kindOf(group)
  effects.append(...kind.tombstones(group))
  kind.forget(context, group)
}
