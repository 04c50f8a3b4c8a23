/**
 * Epoch of a consumer group, and the hash of the metadata it was computed from (KIP-848).
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const ConsumerGroupMetadataKey = record('group-record-key', {
  name: 'ConsumerGroupMetadataKey',
  apiKey: 3,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ConsumerGroupMetadataKey = Decoded<typeof ConsumerGroupMetadataKey>

export const ConsumerGroupMetadataValue = record('group-record-value', {
  name: 'ConsumerGroupMetadataValue',
  apiKey: 3,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    epoch: int32(),
    metadataHash: int64().tagged(0),
  }),
})
export type ConsumerGroupMetadataValue = Decoded<typeof ConsumerGroupMetadataValue>
