/** Classic groups (KIP-62) as a kind of group. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { GroupMetadataValue } from '../../../../protocol/messages/group-state-group-metadata.ts'
import { type GroupContext, sessionTimer } from '../group-context.ts'
import type { Committer, Group, GroupKind, GroupMap, KindDefinition } from '../group-kind.ts'
import type { StoredOffset } from '../offsets/offset-store.ts'
import { ClassicGroup } from './classic-group.ts'
import { creationSettled, returnSettled } from './classic-join.ts'
import type { ClassicMember } from './classic-member.ts'
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

/** A classic group as its last record says, or with null when only its offsets made it exist. */
export class StoredClassicGroup implements Group {
  readonly type = 'classic'
  readonly groupId: string
  readonly metadata: GroupMetadataValue | null

  constructor(groupId: string, metadata: GroupMetadataValue | null) {
    this.groupId = groupId
    this.metadata = metadata
  }
}

/**
 * Groups at work (`ClassicGroup`) are soft: one that is missing here is as its last record says, and is made from it when
 * it is asked for.
 */
export class ClassicGroupKind implements GroupKind<StoredClassicGroup, ClassicWords> {
  readonly #groups: GroupMap
  readonly #live = new Map<string, ClassicGroup>()
  #lastIncarnation = 0

  constructor(groups: GroupMap) {
    this.#groups = groups
  }

  /** The group at work, if it exists and is a classic one. */
  find(groupId: string): ClassicGroup | undefined {
    const stored = this.#groups.get(groupId)
    if (stored !== undefined && !(stored instanceof StoredClassicGroup)) return undefined
    const live = this.#live.get(groupId)
    if (live !== undefined || stored === undefined) return live
    return this.adopt(revive(stored))
  }

  /** The group at work in that incarnation; undefined when another one, or none, bears its name now. */
  findIncarnation(groupId: string, incarnation: number): ClassicGroup | undefined {
    const group = this.find(groupId)
    return group?.incarnation === incarnation ? group : undefined
  }

  /** A new group, which becomes durable with its first record. */
  create(groupId: string, nowMs: number): ClassicGroup {
    return this.adopt(ClassicGroup.empty(groupId, nowMs))
  }

  /** From now on this is the group at work under its name. */
  adopt(group: ClassicGroup): ClassicGroup {
    group.incarnation = ++this.#lastIncarnation
    this.#live.set(group.groupId, group)
    return group
  }

  /** Drops the group at work: all that remains of it is what its last record says. */
  drop(groupId: string): void {
    this.#live.delete(groupId)
  }

