/** Classic groups (KIP-62) as a kind of group. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { Committer, GroupContext, GroupKind, KindDefinition } from '../group-kind.ts'
import { sessionTimer } from '../member-timers.ts'
import type { StoredOffset } from '../offsets/offset-store.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ClassicGroups, StoredClassicGroup } from './classic-groups.ts'
import { creationSettled, returnSettled } from './classic-join.ts'
import {
  assignmentsSettled,
  completeJoin,
  initialJoinTimedOut,
  prepareRebalance,
  resetSession,
  sessionTimedOut,
  syncTimedOut,
} from './classic-rebalance.ts'
import { CLASSIC_RECORDS, type ClassicRecord, groupTombstone } from './classic-records.ts'
import { type ClassicStep, type ClassicTimeout, type ClassicWords, joinTimer, syncTimer } from './classic-words.ts'

export class ClassicGroupKind implements GroupKind<StoredClassicGroup, ClassicWords> {
  readonly #groups: ClassicGroups

  constructor(groups: ClassicGroups) {
    this.#groups = groups
  }

  replay(record: ClassicRecord): void {
    this.#groups.replay(record)
  }

  /** Members that the log knows get a whole session to show that they are still there. */
  loaded(context: GroupContext): void {
    for (const stored of this.#groups.stored()) {
      if ((stored.metadata?.members.length ?? 0) === 0) continue
      const group = this.#groups.find(stored.groupId)
      if (group === undefined) continue
      for (const member of group.members.values()) resetSession(context.effects, group, member)
      // A limit that was lowered meanwhile: everybody rejoins, and some will not be let in.
      if (group.members.size > context.config.maxGroupSize) prepareRebalance(context, group)
    }
  }

  timedOut(context: GroupContext, timeout: ClassicTimeout): void {
    const group = this.#groups.find(timeout.groupId)
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

  settled(context: GroupContext, step: ClassicStep, error: KafkaError | null): void {
    const group = this.#groups.findIncarnation(step.groupId, step.incarnation)
    if (group === undefined) return
    switch (step.type) {
      case 'created':
        return creationSettled(context, group, error)
      case 'assigned':
        return assignmentsSettled(context, group, step.generationId, step.assignments, error)
      case 'returned':
        return returnSettled(context, group, step.memberId, step.returned, error)
    }
  }

  topicsChanged(): void {}

  stateName({ groupId, metadata }: StoredClassicGroup): string {
    const state = this.#groups.liveState(groupId)
    if (state !== undefined) return state
    return metadata === null || metadata.members.length === 0 ? 'Empty' : 'Stable'
  }

  protocolType({ groupId }: StoredClassicGroup): string {
    return this.#groups.find(groupId)?.protocolType ?? ''
  }

  validateDelete(stored: StoredClassicGroup): number {
    return this.makesRoom(stored) ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }

  makesRoom({ groupId }: StoredClassicGroup): boolean {
    return this.#groups.find(groupId)?.state === 'Empty'
  }

  isExpendable({ groupId }: StoredClassicGroup): boolean {
    const group = this.#groups.find(groupId)
    return group !== undefined && group.state === 'Empty' && group.pendingJoin.size === 0
  }

  tombstones({ groupId }: StoredClassicGroup): ClassicRecord[] {
    return [groupTombstone(groupId)]
  }

  forget({ effects }: GroupContext, { groupId }: StoredClassicGroup): void {
    const group = this.#groups.find(groupId)
    if (group === undefined) return
    effects.cancelTimer(joinTimer(groupId)).cancelTimer(syncTimer(groupId))
    for (const memberId of group.pendingJoin) effects.cancelTimer(sessionTimer(groupId, memberId))
    this.#groups.drop(groupId)
  }

  validateOffsetCommit(context: GroupContext, { groupId }: StoredClassicGroup, committer: Committer): null {
    const group = this.#groups.find(groupId)
    if (group === undefined) return null
    validateCommit(group, committer)
    const member = committer.apiVersion === null ? undefined : group.members.get(committer.memberId)
    // A commit is a sign of life, unless it is a producer's.
    if (member !== undefined) resetSession(context.effects, group, member)
    return null
  }

  validateOffsetFetch(): void {}

  validateOffsetDelete({ groupId }: StoredClassicGroup): void {
    const group = this.#groups.find(groupId)
    if (group === undefined || group.state === 'Empty' || group.isConsumerGroup) return
    throw new KafkaError(ErrorCode.NON_EMPTY_GROUP)
  }

  isSubscribedTo({ groupId }: StoredClassicGroup, topic: string): boolean {
    return this.#groups.find(groupId)?.isSubscribedTo(topic) ?? false
  }

  /** An empty group's offsets count since it became empty, those of a stand-alone client since the commit. */
  offsetExpiration({ groupId }: StoredClassicGroup): ((offset: StoredOffset) => number) | null {
    const group = this.#groups.find(groupId)
    if (group === undefined) return null
    const sinceCommit = (offset: StoredOffset) => offset.commitTimestampMs
    if (group.protocolType === null) return sinceCommit
    if (group.state === 'Empty') return (offset) => group.stateTimestampMs ?? offset.commitTimestampMs
    const knowsTopics = group.isConsumerGroup && group.subscribedTopics !== null && group.state === 'Stable'
    return knowsTopics ? sinceCommit : null
  }

  classicProtocol(): null {
    return null
  }
}

export const CLASSIC_KIND: KindDefinition<ClassicWords> = {
  format: CLASSIC_RECORDS,
  create: ({ classic }) => new ClassicGroupKind(classic),
}

/** A member may commit in its generation, and anybody may while the group is empty. */
function validateCommit(group: ClassicGroup, committer: Committer): void {
  const { memberId, groupInstanceId, memberEpoch: generationId, apiVersion } = committer
  const isTransactional = apiVersion === null
  // A client that manages partitions without a group uses its name only to keep offsets.
  if (generationId < 0 && group.state === 'Empty') return
  if (generationId < 0 && memberId === '' && groupInstanceId === null) {
    // Producers of old clients do not name the member (KIP-447).
    if (isTransactional) return
    throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
  }
  group.validateMember(memberId, groupInstanceId)
  if (generationId !== group.generationId) throw new KafkaError(ErrorCode.ILLEGAL_GENERATION)
  // A rebalance does not keep a transaction from committing.
  if (!isTransactional && group.state === 'CompletingRebalance') throw new KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
}
