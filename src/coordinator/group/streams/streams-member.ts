import { type HeldTasks, HOLDS_NOTHING, sameEpochs, sameTasks } from './tasks.ts'

/** The part of a member that it says of itself. */
export interface StreamsMemberMetadata {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly topologyEpoch: number
  /** Members of one process have one state directory. */
  readonly processId: string
  /** Where others can ask this instance for its state (interactive queries). */
  readonly userEndpoint: { readonly host: string; readonly port: number } | null
  /** By key, rising. */
  readonly clientTags: readonly { readonly key: string; readonly value: string }[]
}

/**
 * `unrevoked`: it must let go of tasks before it can go on. `unreleased`: it waits for tasks of others. `unknown`: in a
 * state of a later Kafka.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased' | 'unknown'

export interface StreamsMemberAssignment {
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assigned: HeldTasks
  readonly pendingRevocation: HeldTasks
}

export interface StreamsMember extends StreamsMemberMetadata, StreamsMemberAssignment {
  readonly memberId: string
}

export const LEAVE_GROUP_EPOCH = -1
/** The epoch of a static member that leaves for a while. */
export const LEAVE_GROUP_STATIC_EPOCH = -2

export function newStreamsMember(memberId: string): StreamsMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topologyEpoch: -1,
    processId: '',
    userEndpoint: null,
    clientTags: [],
    memberEpoch: 0,
    previousMemberEpoch: 0,
    state: 'stable',
    assigned: HOLDS_NOTHING,
    pendingRevocation: HOLDS_NOTHING,
  }
}

export function isReconciledTo({ state, memberEpoch }: StreamsMember, assignmentEpoch: number): boolean {
  return state === 'stable' && memberEpoch === assignmentEpoch
}

export function sameMetadata(a: StreamsMemberMetadata, b: StreamsMemberMetadata): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    sameEndpoint(a, b) &&
    sameForAssignment(a, b)
  )
}

/** A static member that comes back moves the group's epoch only where this is other than before. */
export function sameForAssignment(a: StreamsMemberMetadata, b: StreamsMemberMetadata): boolean {
  return (
    a.topologyEpoch === b.topologyEpoch &&
    a.rackId === b.rackId &&
    a.processId === b.processId &&
    sameTags(a.clientTags, b.clientTags)
  )
}

type Tags = StreamsMemberMetadata['clientTags']
const sameTags = (a: Tags, b: Tags): boolean =>
  a.length === b.length && a.every(({ key, value }, i) => key === b[i]?.key && value === b[i]?.value)

export function sameEndpoint(a: StreamsMemberMetadata, b: StreamsMemberMetadata): boolean {
  return a.userEndpoint?.host === b.userEndpoint?.host && a.userEndpoint?.port === b.userEndpoint?.port
}

export function sameAssignment(a: StreamsMemberAssignment, b: StreamsMemberAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    sameHeld(a.assigned, b.assigned) &&
    sameHeld(a.pendingRevocation, b.pendingRevocation)
  )
}

export function sameHeld(a: HeldTasks, b: HeldTasks): boolean {
  return sameTasks(a, b) && sameEpochs(a.active, b.active)
}
