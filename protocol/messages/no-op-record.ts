/**
 * Nothing; written by the active controller so that followers can see how far behind they are (KIP-835).
 */
import { type Decoded, record } from '../schema.ts'

export const NoOpRecord = record('metadata-record', {
  name: 'NoOpRecord',
  apiKey: 20,
  versions: '0',
  flexible: '0+',
  fields: () => ({}),
})
export type NoOpRecord = Decoded<typeof NoOpRecord>
