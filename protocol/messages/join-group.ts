/**
 * JoinGroup: become a member of a classic group, or take part in its rebalance. The leader's response lists the
 * members with the metadata of the protocol that was chosen.
 *
 * - v1: rebalance timeout of its own; before, the session timeout serves as both (KIP-62).
 * - v2: throttle time. v3: the response is sent before the client is throttled (KIP-219).
 * - v4: a new member is first given its id (MEMBER_ID_REQUIRED) and joins again with it (KIP-394).
 * - v5: static members: group instance id (KIP-345).
 * - v7: the response says the protocol type; the protocol name may be null (KIP-559).
 * - v8: the reason for joining (KIP-800).
 * - v9: the leader may be told that the assignment stands and it need not compute one (KIP-814).
 */
import { array, bool, bytes, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const JoinGroupRequest = request({
  name: 'JoinGroupRequest',
  apiKey: 11,
  versions: '0-9',
  flexible: '6+',
  fields: () => ({
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32('1+').default(-1).ignorable(),
    memberId: string(),
    groupInstanceId: string('5+').nullable().default(null),
    protocolType: string(),
    protocols: array({
      name: string().mapKey(),
      metadata: bytes(),
    }),
    reason: string('8+').nullable().default(null).ignorable(),
  }),
})
export type JoinGroupRequest = Decoded<typeof JoinGroupRequest>

export const JoinGroupResponse = response({
  name: 'JoinGroupResponse',
  apiKey: 11,
  versions: '0-9',
  flexible: '6+',
  fields: () => ({
    throttleTimeMs: int32('2+').ignorable(),
    errorCode: int16(),
    generationId: int32().default(-1),
    protocolType: string('7+').nullable().default(null).ignorable(),
    protocolName: string().nullable('7+'),
    leader: string(),
    skipAssignment: bool('9+'),
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string('5+').nullable().default(null).ignorable(),
      metadata: bytes(),
    }),
  }),
})
export type JoinGroupResponse = Decoded<typeof JoinGroupResponse>
