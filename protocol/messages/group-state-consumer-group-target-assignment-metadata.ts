/**
 * For which epoch the target assignment was computed (KIP-848).
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const ConsumerGroupTargetAssignmentMetadataKey = record('group-record-key', {
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  apiKey: 6,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ConsumerGroupTargetAssignmentMetadataKey = Decoded<typeof ConsumerGroupTargetAssignmentMetadataKey>

export const ConsumerGroupTargetAssignmentMetadataValue = record('group-record-value', {
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  apiKey: 6,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    assignmentEpoch: int32(),
    assignmentTimestamp: int64().tagged(0),
  }),
})
export type ConsumerGroupTargetAssignmentMetadataValue = Decoded<typeof ConsumerGroupTargetAssignmentMetadataValue>
