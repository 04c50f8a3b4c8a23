import { NO_PARTITIONS, type Partitions, samePartitions } from '../partitions.ts'

/** The epoch with which a member says that it goes. */
export const LEAVE_GROUP_EPOCH = -1

/** A member has said this of itself. */
export interface ShareMemberMetadata {
  readonly rackId: string | null
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  readonly subscribedTopicNames: ReadonlySet<string>
}

/** A member has been given this. Nothing has to be let go of first: several members may have the same partition. */
export interface ShareMemberAssignment {
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly assigned: Partitions
}

/** A member of a share group; never changed, only replaced by the records that say so. */
export interface ShareMember extends ShareMemberMetadata, ShareMemberAssignment {
  readonly memberId: string
}

export function newShareMember(memberId: string): ShareMember {
  return {
    memberId,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: new Set(),
    memberEpoch: 0,
    previousMemberEpoch: -1,
    assigned: NO_PARTITIONS,
  }
}

export function sameMetadata(a: ShareMemberMetadata, b: ShareMemberMetadata): boolean {
  return (
    a.rackId === b.rackId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    sameNames(a.subscribedTopicNames, b.subscribedTopicNames)
  )
}

export function sameAssignment(a: ShareMemberAssignment, b: ShareMemberAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    samePartitions(a.assigned, b.assigned)
  )
}

export function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false
  for (const name of a) if (!b.has(name)) return false
  return true
}
