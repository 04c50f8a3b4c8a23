/**
 * Groups of kinds that another Kafka wrote and this coordinator does not run. Such a group keeps its name, its members
 * count as present, and its records stay: they are known by key alone, so that nothing is lost and nobody takes the
 * name. Keys are remembered, so that an empty group can be deleted when that is asked for.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { Reader } from '../../../../protocol/reader.ts'
import { type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts'
import type { Group, GroupMap } from '../group.ts'
import type { Committer, GroupContext, GroupKind, KindDefinition } from '../group-kind.ts'
import type { RetainedRecord, RetainedType, RetainedWords } from './retained-words.ts'

export interface RetainedForm {
  /** The types of the kind's records; the key of each begins with the group's id. */
  readonly records: readonly number[]
  /** The type whose key is (group id, member id) and whose record makes a member exist. */
  readonly member: number
  /** A part of its state lives with another coordinator, which alone can remove it. */
  readonly hasStateElsewhere: boolean
}

export class RetainedGroup implements Group {
  readonly type: RetainedType
  readonly groupId: string
  readonly keys: TimelineMap<string, Buffer>
  readonly members: TimelineMap<string, true>

  constructor(type: RetainedType, groupId: string, registry: SnapshotRegistry) {
    this.type = type
    this.groupId = groupId
    this.keys = new TimelineMap(registry)
    this.members = new TimelineMap(registry)
  }
}

export class RetainedGroupKind implements GroupKind<RetainedGroup, RetainedWords> {
  readonly #type: RetainedType
  readonly #form: RetainedForm
  readonly #groups: GroupMap
  readonly #registry: SnapshotRegistry

  constructor(type: RetainedType, form: RetainedForm, groups: GroupMap, registry: SnapshotRegistry) {
    this.#type = type
    this.#form = form
    this.#groups = groups
    this.#registry = registry
  }

  replay({ group: groupId, key, value, memberId }: RetainedRecord): void {
    let group = this.#find(groupId)
    const name = key.toString('latin1')
    if (value === null) {
      group?.keys.delete(name)
      if (memberId !== null) group?.members.delete(memberId)
      if (group?.keys.size === 0) this.#groups.delete(groupId)
      return
    }
    if (group === undefined) {
      group = new RetainedGroup(this.#type, groupId, this.#registry)
      this.#groups.set(groupId, group)
    }
    group.keys.set(name, key)
    if (memberId !== null) group.members.set(memberId, true)
  }

  #find(groupId: string): RetainedGroup | undefined {
    const group = this.#groups.get(groupId)
    return group instanceof RetainedGroup && group.type === this.#type ? group : undefined
  }

  loaded(): void {}
  timedOut(): void {}
  settled(): void {}
  topicsChanged(): void {}

  stateName(group: RetainedGroup, epoch: number): string {
    return group.members.isEmpty(epoch) ? 'Empty' : 'Stable'
  }

  protocolType(): string {
    return this.#type
  }

  validateDelete(group: RetainedGroup): number {
    if (!group.members.isEmpty()) return ErrorCode.NON_EMPTY_GROUP
    return this.#form.hasStateElsewhere ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE
  }

  makesRoom(group: RetainedGroup): boolean {
    return group.members.isEmpty() && !this.#form.hasStateElsewhere
  }

  isExpendable(): boolean {
    return false
  }

  tombstones(group: RetainedGroup): RetainedRecord[] {
    return [...group.keys.values()].map((key) => {
      return { kind: this.#type, group: group.groupId, key, value: null, memberId: null }
    })
  }

  forget(): void {}

  /** Members cannot be told apart from strangers, so that nobody may commit in their name. */
  validateOffsetCommit(_context: GroupContext, group: RetainedGroup, committer: Committer): null {
    const { memberId, groupInstanceId, memberEpoch, apiVersion } = committer
    const namesMember = memberEpoch >= 0 || memberId !== '' || groupInstanceId !== null
    const isNamelessTransaction = apiVersion === null && !namesMember
    const isOutside = memberEpoch < 0 && group.members.isEmpty()
    if (!isOutside && !isNamelessTransaction) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
    return null
  }

  validateOffsetFetch(): void {}
  validateOffsetDelete(): void {}

  /** The subscriptions of members are not known, so they could be to anything. */
  isSubscribedTo(group: RetainedGroup): boolean {
    return !group.members.isEmpty()
  }

  offsetExpiration(): null {
    return null
  }

  classicProtocol(): null {
    return null
  }
}

export function retainedKind(type: RetainedType, form: RetainedForm): KindDefinition<RetainedWords> {
  return {
    create: ({ groups }, registry) => new RetainedGroupKind(type, form, groups, registry),
    format: {
      encode: ({ key, value }) => ({ key, value }),
      decode(recordType, key, value) {
        if (!form.records.includes(recordType)) return null
        const reader = new Reader(key)
        reader.int16()
        const group = reader.string('groupId')
        const memberId = recordType === form.member ? reader.string('memberId') : null
        // A copy, so that the record does not keep the whole read buffer alive.
        return { kind: type, group, key: Buffer.from(key), value, memberId }
      },
    },
  }
}
