/**
 * A topic exists: its name and id (KIP-631).
 */
import { type Decoded, record, string, uuid } from '../schema.ts'

export const TopicRecord = record('metadata-record', {
  name: 'TopicRecord',
  apiKey: 2,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    name: string(),
    topicId: uuid(),
  }),
})
export type TopicRecord = Decoded<typeof TopicRecord>
