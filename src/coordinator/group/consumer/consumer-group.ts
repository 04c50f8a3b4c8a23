import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { LATEST, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts'
import { type MemberShape, replayMember } from '../assigned-members.ts'
import type { Group } from '../group.ts'
import { NO_EPOCHS, NO_PARTITIONS, type Partitions } from '../partitions.ts'
import { type ConsumerMember, isReconciledTo, LEAVE_GROUP_EPOCH, newConsumerMember } from './consumer-member.ts'
import type { ConsumerGroupRecord, ResolvedRegex } from './consumer-records.ts'
import { type GroupSummary, summarize } from './group-summary.ts'

/** Kafka's names. A group that does not exist is described as Dead. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

interface Epochs {
  /** The group's epoch moves on with each change of the subscriptions and of their topics. */
  readonly groupEpoch: number
  /** A hash of the topics that the group is subscribed to, as they were in that epoch. */
  readonly metadataHash: bigint
  /** The group epoch for which the target assignment was computed. */
  readonly assignmentEpoch: number
  /** When that was; 0 when it is not known. */
  readonly assignedAtMs: number
  /** A record of before Kafka 4.1 is in the log, and to be removed. */
  readonly hasSubscriptionMetadata: boolean
}

/** Not 0, which is what a member says that joins: one that gets nothing yet must not be told to begin again. */
const FIRST_EPOCHS: Epochs = {
  groupEpoch: 1,
  metadataHash: 0n,
  assignmentEpoch: 1,
  assignedAtMs: 0,
  hasSubscriptionMetadata: false,
}

/** Stands in for an epoch where the partition is nobody's. */
export const NO_OWNER = -1

/**
 * A consumer group of KIP-848: who is in it, what each member is to have (its target) and what it has (its assignment).
 * All of it is durable and changed by `replay` alone. Conclusions from the members (`summary`) are drawn when they are
 * asked for and kept until the members change.
 */
export class ConsumerGroup implements Group {
  readonly type = 'consumer'
  readonly groupId: string
  readonly members: TimelineMap<string, ConsumerMember>
  readonly targets: TimelineMap<string, Partitions>
  readonly regexes: TimelineMap<string, ResolvedRegex>
  readonly #epochs: TimelineMap<'epochs', Epochs>
  #summary: GroupSummary | null = null
  #owners: Map<string, Map<number, number>> | null = null
  #summarizedAt = ''

  constructor(registry: SnapshotRegistry, groupId: string) {
    this.groupId = groupId
    this.members = new TimelineMap(registry)
    this.targets = new TimelineMap(registry)
    this.regexes = new TimelineMap(registry)
    this.#epochs = new TimelineMap(registry)
  }

  epochs(epoch: number = LATEST): Epochs {
    return this.#epochs.get('epochs', epoch) ?? FIRST_EPOCHS
  }

  get groupEpoch(): number {
    return this.epochs().groupEpoch
  }

