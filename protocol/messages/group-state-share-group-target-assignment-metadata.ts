/**
 * For which epoch the target assignment of a share group was computed (KIP-932).
 */
import { type Decoded, int32, int64, record, string } from '../schema.ts'

export const ShareGroupTargetAssignmentMetadataKey = record('group-record-key', {
  name: 'ShareGroupTargetAssignmentMetadataKey',
  apiKey: 12,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type ShareGroupTargetAssignmentMetadataKey = Decoded<typeof ShareGroupTargetAssignmentMetadataKey>

export const ShareGroupTargetAssignmentMetadataValue = record('group-record-value', {
  name: 'ShareGroupTargetAssignmentMetadataValue',
  apiKey: 12,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    assignmentEpoch: int32(),
    assignmentTimestamp: int64().tagged(0),
  }),
})
export type ShareGroupTargetAssignmentMetadataValue = Decoded<typeof ShareGroupTargetAssignmentMetadataValue>
