import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { GroupContext } from '../group-kind.ts'
import { assignSticky } from './assignors/sticky.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { NO_OFFSETS } from './task-offsets.ts'
import { NO_TASKS, sameTasks, type Tasks } from './tasks.ts'
import type { ConfiguredTopology } from './topology/configured-topology.ts'

export interface Target {
  readonly epoch: number
  readonly tasks: Tasks
  /** Why there is no newer one yet; null: it is of the group's epoch. */
  readonly delay: string | null
}

const STICKY = 'sticky'
const STANDBY_REPLICAS = 'num.standby.replicas'
const RACK_AWARE_TAGS = 'rack.aware.assignment.tags'

/** The configuration that the assignment depends on; a change of it is a new epoch. */
export function assignmentConfigs({ config }: GroupContext, groupId: string): ReadonlyMap<string, string> {
  const configs = new Map([[STANDBY_REPLICAS, String(config.streams.standbyReplicas(groupId))]])
  const tags = config.streams.rackAwareTags(groupId)
  return tags.length === 0 ? configs : configs.set(RACK_AWARE_TAGS, tags.join())
}

export function sameConfigs(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/**
 * The member's target: a new one for everybody when the group's epoch has moved on, unless the first members still wait
 * for one another (`streams.initial.rebalance.delay.ms`), or the last one was computed a moment ago
 * (`streams.assignment.interval.ms`).
 */
export function updateTarget(
  context: GroupContext,
  group: StreamsGroup,
  groupEpoch: number,
  updated: StreamsMember,
  configured: ConfiguredTopology,
): Target {
  const { state, nowMs, config } = context
  const { groupId } = group
  const { assignmentEpoch, timestampMs } = group.durable().targetEpoch
  if (nowMs < state.streams.soft(groupId).assignsAtMs) {
    const delay = 'Assignment delayed due to the configured initial rebalance delay.'
    return { epoch: assignmentEpoch, tasks: NO_TASKS, delay }
  }
  const replaced = group.staticMember(updated.instanceId)?.memberId ?? updated.memberId
  const last = { epoch: assignmentEpoch, tasks: group.target(replaced) }
  if (assignmentEpoch >= groupEpoch) return { ...last, delay: null }
  const intervalMs = config.streams.assignmentIntervalMs(groupId)
  if (timestampMs !== 0 && intervalMs !== 0 && nowMs < timestampMs + intervalMs) {
    return { ...last, delay: 'Assignment delayed due to the configured assignment interval.' }
  }
  const assignment = assign(context, group, groupEpoch, updated, configured)
  return { epoch: groupEpoch, tasks: assignment.get(updated.memberId) ?? NO_TASKS, delay: null }
}

function assignorOf(name: string, groupId: string): typeof assignSticky {
  if (name === STICKY) return assignSticky
  throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, `There is no assignor ${name} to assign group ${groupId} with.`)
}

/** Writes the target of everybody for `groupEpoch`. `updated`: a member as it is after this request; null: as replayed. */
export function assign(
  { state, config, effects, nowMs }: GroupContext,
  group: StreamsGroup,
  groupEpoch: number,
  updated: StreamsMember | null,
  { subtopologies, obstacle }: ConfiguredTopology,
): ReadonlyMap<string, Tasks> {
  const { groupId } = group
  const { taskOffsets } = state.streams.soft(groupId)
  const replaced = group.staticMember(updated?.instanceId ?? null)?.memberId
  const others = [...group.members.values()].filter(
    ({ memberId }) => memberId !== updated?.memberId && memberId !== replaced,
  )
  const members = (updated === null ? others : [...others, updated]).map(({ memberId, processId, assigned }) => {
    const { offsets } = taskOffsets.get(memberId) ?? NO_OFFSETS
    return { memberId, processId, assigned, offsets }
  })
  const standbyReplicas = config.streams.standbyReplicas(groupId)
  const assignor = assignorOf(config.streams.assignor(groupId), groupId)
  const assignment =
    obstacle === null && subtopologies !== null
      ? assignor({ members, subtopologies, standbyReplicas })
      : new Map<string, Tasks>()
  for (const { memberId } of members) {
    const value = assignment.get(memberId) ?? NO_TASKS
    const before = group.targets.get(memberId)
    if (before !== undefined && sameTasks(before, value)) continue
    effects.append({ kind: 'streams', type: 'target', group: groupId, memberId, value })
  }
  const value = { assignmentEpoch: groupEpoch, timestampMs: nowMs }
  effects.append({ kind: 'streams', type: 'target-epoch', group: groupId, value })
  effects.note(`Assigned streams group ${groupId} anew in epoch ${groupEpoch}: ${members.length} members`)
  return assignment
}
