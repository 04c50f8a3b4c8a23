/** Consumer groups (KIP-848) as a kind of group. */
import { ErrorCode, type KafkaError } from '../../../../protocol/errors.ts'
import type { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { GroupContext } from '../group-context.ts'
import type {
  ClassicProtocol,
  CommitCheck,
  Committer,
  GroupKind,
  GroupMap,
  KindDefinition,
  OffsetReader,
  TopicsChange,
} from '../group-kind.ts'
import type { StoredOffset } from '../offsets/offset-store.ts'
import { heartbeatConsumerGroup, joinConsumerGroup, leaveConsumerGroup, syncConsumerGroup } from './classic-members.ts'
import { checkConsumerCommit, checkConsumerFetch } from './commit-validation.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { CONSUMER_RECORDS, type ConsumerGroupRecord } from './consumer-records.ts'
import type { ConsumerStep, ConsumerTimeout, ConsumerWords } from './consumer-words.ts'
import { fenceTimedOut, resumeConsumerGroup } from './fencing.ts'
import { refreshRegexes } from './regexes.ts'

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

export class ConsumerGroupKind implements GroupKind<ConsumerGroup, ConsumerWords> {
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

  loaded(context: GroupContext): void {
    this.lastTopicsAddedAt = context.topics.version
    for (const group of this.#all()) resumeConsumerGroup(context, group)
  }

  *#all(): Generator<ConsumerGroup> {
    for (const group of this.#groups.values()) if (group instanceof ConsumerGroup) yield group
  }

  timedOut(context: GroupContext, timeout: ConsumerTimeout): void {
    const group = this.find(timeout.groupId)
    if (group === undefined) return
    switch (timeout.type) {
      case 'session':
      case 'fence':
        return fenceTimedOut(context, group, timeout.memberId)
      case 'rebalance':
        return fenceTimedOut(context, group, timeout.memberId, timeout.memberEpoch)
      case 'regex':
        return refreshRegexes(context, group)
    }
  }

  /** A downgrade that could not be written did not happen: the group is what its records say. */
  settled({ state }: GroupContext, { groupId, incarnation }: ConsumerStep, error: KafkaError | null): void {
    if (error !== null) state.kinds.classic.dropIncarnation(groupId, incarnation)
  }

  /** Groups that are subscribed to the topics look again; new topics may fit a regular expression. */
  topicsChanged({ names, hasNew, version }: TopicsChange): void {
    if (hasNew) this.lastTopicsAddedAt = version
    for (const group of this.#all()) {
      for (const topic of group.summary.topics.keys()) {
        if (names.has(topic)) this.soft(group.groupId).refresh = REFRESH_NOW
      }
    }
  }

  stateName(group: ConsumerGroup, epoch: number): string {
    return group.state(epoch)
  }

  protocolType(): string {
    return 'consumer'
  }

  validateDelete(group: ConsumerGroup): number {
    return group.isEmpty ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }

  makesRoom(group: ConsumerGroup): boolean {
    return group.isEmpty
  }

  isExpendable(group: ConsumerGroup): boolean {
    return group.isEmpty
  }

  tombstones(group: ConsumerGroup): ConsumerGroupRecord[] {
    return group.tombstones()
  }

  /** Its timers are its members', and those are gone; its soft state goes with its last tombstone. */
  forget(): void {}

  validateOffsetCommit(_context: GroupContext, group: ConsumerGroup, committer: Committer): CommitCheck | null {
    return checkConsumerCommit(group, committer)
  }

  validateOffsetFetch(group: ConsumerGroup, reader: OffsetReader, epoch: number): void {
    checkConsumerFetch(group, reader, epoch)
  }

  validateOffsetDelete(): void {}

  isSubscribedTo(group: ConsumerGroup, topic: string): boolean {
    return group.isSubscribedTo(topic)
  }

  offsetExpiration(): (offset: StoredOffset) => number {
    return ({ commitTimestampMs }) => commitTimestampMs
  }

  classicProtocol(group: ConsumerGroup): ClassicProtocol | null {
    if (group.isEmpty) return null
    return {
      join: (context, input, id) => joinConsumerGroup(context, group, input, id),
      sync: (context, request, id) => syncConsumerGroup(context, group, request, id),
      heartbeat: (context, request, id) => heartbeatConsumerGroup(context, group, request, id),
      leave: (context, request, id) => leaveConsumerGroup(context, group, request, id),
    }
  }
}

export const CONSUMER_KIND: KindDefinition<ConsumerWords, ConsumerGroupKind> = {
  format: CONSUMER_RECORDS,
  create: (groups, registry) => new ConsumerGroupKind(groups, registry),
}
