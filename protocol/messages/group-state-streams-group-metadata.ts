/**
 * Epoch of a Streams group, and the hash of the metadata it was computed from (KIP-1071); the epochs of the topology
 * whose description was stored and could not be stored (KIP-1331).
 */
import { array, type Decoded, int32, int64, record, string } from '../schema.ts'

export const StreamsGroupMetadataKey = record('group-record-key', {
  name: 'StreamsGroupMetadataKey',
  apiKey: 17,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type StreamsGroupMetadataKey = Decoded<typeof StreamsGroupMetadataKey>

export const StreamsGroupMetadataValue = record('group-record-value', {
  name: 'StreamsGroupMetadataValue',
  apiKey: 17,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    epoch: int32(),
    metadataHash: int64(),
    validatedTopologyEpoch: int32().tagged(0).default(-1),
    lastAssignmentConfigs: array({
      key: string(),
      value: string(),
    })
      .nullable()
      .tagged(1),
    storedDescriptionTopologyEpoch: int32().tagged(2).default(-1),
    failedDescriptionTopologyEpoch: int32().tagged(3).default(-1),
  }),
})
export type StreamsGroupMetadataValue = Decoded<typeof StreamsGroupMetadataValue>
