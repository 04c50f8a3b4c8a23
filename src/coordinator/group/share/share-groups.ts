import type { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { GroupMap } from '../group.ts'
import type { TopicsChange } from '../group-topics.ts'
import { ShareGroup } from './share-group.ts'
import type { ShareGroupRecord } from './share-records.ts'

/** Soft state of a share group: a coordinator that loads it does without. */
export interface ShareGroupSoftState {
  /** When the group is to look at its topics again, and the epoch that it was moved to when that was decided. */
  refresh: { readonly atMs: number; readonly groupEpoch: number }
  /** Until then nobody asks again for states that are being begun. */
  initializingUntilMs: number
}

const REFRESH_NOW = { atMs: 0, groupEpoch: 0 }

/** The share groups of a shard, each with its soft state. */
export class ShareGroups {
  readonly #groups: GroupMap
  readonly #registry: SnapshotRegistry
  readonly #soft = new Map<string, ShareGroupSoftState>()

  constructor(groups: GroupMap, registry: SnapshotRegistry) {
    this.#groups = groups
    this.#registry = registry
  }

  find(groupId: string, epoch?: number): ShareGroup | undefined {
    const group = this.#groups.get(groupId, epoch)
    return group instanceof ShareGroup ? group : undefined
  }

  soft(groupId: string): ShareGroupSoftState {
    let soft = this.#soft.get(groupId)
    if (soft === undefined) this.#soft.set(groupId, (soft = { refresh: REFRESH_NOW, initializingUntilMs: 0 }))
    return soft
  }

  *all(): Generator<ShareGroup> {
    for (const group of this.#groups.values()) if (group instanceof ShareGroup) yield group
  }

  /** A record of a group that is not there was compacted away, or is an echo. */
  replay(record: ShareGroupRecord): void {
    const { group: groupId, type, value } = record
    let group = this.find(groupId)
    if (group === undefined) {
      if (value === null) return
      group = new ShareGroup(this.#registry, groupId)
      this.#groups.set(groupId, group)
    }
    group.replay(record)
    if (type !== 'epoch' || value !== null) return
    this.#groups.delete(groupId)
    this.#soft.delete(groupId)
  }

  /** Groups that are subscribed to the topics look again. */
  topicsChanged({ names }: TopicsChange): void {
    for (const group of this.all()) {
      for (const topic of group.subscriptions.keys()) {
        if (names.has(topic)) this.soft(group.groupId).refresh = REFRESH_NOW
      }
    }
  }
}