  get assignmentEpoch(): number {
    return this.epochs().assignmentEpoch
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  state(epoch: number = LATEST): ConsumerGroupState {
    const { groupEpoch, assignmentEpoch } = this.epochs(epoch)
    if (this.members.isEmpty(epoch)) return 'Empty'
    if (groupEpoch > assignmentEpoch) return 'Assigning'
    for (const member of this.members.values(epoch)) if (!isReconciledTo(member, assignmentEpoch)) return 'Reconciling'
    return 'Stable'
  }

  get summary(): GroupSummary {
    this.#forgetStale()
    this.#summary ??= summarize(this.members.values(), this.regexes.entries())
    return this.#summary
  }

  /** The summary with `member` in it, in place of `replacedId` if that is given. */
  summaryWith(member: ConsumerMember, replacedId: string | undefined): GroupSummary {
    return summarize(this.#membersWith(member, replacedId), this.regexes.entries())
  }

  summaryWithout(memberIds: ReadonlySet<string>, deletedRegexes: ReadonlySet<string>): GroupSummary {
    const members = [...this.members.values()].filter(({ memberId }) => !memberIds.has(memberId))
    return summarize(
      members,
      [...this.regexes.entries()].filter(([regex]) => !deletedRegexes.has(regex)),
    )
  }

  *#membersWith(member: ConsumerMember, replacedId: string | undefined): Generator<ConsumerMember> {
    for (const each of this.members.values()) {
      if (each.memberId !== member.memberId && each.memberId !== replacedId) yield each
    }
    yield member
  }

  staticMember(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.summary.staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.members.get(memberId)
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  member(memberId: string): ConsumerMember {
    const member = this.members.get(memberId)
    if (member !== undefined) return member
    throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.groupId}.`)
  }

  /** The partitions that the member, or the static one in whose place it comes, is to have. */
  target(memberId: string, instanceId: string | null = null): Partitions {
    const id = instanceId === null ? memberId : this.summary.staticMembers.get(instanceId)
    return (id === undefined ? undefined : this.targets.get(id)) ?? NO_PARTITIONS
  }

  /** The epoch of the member that has the partition, or has not let go of it; `NO_OWNER` when it is free. */
  ownerEpoch(topicId: string, partition: number): number {
    this.#forgetStale()
    this.#owners ??= owners(this.members.values())
    return this.#owners.get(topicId)?.get(partition) ?? NO_OWNER
  }

  isSubscribedTo(topic: string): boolean {
    return this.summary.topics.has(topic)
  }

  /** Whether what the member waits for is still somebody else's. */
  isWaitingForOthers({ memberId, state, assigned }: ConsumerMember): boolean {
    if (state !== 'unreleased') return false
    for (const [topicId, partitions] of this.targets.get(memberId) ?? NO_PARTITIONS) {
      for (const partition of partitions) {
        const isMissing = !assigned.get(topicId)?.has(partition)
        if (isMissing && this.ownerEpoch(topicId, partition) !== NO_OWNER) return true
      }
    }
    return false
  }

  /** All that removes the group from the log, `renamed` members under the ids that they have by then. */
  tombstones(renamed: ReadonlyMap<string, string> = new Map()): ConsumerGroupRecord[] {
    const { groupId: group } = this
    const memberIds = [...this.members.keys()].map((memberId) => renamed.get(memberId) ?? memberId)
    return [
      ...memberIds.map((memberId) => ({ kind: 'consumer', type: 'assignment', group, memberId, value: null }) as const),
      ...memberIds.map((memberId) => ({ kind: 'consumer', type: 'target', group, memberId, value: null }) as const),
      { kind: 'consumer', type: 'target-epoch', group, value: null },
      ...memberIds.map((memberId) => ({ kind: 'consumer', type: 'member', group, memberId, value: null }) as const),
      ...[...this.regexes.keys()].map(
        (regex) => ({ kind: 'consumer', type: 'regex', group, regex, value: null }) as const,
      ),
      { kind: 'consumer', type: 'subscription-metadata', group, value: null },
      { kind: 'consumer', type: 'epoch', group, value: null },
    ]
  }

  /** Every record but the group's own tombstone, which its kind takes as the end of the group. */
  replay(record: ConsumerGroupRecord): void {
    switch (record.type) {
      case 'epoch':
        if (record.value === null) return
        return this.#setEpochs({ groupEpoch: record.value.epoch, metadataHash: record.value.metadataHash })
      case 'subscription-metadata':
        return this.#setEpochs({ hasSubscriptionMetadata: record.value !== null })
      case 'target-epoch': {
        const { assignmentEpoch, timestampMs } = record.value ?? { assignmentEpoch: -1, timestampMs: 0 }
        return this.#setEpochs({ assignmentEpoch, assignedAtMs: timestampMs })
      }
      case 'member':
      case 'assignment':
      case 'target':
        return replayMember(this, MEMBERS, record)
      case 'regex':
        if (record.value === null) this.regexes.delete(record.regex)
        else this.regexes.set(record.regex, record.value)
        return
    }
  }

  #setEpochs(change: Partial<Epochs>): void {
    this.#epochs.set('epochs', { ...this.epochs(), ...change })
  }

  /** Also after an append failed and the members are what they were before. */
  #forgetStale(): void {
    const now = `${this.members.changes} ${this.regexes.changes}`
    if (now === this.#summarizedAt) return
    this.#summarizedAt = now
    this.#summary = null
    this.#owners = null
  }
}

const MEMBERS: MemberShape<ConsumerMember> = {
  blank: newConsumerMember,
  nothingAssigned: {
    memberEpoch: LEAVE_GROUP_EPOCH,
    previousMemberEpoch: LEAVE_GROUP_EPOCH,
    assigned: NO_EPOCHS,
    pendingRevocation: NO_EPOCHS,
  },
}

function owners(members: Iterable<ConsumerMember>): Map<string, Map<number, number>> {
  const byTopic = new Map<string, Map<number, number>>()
  for (const { memberEpoch, assigned, pendingRevocation } of members) {
    for (const held of [assigned, pendingRevocation]) {
      for (const [topicId, partitions] of held) {
        let epochs = byTopic.get(topicId)
        if (epochs === undefined) byTopic.set(topicId, (epochs = new Map()))
        for (const partition of partitions.keys()) epochs.set(partition, memberEpoch)
      }
    }
  }
  return byTopic
}
