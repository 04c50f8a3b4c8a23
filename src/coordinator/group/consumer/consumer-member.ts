import { NO_EPOCHS, type PartitionEpochs, sameEpochs } from '../partitions.ts'

/**
 * Where a member is on its way to its target assignment (KIP-848).
 *
 *     stable ──target is newer──> unrevoked ──revoked──> unreleased ──others let go──> stable
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased' | 'unknown'

/** The epochs with which a member says that it goes: for good, or a static one for a while. */
export const LEAVE_GROUP_EPOCH = -1
export const LEAVE_GROUP_STATIC_EPOCH = -2

export interface SupportedProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** A member that still speaks the classic protocol has said this of itself. */
export interface ClassicMemberMetadata {
  readonly sessionTimeoutMs: number
  readonly supportedProtocols: readonly SupportedProtocol[]
}

/** A member has said this of itself. */
export interface MemberMetadata {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  readonly subscribedTopicNames: ReadonlySet<string>
  readonly subscribedTopicRegex: string | null
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  readonly classic: ClassicMemberMetadata | null
}

/** A member has been given this. */
export interface MemberAssignment {
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assigned: PartitionEpochs
  /** Taken from it, and not let go yet. */
  readonly pendingRevocation: PartitionEpochs
}

/** A member of a consumer group; never changed, only replaced by the records that say so. */
export interface ConsumerMember extends MemberMetadata, MemberAssignment {
  readonly memberId: string
}

export function newConsumerMember(memberId: string): ConsumerMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: new Set(),
    subscribedTopicRegex: '',
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classic: null,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: 'stable',
    assigned: NO_EPOCHS,
    pendingRevocation: NO_EPOCHS,
  }
}

export const isReconciledTo = ({ state, memberEpoch }: MemberAssignment, epoch: number): boolean =>
  state === 'stable' && memberEpoch === epoch

export function sameMetadata(a: MemberMetadata, b: MemberMetadata): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.subscribedTopicRegex === b.subscribedTopicRegex &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.serverAssignor === b.serverAssignor &&
    sameNames(a.subscribedTopicNames, b.subscribedTopicNames) &&
    sameClassic(a.classic, b.classic)
  )
}

export function sameAssignment(a: MemberAssignment, b: MemberAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    sameEpochs(a.assigned, b.assigned) &&
    sameEpochs(a.pendingRevocation, b.pendingRevocation)
  )
}

export function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false
  for (const name of a) if (!b.has(name)) return false
  return true
}

function sameClassic(a: ClassicMemberMetadata | null, b: ClassicMemberMetadata | null): boolean {
  if (a === null || b === null) return a === b
  if (a.sessionTimeoutMs !== b.sessionTimeoutMs) return false
  if (a.supportedProtocols.length !== b.supportedProtocols.length) return false
  return a.supportedProtocols.every(({ name, metadata }, at) => {
    const other = b.supportedProtocols[at]
    return name === other?.name && metadata.equals(other.metadata)
  })
}
