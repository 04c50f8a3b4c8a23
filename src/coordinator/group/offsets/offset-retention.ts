import type { ClassicGroup } from '../classic/classic-group.ts'
import type { ConsumerGroup } from '../consumer/consumer-group.ts'
import { type GroupContext, RETENTION_TIMER } from '../group-effects.ts'
import { offsetTombstone } from '../group-records.ts'
import type { StoredOffset } from './offset-store.ts'

export function scheduleRetention({ config, effects }: GroupContext): void {
  effects.setTimer(RETENTION_TIMER, config.offsetsRetentionCheckIntervalMs, { type: 'retention' })
}

/**
 * Offsets that nobody needs any more, after `offsets.retention.minutes` (KIP-211): of an empty group since it became
 * empty, of a stand-alone client since the commit, of a working consumer group those of topics that it has left. An
 * empty group without offsets goes too. Groups that are only retained are left alone.
 */
export function expireOffsets(context: GroupContext): void {
  const { state, effects } = context
  for (const [groupId, durable] of state.groups.entries()) {
    if (durable.type === 'consumer') {
      if (expireConsumerOffsets(context, durable) && durable.isEmpty) effects.append(...state.tombstones(groupId))
      continue
    }
    if (durable.type !== 'classic') continue
    const group = state.classic(groupId)
    if (group === undefined || !expireGroupOffsets(context, group)) continue
    if (group.state !== 'Empty' || group.pendingJoin.size > 0) continue
    effects.append(...state.tombstones(groupId))
    state.forget(groupId)
  }
  effects.atomic = false
  scheduleRetention(context)
}

/** Whether the group has no offset left afterwards. */
function expireGroupOffsets(context: GroupContext, group: ClassicGroup): boolean {
  const { offsets } = context.state
  const { groupId } = group
  if (!offsets.hasOffsets(groupId)) return !offsets.hasOpenTransactions(groupId)
  const sinceMs = retentionStart(group)
  return sinceMs !== null && expire(context, group, sinceMs)
}

/** Of the topics that a consumer group has left, or of all when it is empty. */
function expireConsumerOffsets(context: GroupContext, group: ConsumerGroup): boolean {
  const { offsets } = context.state
  if (!offsets.hasOffsets(group.groupId)) return !offsets.hasOpenTransactions(group.groupId)
  return expire(context, group, ({ commitTimestampMs }) => commitTimestampMs)
}

function expire(
  { state, config, effects, nowMs }: GroupContext,
  group: { readonly groupId: string; isSubscribedTo(topic: string): boolean },
  sinceMs: (offset: StoredOffset) => number,
): boolean {
  const { offsets } = state
  const { groupId } = group
  let allExpired = true
  for (const [topic, partition, offset] of offsets.ofGroup(groupId)) {
    const isExpired =
      offset.expireTimestampMs === -1
        ? nowMs - sinceMs(offset) >= config.offsetsRetentionMs
        : nowMs >= offset.expireTimestampMs
    const isNeeded = group.isSubscribedTo(topic) || offsets.isUnstable(groupId, topic, partition)
    if (isExpired && !isNeeded) effects.append(offsetTombstone(groupId, topic, partition))
    else allExpired = false
  }
  return allExpired && !offsets.hasOpenTransactions(groupId)
}

/** From when on an offset's retention counts; null when the group's offsets do not expire now. */
function retentionStart(group: ClassicGroup): ((offset: StoredOffset) => number) | null {
  const sinceCommit = (offset: StoredOffset) => offset.commitTimestampMs
  if (group.protocolType === null) return sinceCommit
  if (group.state === 'Empty') return (offset) => group.stateTimestampMs ?? offset.commitTimestampMs
  const knowsTopics = group.isConsumerGroup && group.subscribedTopics !== null && group.state === 'Stable'
  return knowsTopics ? sinceCommit : null
}