  dropIncarnation(groupId: string, incarnation: number): void {
    if (this.#live.get(groupId)?.incarnation === incarnation) this.#live.delete(groupId)
  }

  replay({ group: groupId, value }: ClassicRecord): void {
    if (value === null) this.#groups.delete(groupId)
    else this.#groups.set(groupId, new StoredClassicGroup(groupId, withOwnBytes(value)))
  }

  /** An offset was committed for a group that does not exist. */
  replayCommit(groupId: string): void {
    this.#groups.set(groupId, new StoredClassicGroup(groupId, null))
  }

  /** Members that the log knows get a whole session to show that they are still there. */
  loaded(context: GroupContext): void {
    for (const stored of this.#groups.values()) {
      if (!(stored instanceof StoredClassicGroup) || (stored.metadata?.members.length ?? 0) === 0) continue
      const group = this.find(stored.groupId)
      if (group === undefined) continue
      for (const member of group.members.values()) resetSession(context.effects, group, member)
      // A limit that was lowered meanwhile: everybody rejoins, and some will not be let in.
      if (group.members.size > context.config.maxGroupSize) prepareRebalance(context, group)
    }
  }

  timedOut(context: GroupContext, timeout: ClassicTimeout): void {
    const group = this.find(timeout.groupId)
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
    const group = this.findIncarnation(step.groupId, step.incarnation)
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
    const live = this.#live.get(groupId)
    if (live !== undefined) return live.state
    return metadata === null || metadata.members.length === 0 ? 'Empty' : 'Stable'
  }

  protocolType({ groupId }: StoredClassicGroup): string {
    return this.find(groupId)?.protocolType ?? ''
  }

  validateDelete(stored: StoredClassicGroup): number {
    return this.makesRoom(stored) ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP
  }

  makesRoom({ groupId }: StoredClassicGroup): boolean {
    return this.find(groupId)?.state === 'Empty'
  }

  isExpendable({ groupId }: StoredClassicGroup): boolean {
    const group = this.find(groupId)
    return group !== undefined && group.state === 'Empty' && group.pendingJoin.size === 0
  }

  tombstones({ groupId }: StoredClassicGroup): ClassicRecord[] {
    return [groupTombstone(groupId)]
  }

  forget({ effects }: GroupContext, { groupId }: StoredClassicGroup): void {
    const group = this.find(groupId)
    if (group === undefined) return
    effects.cancelTimer(joinTimer(groupId)).cancelTimer(syncTimer(groupId))
    for (const memberId of group.pendingJoin) effects.cancelTimer(sessionTimer(groupId, memberId))
    this.drop(groupId)
  }

  validateOffsetCommit(context: GroupContext, { groupId }: StoredClassicGroup, committer: Committer): null {
    const group = this.find(groupId)
    if (group === undefined) return null
    validateCommit(group, committer)
    const member = committer.apiVersion === null ? undefined : group.members.get(committer.memberId)
    // A commit is a sign of life, unless it is a producer's.
    if (member !== undefined) resetSession(context.effects, group, member)
    return null
  }

  validateOffsetFetch(): void {}

  validateOffsetDelete({ groupId }: StoredClassicGroup): void {
    const group = this.find(groupId)
    if (group === undefined || group.state === 'Empty' || group.isConsumerGroup) return
    throw new KafkaError(ErrorCode.NON_EMPTY_GROUP)
  }

  isSubscribedTo({ groupId }: StoredClassicGroup, topic: string): boolean {
    return this.find(groupId)?.isSubscribedTo(topic) ?? false
  }

  /** An empty group's offsets count since it became empty, those of a stand-alone client since the commit. */
  offsetExpiration({ groupId }: StoredClassicGroup): ((offset: StoredOffset) => number) | null {
    const group = this.find(groupId)
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

export const CLASSIC_KIND: KindDefinition<ClassicWords, ClassicGroupKind> = {
  format: CLASSIC_RECORDS,
  create: (groups) => new ClassicGroupKind(groups),
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

/** Copies of what members sent, so that no request's or read's whole buffer is kept alive by them. */
function withOwnBytes(metadata: GroupMetadataValue): GroupMetadataValue {
  const members = metadata.members.map((member) => ({
    ...member,
    subscription: Buffer.from(member.subscription),
    assignment: Buffer.from(member.assignment),
  }))
  return { ...metadata, members }
}

function revive({ groupId, metadata }: StoredClassicGroup): ClassicGroup {
  const protocolType = metadata?.protocolType ?? ''
  const members = (metadata?.members ?? []).map(
    (member): ClassicMember => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      protocolType,
      // Old records have no rebalance timeout; members then had one timeout for both.
      rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: member.sessionTimeout,
      protocols: [{ name: metadata?.protocol ?? '', metadata: member.subscription }],
      assignment: member.assignment,
      awaitingJoin: null,
      awaitingSync: null,
      isNew: false,
    }),
  )
  const timestampMs = Number(metadata?.currentStateTimestamp ?? -1n)
  return new ClassicGroup(groupId, {
    state: members.length === 0 ? 'Empty' : 'Stable',
    generationId: metadata?.generation ?? 0,
    protocolType: protocolType === '' ? null : protocolType,
    protocolName: metadata?.protocol ?? null,
    leaderId: metadata?.leader ?? null,
    stateTimestampMs: timestampMs === -1 ? null : timestampMs,
    members,
  })
}
