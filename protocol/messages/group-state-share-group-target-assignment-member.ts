/**
 * Partitions that a member of a share group is meant to have (KIP-932).
 */
import { array, type Decoded, int32, record, string, uuid } from '../schema.ts'

export const ShareGroupTargetAssignmentMemberKey = record('group-record-key', {
  name: 'ShareGroupTargetAssignmentMemberKey',
  apiKey: 13,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ShareGroupTargetAssignmentMemberKey = Decoded<typeof ShareGroupTargetAssignmentMemberKey>

export const ShareGroupTargetAssignmentMemberValue = record('group-record-value', {
  name: 'ShareGroupTargetAssignmentMemberValue',
  apiKey: 13,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
})
export type ShareGroupTargetAssignmentMemberValue = Decoded<typeof ShareGroupTargetAssignmentMemberValue>
