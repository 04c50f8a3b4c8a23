/** The fields that the descriptions of consumer, share and streams groups have in common. */
import type { GroupDetail, MemberRow } from '../model.ts'
import { operationsOf } from '../operations.ts'

/** A group as its coordinator describes it, without the offsets. */
export type DescribedGroup = Omit<GroupDetail, 'partitions'>

interface AnsweredGroup {
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly authorizedOperations: number
}

interface AnsweredMember {
  readonly memberId: string
  readonly rackId: string | null
  readonly memberEpoch: number
  readonly clientId: string
  readonly clientHost: string
}

/** All but the members and what the kind of the group adds. */
export const groupFields = (group: AnsweredGroup) => ({
  groupId: group.groupId,
  state: group.groupState,
  epoch: group.groupEpoch,
  assignmentEpoch: group.assignmentEpoch,
  operations: operationsOf(group.authorizedOperations),
})

export const memberFields = (member: AnsweredMember) => ({
  memberId: member.memberId,
  clientId: member.clientId,
  host: member.clientHost,
  epoch: member.memberEpoch,
  rack: member.rackId,
})

/** The partitions that a member has, and those that it is to have where they are others. */
export const assignmentFields = (assigned: MemberRow['assigned'], target: MemberRow['assigned']) => ({
  assigned,
  target: JSON.stringify(assigned) === JSON.stringify(target) ? null : target,
})
