import type { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { GroupMap } from '../group.ts'
import type { TopicsChange } from '../group-topics.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerGroupRecord } from './consumer-records.ts'

/** Soft state of a consumer group: a coordinator that loads it does without. */
export interface ConsumerGroupSoftState {
  /** When the group is to look at its topics again, and the epoch that it was moved to when that was decided. */
  refresh: { readonly atMs: number; readonly groupEpoch: number }
  /** The topics of its regular expressions are being looked up. */
  refreshesRegexes: boolean
  /** Whether the member for whom they are looked up may know of a topic; absent: of all. */
  mayDescribe?: ((topic: string) => boolean) | undefined
  /** Members of the classic protocol that were told to join again. */
  readonly awaitingJoin: Set<string>
}

const REFRESH_NOW = { atMs: 0, groupEpoch: 0 }

/** The consumer groups of a shard, each with its soft state. */
export class ConsumerGroups {
  readonly #groups: GroupMap
  readonly #registry: SnapshotRegistry
  readonly #soft = new Map<string, ConsumerGroupSoftState>()
  /** The version of the metadata image that last had new topics. */
  lastTopicsAddedAt = 0n

  constructor(groups: GroupMap, registry: SnapshotRegistry) {
    this.#groups = groups
    this.#registry = registry
  }

  find(groupId: string): ConsumerGroup | undefined {
    const group = this.#groups.get(groupId)
    return group instanceof ConsumerGroup ? group : undefined
  }

  soft(groupId: string): ConsumerGroupSoftState {
    let soft = this.#soft.get(groupId)
    if (soft === undefined) {
      soft = { refresh: REFRESH_NOW, refreshesRegexes: false, awaitingJoin: new Set() }
      this.#soft.set(groupId, soft)
    }
    return soft
  }

  /** A record of a group that is not there was compacted away, or is an echo. */
  replay(record: ConsumerGroupRecord): void {
    const { group: groupId, type, value } = record
    let group = this.find(groupId)
    if (group === undefined) {
      if (value === null) return
      group = new ConsumerGroup(this.#registry, groupId)
      this.#groups.set(groupId, group)
    }
    group.replay(record)
    if (type !== 'epoch' || value !== null) return
    this.#groups.delete(groupId)
    this.#soft.delete(groupId)
  }

  *all(): Generator<ConsumerGroup> {
    for (const group of this.#groups.values()) if (group instanceof ConsumerGroup) yield group
  }

  /** Groups that are subscribed to the topics look again; new topics may fit a regular expression. */
  topicsChanged({ names, hasNew, version }: TopicsChange): void {
    if (hasNew) this.lastTopicsAddedAt = version
    for (const group of this.all()) {
      for (const topic of group.summary.topics.keys()) {
        if (names.has(topic)) this.soft(group.groupId).refresh = REFRESH_NOW
      }
    }
  }
}
