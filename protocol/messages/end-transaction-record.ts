/**
 * The records since BeginTransactionRecord take effect together (KIP-868).
 */
import { type Decoded, record } from '../schema.ts'

export const EndTransactionRecord = record('metadata-record', {
  name: 'EndTransactionRecord',
  apiKey: 24,
  versions: '0',
  flexible: '0+',
  fields: () => ({}),
})
export type EndTransactionRecord = Decoded<typeof EndTransactionRecord>
