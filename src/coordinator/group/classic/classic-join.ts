import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { JoinGroupRequest } from '../../../../protocol/messages/join-group.ts'
import { clientErrorCode } from '../../runtime/client-error.ts'
import type { RequestId } from '../../runtime/effects.ts'
import { NEW_MEMBER_JOIN_TIMEOUT_MS } from '../group-config.ts'
import type { GroupContext } from '../group-kind.ts'
import { sessionTimer } from '../member-timers.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, type MemberProtocol, NO_ASSIGNMENT, protocolsMatch } from './classic-member.ts'
import {
  dropMember,
  joinedResponse,
  maybeCompleteJoin,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  resetSession,
} from './classic-rebalance.ts'
import { emptyGroupRecord, groupMetadataRecord } from './classic-records.ts'
import { joinTimer, type ReturnedMember } from './classic-words.ts'
import type { JoinInput } from './join-input.ts'

/** From this version on a dynamic member first asks for its id and joins with it (KIP-394). */
const KNOWN_MEMBER_ID_VERSION = 4
/** From this version on a static leader that comes back can be told to skip the assignment (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

const UNKNOWN_MEMBER_ID = ''

/** One join under way: where it is to be answered, and the request with bytes of its own. */
interface Joining extends JoinInput {
  readonly id: RequestId
  readonly protocols: readonly MemberProtocol[]
}

/** Whether the client is to join again, with the id that it is given now. */
export function requiresKnownMemberId({ request, apiVersion }: JoinInput): boolean {
  return (
    apiVersion >= KNOWN_MEMBER_ID_VERSION && request.memberId === UNKNOWN_MEMBER_ID && request.groupInstanceId === null
  )
}

