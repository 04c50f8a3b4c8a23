/** The classic protocol's requests, in a group of whichever kind. */
import type { HeartbeatRequest } from '../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../runtime/effects.ts'
import { joinGroup as joinClassicGroup } from './classic/classic-join.ts'
import {
  heartbeat as heartbeatClassicGroup,
  leaveGroup as leaveClassicGroup,
  syncGroup as syncClassicGroup,
} from './classic/classic-membership.ts'
import type { JoinInput } from './classic/join-input.ts'
import type { ClassicProtocol, GroupContext } from './group-kind.ts'

const CLASSIC: ClassicProtocol = {
  join: joinClassicGroup,
  sync: syncClassicGroup,
  heartbeat: heartbeatClassicGroup,
  leave: leaveClassicGroup,
}

/** A group of another kind takes the client in as it is; one that does not may make room for a classic group. */
function protocolOf({ state }: GroupContext, groupId: string): ClassicProtocol {
  const group = state.groups.get(groupId)
  const own = group === undefined ? null : state.kindOf(group).classicProtocol(group)
  return own ?? CLASSIC
}

export function joinGroup(context: GroupContext, input: JoinInput, id: RequestId): void {
  protocolOf(context, input.request.groupId).join(context, input, id)
}

export function syncGroup(context: GroupContext, request: SyncGroupRequest, id: RequestId): void {
  protocolOf(context, request.groupId).sync(context, request, id)
}

export function heartbeat(context: GroupContext, request: HeartbeatRequest, id: RequestId): void {
  protocolOf(context, request.groupId).heartbeat(context, request, id)
}

export function leaveGroup(context: GroupContext, request: LeaveGroupRequest, id: RequestId): void {
  protocolOf(context, request.groupId).leave(context, request, id)
}
