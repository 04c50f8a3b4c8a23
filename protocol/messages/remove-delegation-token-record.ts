/**
 * A delegation token is gone (KIP-900).
 */
import { type Decoded, record, string } from '../schema.ts'

export const RemoveDelegationTokenRecord = record('metadata-record', {
  name: 'RemoveDelegationTokenRecord',
  apiKey: 26,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    tokenId: string(),
  }),
})
export type RemoveDelegationTokenRecord = Decoded<typeof RemoveDelegationTokenRecord>
