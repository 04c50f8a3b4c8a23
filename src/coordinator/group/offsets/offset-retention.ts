import type { Group } from '../group.ts'
import type { AnyGroupKind, GroupContext } from '../group-kind.ts'
import { offsetTombstone } from './offset-records.ts'

const RETENTION_TIMER = 'retention'

export function scheduleRetention({ config, effects }: GroupContext): void {
  effects.setTimer(RETENTION_TIMER, config.offsetsRetentionCheckIntervalMs, { kind: 'offset-retention' })
}

/**
 * Offsets that nobody needs any more, after `offsets.retention.minutes` (KIP-211): of an empty group since it became
 * empty, of a stand-alone client since the commit, of a working consumer group those of topics that it has left. A group
 * without offsets goes too, if its kind says so.
 */
export function expireOffsets(context: GroupContext): void {
  const { state, effects } = context
  for (const group of state.groups.values()) {
    const kind = state.kindOf(group)
    if (!expireOffsetsOf(context, group, kind) || !kind.isExpendable(group)) continue
    effects.append(...kind.tombstones(group))
    kind.forget(context, group)
  }
  effects.atomic = false
  scheduleRetention(context)
}

/** Whether the group has no offset left afterwards. */
function expireOffsetsOf({ state, config, effects, nowMs }: GroupContext, group: Group, kind: AnyGroupKind): boolean {
  const { offsets } = state
  const { groupId } = group
  if (!offsets.hasOffsets(groupId)) return !offsets.hasOpenTransactions(groupId)
  const sinceMs = kind.offsetExpiration(group)
  if (sinceMs === null) return false
  let allExpired = true
  for (const [topic, partition, offset] of offsets.ofGroup(groupId)) {
    const isExpired =
      offset.expireTimestampMs === -1
        ? nowMs - sinceMs(offset) >= config.offsetsRetentionMs
        : nowMs >= offset.expireTimestampMs
    const isNeeded = kind.isSubscribedTo(group, topic) || offsets.isUnstable(groupId, topic, partition)
    if (isExpired && !isNeeded) effects.append(offsetTombstone(groupId, topic, partition))
    else allExpired = false
  }
  return allExpired && !offsets.hasOpenTransactions(groupId)
}
