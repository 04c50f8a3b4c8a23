import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { LATEST, type SnapshotRegistry, TimelineMap } from '../../runtime/timeline.ts'
import { type MemberShape, replayMember } from '../assigned-members.ts'
import type { Group } from '../group.ts'
import type { TaskOwners } from './current-assignment.ts'
import { isReconciledTo, LEAVE_GROUP_EPOCH, newStreamsMember, type StreamsMember } from './streams-member.ts'
import type { StreamsGroupEpoch, StreamsGroupRecord, TargetEpoch } from './streams-records.ts'
import { HOLDS_NOTHING, NO_TASKS, type Tasks } from './tasks.ts'
import { sourceTopicsOf, type Topology } from './topology/topology.ts'

/** Kafka's names. NotReady: its topics cannot carry its topology yet. A group that does not exist is described as Dead. */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

const FIRST_EPOCH: StreamsGroupEpoch = {
  epoch: 1,
  metadataHash: 0n,
  validatedTopologyEpoch: -1,
  lastAssignmentConfigs: new Map(),
  storedDescriptionTopologyEpoch: -1,
  failedDescriptionTopologyEpoch: -1,
}
/** Not 0, which is what a member says that joins: one that gets nothing yet must not be told to begin again. */
const FIRST_TARGET_EPOCH: TargetEpoch = { assignmentEpoch: 1, timestampMs: 0 }
const NOBODY: ReadonlySet<string> = new Set()

interface Durable {
  readonly epoch: StreamsGroupEpoch
  readonly targetEpoch: TargetEpoch
  readonly topology: Topology | null
}

/**
 * A streams group of KIP-1071: the application's topology, who is in the group, what each member is to have (its target)
 * and what it has. All of it is durable and changed by `replay` alone. Conclusions from the members (`owners`) are drawn
 * when they are asked for and kept until the members change.
 */
export class StreamsGroup implements Group {
  readonly type = 'streams'
  readonly groupId: string
  readonly members: TimelineMap<string, StreamsMember>
  readonly targets: TimelineMap<string, Tasks>
  readonly #state: TimelineMap<'state', Durable>
  #owners: Owners | null = null
  #ownersAt = -1

  constructor(registry: SnapshotRegistry, groupId: string) {
    this.groupId = groupId
    this.members = new TimelineMap(registry)
    this.targets = new TimelineMap(registry)
    this.#state = new TimelineMap(registry)
  }

  durable(epoch: number = LATEST): Durable {
    return this.#state.get('state', epoch) ?? { epoch: FIRST_EPOCH, targetEpoch: FIRST_TARGET_EPOCH, topology: null }
  }

  get epoch(): StreamsGroupEpoch {
    return this.durable().epoch
  }

  get assignmentEpoch(): number {
    return this.durable().targetEpoch.assignmentEpoch
  }

