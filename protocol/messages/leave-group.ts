/**
 * LeaveGroup: members go without waiting for their session to end.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: several members at once, static ones by their group instance id (KIP-345).
 * - v5: the reason for leaving (KIP-800).
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const LeaveGroupRequest = request({
  name: 'LeaveGroupRequest',
  apiKey: 13,
  versions: '0-5',
  flexible: '4+',
  fields: () => ({
    groupId: string(),
    memberId: string('0-2'),
    members: array('3+', {
      memberId: string(),
      groupInstanceId: string().nullable().default(null),
      reason: string('5+').nullable().default(null).ignorable(),
    }),
  }),
})
export type LeaveGroupRequest = Decoded<typeof LeaveGroupRequest>

export const LeaveGroupResponse = response({
  name: 'LeaveGroupResponse',
  apiKey: 13,
  versions: '0-5',
  flexible: '4+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16(),
    members: array('3+', {
      memberId: string(),
      groupInstanceId: string().nullable(),
      errorCode: int16(),
    }),
  }),
})
export type LeaveGroupResponse = Decoded<typeof LeaveGroupResponse>
