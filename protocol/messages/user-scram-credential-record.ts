/**
 * A SCRAM credential of a user (KIP-900).
 */
import { bytes, type Decoded, int8, int32, record, string } from '../schema.ts'

export const UserScramCredentialRecord = record('metadata-record', {
  name: 'UserScramCredentialRecord',
  apiKey: 11,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  }),
})
export type UserScramCredentialRecord = Decoded<typeof UserScramCredentialRecord>
