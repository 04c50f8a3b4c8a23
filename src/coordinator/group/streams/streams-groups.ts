import type { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { GroupMap } from '../group.ts'
import type { TopicsChange } from '../group-topics.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsGroupRecord } from './streams-records.ts'
import type { TaskOffsets } from './task-offsets.ts'
import type { ConfiguredTopology } from './topology/configured-topology.ts'
import { requiredTopics } from './topology/topology.ts'

/** Soft state of a streams group: a coordinator that loads it does without. */
export interface StreamsGroupSoftState {
  /** The topology beside the cluster's topics, as they were last looked at. */
  configured: ConfiguredTopology | null
  /** When the group is to look at its topics again, and the epoch that it was moved to when that was decided. */
  refresh: { readonly atMs: number; readonly groupEpoch: number }
  /** Until then (ms) the first members wait for one another; 0: nobody waits. */
  assignsAtMs: number
  /** The member that has met an error of which the whole application is to end; null: none has. */
  shutdownRequestedBy: string | null
  /** By member id: how far the tasks were that members have state of, as they last said. */
  readonly taskOffsets: Map<string, TaskOffsets>
  /** Moves on when the tasks of a member change that others may ask for its state. */
  endpointEpoch: number
}

const REFRESH_NOW = { atMs: 0, groupEpoch: 0 }

/** The streams groups of a shard, each with its soft state. */
export class StreamsGroups {
  readonly #groups: GroupMap
  readonly #registry: SnapshotRegistry
  readonly #soft = new Map<string, StreamsGroupSoftState>()

  constructor(groups: GroupMap, registry: SnapshotRegistry) {
    this.#groups = groups
    this.#registry = registry
  }

  find(groupId: string): StreamsGroup | undefined {
    const group = this.#groups.get(groupId)
    return group instanceof StreamsGroup ? group : undefined
  }

  soft(groupId: string): StreamsGroupSoftState {
    let soft = this.#soft.get(groupId)
    if (soft === undefined) {
      soft = {
        configured: null,
        refresh: REFRESH_NOW,
        assignsAtMs: 0,
        shutdownRequestedBy: null,
        taskOffsets: new Map(),
        endpointEpoch: 0,
      }
      this.#soft.set(groupId, soft)
    }
    return soft
  }

  /** A record of a group that is not there was compacted away, or is an echo. */
  replay(record: StreamsGroupRecord): void {
    const { group: groupId, type, value } = record
    let group = this.find(groupId)
    if (group === undefined) {
      if (value === null) return
      group = new StreamsGroup(this.#registry, groupId)
      this.#groups.set(groupId, group)
    }
    group.replay(record)
    if (type === 'member' && value === null) this.#forgetMember(group, record.memberId)
    if (type !== 'epoch' || value !== null) return
    this.#groups.delete(groupId)
    this.#soft.delete(groupId)
  }

  #forgetMember(group: StreamsGroup, memberId: string): void {
    const soft = this.soft(group.groupId)
    soft.taskOffsets.delete(memberId)
    if (group.isEmpty) soft.shutdownRequestedBy = null
  }

  *all(): Generator<StreamsGroup> {
    for (const group of this.#groups.values()) if (group instanceof StreamsGroup) yield group
  }

  /** Groups that need the topics look again. */
  topicsChanged({ names }: TopicsChange): void {
    for (const { groupId, topology } of this.all()) {
      if (topology === null) continue
      for (const topic of requiredTopics(topology)) if (names.has(topic)) this.soft(groupId).refresh = REFRESH_NOW
    }
  }
}
