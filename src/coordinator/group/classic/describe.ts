import { ErrorCode } from '../../../../protocol/errors.ts'
import type { DescribeGroupsResponse } from '../../../../protocol/messages/describe-groups.ts'
import { OPERATIONS_NOT_ASKED } from '../group.ts'
import type { GroupState } from '../group-kind.ts'
import { StoredClassicGroup } from './classic-groups.ts'
import { type ClassicMember, NO_ASSIGNMENT, protocolMetadata } from './classic-member.ts'

export type DescribedGroup = DescribeGroupsResponse['groups'][number]

/** Since this version a group that is not there is an error and not only Dead (KIP-1043). */
const NOT_FOUND_VERSION = 6

/** DescribeGroups of one group. One that is not there, or not a classic one, is Dead. */
export function describeGroup(state: GroupState, groupId: string, apiVersion: number, epoch: number): DescribedGroup {
  const stored = state.groups.get(groupId, epoch)
  const group = stored instanceof StoredClassicGroup ? state.classic.find(groupId) : undefined
  if (group === undefined) {
    const knowsError = apiVersion >= NOT_FOUND_VERSION
    const reason = stored === undefined ? 'not found' : 'is not a classic group'
    return {
      ...describedGroup(groupId),
      groupState: 'Dead',
      errorCode: knowsError ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
      errorMessage: knowsError ? `Group ${groupId} ${reason}.` : null,
    }
  }
  const protocol = group.state === 'Stable' ? group.protocolName : null
  return {
    ...describedGroup(groupId),
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: protocol ?? '',
    members: [...group.members.values()].map((member) => describeMember(member, protocol)),
  }
}

/** The description of a group of which nothing but an error is known. */
export function describedGroup(groupId: string, errorCode: number = ErrorCode.NONE): DescribedGroup {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}

/** The metadata that a member brought along is shown only once it counts. */
function describeMember(member: ClassicMember, protocol: string | null): DescribedGroup['members'][number] {
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: protocol === null ? NO_ASSIGNMENT : protocolMetadata(member, protocol),
    memberAssignment: member.assignment,
  }
}