  get topology(): Topology | null {
    return this.durable().topology
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  state(epoch: number = LATEST): StreamsGroupState {
    if (this.members.isEmpty(epoch)) return 'Empty'
    const { epoch: group, targetEpoch, topology } = this.durable(epoch)
    if (topology === null || topology.epoch !== group.validatedTopologyEpoch) return 'NotReady'
    if (group.epoch > targetEpoch.assignmentEpoch) return 'Assigning'
    for (const member of this.members.values(epoch)) {
      if (!isReconciledTo(member, targetEpoch.assignmentEpoch)) return 'Reconciling'
    }
    return 'Stable'
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  member(memberId: string): StreamsMember {
    const member = this.members.get(memberId)
    if (member !== undefined) return member
    throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.groupId}.`)
  }

  staticMember(instanceId: string | null): StreamsMember | undefined {
    if (instanceId === null) return undefined
    for (const member of this.members.values()) if (member.instanceId === instanceId) return member
    return undefined
  }

  target(memberId: string): Tasks {
    return this.targets.get(memberId) ?? NO_TASKS
  }

  /** Also right after an append failed and the members are what they were before. */
  get owners(): TaskOwners {
    if (this.#owners === null || this.#ownersAt !== this.members.changes) {
      this.#ownersAt = this.members.changes
      this.#owners = new Owners(this.members.values())
    }
    return this.#owners
  }

  isSubscribedTo(topic: string): boolean {
    if (this.isEmpty || this.topology === null) return false
    return this.topology.subtopologies.some((subtopology) => sourceTopicsOf(subtopology).includes(topic))
  }

  /** All that removes the group from the log. */
  tombstones(): StreamsGroupRecord[] {
    const { groupId: group } = this
    const memberIds = [...this.members.keys()]
    return [
      ...memberIds.map((memberId) => ({ kind: 'streams', type: 'assignment', group, memberId, value: null }) as const),
      ...memberIds.map((memberId) => ({ kind: 'streams', type: 'target', group, memberId, value: null }) as const),
      { kind: 'streams', type: 'target-epoch', group, value: null },
      ...memberIds.map((memberId) => ({ kind: 'streams', type: 'member', group, memberId, value: null }) as const),
      { kind: 'streams', type: 'epoch', group, value: null },
      { kind: 'streams', type: 'topology', group, value: null },
    ]
  }

  /** Every record but the tombstone of the epoch, which `StreamsGroups` takes as the end of the group. */
  replay(record: StreamsGroupRecord): void {
    switch (record.type) {
      case 'epoch':
        return this.#set({ epoch: record.value ?? FIRST_EPOCH })
      case 'topology':
        return this.#set({ topology: record.value })
      case 'target-epoch':
        return this.#set({ targetEpoch: record.value ?? { assignmentEpoch: -1, timestampMs: 0 } })
      case 'member':
      case 'assignment':
      case 'target':
        return replayMember(this, MEMBERS, record)
    }
  }

  #set(change: Partial<Durable>): void {
    this.#state.set('state', { ...this.durable(), ...change })
  }
}

const MEMBERS: MemberShape<StreamsMember> = {
  blank: newStreamsMember,
  nothingAssigned: {
    memberEpoch: LEAVE_GROUP_EPOCH,
    previousMemberEpoch: LEAVE_GROUP_EPOCH,
    assigned: HOLDS_NOTHING,
    pendingRevocation: HOLDS_NOTHING,
  },
}

class Owners implements TaskOwners {
  readonly #active = new Map<string, Map<number, string>>()
  readonly #standby = new Map<string, Map<number, Set<string>>>()
  readonly #warmup = new Map<string, Map<number, Set<string>>>()

  constructor(members: Iterable<StreamsMember>) {
    for (const { processId, assigned, pendingRevocation } of members) {
      for (const held of [assigned, pendingRevocation]) {
        for (const [subtopologyId, epochs] of held.active) {
          const owners = entry(this.#active, subtopologyId, () => new Map<number, string>())
          for (const partition of epochs.keys()) owners.set(partition, processId)
        }
        addAll(this.#standby, held.standby, processId)
        addAll(this.#warmup, held.warmup, processId)
      }
    }
  }

  active(subtopologyId: string, partition: number): string | undefined {
    return this.#active.get(subtopologyId)?.get(partition)
  }

  standby(subtopologyId: string, partition: number): ReadonlySet<string> {
    return this.#standby.get(subtopologyId)?.get(partition) ?? NOBODY
  }

  warmup(subtopologyId: string, partition: number): ReadonlySet<string> {
    return this.#warmup.get(subtopologyId)?.get(partition) ?? NOBODY
  }
}

function addAll(
  owners: Map<string, Map<number, Set<string>>>,
  tasks: ReadonlyMap<string, ReadonlySet<number>>,
  processId: string,
): void {
  for (const [subtopologyId, partitions] of tasks) {
    const byPartition = entry(owners, subtopologyId, () => new Map<number, Set<string>>())
    for (const partition of partitions) entry(byPartition, partition, () => new Set<string>()).add(processId)
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = create()))
  return value
}
