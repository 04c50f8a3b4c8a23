/**
 * Partitions and racks of the topics a group is subscribed to; no longer written (KIP-848).
 */
import { array, type Decoded, int32, record, string, uuid } from '../schema.ts'

export const ConsumerGroupPartitionMetadataKey = record('group-record-key', {
  name: 'ConsumerGroupPartitionMetadataKey',
  apiKey: 4,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ConsumerGroupPartitionMetadataKey = Decoded<typeof ConsumerGroupPartitionMetadataKey>

export const ConsumerGroupPartitionMetadataValue = record('group-record-value', {
  name: 'ConsumerGroupPartitionMetadataValue',
  apiKey: 4,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topics: array({
      topicId: uuid(),
      topicName: string(),
      numPartitions: int32(),
      partitionMetadata: array({
        partition: int32(),
        racks: array(string()),
      }),
    }),
  }),
})
export type ConsumerGroupPartitionMetadataValue = Decoded<typeof ConsumerGroupPartitionMetadataValue>
