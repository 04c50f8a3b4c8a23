/**
 * Eligible leader replicas of a topic, or of all, are cleared (KIP-966).
 */
import { type Decoded, record, string } from '../schema.ts'

export const ClearElrRecord = record('metadata-record', {
  name: 'ClearElrRecord',
  apiKey: 28,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topicName: string(),
  }),
})
export type ClearElrRecord = Decoded<typeof ClearElrRecord>
