import type { TimelineMap } from '../runtime/timeline.ts'

/** A record about a member of a group whose coordinator assigns (KIP-848, KIP-932, KIP-1071). A null value is a tombstone. */
export type MemberRecord<Member, Target> = { readonly memberId: string } & (
  | { readonly type: 'member' | 'assignment'; readonly value: Partial<Member> | null }
  | { readonly type: 'target'; readonly value: Target | null }
)

/** The members of such a group, and what each of them is to have. */
interface AssignedMembers<Member, Target> {
  readonly members: TimelineMap<string, Member>
  readonly targets: TimelineMap<string, Target>
}

/** How a kind of groups makes a member of its records. */
export interface MemberShape<Member> {
  /** A member of whom no record has spoken. */
  blank(memberId: string): Member
  /** A member whose assignment is gone, and who stays. */
  readonly nothingAssigned: Partial<Member>
}

/** A member is there from its first record on, whichever that is, until the tombstone of its metadata. */
export function replayMember<Member, Target>(
  { members, targets }: AssignedMembers<Member, Target>,
  { blank, nothingAssigned }: MemberShape<Member>,
  record: MemberRecord<Member, Target>,
): void {
  const { memberId } = record
  const update = (change: Partial<Member>) => {
    members.set(memberId, { ...(members.get(memberId) ?? blank(memberId)), ...change })
  }
  switch (record.type) {
    case 'member':
      if (record.value === null) members.delete(memberId)
      else update(record.value)
      return
    case 'assignment':
      if (record.value !== null) update(record.value)
      else if (members.has(memberId)) update(nothingAssigned)
      return
    case 'target':
      if (record.value === null) targets.delete(memberId)
      else targets.set(memberId, record.value)
      return
  }
}
