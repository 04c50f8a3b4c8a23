import type { GroupMetadataValue } from '../../../../protocol/messages/group-state-group-metadata.ts'
import type { Group, GroupMap } from '../group.ts'
import { ClassicGroup, type ClassicGroupState } from './classic-group.ts'
import type { ClassicMember } from './classic-member.ts'
import type { ClassicRecord } from './classic-records.ts'

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
 * The classic groups of a shard. Groups at work (`ClassicGroup`) are soft: one that is missing here is as its last record says, and is made from it when
 * it is asked for.
 */
export class ClassicGroups {
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

  /** All classic groups as their last records say. */
  *stored(): Generator<StoredClassicGroup> {
    for (const group of this.#groups.values()) if (group instanceof StoredClassicGroup) yield group
  }

  /** The state of the group at work; undefined where nobody has asked for the group since its last record. */
  liveState(groupId: string): ClassicGroupState | undefined {
    return this.#live.get(groupId)?.state
  }
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
