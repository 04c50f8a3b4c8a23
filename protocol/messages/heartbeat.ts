/**
 * Heartbeat: a member of a classic group is alive, and hears whether a rebalance is on.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v3: static members: group instance id (KIP-345).
 */
import { type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const HeartbeatRequest = request({
  name: 'HeartbeatRequest',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: () => ({
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string('3+').nullable().default(null),
  }),
})
export type HeartbeatRequest = Decoded<typeof HeartbeatRequest>

export const HeartbeatResponse = response({
  name: 'HeartbeatResponse',
  apiKey: 12,
  versions: '0-4',
  flexible: '4+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16(),
  }),
})
export type HeartbeatResponse = Decoded<typeof HeartbeatResponse>
