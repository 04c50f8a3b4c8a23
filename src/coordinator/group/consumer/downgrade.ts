import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { ClassicGroup } from '../classic/classic-group.ts'
import { type ClassicMember, NO_ASSIGNMENT, protocolMetadata } from '../classic/classic-member.ts'
import { prepareRebalance, resetSession } from '../classic/classic-rebalance.ts'
import { groupMetadataRecord } from '../classic/classic-records.ts'
import { CONSUMER_PROTOCOL_TYPE } from '../classic/consumer-protocol.ts'
import type { GroupContext } from '../group-kind.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { rebalanceTimer } from './consumer-words.ts'
import { writeAssignment } from './embedded-protocol.ts'

/** Whether those who remain all speak the classic protocol and may go back to being a classic group. */
export function canDowngradeWithout(
  { config }: GroupContext,
  { summary }: ConsumerGroup,
  leaving: readonly ConsumerMember[],
): boolean {
  const remaining = summary.memberCount - leaving.length
  const classic = summary.classicMemberCount - leaving.filter((member) => member.classic !== null).length
  return remaining > 0 && classic === remaining && config.consumer.mayDowngrade && remaining <= config.maxGroupSize
}

/** Whether the group may go back when a classic member comes in the place of its last member of the new protocol. */
export function canDowngradeReplacing(
  { config }: GroupContext,
  { summary }: ConsumerGroup,
  replaced: ConsumerMember,
): boolean {
  const isLast = replaced.classic === null && summary.classicMemberCount === summary.memberCount - 1
  return isLast && config.consumer.mayDowngrade && summary.memberCount <= config.maxGroupSize
}

export interface Downgrade {
  readonly leaving: readonly ConsumerMember[]
  /** A static member in the place of one that is there under another id; its records are written already. */
  readonly joining: ConsumerMember | null
  readonly rebalances: boolean
}

/**
 * The last member of the new protocol is gone: the group is a classic one again, in which everybody has what was its
 * target (KIP-848, online downgrade).
 */
export function downgrade(context: GroupContext, group: ConsumerGroup, plan: Downgrade): void {
  const { state, effects, nowMs, topics } = context
  const { groupId } = group
  const replaced = plan.joining === null ? undefined : group.staticMember(plan.joining.instanceId)
  const renamed = replaced === undefined ? [] : [[replaced.memberId, plan.joining!.memberId] as const]
  effects.append(...group.tombstones(new Map(renamed)))
  const leaving = new Set(plan.leaving)
  const staying = [...group.members.values()].filter((member) => !leaving.has(member) && member !== replaced)
  const members = [...staying, ...(plan.joining === null ? [] : [plan.joining])]
  const classic = classicGroup(groupId, group.groupEpoch, members.map(classicMember), nowMs)
  const assignments = new Map<string, Buffer>()
  for (const member of classic.members.values()) {
    const heldBy = member.memberId === plan.joining?.memberId && replaced ? replaced.memberId : member.memberId
    const subscription = protocolMetadata(member, classic.protocolName ?? '')
    member.assignment = writeAssignment(group.target(heldBy), subscription, topics)
    assignments.set(member.memberId, member.assignment)
  }
  effects.append(groupMetadataRecord(classic, assignments))
  state.classic.adopt(classic)
  for (const member of classic.members.values()) {
    effects.cancelTimer(rebalanceTimer(groupId, member.memberId))
    resetSession(effects, classic, member)
  }
  if (plan.rebalances) prepareRebalance(context, classic)
  effects.onceSettled({ kind: 'consumer', type: 'downgraded', groupId, incarnation: classic.incarnation })
}

function classicGroup(
  groupId: string,
  generationId: number,
  members: readonly ClassicMember[],
  nowMs: number,
): ClassicGroup {
  const seed = { state: 'Stable', generationId, protocolType: CONSUMER_PROTOCOL_TYPE, leaderId: null } as const
  const draft = new ClassicGroup(groupId, { ...seed, protocolName: null, stateTimestampMs: nowMs, members })
  const protocolName = draft.selectProtocol()
  return new ClassicGroup(groupId, { ...seed, protocolName, stateTimestampMs: nowMs, members })
}

function classicMember(member: ConsumerMember): ClassicMember {
  const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = member
  if (classic === null) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  return {
    memberId,
    groupInstanceId: instanceId,
    clientId,
    clientHost,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    rebalanceTimeoutMs,
    sessionTimeoutMs: classic.sessionTimeoutMs,
    protocols: classic.supportedProtocols,
    assignment: NO_ASSIGNMENT,
    awaitingJoin: null,
    awaitingSync: null,
    isNew: false,
  }
}
