/**
 * Epoch of a share group, and the hash of the metadata it was computed from (KIP-932).
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const ShareGroupMetadataKey = record('group-record-key', {
  name: 'ShareGroupMetadataKey',
  apiKey: 11,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ShareGroupMetadataKey = Decoded<typeof ShareGroupMetadataKey>

export const ShareGroupMetadataValue = record('group-record-value', {
  name: 'ShareGroupMetadataValue',
  apiKey: 11,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    epoch: int32(),
    metadataHash: int64(),
  }),
})
export type ShareGroupMetadataValue = Decoded<typeof ShareGroupMetadataValue>
