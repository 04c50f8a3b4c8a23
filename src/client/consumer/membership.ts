/** Membership in a group, whatever its protocol. */
import type { Committer } from '../admin/group-offsets.ts'
import type { TopicPartition } from '../admin/partitions.ts'

export interface MembershipOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly sessionTimeoutMs: number
  /** Kept through restarts by whoever gives the same again (KIP-345). */
  readonly instanceId: string | null
  /** Called, and awaited, before partitions are given away: the last moment to commit their offsets. */
  readonly revoked: () => Promise<void>
  /** Called with all partitions that are this member's from now on. */
  readonly assigned: (partitions: readonly TopicPartition[]) => Promise<void>
}

export interface Membership {
  /** As whom offsets are committed now. */
  readonly committer: Committer
  /**
   * To be called again and again, and at the latest when `dueMs` (on the monotonic clock) has come: sends heartbeats, joins
   * and gives partitions back. Throws `KafkaError` for what asking again does not mend.
   */
  tend(): Promise<void>
  readonly dueMs: number
  leave(): Promise<void>
}
