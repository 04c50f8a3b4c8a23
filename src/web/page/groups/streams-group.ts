/** A streams group (KIP-1071): members have tasks, and a task stands for a partition of each source topic of its subtopology. */

import type { DecodedResponseOf } from '../../../../protocol/api-types.ts'
import { first } from '../../../../protocol/collections/elements.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { MemberRow } from '../model.ts'
import { ensure } from '../page-error.ts'
import { assignmentFields, type DescribedGroup, groupFields, memberFields } from './described-group.ts'

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
    ...groupFields(group),
    type: 'streams',
    protocol: group.assignorName ?? '',
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
  return {
    ...memberFields(member),
    instanceId: member.instanceId,
    subscribed: [...sources.values()].flat(),
    ...assignmentFields(topicsOf(member.assignment, sources), topicsOf(member.targetAssignment, sources)),
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
