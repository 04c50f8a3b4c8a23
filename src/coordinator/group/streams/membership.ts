/** The group and the member that a heartbeat means: members come, come back as static ones, and leave. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { StreamsGroupHeartbeatRequest } from '../../../../protocol/messages/streams-group-heartbeat.ts'
import { SnapshotRegistry } from '../../runtime/timeline.ts'
import { groupTombstone } from '../classic/classic-records.ts'
import type { GroupContext } from '../group-kind.ts'
import { checkStatic, unreleased } from '../static-members.ts'
import { fenceMember } from './fencing.ts'
import { StreamsGroup } from './streams-group.ts'
import { LEAVE_GROUP_STATIC_EPOCH, newStreamsMember, type StreamsMember } from './streams-member.ts'
import { assignmentRecord, memberRecord, memberTombstones } from './streams-records.ts'
import { HOLDS_NOTHING, type TaskEpochs, type TaskIds, type TaskSet } from './tasks.ts'

type Request = StreamsGroupHeartbeatRequest

/** Throws GROUP_ID_NOT_FOUND. */
export function groupOf({ state }: GroupContext, groupId: string, notFound: string): StreamsGroup {
  const group = state.streams.find(groupId)
  if (group !== undefined) return group
  const isOther = state.groups.has(groupId) || state.classic.find(groupId) !== undefined
  const message = isOther ? `Group ${groupId} is not a streams group.` : notFound
  throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, message)
}

/** An empty classic group makes room. Throws GROUP_ID_NOT_FOUND where there is another kind of group. */
export function groupToJoin(context: GroupContext, groupId: string): StreamsGroup {
  const { state, effects } = context
  const classic = state.classic.find(groupId)
  if (classic === undefined && !state.groups.has(groupId)) return new StreamsGroup(new SnapshotRegistry(), groupId)
  if (classic?.state !== 'Empty') return groupOf(context, groupId, '')
  effects.append(groupTombstone(groupId))
  state.classic.drop(groupId)
  return new StreamsGroup(new SnapshotRegistry(), groupId)
}

/** Throws GROUP_MAX_SIZE_REACHED for a member that is not there yet. */
export function ensureRoom({ config }: GroupContext, group: StreamsGroup, { memberId, instanceId }: Request): void {
  const { maxSize } = config.streams
  if (group.members.size < maxSize || group.members.has(memberId)) return
  if (group.staticMember(instanceId) !== undefined) return
  throw new KafkaError(
    ErrorCode.GROUP_MAX_SIZE_REACHED,
    `The streams group has reached its maximum capacity of ${maxSize} members.`,
  )
}

/**
 * The member as it is before the heartbeat. Throws UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID or
 * UNRELEASED_INSTANCE_ID.
 */
export function memberOf(context: GroupContext, group: StreamsGroup, request: Request): StreamsMember {
  const { memberId, instanceId, memberEpoch } = request
  const joins = memberEpoch === 0
  if (instanceId !== null) return staticMember(context, group, request, instanceId)
  const member = joins ? (group.members.get(memberId) ?? newStreamsMember(memberId)) : group.member(memberId)
  checkMemberEpoch(member, request)
  return member
}

/** A static member that is back under another id takes the place of who it was. */
function staticMember(context: GroupContext, group: StreamsGroup, request: Request, instanceId: string): StreamsMember {
  const { memberId, memberEpoch } = request
  const existing = group.staticMember(instanceId)
  if (memberEpoch !== 0) {
    const member = checkStatic(existing, memberId, instanceId)
    checkMemberEpoch(member, request)
    return member
  }
  if (existing === undefined) return group.members.get(memberId) ?? newStreamsMember(memberId)
  if (existing.memberEpoch !== LEAVE_GROUP_STATIC_EPOCH) {
    throw unreleased(existing, memberId, instanceId)
  }
  const replacing: StreamsMember = { ...existing, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  const { groupId } = group
  context.effects.append(
    ...memberTombstones(groupId, existing.memberId),
    memberRecord(groupId, replacing),
    { kind: 'streams', type: 'target', group: groupId, memberId, value: group.target(existing.memberId) },
    assignmentRecord(groupId, replacing),
  )
  return replacing
}

/** The answer that told a member its new epoch may have been lost: the last one is good too, if it has nothing more. */
function checkMemberEpoch(member: StreamsMember, request: Request): void {
  const { memberEpoch: received, activeTasks, standbyTasks, warmupTasks } = request
  if (received === 0 || received === member.memberEpoch) return
  const { active, standby, warmup } = member.assigned
  const hasNothingMore =
    isWithin(activeTasks, active) && isWithin(standbyTasks, standby) && isWithin(warmupTasks, warmup)
  if (received < member.memberEpoch && received === member.previousMemberEpoch && hasNothingMore) return
  const what = received > member.memberEpoch ? 'greater' : 'smaller'
  throw new KafkaError(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `The streams group member has a ${what} member epoch (${received}) than the one known by the group coordinator ` +
      `(${member.memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

function isWithin(owned: readonly TaskIds[] | null, assigned: TaskSet | TaskEpochs): boolean {
  if (owned === null) return false
  return owned.every(({ subtopologyId, partitions }) => {
    const has = assigned.get(subtopologyId)
    return has !== undefined && partitions.every((partition) => has.has(partition))
  })
}

/** The member with what the heartbeat says of it; a field that is not sent is as it was before. */
export function updatedMember(
  member: StreamsMember,
  request: Request,
  client: { readonly clientId: string; readonly clientHost: string },
): StreamsMember {
  const { instanceId, rackId, rebalanceTimeoutMs, topology, processId, userEndpoint, clientTags, memberEpoch } = request
  return {
    ...member,
    instanceId: instanceId ?? member.instanceId,
    rackId: rackId ?? member.rackId,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: topology?.epoch ?? member.topologyEpoch,
    clientId: client.clientId,
    clientHost: client.clientHost,
    processId: processId ?? member.processId,
    // A member that joins says all of itself, and so says too that it has no endpoint (any more).
    userEndpoint: memberEpoch === 0 ? userEndpoint : (userEndpoint ?? member.userEndpoint),
    clientTags: clientTags?.toSorted((a, b) => (a.key < b.key ? -1 : 1)) ?? member.clientTags,
  }
}

/** The member is gone; a static one may be back, and keeps its tasks until its session ends. Returns its epoch. */
export function leave(context: GroupContext, group: StreamsGroup, request: Request): number {
  const { memberId, instanceId, memberEpoch } = request
  const member =
    instanceId === null ? group.member(memberId) : checkStatic(group.staticMember(instanceId), memberId, instanceId)
  if (instanceId !== null && memberEpoch === LEAVE_GROUP_STATIC_EPOCH) leaveForAWhile(context, group, member)
  else fenceMember(context, group, member.memberId)
  return memberEpoch
}

/** It keeps its tasks, as assigned in epoch 0, for the member that comes back under its instance id. */
function leaveForAWhile({ effects }: GroupContext, group: StreamsGroup, member: StreamsMember): void {
  const active = new Map(
    [...member.assigned.active].map(([id, epochs]) => [id, new Map([...epochs.keys()].map((key) => [key, 0]))]),
  )
  const left = { ...member, memberEpoch: LEAVE_GROUP_STATIC_EPOCH, pendingRevocation: HOLDS_NOTHING }
  effects.append(assignmentRecord(group.groupId, { ...left, assigned: { ...member.assigned, active } }))
}
