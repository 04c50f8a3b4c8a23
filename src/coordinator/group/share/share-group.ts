import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { LATEST, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts'
import { type MemberShape, replayMember } from '../assigned-members.ts'
import type { Group } from '../group.ts'
import { NO_PARTITIONS, type Partitions } from '../partitions.ts'
import { LEAVE_GROUP_EPOCH, newShareMember, type ShareMember } from './share-member.ts'
import { memberTombstones, type ShareGroupRecord } from './share-records.ts'
import { NO_TOPICS, type ShareTopics } from './share-topics.ts'

/** Kafka's names. A group that does not exist is described as Dead. */
export type ShareGroupState = 'Empty' | 'Stable'

interface Epochs {
  /** The group's epoch moves on with each change of the subscriptions, of their topics and of what can be assigned. */
  readonly groupEpoch: number
  /** A hash of the topics that the group is subscribed to, as they were in that epoch. */
  readonly metadataHash: bigint
  /** The group epoch for which the target assignment was computed. */
  readonly assignmentEpoch: number
  /** When that was; 0 when it is not known. */
  readonly assignedAtMs: number
}

const FIRST_EPOCHS: Epochs = { groupEpoch: 1, metadataHash: 0n, assignmentEpoch: 1, assignedAtMs: 0 }

/**
 * A share group of KIP-932: who is in it, what each member is to have and has, and which partitions have state at the
 * share coordinator. All of it is durable and changed by `replay` alone.
 */
export class ShareGroup implements Group {
  readonly type = 'share'
  readonly groupId: string
  readonly members: TimelineMap<string, ShareMember>
  readonly targets: TimelineMap<string, Partitions>
  readonly #epochs: TimelineMap<'epochs', Epochs>
  readonly #topics: TimelineMap<'topics', ShareTopics>
  #subscriptions: ReadonlyMap<string, number> = new Map()
  #countedAt = -1

  constructor(registry: SnapshotRegistry, groupId: string) {
    this.groupId = groupId
    this.members = new TimelineMap(registry)
    this.targets = new TimelineMap(registry)
    this.#epochs = new TimelineMap(registry)
    this.#topics = new TimelineMap(registry)
  }

  epochs(epoch: number = LATEST): Epochs {
    return this.#epochs.get('epochs', epoch) ?? FIRST_EPOCHS
  }

  get groupEpoch(): number {
    return this.epochs().groupEpoch
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  state(epoch: number = LATEST): ShareGroupState {
    return this.members.isEmpty(epoch) ? 'Empty' : 'Stable'
  }

  /** Undefined where no record has spoken of the topics yet. */
  topics(epoch: number = LATEST): ShareTopics | undefined {
    return this.#topics.get('topics', epoch)
  }

  get knownTopics(): ShareTopics {
    return this.topics() ?? NO_TOPICS
  }

  /** How many members are subscribed to each topic. Counted anew after the members have changed. */
  get subscriptions(): ReadonlyMap<string, number> {
    if (this.#countedAt !== this.members.changes) {
      this.#countedAt = this.members.changes
      this.#subscriptions = countSubscriptions(this.members.values())
    }
    return this.#subscriptions
  }

  /** The subscriptions with `member` as it is given. */
  subscriptionsWith(member: ShareMember): ReadonlyMap<string, number> {
    return countSubscriptions([...this.#others(member.memberId), member])
  }

  subscriptionsWithout(memberId: string): ReadonlyMap<string, number> {
    return countSubscriptions(this.#others(memberId))
  }

  *#others(memberId: string): Generator<ShareMember> {
    for (const each of this.members.values()) if (each.memberId !== memberId) yield each
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  member(memberId: string): ShareMember {
    const member = this.members.get(memberId)
    if (member !== undefined) return member
    throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.groupId}.`)
  }

  target(memberId: string): Partitions {
    return this.targets.get(memberId) ?? NO_PARTITIONS
  }

  /** All that removes the group from the log. */
  tombstones(): ShareGroupRecord[] {
    const { groupId: group } = this
    const records = [...this.members.keys()].flatMap((memberId) => memberTombstones(group, memberId))
    const of = (type: ShareGroupRecord['type']) => records.filter((record) => record.type === type)
    return [
      ...of('assignment'),
      ...of('target'),
      { kind: 'share', type: 'target-epoch', group, value: null },
      ...of('member'),
      { kind: 'share', type: 'topics', group, value: null },
      { kind: 'share', type: 'epoch', group, value: null },
    ]
  }

  /** Every record but the group's own tombstone, which its kind takes as the end of the group. */
  replay(record: ShareGroupRecord): void {
    switch (record.type) {
      case 'epoch':
        if (record.value === null) return
        return this.#setEpochs({ groupEpoch: record.value.epoch, metadataHash: record.value.metadataHash })
      case 'target-epoch': {
        const { assignmentEpoch, timestampMs } = record.value ?? { assignmentEpoch: -1, timestampMs: 0 }
        return this.#setEpochs({ assignmentEpoch, assignedAtMs: timestampMs })
      }
      case 'member':
      case 'assignment':
      case 'target':
        return replayMember(this, MEMBERS, record)
      case 'topics':
        if (record.value === null) this.#topics.delete('topics')
        else this.#topics.set('topics', record.value)
        return
    }
  }

  #setEpochs(change: Partial<Epochs>): void {
    this.#epochs.set('epochs', { ...this.epochs(), ...change })
  }
}

const MEMBERS: MemberShape<ShareMember> = {
  blank: newShareMember,
  nothingAssigned: {
    memberEpoch: LEAVE_GROUP_EPOCH,
    previousMemberEpoch: LEAVE_GROUP_EPOCH,
    assigned: NO_PARTITIONS,
  },
}

function countSubscriptions(members: Iterable<ShareMember>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { subscribedTopicNames } of members) {
    for (const name of subscribedTopicNames) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
