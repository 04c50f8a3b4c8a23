/**
 * DescribeUserScramCredentials: which SCRAM credentials users have, without their secrets (KIP-554).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeUserScramCredentialsRequest = request({
  name: 'DescribeUserScramCredentialsRequest',
  apiKey: 50,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    users: array({
      name: string(),
    }).nullable(),
  }),
})
export type DescribeUserScramCredentialsRequest = Decoded<typeof DescribeUserScramCredentialsRequest>

export const DescribeUserScramCredentialsResponse = response({
  name: 'DescribeUserScramCredentialsResponse',
  apiKey: 50,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string().nullable(),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  }),
})
export type DescribeUserScramCredentialsResponse = Decoded<typeof DescribeUserScramCredentialsResponse>
