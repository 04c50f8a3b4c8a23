/**
 * ExpireDelegationToken: shorten a token's life, or end it (KIP-48).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 */
import { bytes, type Decoded, int16, int32, int64, request, response } from '../schema.ts'

export const ExpireDelegationTokenRequest = request({
  name: 'ExpireDelegationTokenRequest',
  apiKey: 40,
  versions: '1-2',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  }),
})
export type ExpireDelegationTokenRequest = Decoded<typeof ExpireDelegationTokenRequest>

export const ExpireDelegationTokenResponse = response({
  name: 'ExpireDelegationTokenResponse',
  apiKey: 40,
  versions: '1-2',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  }),
})
export type ExpireDelegationTokenResponse = Decoded<typeof ExpireDelegationTokenResponse>
