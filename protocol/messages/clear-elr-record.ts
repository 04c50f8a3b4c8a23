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
