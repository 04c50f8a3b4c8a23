import type { RequestId } from '../../runtime/effects.ts'

/** A protocol that a member can follow, with what it tells the leader about itself. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0)

/** A member of a classic group. */
export interface ClassicMember {
  readonly memberId: string
  /** A static member (KIP-345) keeps its place while it is away. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly MemberProtocol[]
  assignment: Buffer
  /** Soft state: the parked JoinGroup or SyncGroup, and whether it has not been through a rebalance yet. */
  awaitingJoin: RequestId | null
  awaitingSync: RequestId | null
  isNew: boolean
}

export function protocolMetadata(member: ClassicMember, protocolName: string): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName)
  if (protocol === undefined) throw new Error(`Member ${member.memberId} does not support protocol ${protocolName}`)
  return protocol.metadata
}

/** Whether the member's protocols are the same, in the same order, with the same metadata. */
export function protocolsMatch(member: ClassicMember, protocols: readonly MemberProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(({ name, metadata }, index) => {
      const other = protocols[index]
      return name === other?.name && metadata.equals(other.metadata)
    })
  )
}

/** The first of a member's protocols that is a candidate. */
export function vote(member: ClassicMember, candidates: ReadonlySet<string>): string {
  const choice = member.protocols.find(({ name }) => candidates.has(name))
  if (choice === undefined) throw new Error(`Member ${member.memberId} supports none of the candidate protocols`)
  return choice.name
}

/** A parked request is a sign of life. A new member's is not: its client may be gone before it ever heard its id. */
export function hasSatisfiedHeartbeat(member: ClassicMember): boolean {
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null)
}
