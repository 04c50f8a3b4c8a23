/**
 * CreateDelegationToken: a token by which others act as its owner (KIP-48).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 * - v3: a token for another owner than the asker (KIP-373).
 */
import { array, bytes, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const CreateDelegationTokenRequest = request({
  name: 'CreateDelegationTokenRequest',
  apiKey: 38,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    ownerPrincipalType: string('3+').nullable(),
    ownerPrincipalName: string('3+').nullable(),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: int64(),
  }),
})
export type CreateDelegationTokenRequest = Decoded<typeof CreateDelegationTokenRequest>

export const CreateDelegationTokenResponse = response({
  name: 'CreateDelegationTokenResponse',
  apiKey: 38,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string('3+'),
    tokenRequesterPrincipalName: string('3+'),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32(),
  }),
})
export type CreateDelegationTokenResponse = Decoded<typeof CreateDelegationTokenResponse>
