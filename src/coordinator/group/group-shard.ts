import type { KafkaError } from '../../../protocol/errors.ts'
import { CONSUMER_OFFSETS_TOPIC } from '../../metadata/internal-topics.ts'
import type { CoordinatorKind, CoordinatorShard } from '../runtime/shard.ts'
import type { SnapshotRegistry } from '../runtime/timeline.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import type { GroupContext } from './group-kind.ts'
import { decodeGroupRecord, encodeGroupRecord } from './group-records.ts'
import { ReplayedGroupState } from './group-state.ts'
import type { GroupTopics, TopicsChange } from './group-topics.ts'
import { type GroupEffects, type GroupRecord, type GroupTimeout, type GroupWords, groupEffects } from './group-words.ts'
import { expireOffsets, scheduleRetention } from './offsets/offset-retention.ts'

/** The groups of one partition of `__consumer_offsets`, as the coordinator runtime sees them. */
export class GroupShard implements CoordinatorShard<GroupWords> {
  readonly state: ReplayedGroupState
  readonly config: GroupCoordinatorConfig
  readonly #topics: () => GroupTopics

  constructor(registry: SnapshotRegistry, config: GroupCoordinatorConfig, topics: () => GroupTopics) {
    this.state = new ReplayedGroupState(registry)
    this.config = config
    this.#topics = topics
  }

  /** An operation works with this; its effects are collected in it. */
  context(nowMs: number): GroupContext {
    return { state: this.state, config: this.config, nowMs, topics: this.#topics(), effects: groupEffects() }
  }

  replay(offset: number, producerId: bigint, record: GroupRecord): void {
    this.state.replay(offset, producerId, record)
  }

  replayEndTransactionMarker(producerId: bigint, committed: boolean): void {
    this.state.offsets.replayEndTransaction(producerId, committed)
  }

  loaded(nowMs: number): GroupEffects {
    const context = this.context(nowMs)
    for (const kind of Object.values(this.state.kinds)) kind.loaded(context)
    scheduleRetention(context)
    return context.effects
  }

  timedOut(timeout: GroupTimeout, nowMs: number): GroupEffects {
    const context = this.context(nowMs)
    if (timeout.kind === 'offset-retention') expireOffsets(context)
    else this.state.kinds[timeout.kind].timedOut(context, timeout)
    return context.effects
  }

  settled(step: GroupWords['step'], error: KafkaError | null, nowMs: number): GroupEffects {
    const context = this.context(nowMs)
    this.state.kinds[step.kind].settled(context, step, error)
    return context.effects
  }

  topicsChanged(change: TopicsChange): void {
    for (const kind of Object.values(this.state.kinds)) kind.topicsChanged(change)
  }
}

export function groupShardKind(
  config: GroupCoordinatorConfig,
  topics: () => GroupTopics,
): CoordinatorKind<GroupShard, GroupWords> {
  return {
    name: 'group coordinator',
    topic: CONSUMER_OFFSETS_TOPIC,
    create: (registry) => new GroupShard(registry, config, topics),
    encode: encodeGroupRecord,
    decode: decodeGroupRecord,
  }
}
