/**
 * DescribeDelegationToken: the tokens of some owners (KIP-48).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 * - v3: who asked for the token (KIP-373).
 */
import { array, bytes, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const DescribeDelegationTokenRequest = request({
  name: 'DescribeDelegationTokenRequest',
  apiKey: 41,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    owners: array({
      principalType: string(),
      principalName: string(),
    }).nullable(),
  }),
})
export type DescribeDelegationTokenRequest = Decoded<typeof DescribeDelegationTokenRequest>

export const DescribeDelegationTokenResponse = response({
  name: 'DescribeDelegationTokenResponse',
  apiKey: 41,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    errorCode: int16(),
    tokens: array({
      principalType: string(),
      principalName: string(),
      tokenRequesterPrincipalType: string('3+'),
      tokenRequesterPrincipalName: string('3+'),
      issueTimestamp: int64(),
      expiryTimestamp: int64(),
      maxTimestamp: int64(),
      tokenId: string(),
      hmac: bytes(),
      renewers: array({
        principalType: string(),
        principalName: string(),
      }),
    }),
    throttleTimeMs: int32(),
  }),
})
export type DescribeDelegationTokenResponse = Decoded<typeof DescribeDelegationTokenResponse>
