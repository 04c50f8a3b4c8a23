/** One group of any kind: its members, what each of them has, and how far every partition is read. */
import { first } from '../../../../protocol/collections/elements.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { GroupDetail, GroupPartition, MemberRow } from '../model.ts'
import { byTopic, EARLIEST, key, LATEST, offsetAt, offsetsOf } from '../offsets.ts'
import { operationsOf } from '../operations.ts'
import { ensure, PageError } from '../page-error.ts'
import { assignmentOf, subscriptionOf } from './classic-members.ts'
import { assignmentFields, type DescribedGroup, groupFields, memberFields } from './described-group.ts'
import { type CommittedOffset, committedOffsets } from './lags.ts'
import { describeStreamsGroup } from './streams-group.ts'

interface TopicPartitions {
  readonly topicName: string
  readonly partitions: readonly number[]
}

const byName = (topics: readonly TopicPartitions[]) =>
  topics.map(({ topicName: topic, partitions }) => ({ topic, partitions }))

export async function describeGroup(calls: BrokerCalls, groupId: string): Promise<GroupDetail> {
  const type = await typeOf(calls, groupId)
  const described = await DESCRIBE[type]!(calls, groupId)
  const committed = (await committedOffsets(calls, [{ groupId, type }])).get(groupId) ?? []
  return { ...described, partitions: await partitionsOf(calls, described, committed) }
}

/** Throws a `PageError` when there is no such group. */
export async function typeOf(calls: BrokerCalls, groupId: string): Promise<string> {
  const { errorCode, groups } = await calls.call('ListGroups', {})
  ensure(errorCode, 'The list of groups')
  const type = groups.find((group) => group.groupId === groupId)?.groupType
  if (type === undefined || DESCRIBE[type] === undefined) {
    throw new PageError(404, 'GROUP_ID_NOT_FOUND', `There is no group ${groupId}.`)
  }
  return type
}

const NO_TASKS = { process: null, tasks: [] } as const

async function describeClassic(calls: BrokerCalls, groupId: string): Promise<DescribedGroup> {
  const answer = await calls.call('DescribeGroups', { groups: [groupId], includeAuthorizedOperations: true })
  const group = first(answer.groups)
  ensure(group.errorCode, `The group ${groupId}`, group.errorMessage)
  return {
    groupId,
    type: 'classic',
    state: group.groupState,
    protocol: [group.protocolType, group.protocolData].filter((word) => word !== '').join(', '),
    epoch: -1,
    assignmentEpoch: -1,
    operations: operationsOf(group.authorizedOperations),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      epoch: -1,
      subscribed: subscriptionOf(group.protocolType, member),
      assigned: assignmentOf(group.protocolType, member),
      target: null,
      rack: null,
      ...NO_TASKS,
    })),
    subtopologies: [],
  }
}

async function describeConsumer(calls: BrokerCalls, groupId: string): Promise<DescribedGroup> {
  const request = { groupIds: [groupId], includeAuthorizedOperations: true }
  const group = first((await calls.call('ConsumerGroupDescribe', request)).groups)
  ensure(group.errorCode, `The group ${groupId}`, group.errorMessage)
  return {
    ...groupFields(group),
    type: 'consumer',
    protocol: group.assignorName,
    members: group.members.map((member): MemberRow => {
      const { instanceId, subscribedTopicNames, subscribedTopicRegex, assignment, targetAssignment } = member
      return {
        ...memberFields(member),
        instanceId,
        subscribed: subscribedTopicRegex
          ? [...subscribedTopicNames, `/${subscribedTopicRegex}/`]
          : subscribedTopicNames,
        ...assignmentFields(byName(assignment.topicPartitions), byName(targetAssignment.topicPartitions)),
        ...NO_TASKS,
      }
    }),
    subtopologies: [],
  }
}

async function describeShare(calls: BrokerCalls, groupId: string): Promise<DescribedGroup> {
  const request = { groupIds: [groupId], includeAuthorizedOperations: true }
  const group = first((await calls.call('ShareGroupDescribe', request)).groups)
  ensure(group.errorCode, `The group ${groupId}`, group.errorMessage)
  return {
    ...groupFields(group),
    type: 'share',
    protocol: group.assignorName,
    members: group.members.map((member) => ({
      ...memberFields(member),
      instanceId: null,
      subscribed: member.subscribedTopicNames,
      assigned: byName(member.assignment.topicPartitions),
      target: null,
      ...NO_TASKS,
    })),
    subtopologies: [],
  }
}

const DESCRIBE: Readonly<Record<string, (calls: BrokerCalls, groupId: string) => Promise<DescribedGroup>>> = {
  classic: describeClassic,
  consumer: describeConsumer,
  share: describeShare,
  streams: describeStreamsGroup,
}

/** Every partition of which the group has an offset, or one of its members has it assigned. */
async function partitionsOf(
  calls: BrokerCalls,
  { members }: DescribedGroup,
  committed: readonly CommittedOffset[],
): Promise<GroupPartition[]> {
  const rows = new Map<string, { topic: string; partition: number; offset?: CommittedOffset; member?: string }>()
  const rowOf = (topic: string, partition: number) => {
    const name = key(topic, partition)
    const row = rows.get(name) ?? { topic, partition }
    rows.set(name, row)
    return row
  }
  for (const offset of committed) rowOf(offset.topic, offset.partition).offset = offset
  for (const { memberId, assigned } of members) {
    for (const { topic, partitions } of assigned) {
      for (const partition of partitions) rowOf(topic, partition).member = memberId
    }
  }
  const wanted = byTopic([...rows.values()])
  const [start, end] = await Promise.all([offsetsOf(calls, wanted, EARLIEST), offsetsOf(calls, wanted, LATEST)])
  return [...rows.values()]
    .map(({ topic, partition, offset, member }): GroupPartition => {
      const last = offsetAt(end, topic, partition).offset
      const at = offset?.committed ?? -1
      const lag = offset === undefined ? -1 : offset.lag >= 0 ? offset.lag : Math.max(0, last - at)
      const from = offsetAt(start, topic, partition).offset
      return {
        topic,
        partition,
        start: from,
        committed: at,
        end: last,
        lag,
        member: member ?? null,
        metadata: offset?.metadata ?? '',
      }
    })
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}
