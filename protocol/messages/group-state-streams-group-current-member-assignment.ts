/**
 * Tasks that a member of a Streams group has, its epoch and its state (KIP-1071).
 */
import { array, type Decoded, int8, int32, record, string } from '../schema.ts'

const tasks = () =>
  array({
    subtopologyId: string(),
    partitions: array(int32()),
    assignmentEpochs: array(int32()).nullable().tagged(0),
  })

export const StreamsGroupCurrentMemberAssignmentKey = record('group-record-key', {
  name: 'StreamsGroupCurrentMemberAssignmentKey',
  apiKey: 22,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type StreamsGroupCurrentMemberAssignmentKey = Decoded<typeof StreamsGroupCurrentMemberAssignmentKey>

export const StreamsGroupCurrentMemberAssignmentValue = record('group-record-value', {
  name: 'StreamsGroupCurrentMemberAssignmentValue',
  apiKey: 22,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: tasks(),
    standbyTasks: tasks(),
    warmupTasks: tasks(),
    activeTasksPendingRevocation: tasks(),
    standbyTasksPendingRevocation: tasks(),
    warmupTasksPendingRevocation: tasks(),
  }),
})
export type StreamsGroupCurrentMemberAssignmentValue = Decoded<typeof StreamsGroupCurrentMemberAssignmentValue>
