/**
 * Partitions that a member has, its epoch and its state (KIP-848).
 */
import { array, type Decoded, int8, int32, record, string, uuid } from '../schema.ts'

export const ConsumerGroupCurrentMemberAssignmentKey = record('group-record-key', {
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  apiKey: 8,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ConsumerGroupCurrentMemberAssignmentKey = Decoded<typeof ConsumerGroupCurrentMemberAssignmentKey>

export const ConsumerGroupCurrentMemberAssignmentValue = record('group-record-value', {
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  apiKey: 8,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    partitionsPendingRevocation: array({
      topicId: uuid(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
  }),
})
export type ConsumerGroupCurrentMemberAssignmentValue = Decoded<typeof ConsumerGroupCurrentMemberAssignmentValue>
