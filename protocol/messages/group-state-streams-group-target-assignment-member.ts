/**
 * Tasks that a member of a Streams group is meant to have (KIP-1071).
 */
import { array, type Decoded, int32, record, string } from '../schema.ts'

export const StreamsGroupTargetAssignmentMemberKey = record('group-record-key', {
  name: 'StreamsGroupTargetAssignmentMemberKey',
  apiKey: 21,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type StreamsGroupTargetAssignmentMemberKey = Decoded<typeof StreamsGroupTargetAssignmentMemberKey>

export const StreamsGroupTargetAssignmentMemberValue = record('group-record-value', {
  name: 'StreamsGroupTargetAssignmentMemberValue',
  apiKey: 21,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    activeTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
    }),
    standbyTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
    }),
    warmupTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
    }),
  }),
})
export type StreamsGroupTargetAssignmentMemberValue = Decoded<typeof StreamsGroupTargetAssignmentMemberValue>
