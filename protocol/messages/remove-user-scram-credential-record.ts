/**
 * A SCRAM credential of a user is removed (KIP-900).
 */
import { type Decoded, int8, record, string } from '../schema.ts'

export const RemoveUserScramCredentialRecord = record('metadata-record', {
  name: 'RemoveUserScramCredentialRecord',
  apiKey: 22,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    name: string(),
    mechanism: int8(),
  }),
})
export type RemoveUserScramCredentialRecord = Decoded<typeof RemoveUserScramCredentialRecord>
