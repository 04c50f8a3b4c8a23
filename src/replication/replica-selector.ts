/**
 * Which replica a consumer should read from (KIP-392). The leader decides, for consumers that say where they are; it
 * proposes replicas that are in sync and have the offset, and otherwise itself.
 */
import type { LeaderRole } from './leader-role.ts'

/** The id of the replica to read from; -1: the leader itself. */
export type ReplicaSelector = (leader: LeaderRole, fetchOffset: number, clientRack: string) => number

/** `replica.selector.class` names a class of Java; this one is built in. */
export const RACK_AWARE_SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

const LEADER = -1

export interface SelectorOptions {
  readonly nodeId: number
  readonly clock: { monotonicMs(): number }
  /** undefined: the broker is not alive, or does not say where it is. */
  rackOf(brokerId: number): string | undefined
}

/**
 * The replica in the client's rack that has the most; of those that have as much, the one that was caught up last. The
 * leader where it is in that rack, or nobody else is.
 */
export function rackAwareSelector({ nodeId, clock, rackOf }: SelectorOptions): ReplicaSelector {
  return (leader, fetchOffset, clientRack) => {
    if (clientRack === '' || rackOf(nodeId) === clientRack) return LEADER
    const nowMs = clock.monotonicMs()
    let best: { replicaId: number; logEndOffset: number; behindMs: number } | null = null
    for (const follower of leader.followers) {
      const { replicaId, logEndOffset, logStartOffset } = follower
      const mayServe =
        leader.isr.committed.includes(replicaId) && logStartOffset <= fetchOffset && fetchOffset <= logEndOffset
      if (!mayServe || rackOf(replicaId) !== clientRack) continue
      const behindMs = follower.behindForMs(nowMs)
      const isBetter =
        best === null ||
        logEndOffset > best.logEndOffset ||
        (logEndOffset === best.logEndOffset && behindMs < best.behindMs)
      if (isBetter) best = { replicaId, logEndOffset, behindMs }
    }
    return best?.replicaId ?? LEADER
  }
}
