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
