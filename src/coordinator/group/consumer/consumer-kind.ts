/** Consumer groups (KIP-848) as a kind of group. */
import { ErrorCode, type KafkaError } from '../../../../protocol/errors.ts'
import type {
  ClassicProtocol,
  CommitCheck,
  Committer,
  GroupContext,
  GroupKind,
  KindDefinition,
  OffsetReader,
} from '../group-kind.ts'
import type { TopicsChange } from '../group-topics.ts'
import type { StoredOffset } from '../offsets/offset-store.ts'
import { heartbeatConsumerGroup, joinConsumerGroup, leaveConsumerGroup, syncConsumerGroup } from './classic-members.ts'
import { checkConsumerCommit, checkConsumerFetch } from './commit-validation.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerGroups } from './consumer-groups.ts'
import { CONSUMER_RECORDS, type ConsumerGroupRecord } from './consumer-records.ts'
import type { ConsumerStep, ConsumerTimeout, ConsumerWords } from './consumer-words.ts'
import { fenceTimedOut, resumeConsumerGroup } from './fencing.ts'
import { refreshRegexes } from './regexes.ts'

class ConsumerGroupKind implements GroupKind<ConsumerGroup, ConsumerWords> {
  readonly #groups: ConsumerGroups

  constructor(groups: ConsumerGroups) {
    this.#groups = groups
  }

  replay(record: ConsumerGroupRecord): void {
    this.#groups.replay(record)
  }

  loaded(context: GroupContext): void {
    this.#groups.lastTopicsAddedAt = context.topics.version
    for (const group of this.#groups.all()) resumeConsumerGroup(context, group)
  }

  timedOut(context: GroupContext, timeout: ConsumerTimeout): void {
    const group = this.#groups.find(timeout.groupId)
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
    if (error !== null) state.classic.dropIncarnation(groupId, incarnation)
  }

  topicsChanged(change: TopicsChange): void {
    this.#groups.topicsChanged(change)
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

export const CONSUMER_KIND: KindDefinition<ConsumerWords> = {
  format: CONSUMER_RECORDS,
  create: ({ consumer }) => new ConsumerGroupKind(consumer),
}
