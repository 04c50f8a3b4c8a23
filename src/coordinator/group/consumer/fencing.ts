/** Members that leave a consumer group, or are put out of it because they were silent or too slow. */
import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import { sessionTimer } from '../member-timers.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { memberTombstones } from './consumer-records.ts'
import { joinTimer, rebalanceTimer, syncTimer } from './consumer-words.ts'
import { canDowngradeWithout, downgrade } from './downgrade.ts'
import { bumpGroupEpoch } from './group-epoch.ts'

export function scheduleSession(
  { effects }: Pick<GroupContext, 'effects'>,
  groupId: string,
  memberId: string,
  timeoutMs: number,
): void {
  effects.setTimer(sessionTimer(groupId, memberId), timeoutMs, { kind: 'consumer', type: 'session', groupId, memberId })
}

/** Removes the members; those that remain, if all of them speak the classic protocol, become a classic group again. */
export function fenceMembers(context: GroupContext, group: ConsumerGroup, members: readonly ConsumerMember[]): void {
  if (members.length === 0) return
  if (canDowngradeWithout(context, group, members)) {
    for (const { memberId } of members) cancelTimers(context, group.groupId, memberId)
    return downgrade(context, group, { leaving: members, joining: null, rebalances: true })
  }
  const { effects, topics } = context
  const { groupId } = group
  for (const { memberId } of members) effects.append(...memberTombstones(groupId, memberId))
  const deletedRegexes = unusedRegexes(group, members)
  for (const regex of deletedRegexes) {
    effects.append({ kind: 'consumer', type: 'regex', group: groupId, regex, value: null })
  }
  const remaining = group.summaryWithout(new Set(members.map(({ memberId }) => memberId)), deletedRegexes)
  const assignmentEpoch = bumpGroupEpoch(context, group, metadataHash(remaining.topics.keys(), topics))
  if (members.length === group.members.size) {
    // There is nobody to compute a target for, so that an empty group has its own at once (KAFKA-20442).
    const value = { assignmentEpoch, timestampMs: 0 }
    effects.append({ kind: 'consumer', type: 'target-epoch', group: groupId, value })
  }
  for (const { memberId } of members) cancelTimers(context, groupId, memberId)
}

/** After a load every member has a whole session to show that it is still there. */
export function resumeConsumerGroup(context: GroupContext, { groupId, members }: ConsumerGroup): void {
  const { config, effects } = context
  for (const { memberId, memberEpoch, state, rebalanceTimeoutMs } of members.values()) {
    scheduleSession(context, groupId, memberId, config.consumer.sessionTimeoutMs(groupId))
    if (state !== 'unrevoked') continue
    const timeout = { kind: 'consumer', type: 'rebalance', groupId, memberId, memberEpoch } as const
    effects.setTimer(rebalanceTimer(groupId, memberId), rebalanceTimeoutMs, timeout)
  }
}

/** A timer has run out: the member is put out, unless it has gone or moved on since. */
export function fenceTimedOut(
  context: GroupContext,
  group: ConsumerGroup,
  memberId: string,
  memberEpoch?: number,
): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  if (memberEpoch !== undefined && member.memberEpoch !== memberEpoch) return
  const why = memberEpoch === undefined ? 'its session has ended' : 'it has not revoked its partitions in time'
  context.effects.note(`Member ${memberId} of group ${group.groupId} is fenced: ${why}`)
  fenceMembers(context, group, [member])
}

export function cancelTimers({ state, effects }: GroupContext, groupId: string, memberId: string): void {
  state.consumer.soft(groupId).awaitingJoin.delete(memberId)
  effects
    .cancelTimer(sessionTimer(groupId, memberId))
    .cancelTimer(rebalanceTimer(groupId, memberId))
    .cancelTimer(joinTimer(groupId, memberId))
    .cancelTimer(syncTimer(groupId, memberId))
}

function unusedRegexes(group: ConsumerGroup, leaving: readonly ConsumerMember[]): Set<string> {
  const counts = new Map<string, number>()
  for (const { subscribedTopicRegex: regex } of leaving) {
    if (regex) counts.set(regex, (counts.get(regex) ?? 0) + 1)
  }
  return new Set(
    [...counts].filter(([regex, count]) => group.summary.regexes.get(regex) === count).map(([regex]) => regex),
  )
}
