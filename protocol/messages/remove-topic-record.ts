/**
 * A topic is deleted, with its partitions (KIP-631).
 */
import { type Decoded, record, uuid } from '../schema.ts'

export const RemoveTopicRecord = record('metadata-record', {
  name: 'RemoveTopicRecord',
  apiKey: 9,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topicId: uuid(),
  }),
})
export type RemoveTopicRecord = Decoded<typeof RemoveTopicRecord>
