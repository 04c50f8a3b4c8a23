import { CONSUMER_OFFSETS_TOPIC } from '../../metadata/internal-topics.ts'
import type { CoordinatorKind, CoordinatorShard } from '../runtime/shard.ts'
import type { SnapshotRegistry } from '../runtime/timeline.ts'
import {
  completeJoin,
  initialJoinTimedOut,
  prepareRebalance,
  resetSession,
  sessionTimedOut,
  syncTimedOut,
} from './classic/classic-rebalance.ts'
import { fenceTimedOut, resumeConsumerGroup } from './consumer/fencing.ts'
import type { GroupTopics } from './consumer/group-topics.ts'
import { refreshRegexes } from './consumer/regexes.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import { type GroupContext, type GroupEffects, type GroupTimeout, groupEffects } from './group-effects.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './group-records.ts'
import { GroupState } from './group-state.ts'
import { expireOffsets, scheduleRetention } from './offsets/offset-retention.ts'

/** The groups of one partition of `__consumer_offsets`, as the coordinator runtime sees them. */
export class GroupShard implements CoordinatorShard<GroupRecord, GroupTimeout> {
  readonly state: GroupState
  readonly config: GroupCoordinatorConfig
  readonly #topics: () => GroupTopics

  constructor(registry: SnapshotRegistry, config: GroupCoordinatorConfig, topics: () => GroupTopics) {
    this.state = new GroupState(registry)
    this.config = config
    this.#topics = topics
  }

  /** What an operation works with; its effects are collected in the context. */
  context(nowMs: number): GroupContext {
    return { state: this.state, config: this.config, nowMs, topics: this.#topics(), effects: groupEffects() }
  }

  replay(offset: number, producerId: bigint, record: GroupRecord): void {
    this.state.replay(offset, producerId, record)
  }

  replayEndTransactionMarker(producerId: bigint, committed: boolean): void {
    this.state.offsets.replayEndTransaction(producerId, committed)
  }

  /** Members that the log knows get a whole session to show that they are still there. */
  loaded(nowMs: number): GroupEffects {
    const context = this.context(nowMs)
    this.state.lastTopicsAddedAt = context.topics.version
    for (const [groupId, durable] of this.state.groups.entries()) {
      if (durable.type === 'consumer') resumeConsumerGroup(context, durable)
      if (durable.type !== 'classic' || durable.metadata === null || durable.metadata.members.length === 0) continue
      const group = this.state.classic(groupId)
      if (group === undefined) continue
      for (const member of group.members.values()) resetSession(context.effects, group, member)
      // A limit that was lowered meanwhile: everybody rejoins, and some will not be let in.
      if (group.members.size > this.config.maxGroupSize) prepareRebalance(context, group)
    }
    scheduleRetention(context)
    return context.effects
  }

  timedOut(timeout: GroupTimeout, nowMs: number): GroupEffects {
    const context = this.context(nowMs)
    switch (timeout.type) {
      case 'retention':
        expireOffsets(context)
        break
      case 'consumer-session':
      case 'consumer-fence':
      case 'consumer-rebalance':
        fenceTimedOut(context, timeout)
        break
      case 'regex': {
        const group = this.state.consumer(timeout.groupId)
        if (group !== undefined) refreshRegexes(context, group)
        break
      }
      default:
        this.#classicTimedOut(context, timeout)
    }
    return context.effects
  }

  #classicTimedOut(context: GroupContext, timeout: ClassicTimeout): void {
    const group = this.state.classic(timeout.groupId)
    if (group === undefined) return
    switch (timeout.type) {
      case 'session':
        return sessionTimedOut(context, group, timeout.memberId)
      case 'join':
        if (group.state === 'PreparingRebalance') completeJoin(context, group)
        return
      case 'initial-join':
        if (group.state === 'PreparingRebalance') {
          initialJoinTimedOut(context, group, timeout.delayMs, timeout.remainingMs)
        }
        return
      case 'sync':
        return syncTimedOut(context, group, timeout.generationId)
    }
  }
}

type ClassicTimeout = Extract<GroupTimeout, { type: 'session' | 'join' | 'initial-join' | 'sync' }>

export function groupShardKind(
  config: GroupCoordinatorConfig,
  topics: () => GroupTopics,
): CoordinatorKind<GroupShard, GroupRecord> {
  return {
    name: 'group coordinator',
    topic: CONSUMER_OFFSETS_TOPIC,
    create: (registry) => new GroupShard(registry, config, topics),
    encode: encodeGroupRecord,
    decode: decodeGroupRecord,
  }
}
