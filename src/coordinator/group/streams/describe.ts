import { ErrorCode } from '../../../../protocol/errors.ts'
import type { StreamsGroupDescribeResponse } from '../../../../protocol/messages/streams-group-describe.ts'
import { OPERATIONS_NOT_ASKED } from '../group.ts'
import type { GroupState } from '../group-kind.ts'
import { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import { listed, NO_OFFSETS, type TaskOffsets } from './task-offsets.ts'
import { type HeldTasks, NO_TASKS, type Tasks, taskIds } from './tasks.ts'
import type { ConfiguredSubtopology } from './topology/configured-topology.ts'
import type { InternalTopic, Subtopology } from './topology/topology.ts'

export type DescribedStreamsGroup = StreamsGroupDescribeResponse['groups'][number]
type DescribedTopology = NonNullable<DescribedStreamsGroup['topology']>
type DescribedSubtopology = NonNullable<DescribedTopology['subtopologies']>[number]
type DescribedMember = DescribedStreamsGroup['members'][number]

/** `topologyDescriptionStatus`: descriptions are for a plugin to keep, of which there is none. */
const NOT_REQUESTED = 0
const NOT_STORED = 1

/** StreamsGroupDescribe of one group, as of `epoch`. */
export function describeStreamsGroup(
  state: GroupState,
  groupId: string,
  { assignorName, asksForDescription }: { assignorName: string; asksForDescription: boolean },
  epoch: number,
): DescribedStreamsGroup {
  const group = state.groups.get(groupId, epoch)
  if (!(group instanceof StreamsGroup)) {
    const reason = group === undefined ? 'not found' : 'is not a streams group'
    return describedStreamsGroup(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
  }
  const { epoch: groupEpoch, targetEpoch } = group.durable(epoch)
  const { taskOffsets } = state.streams.soft(groupId)
  return {
    ...describedStreamsGroup(groupId),
    groupState: group.state(epoch),
    groupEpoch: groupEpoch.epoch,
    assignmentEpoch: targetEpoch.assignmentEpoch,
    topology: describeTopology(state, group, epoch),
    topologyDescriptionStatus: asksForDescription ? NOT_STORED : NOT_REQUESTED,
    assignorName,
    members: [...group.members.values(epoch)].map((member) =>
      describeMember(
        member,
        group.targets.get(member.memberId, epoch) ?? NO_TASKS,
        taskOffsets.get(member.memberId) ?? NO_OFFSETS,
      ),
    ),
  }
}

/** The description of a group of which nothing but an error is known. */
export function describedStreamsGroup(
  groupId: string,
  errorCode: number = ErrorCode.NONE,
  errorMessage: string | null = null,
): DescribedStreamsGroup {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    topology: null,
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
    topologyDescription: null,
    topologyDescriptionStatus: NOT_REQUESTED,
    assignorName: null,
  }
}

/** With the partition counts that were decided, once the topics carry the topology; else as the members sent it. */
function describeTopology(state: GroupState, group: StreamsGroup, epoch: number): DescribedTopology | null {
  const { topology } = group.durable(epoch)
  if (topology === null) return null
  const { configured } = state.streams.soft(group.groupId)
  const isReady = configured?.topologyEpoch === topology.epoch && configured.obstacle === null
  const subtopologies = (isReady ? configured.subtopologies : null) ?? topology.subtopologies
  const inOrder = subtopologies.toSorted((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
  return { epoch: topology.epoch, subtopologies: inOrder.map(describeSubtopology) }
}

function describeSubtopology(subtopology: Subtopology | ConfiguredSubtopology): DescribedSubtopology {
  const { subtopologyId, sourceTopics, repartitionSinkTopics } = subtopology
  return {
    subtopologyId,
    sourceTopics: sourceTopics.toSorted(),
    repartitionSinkTopics: repartitionSinkTopics.toSorted(),
    stateChangelogTopics: byName(subtopology.stateChangelogTopics),
    repartitionSourceTopics: byName(subtopology.repartitionSourceTopics),
  }
}

const byName = (topics: readonly InternalTopic[]): InternalTopic[] =>
  topics.toSorted((a, b) => (a.name < b.name ? -1 : 1))

function describeMember(member: StreamsMember, target: Tasks, reported: TaskOffsets): DescribedMember {
  const { memberId, memberEpoch, instanceId, rackId, clientId, clientHost, topologyEpoch, processId } = member
  return {
    memberId,
    memberEpoch,
    instanceId,
    rackId,
    clientId,
    clientHost,
    topologyEpoch,
    processId,
    userEndpoint: member.userEndpoint && { ...member.userEndpoint },
    clientTags: [...member.clientTags],
    taskOffsets: listed(reported.offsets),
    taskEndOffsets: listed(reported.endOffsets),
    assignment: describeTasks(member.assigned),
    targetAssignment: describeTasks(target),
    isClassic: false,
  }
}

function describeTasks({ active, standby, warmup }: Tasks | HeldTasks): DescribedMember['assignment'] {
  return { activeTasks: taskIds(active), standbyTasks: taskIds(standby), warmupTasks: taskIds(warmup) }
}
