/**
 * SyncGroup: hand in the leader's assignments, and receive one's own, at the end of a rebalance.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: static members: group instance id (KIP-345).
 * - v5: protocol type and name, refused when they are not the group's (KIP-559).
 */
import { array, bytes, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const SyncGroupRequest = request({
  name: 'SyncGroupRequest',
  apiKey: 14,
  versions: '0-5',
  flexible: '4+',
  fields: () => ({
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string('3+').nullable().default(null),
    protocolType: string('5+').nullable().default(null).ignorable(),
    protocolName: string('5+').nullable().default(null).ignorable(),
    assignments: array({
      memberId: string(),
      assignment: bytes(),
    }),
  }),
})
export type SyncGroupRequest = Decoded<typeof SyncGroupRequest>

export const SyncGroupResponse = response({
  name: 'SyncGroupResponse',
  apiKey: 14,
  versions: '0-5',
  flexible: '4+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16(),
    protocolType: string('5+').nullable().default(null).ignorable(),
    protocolName: string('5+').nullable().default(null).ignorable(),
    assignment: bytes(),
  }),
})
export type SyncGroupResponse = Decoded<typeof SyncGroupResponse>
