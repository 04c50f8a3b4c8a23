/** The classic protocol's requests, in a group of whichever kind. */
import { KafkaError } from '../../../protocol/errors.ts'
import type { HeartbeatRequest } from '../../../protocol/messages/heartbeat.ts'
import type { LeaveGroupRequest } from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest } from '../../../protocol/messages/sync-group.ts'
import type { RequestId } from '../runtime/effects.ts'
import { type JoinInput, joinGroup as joinClassicGroup } from './classic/classic-join.ts'
import {
  heartbeat as heartbeatClassicGroup,
  leaveGroup as leaveClassicGroup,
  syncGroup as syncClassicGroup,
} from './classic/classic-membership.ts'
import {
  heartbeatConsumerGroup,
  joinConsumerGroup,
  leaveConsumerGroup,
  syncConsumerGroup,
} from './consumer/classic-members.ts'
import type { GroupContext } from './group-effects.ts'

export type { JoinInput } from './classic/classic-join.ts'

/** An empty consumer group makes room for a classic one; one that has members takes the client in as it is. */
export function joinGroup(context: GroupContext, input: JoinInput, id: RequestId): void {
  const { groupId, memberId, protocols } = input.request
  const group = context.state.consumer(groupId)
  if (group === undefined || group.isEmpty) return joinClassicGroup(context, input, id)
  try {
    // Copies, so that the group does not keep the whole request alive.
    const own = protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
    joinConsumerGroup(context, group, { ...input, protocols: own }, id)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    context.effects.reply(id, { memberId, errorCode: error.code })
  }
}

export function syncGroup(context: GroupContext, request: SyncGroupRequest, id: RequestId): void {
  const group = context.state.consumer(request.groupId)
  if (group === undefined) syncClassicGroup(context, request, id)
  else syncConsumerGroup(context, group, request, id)
}

export function heartbeat(context: GroupContext, request: HeartbeatRequest, id: RequestId): void {
  const group = context.state.consumer(request.groupId)
  if (group === undefined) heartbeatClassicGroup(context, request, id)
  else heartbeatConsumerGroup(context, group, request, id)
}

export function leaveGroup(context: GroupContext, request: LeaveGroupRequest, id: RequestId): void {
  const group = context.state.consumer(request.groupId)
  if (group === undefined) leaveClassicGroup(context, request, id)
  else leaveConsumerGroup(context, group, request, id)
}
