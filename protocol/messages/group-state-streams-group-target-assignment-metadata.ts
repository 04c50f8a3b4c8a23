/**
 * For which epoch the target assignment of a Streams group was computed (KIP-1071).
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const StreamsGroupTargetAssignmentMetadataKey = record('group-record-key', {
  name: 'StreamsGroupTargetAssignmentMetadataKey',
  apiKey: 20,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type StreamsGroupTargetAssignmentMetadataKey = Decoded<typeof StreamsGroupTargetAssignmentMetadataKey>

export const StreamsGroupTargetAssignmentMetadataValue = record('group-record-value', {
  name: 'StreamsGroupTargetAssignmentMetadataValue',
  apiKey: 20,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    assignmentEpoch: int32(),
    assignmentTimestamp: int64().tagged(0),
  }),
})
export type StreamsGroupTargetAssignmentMetadataValue = Decoded<typeof StreamsGroupTargetAssignmentMetadataValue>
