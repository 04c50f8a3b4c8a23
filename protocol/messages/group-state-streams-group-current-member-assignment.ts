import { array, type Decoded, int8, int32, record, string } from '../schema.ts'

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
    activeTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    standbyTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    warmupTasks: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    activeTasksPendingRevocation: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    standbyTasksPendingRevocation: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
    warmupTasksPendingRevocation: array({
      subtopologyId: string(),
      partitions: array(int32()),
      assignmentEpochs: array(int32()).nullable().tagged(0),
    }),
  }),
})
export type StreamsGroupCurrentMemberAssignmentValue = Decoded<typeof StreamsGroupCurrentMemberAssignmentValue>
