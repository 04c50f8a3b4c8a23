import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { GroupContext } from '../group-kind.ts'
import { NO_PARTITIONS, type Partitions, samePartitions } from '../partitions.ts'
import type { AssignorMember } from './assignors/assignment.ts'
import { ASSIGNORS } from './assignors/assignor.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { type GroupSummary, isHomogeneous, preferredAssignor } from './group-summary.ts'
import { subscribedTopicNames } from './regexes.ts'

export interface Target {
  readonly epoch: number
  readonly partitions: Partitions
}

/**
 * The member's target: a new one for everybody when the group's epoch has moved on, unless the last one was computed a
 * moment ago (`group.consumer.assignment.interval.ms`): many joins at once then cost one computation.
 */
export function updateTarget(
  context: GroupContext,
  group: ConsumerGroup,
  groupEpoch: number,
  updated: ConsumerMember,
  summary: GroupSummary,
): Target {
  const { nowMs, config } = context
  const { assignmentEpoch, assignedAtMs } = group.epochs()
  const intervalMs = config.consumer.assignmentIntervalMs(group.groupId)
  const mustWait = assignedAtMs !== 0 && intervalMs !== 0 && nowMs < assignedAtMs + intervalMs
  if (assignmentEpoch >= groupEpoch || mustWait) {
    return { epoch: assignmentEpoch, partitions: group.target(updated.memberId, updated.instanceId) }
  }
  return { epoch: groupEpoch, partitions: assign(context, group, groupEpoch, updated, summary) }
}

/** The name of the assignor that most members want, or else of the broker's first one. */
export function assignorOf({ config }: GroupContext, summary: GroupSummary): string | undefined {
  return preferredAssignor(summary) ?? config.consumer.assignors[0]
}

function assign(
  context: GroupContext,
  group: ConsumerGroup,
  groupEpoch: number,
  updated: ConsumerMember,
  summary: GroupSummary,
): Partitions {
  const { effects, nowMs, topics } = context
  const { groupId } = group
  const name = assignorOf(context, summary)
  const assignor = name === undefined ? undefined : ASSIGNORS[name]
  if (assignor === undefined) {
    throw new KafkaError(
      ErrorCode.UNKNOWN_SERVER_ERROR,
      `There is no assignor ${name} to assign group ${groupId} with.`,
    )
  }
  const members = assignorMembers(group, updated, topics)
  const assignment = assignor({
    members,
    isHomogeneous: isHomogeneous(summary),
    partitionCount: (topicId) => topics.identified(topicId)?.partitionCount ?? 0,
  })
  for (const { memberId } of members) {
    const value = assignment.get(memberId) ?? NO_PARTITIONS
    const before = group.targets.get(memberId)
    if (before !== undefined && samePartitions(before, value)) continue
    effects.append({ kind: 'consumer', type: 'target', group: groupId, memberId, value })
  }
  const value = { assignmentEpoch: groupEpoch, timestampMs: nowMs }
  effects.append({ kind: 'consumer', type: 'target-epoch', group: groupId, value })
  effects.note(`Assigned group ${groupId} anew in epoch ${groupEpoch}: ${members.length} members, assignor ${name}`)
  return assignment.get(updated.memberId) ?? NO_PARTITIONS
}

/** All members as they are after this request: a static one that is back has the target of who it was before. */
function assignorMembers(
  group: ConsumerGroup,
  updated: ConsumerMember,
  topics: GroupContext['topics'],
): AssignorMember[] {
  const replacedId = group.staticMember(updated.instanceId)?.memberId
  const others = [...group.members.values()].filter(
    ({ memberId }) => memberId !== updated.memberId && memberId !== replacedId,
  )
  return [...others, updated].map((member) => ({
    memberId: member.memberId,
    instanceId: member.instanceId,
    topicIds: new Set([...subscribedTopicNames(group, member)].flatMap((topic) => topics.named(topic)?.id ?? [])),
    target: member === updated && replacedId !== undefined ? group.target(replacedId) : group.target(member.memberId),
  }))
}
