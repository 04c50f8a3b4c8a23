/**
 * The records since BeginTransactionRecord have no effect (KIP-868).
 */
import { type Decoded, record, string } from '../schema.ts'

export const AbortTransactionRecord = record('metadata-record', {
  name: 'AbortTransactionRecord',
  apiKey: 25,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    reason: string().nullable().tagged(0).default(null),
  }),
})
export type AbortTransactionRecord = Decoded<typeof AbortTransactionRecord>
