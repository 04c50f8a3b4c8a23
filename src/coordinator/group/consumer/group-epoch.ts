import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { GroupSummary } from './group-summary.ts'

/** A group looks at its topics when it is told that they have changed, and unasked only after this time: 24 days. */
const METADATA_REFRESH_INTERVAL_MS = 0x7fff_ffff

/** The group enters its next epoch, for which a target assignment will be computed; returns it. */
export function bumpGroupEpoch({ state, effects, nowMs }: GroupContext, group: ConsumerGroup, hash: bigint): number {
  const epoch = group.groupEpoch + 1
  effects.append({ kind: 'consumer', type: 'epoch', group: group.groupId, value: { epoch, metadataHash: hash } })
  state.consumer.soft(group.groupId).refresh = { atMs: nowMs + METADATA_REFRESH_INTERVAL_MS, groupEpoch: epoch }
  return epoch
}

/** Whether the group should look at its topics: they may have changed, or an epoch that it was moved to was not written. */
export function isRefreshDue({ state, nowMs }: GroupContext, group: ConsumerGroup): boolean {
  const { atMs, groupEpoch } = state.consumer.soft(group.groupId).refresh
  return nowMs >= atMs || group.groupEpoch < groupEpoch
}

/** Looks at the topics of the subscription and returns the group's epoch afterwards. */
export function updateGroupEpoch(
  context: GroupContext,
  group: ConsumerGroup,
  summary: GroupSummary,
  mustBump: boolean,
): number {
  const { state, effects, nowMs, topics } = context
  const { metadataHash: before, hasSubscriptionMetadata } = group.epochs()
  const hash = metadataHash(summary.topics.keys(), topics)
  let epoch = group.groupEpoch
  if (mustBump || hash !== before) epoch = bumpGroupEpoch(context, group, hash)
  state.consumer.soft(group.groupId).refresh = { atMs: nowMs + METADATA_REFRESH_INTERVAL_MS, groupEpoch: epoch }
  if (hasSubscriptionMetadata) {
    effects.append({ kind: 'consumer', type: 'subscription-metadata', group: group.groupId, value: null })
  }
  return epoch
}
