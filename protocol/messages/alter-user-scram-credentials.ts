/**
 * AlterUserScramCredentials: set or remove SCRAM credentials of users (KIP-554).
 */
import { array, bytes, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const AlterUserScramCredentialsRequest = request({
  name: 'AlterUserScramCredentialsRequest',
  apiKey: 51,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    deletions: array({
      name: string(),
      mechanism: int8(),
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  }),
})
export type AlterUserScramCredentialsRequest = Decoded<typeof AlterUserScramCredentialsRequest>

export const AlterUserScramCredentialsResponse = response({
  name: 'AlterUserScramCredentialsResponse',
  apiKey: 51,
  versions: '0',
  flexible: '0+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string().nullable(),
    }),
  }),
})
export type AlterUserScramCredentialsResponse = Decoded<typeof AlterUserScramCredentialsResponse>
