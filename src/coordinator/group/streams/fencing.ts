/** Members that leave a streams group, or are put out of it because they were silent or too slow. */
import type { GroupContext } from '../group-kind.ts'
import { sessionTimer } from '../member-timers.ts'
import type { StreamsGroup } from './streams-group.ts'
import { memberTombstones } from './streams-records.ts'
import { rebalanceTimer } from './streams-words.ts'

export function scheduleSession({ config, effects }: GroupContext, groupId: string, memberId: string): void {
  const timeoutMs = config.streams.sessionTimeoutMs(groupId)
  effects.setTimer(sessionTimer(groupId, memberId), timeoutMs, { kind: 'streams', type: 'session', groupId, memberId })
}

export function fenceMember({ effects }: GroupContext, group: StreamsGroup, memberId: string): void {
  const { groupId } = group
  effects.append(...memberTombstones(groupId, memberId))
  const value = { ...group.epoch, epoch: group.epoch.epoch + 1 }
  effects.append({ kind: 'streams', type: 'epoch', group: groupId, value })
  if (group.members.size === 1) {
    // There is nobody to compute a target for, so that an empty group has its own at once (KAFKA-20442).
    const targetEpoch = { assignmentEpoch: value.epoch, timestampMs: 0 }
    effects.append({ kind: 'streams', type: 'target-epoch', group: groupId, value: targetEpoch })
  }
  effects.cancelTimer(sessionTimer(groupId, memberId)).cancelTimer(rebalanceTimer(groupId, memberId))
}

/** After a load every member has a whole session to show that it is still there. */
export function resumeStreamsGroup(context: GroupContext, { groupId, members }: StreamsGroup): void {
  for (const { memberId, memberEpoch, state, rebalanceTimeoutMs } of members.values()) {
    scheduleSession(context, groupId, memberId)
    if (state !== 'unrevoked') continue
    const timeout = { kind: 'streams', type: 'rebalance', groupId, memberId, memberEpoch } as const
    context.effects.setTimer(rebalanceTimer(groupId, memberId), rebalanceTimeoutMs, timeout)
  }
}

/** A timer has run out: the member is put out, unless it has gone or moved on since. */
export function fenceTimedOut(
  context: GroupContext,
  group: StreamsGroup,
  memberId: string,
  memberEpoch?: number,
): void {
  const member = group.members.get(memberId)
  if (member === undefined) return
  if (memberEpoch !== undefined && member.memberEpoch !== memberEpoch) return
  const why = memberEpoch === undefined ? 'its session has ended' : 'it has not revoked its tasks in time'
  context.effects.note(`Member ${memberId} of streams group ${group.groupId} is fenced: ${why}`)
  fenceMember(context, group, memberId)
}
