/**
 * Partitions that a member of a share group has, its epoch and its state (KIP-932).
 */
import { array, type Decoded, int8, int32, record, string, uuid } from '../schema.ts'

export const ShareGroupCurrentMemberAssignmentKey = record('group-record-key', {
  name: 'ShareGroupCurrentMemberAssignmentKey',
  apiKey: 14,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ShareGroupCurrentMemberAssignmentKey = Decoded<typeof ShareGroupCurrentMemberAssignmentKey>

export const ShareGroupCurrentMemberAssignmentValue = record('group-record-value', {
  name: 'ShareGroupCurrentMemberAssignmentValue',
  apiKey: 14,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
})
export type ShareGroupCurrentMemberAssignmentValue = Decoded<typeof ShareGroupCurrentMemberAssignmentValue>
