/**
 * A delegation token, new or renewed (KIP-900).
 */
import { array, type Decoded, int64, record, string } from '../schema.ts'

export const DelegationTokenRecord = record('metadata-record', {
  name: 'DelegationTokenRecord',
  apiKey: 10,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    owner: string(),
    requester: string(),
    renewers: array(string()),
    issueTimestamp: int64(),
    maxTimestamp: int64(),
    expirationTimestamp: int64(),
    tokenId: string(),
  }),
})
export type DelegationTokenRecord = Decoded<typeof DelegationTokenRecord>