export function joinGroup(context: GroupContext, input: JoinInput, id: RequestId): void {
  const { state, effects, nowMs } = context
  const { groupId, memberId, protocols } = input.request
  const existing = state.groups.get(groupId)
  let group = state.classic.find(groupId)
  const isOfOtherKind = existing !== undefined && group === undefined
  if (isOfOtherKind && !state.kindOf(existing).makesRoom(existing)) {
    return refuse(context, id, UNKNOWN_MEMBER_ID, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  const isNew = group === undefined
  if (group === undefined) {
    if (memberId !== UNKNOWN_MEMBER_ID) return refuse(context, id, memberId, ErrorCode.UNKNOWN_MEMBER_ID)
    if (existing !== undefined) effects.append(...state.kindOf(existing).tombstones(existing))
    group = state.classic.create(groupId, nowMs)
  }
  const ownProtocols = protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
  const joining: Joining = { ...input, id, protocols: ownProtocols }
  if (!acceptsMember(context, group, memberId)) {
    group.remove(memberId)
    refuse(context, id, UNKNOWN_MEMBER_ID, ErrorCode.GROUP_MAX_SIZE_REACHED)
  } else if (memberId === UNKNOWN_MEMBER_ID) {
    joinNewMember(context, group, joining)
  } else {
    joinExistingMember(context, group, joining)
  }
  if (isNew) persistNewGroup(context, group)
}

function refuse(context: GroupContext, id: RequestId, memberId: string, errorCode: number): void {
  context.effects.reply(id, { memberId, errorCode })
}

/** A group exists from its first join on. */
function persistNewGroup({ nowMs, effects }: GroupContext, { groupId, incarnation }: ClassicGroup): void {
  effects
    .append(emptyGroupRecord(groupId, nowMs))
    .onceSettled({ kind: 'classic', type: 'created', groupId, incarnation })
}

/** A new group that could not be written never was, and its members, who wait for each other, are told. */
export function creationSettled(context: GroupContext, group: ClassicGroup, error: KafkaError | null): void {
  const { state, effects } = context
  const { groupId } = group
  if (error === null || state.groups.has(groupId)) return
  for (const member of [...group.members.values()]) {
    const request = group.takeJoin(member)
    if (request !== null) effects.reply(request, { memberId: '', errorCode: clientErrorCode(error.code) })
    dropMember(context, group, member)
  }
  for (const memberId of group.pendingJoin) effects.cancelTimer(sessionTimer(groupId, memberId))
  effects.cancelTimer(joinTimer(groupId))
  state.classic.drop(groupId)
}

/** Whether `group.max.size` leaves room: members that are in already keep their place. */
function acceptsMember({ config }: GroupContext, group: ClassicGroup, memberId: string): boolean {
  const member = group.members.get(memberId)
  switch (group.state) {
    case 'Empty':
      return true
    case 'PreparingRebalance':
      return member?.awaitingJoin != null || group.awaitingJoinCount < config.maxGroupSize
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < config.maxGroupSize
  }
}

function joinNewMember(context: GroupContext, group: ClassicGroup, joining: Joining): void {
  const { id, request, apiVersion, clientId, memberUuid } = joining
  const { groupId, groupInstanceId, sessionTimeoutMs, protocolType } = request
  if (!group.supportsProtocols(protocolType, joining.protocols)) {
    return refuse(context, id, UNKNOWN_MEMBER_ID, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  const memberId = `${groupInstanceId ?? clientId}-${memberUuid}`
  if (groupInstanceId !== null) {
    const replaced = group.staticMemberId(groupInstanceId)
    if (replaced === undefined) addMember(context, group, joining, memberId)
    else returnStaticMember(context, group, joining, groupInstanceId, replaced, memberId)
  } else if (apiVersion >= KNOWN_MEMBER_ID_VERSION) {
    group.pendingJoin.add(memberId)
    context.effects.setTimer(sessionTimer(groupId, memberId), sessionTimeoutMs, {
      kind: 'classic',
      type: 'session',
      groupId,
      memberId,
    })
    refuse(context, id, memberId, ErrorCode.MEMBER_ID_REQUIRED)
  } else {
    addMember(context, group, joining, memberId)
  }
}

function joinExistingMember(context: GroupContext, group: ClassicGroup, joining: Joining): void {
  const { id, request } = joining
  const { memberId, groupInstanceId } = request
  if (!group.supportsProtocols(request.protocolType, joining.protocols)) {
    return refuse(context, id, memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  if (group.pendingJoin.has(memberId)) {
    // An id that was given out to a dynamic member cannot come back as a static one.
    if (groupInstanceId !== null) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return addMember(context, group, joining, memberId)
  }
  let member: ClassicMember
  try {
    member = group.validateMember(memberId, groupInstanceId)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return refuse(context, id, memberId, error.code)
  }
  if (group.state === 'Empty') return refuse(context, id, memberId, ErrorCode.UNKNOWN_MEMBER_ID)
  // A repeated request changes nothing and gets the current generation again; a Stable group's leader means a rebalance.
  const isRepeated =
    (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !group.isLeader(memberId))) &&
    protocolsMatch(member, joining.protocols)
  if (isRepeated) {
    const response = joinedResponse(group, member)
    context.effects.reply(id, group.state === 'Stable' ? { ...response, members: [] } : response)
  } else {
    replaceParkedJoin(context, group, member)
    group.update(member, { ...timeouts(request), protocols: joining.protocols }, id)
    rebalanceOrCompleteJoin(context, group)
  }
}

const timeouts = ({ rebalanceTimeoutMs, sessionTimeoutMs }: JoinGroupRequest) => ({
  rebalanceTimeoutMs,
  sessionTimeoutMs,
})

/** A client that joins again does not wait for the first answer any more; nobody may stay parked for ever. */
function replaceParkedJoin(context: GroupContext, group: ClassicGroup, member: ClassicMember): void {
  const request = group.takeJoin(member)
  if (request !== null) refuse(context, request, member.memberId, ErrorCode.UNKNOWN_MEMBER_ID)
}

function addMember(context: GroupContext, group: ClassicGroup, joining: Joining, memberId: string): void {
  const { request } = joining
  const member: ClassicMember = {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: joining.clientId,
    clientHost: joining.clientHost,
    protocolType: request.protocolType,
    ...timeouts(request),
    protocols: joining.protocols,
    assignment: NO_ASSIGNMENT,
    awaitingJoin: null,
    awaitingSync: null,
    isNew: true,
  }
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  group.add(member, joining.id)
  // The session begins when the member has got its first answer; until then it only must not linger for ever.
  resetSession(context.effects, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalanceOrCompleteJoin(context, group)
}

/** A static member that was restarted takes its old place under a new id; its predecessor is fenced (KIP-345). */
function returnStaticMember(
  context: GroupContext,
  group: ClassicGroup,
  joining: Joining,
  groupInstanceId: string,
  oldMemberId: string,
  memberId: string,
): void {
  const { effects } = context
  const old = group.validateMember(oldMemberId, groupInstanceId)
  const oldLeaderId = group.leaderId
  const errorCode = ErrorCode.FENCED_INSTANCE_ID
  const join = group.takeJoin(old)
  if (join !== null) effects.reply(join, { memberId: oldMemberId, errorCode })
  const sync = group.takeSync(old)
  if (sync !== null) effects.reply(sync, { errorCode })
  const before = { ...old }
  const member = group.replaceStatic(groupInstanceId, oldMemberId, memberId)
  effects.cancelTimer(sessionTimer(group.groupId, oldMemberId))
  group.update(member, { ...timeouts(joining.request), protocols: joining.protocols }, joining.id)
  resetSession(effects, group, member)

  if (group.state === 'CompletingRebalance') return prepareRebalance(context, group)
  if (group.state !== 'Stable') return maybeCompleteJoin(context, group)
  if (group.protocolName !== group.selectProtocol()) return rebalanceOrCompleteJoin(context, group)
  storeReturnedMember(context, group, member, before, oldLeaderId, joining)
}

/** Nothing changes for the others, so there is no rebalance: the group is written with the new id, then it is answered. */
function storeReturnedMember(
  context: GroupContext,
  group: ClassicGroup,
  member: ClassicMember,
  before: ClassicMember,
  oldLeaderId: string | null,
  joining: Joining,
): void {
  const { groupId, incarnation } = group
  const { memberId } = member
  const assignments = new Map([...group.members.values()].map(({ memberId, assignment }) => [memberId, assignment]))
  const knowsSkip = joining.apiVersion >= SKIP_ASSIGNMENT_VERSION
  const returned = { before, oldLeaderId, knowsSkip }
  context.effects
    .append(groupMetadataRecord(group, assignments))
    .onceSettled({ kind: 'classic', type: 'returned', groupId, incarnation, memberId, returned })
}

/** The member that came back is written, and answered; or it is who it was before. */
export function returnSettled(
  { effects }: GroupContext,
  group: ClassicGroup,
  memberId: string,
  { before, oldLeaderId, knowsSkip }: ReturnedMember,
  error: KafkaError | null,
): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  const request = group.takeJoin(member)
  if (error === null) {
    const response = joinedResponse(group, member, knowsSkip && group.isLeader(memberId))
    // A client that cannot skip must not take itself for the leader, or it would assign: it hears the old leader's id.
    const told = knowsSkip ? response : { ...response, leader: oldLeaderId ?? '', members: [] }
    if (request !== null) effects.reply(request, told)
    return
  }
  group.update(member, before, null)
  const restored = group.replaceStatic(before.groupInstanceId ?? '', memberId, before.memberId)
  effects.cancelTimer(sessionTimer(group.groupId, memberId))
  resetSession(effects, group, restored)
  if (request !== null) effects.reply(request, { memberId: '', errorCode: clientErrorCode(error.code) })
}
