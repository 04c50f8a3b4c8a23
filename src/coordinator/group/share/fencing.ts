/** Members that leave a share group, or are put out of it because they were silent. */
import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import { sessionTimer } from '../member-timers.ts'
import { bumpGroupEpoch } from './group-epoch.ts'
import type { ShareGroup } from './share-group.ts'
import { memberTombstones } from './share-records.ts'

export function scheduleSession({ config, effects }: GroupContext, groupId: string, memberId: string): void {
  const timeout = { kind: 'share', type: 'session', groupId, memberId } as const
  effects.setTimer(sessionTimer(groupId, memberId), config.share.sessionTimeoutMs(groupId), timeout)
}

/** The records that it has acquired are its share sessions' affair: their locks end with those, or by time. */
export function fenceMember(context: GroupContext, group: ShareGroup, memberId: string): void {
  const { effects, topics } = context
  const { groupId } = group
  effects.append(...memberTombstones(groupId, memberId))
  const hash = metadataHash(group.subscriptionsWithout(memberId).keys(), topics)
  const assignmentEpoch = bumpGroupEpoch(context, group, hash)
  if (group.members.size === 1) {
    // There is nobody to compute a target for, so that an empty group has its own at once (KAFKA-20442).
    const value = { assignmentEpoch, timestampMs: 0 }
    effects.append({ kind: 'share', type: 'target-epoch', group: groupId, value })
  }
  effects.cancelTimer(sessionTimer(groupId, memberId))
}
