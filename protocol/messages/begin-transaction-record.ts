/**
 * Records from here to EndTransactionRecord are one change of the metadata (KIP-868).
 */
import { type Decoded, record, string } from '../schema.ts'

export const BeginTransactionRecord = record('metadata-record', {
  name: 'BeginTransactionRecord',
  apiKey: 23,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    name: string().nullable().tagged(0).default(null),
  }),
})
export type BeginTransactionRecord = Decoded<typeof BeginTransactionRecord>
