/**
 * DescribeGroups: state and members of classic groups.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: which operations the client is authorized for (KIP-430). v4: group instance ids (KIP-345).
 * - v6: GROUP_ID_NOT_FOUND with a message where older versions say that the group is Dead (KIP-1043).
 */
import { array, bool, bytes, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const DescribeGroupsRequest = request({
  name: 'DescribeGroupsRequest',
  apiKey: 15,
  versions: '0-6',
  flexible: '5+',
  fields: () => ({
    groups: array(string()),
    includeAuthorizedOperations: bool('3+'),
  }),
})
export type DescribeGroupsRequest = Decoded<typeof DescribeGroupsRequest>

export const DescribeGroupsResponse = response({
  name: 'DescribeGroupsResponse',
  apiKey: 15,
  versions: '0-6',
  flexible: '5+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    groups: array({
      errorCode: int16(),
      errorMessage: string('6+').nullable().default(null),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string('4+').nullable().default(null).ignorable(),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32('3+').default(-2147483648),
    }),
  }),
})
export type DescribeGroupsResponse = Decoded<typeof DescribeGroupsResponse>
