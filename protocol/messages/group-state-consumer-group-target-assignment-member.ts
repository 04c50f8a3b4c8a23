/**
 * Partitions that a member is meant to have (KIP-848).
 */
import { array, type Decoded, int32, record, string, uuid } from '../schema.ts'

export const ConsumerGroupTargetAssignmentMemberKey = record('group-record-key', {
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  apiKey: 7,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ConsumerGroupTargetAssignmentMemberKey = Decoded<typeof ConsumerGroupTargetAssignmentMemberKey>

export const ConsumerGroupTargetAssignmentMemberValue = record('group-record-value', {
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  apiKey: 7,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    }),
  }),
})
export type ConsumerGroupTargetAssignmentMemberValue = Decoded<typeof ConsumerGroupTargetAssignmentMemberValue>
