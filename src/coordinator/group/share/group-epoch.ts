import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import type { ShareGroup } from './share-group.ts'

/** A group looks at its topics again when it is told that they have changed; otherwise, in effect, never. */
const METADATA_REFRESH_INTERVAL_MS = 0x7fff_ffff

/** The group enters its next epoch, for which a target assignment will be computed; returns it. */
export function bumpGroupEpoch({ effects }: GroupContext, group: ShareGroup, hash: bigint): number {
  const epoch = group.groupEpoch + 1
  effects.append({ kind: 'share', type: 'epoch', group: group.groupId, value: { epoch, metadataHash: hash } })
  return epoch
}

/** Whether the group should look at its topics: they may have changed, or an epoch that it was moved to was not written. */
export function isRefreshDue({ state, nowMs }: GroupContext, group: ShareGroup): boolean {
  const { atMs, groupEpoch } = state.share.soft(group.groupId).refresh
  return nowMs >= atMs || group.groupEpoch < groupEpoch
}

/** Looks at the topics of the subscription; the group's epoch afterwards. */
export function updateGroupEpoch(
  context: GroupContext,
  group: ShareGroup,
  subscribed: Iterable<string>,
  mustBump: boolean,
): number {
  const { state, nowMs, topics } = context
  const hash = metadataHash(subscribed, topics)
  const bumps = mustBump || hash !== group.epochs().metadataHash
  const groupEpoch = bumps ? bumpGroupEpoch(context, group, hash) : group.groupEpoch
  state.share.soft(group.groupId).refresh = { atMs: nowMs + METADATA_REFRESH_INTERVAL_MS, groupEpoch }
  return groupEpoch
}

/** Whether a partition has got its state since the target was computed, and is nobody's yet. */
export function hasUnassignedShares(group: ShareGroup): boolean {
  const { initialized } = group.knownTopics
  if (group.isEmpty || initialized.size === 0) return false
  const assigned = new Map<string, Set<number>>()
  for (const target of group.targets.values()) {
    for (const [topicId, partitions] of target) {
      const all = assigned.get(topicId) ?? new Set()
      for (const partition of partitions) all.add(partition)
      assigned.set(topicId, all)
    }
  }
  for (const [topicId, { name, partitions }] of initialized) {
    if (!group.subscriptions.has(name)) continue
    const all = assigned.get(topicId)
    if (all?.size !== partitions.size || [...partitions].some((partition) => !all.has(partition))) return true
  }
  return false
}
