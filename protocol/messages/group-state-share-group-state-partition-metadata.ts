/**
 * Share partitions whose state is being begun, exists or is being deleted (KIP-932).
 */
import { array, type Decoded, int32, record, string, uuid } from '../schema.ts'

export const ShareGroupStatePartitionMetadataKey = record('group-record-key', {
  name: 'ShareGroupStatePartitionMetadataKey',
  apiKey: 15,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ShareGroupStatePartitionMetadataKey = Decoded<typeof ShareGroupStatePartitionMetadataKey>

export const ShareGroupStatePartitionMetadataValue = record('group-record-value', {
  name: 'ShareGroupStatePartitionMetadataValue',
  apiKey: 15,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    initializingTopics: array({
      topicId: uuid(),
      topicName: string(),
      partitions: array(int32()),
    }),
    initializedTopics: array({
      topicId: uuid(),
      topicName: string(),
      partitions: array(int32()),
    }),
    deletingTopics: array({
      topicId: uuid(),
      topicName: string(),
    }),
  }),
})
export type ShareGroupStatePartitionMetadataValue = Decoded<typeof ShareGroupStatePartitionMetadataValue>
