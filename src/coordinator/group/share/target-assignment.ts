import type { GroupContext } from '../group-kind.ts'
import { NO_PARTITIONS, type Partitions, samePartitions } from '../partitions.ts'
import { assignShares } from './assignors/simple.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareMember } from './share-member.ts'
import { partitionsByTopic } from './share-topics.ts'

export interface Target {
  readonly epoch: number
  readonly partitions: Partitions
}

/**
 * The member's target: a new one for everybody when the group's epoch has moved on, unless the last one was computed a
 * moment ago (`group.share.assignment.interval.ms`): many joins at once then cost one computation.
 */
export function updateTarget(
  context: GroupContext,
  group: ShareGroup,
  groupEpoch: number,
  updated: ShareMember,
  subscriptions: ReadonlyMap<string, number>,
): Target {
  const { nowMs, config } = context
  const { assignmentEpoch, assignedAtMs } = group.epochs()
  const intervalMs = config.share.assignmentIntervalMs(group.groupId)
  const mustWait = assignedAtMs !== 0 && intervalMs !== 0 && nowMs < assignedAtMs + intervalMs
  if (assignmentEpoch >= groupEpoch || mustWait) {
    return { epoch: assignmentEpoch, partitions: group.target(updated.memberId) }
  }
  return { epoch: groupEpoch, partitions: assign(context, group, groupEpoch, updated, subscriptions) }
}

/** Partitions that have state at the share coordinator are shared out; the others follow when they have. */
function assign(
  { effects, nowMs, topics }: GroupContext,
  group: ShareGroup,
  groupEpoch: number,
  updated: ShareMember,
  subscriptions: ReadonlyMap<string, number>,
): Partitions {
  const { groupId } = group
  const all = [...[...group.members.values()].filter(({ memberId }) => memberId !== updated.memberId), updated]
  const members = all.map(({ memberId, subscribedTopicNames }) => ({
    memberId,
    topicIds: new Set([...subscribedTopicNames].flatMap((name) => topics.named(name)?.id ?? [])),
    target: group.target(memberId),
  }))
  const isHomogeneous = [...subscriptions.values()].every((count) => count === members.length)
  const initialized = partitionsByTopic(group.knownTopics.initialized)
  const assignable = new Map([...initialized].filter(([topicId]) => topics.identified(topicId) !== undefined))
  const assignment = assignShares({ members, isHomogeneous, assignable })
  for (const { memberId } of members) {
    const value = assignment.get(memberId) ?? NO_PARTITIONS
    const before = group.targets.get(memberId)
    if (before !== undefined && samePartitions(before, value)) continue
    effects.append({ kind: 'share', type: 'target', group: groupId, memberId, value })
  }
  const value = { assignmentEpoch: groupEpoch, timestampMs: nowMs }
  effects.append({ kind: 'share', type: 'target-epoch', group: groupId, value })
  effects.note(`Assigned share group ${groupId} anew in epoch ${groupEpoch}: ${members.length} members`)
  return assignment.get(updated.memberId) ?? NO_PARTITIONS
}
