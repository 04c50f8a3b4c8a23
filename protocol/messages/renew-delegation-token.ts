/**
 * RenewDelegationToken: prolong a token (KIP-48).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 */
import { bytes, type Decoded, int16, int32, int64, request, response } from '../schema.ts'

export const RenewDelegationTokenRequest = request({
  name: 'RenewDelegationTokenRequest',
  apiKey: 39,
  versions: '1-2',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    hmac: bytes(),
    renewPeriodMs: int64(),
  }),
})
export type RenewDelegationTokenRequest = Decoded<typeof RenewDelegationTokenRequest>

export const RenewDelegationTokenResponse = response({
  name: 'RenewDelegationTokenResponse',
  apiKey: 39,
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
export type RenewDelegationTokenResponse = Decoded<typeof RenewDelegationTokenResponse>
