/** Streams groups (KIP-1071) as a kind of group. */
import { ErrorCode } from '../../../../protocol/errors.ts'
import type { CommitCheck, Committer, GroupContext, GroupKind, KindDefinition, OffsetReader } from '../group-kind.ts'
import type { TopicsChange } from '../group-topics.ts'
import type { StoredOffset } from '../offsets/offset-store.ts'
import { checkStreamsCommit, checkStreamsFetch } from './commit-validation.ts'
import { fenceTimedOut, resumeStreamsGroup } from './fencing.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsGroups } from './streams-groups.ts'
import { STREAMS_RECORDS, type StreamsGroupRecord } from './streams-records.ts'
import { firstAssignmentTimer, type StreamsTimeout, type StreamsWords } from './streams-words.ts'
import { assign } from './target-assignment.ts'

class StreamsGroupKind implements GroupKind<StreamsGroup, StreamsWords> {
  readonly #groups: StreamsGroups

  constructor(groups: StreamsGroups) {
    this.#groups = groups
  }

  replay(record: StreamsGroupRecord): void {
    this.#groups.replay(record)
  }

  loaded(context: GroupContext): void {
    for (const group of this.#groups.all()) resumeStreamsGroup(context, group)
  }

  timedOut(context: GroupContext, timeout: StreamsTimeout): void {
    const group = this.#groups.find(timeout.groupId)
    if (group === undefined) return
    switch (timeout.type) {
      case 'session':
        return fenceTimedOut(context, group, timeout.memberId)
      case 'rebalance':
        return fenceTimedOut(context, group, timeout.memberId, timeout.memberEpoch)
      case 'first-assignment':
        return this.#assignFirst(context, group)
    }
  }

  /** The first members have come together. Those that have left again in the meantime left nothing to assign. */
  #assignFirst(context: GroupContext, group: StreamsGroup): void {
    const soft = this.#groups.soft(group.groupId)
    soft.assignsAtMs = 0
    const { epoch } = group.epoch
    if (group.isEmpty || soft.configured === null || epoch <= group.assignmentEpoch) return
    assign(context, group, epoch, null, soft.configured)
  }

  settled(): void {}

  topicsChanged(change: TopicsChange): void {
    this.#groups.topicsChanged(change)
  }

  stateName(group: StreamsGroup, epoch: number): string {
    return group.state(epoch)
  }

  protocolType(): string {
    return 'streams'
  }

  validateDelete(group: StreamsGroup): number {
    return group.isEmpty ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }

  makesRoom(group: StreamsGroup): boolean {
    return group.isEmpty
  }

  isExpendable(group: StreamsGroup): boolean {
    return group.isEmpty
  }

  tombstones(group: StreamsGroup): StreamsGroupRecord[] {
    return group.tombstones()
  }

  /** The timers of its members are gone with them; its soft state goes with its last tombstone. */
  forget({ effects }: GroupContext, { groupId }: StreamsGroup): void {
    effects.cancelTimer(firstAssignmentTimer(groupId))
  }

  validateOffsetCommit({ topics }: GroupContext, group: StreamsGroup, committer: Committer): CommitCheck | null {
    return checkStreamsCommit(group, committer, topics)
  }

  validateOffsetFetch(group: StreamsGroup, reader: OffsetReader, epoch: number): void {
    checkStreamsFetch(group, reader, epoch)
  }

  validateOffsetDelete(): void {}

  isSubscribedTo(group: StreamsGroup, topic: string): boolean {
    return group.isSubscribedTo(topic)
  }

  offsetExpiration(): (offset: StoredOffset) => number {
    return ({ commitTimestampMs }) => commitTimestampMs
  }

  /** Members of the classic protocol are not taken in. */
  classicProtocol(): null {
    return null
  }
}

export const STREAMS_KIND: KindDefinition<StreamsWords> = {
  format: STREAMS_RECORDS,
  create: ({ streams }) => new StreamsGroupKind(streams),
}
