/** A streams group (KIP-1071): members have tasks, and a task stands for a partition of each source topic of its subtopology. */

import type { DecodedResponseOf } from '../../../../protocol/api-types.ts'
import { first } from '../../../../protocol/elements.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { MemberRow } from '../model.ts'
import { operationsOf } from '../operations.ts'
import { ensure } from '../page-error.ts'
import type { DescribedGroup } from './described-group.ts'

type Group = DecodedResponseOf<'StreamsGroupDescribe'>['groups'][number]
type Member = Group['members'][number]
type Tasks = Member['assignment']

export async function describeStreamsGroup(calls: BrokerCalls, groupId: string): Promise<DescribedGroup> {
  const request = { groupIds: [groupId], includeAuthorizedOperations: true }
  const group = first((await calls.call('StreamsGroupDescribe', request)).groups)
  ensure(group.errorCode, `The group ${groupId}`, group.errorMessage)
  const sources = new Map(
    group.topology?.subtopologies?.map(({ subtopologyId, sourceTopics, repartitionSourceTopics }) => [
      subtopologyId,
      [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)],
    ]),
  )
  return {
    groupId,
    type: 'streams',
    state: group.groupState,
    protocol: group.assignorName ?? '',
    epoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    operations: operationsOf(group.authorizedOperations),
    members: group.members.map((member) => memberOf(member, sources)),
    subtopologies: (group.topology?.subtopologies ?? []).map((each) => ({
      id: each.subtopologyId,
      sources: each.sourceTopics,
      sinks: each.repartitionSinkTopics,
      changelogs: each.stateChangelogTopics.map(({ name }) => name),
      repartitions: each.repartitionSourceTopics.map(({ name }) => name),
    })),
  }
}

function memberOf(member: Member, sources: ReadonlyMap<string, readonly string[]>): MemberRow {
  const [assigned, target] = [topicsOf(member.assignment, sources), topicsOf(member.targetAssignment, sources)]
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    clientId: member.clientId,
    host: member.clientHost,
    epoch: member.memberEpoch,
    subscribed: [...sources.values()].flat(),
    assigned,
    target: JSON.stringify(assigned) === JSON.stringify(target) ? null : target,
    rack: member.rackId,
    process: member.processId,
    tasks: tasksOf(member.assignment),
  }
}

/** The partitions that a member reads by its active tasks. */
function topicsOf({ activeTasks }: Tasks, sources: ReadonlyMap<string, readonly string[]>) {
  return activeTasks.flatMap(({ subtopologyId, partitions }) =>
    (sources.get(subtopologyId) ?? []).map((topic) => ({ topic, partitions })),
  )
}

function tasksOf({ activeTasks, standbyTasks, warmupTasks }: Tasks): MemberRow['tasks'] {
  const kinds = { active: activeTasks, standby: standbyTasks, warmup: warmupTasks }
  return Object.entries(kinds).flatMap(([kind, tasks]) =>
    tasks.map(({ subtopologyId: subtopology, partitions }) => ({ kind, subtopology, partitions })),
  )
}
