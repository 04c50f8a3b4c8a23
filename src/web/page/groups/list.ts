/** Groups of all kinds as a list. The kinds are described by different requests, each for all groups of the kind at once. */
import { ErrorCode, errorName } from '../../../../protocol/errors.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { GroupRow } from '../model.ts'
import { ensure } from '../page-error.ts'
import { assignedTopics } from './classic-members.ts'
import { lagsByGroup } from './lags.ts'

export interface ListedGroup extends Omit<GroupRow, 'lag'> {}

interface Described {
  readonly groupId: string
  readonly errorCode: number
  readonly groupState: string
  readonly members: number
  readonly topics: readonly string[]
}

type Describe = (calls: BrokerCalls, groupIds: string[]) => Promise<Described[]>

const describeClassic: Describe = async (calls, groups) => {
  const answer = await calls.call('DescribeGroups', { groups })
  return answer.groups.map((group) => ({
    ...group,
    members: group.members.length,
    topics: [...new Set(group.members.flatMap((member) => assignedTopics(group.protocolType, member)))],
  }))
}

const describeConsumer: Describe = async (calls, groupIds) => {
  const answer = await calls.call('ConsumerGroupDescribe', { groupIds })
  return answer.groups.map((group) => ({
    ...group,
    members: group.members.length,
    topics: [
      ...new Set(group.members.flatMap(({ assignment }) => assignment.topicPartitions.map((each) => each.topicName))),
    ],
  }))
}

const describeShare: Describe = async (calls, groupIds) => {
  const answer = await calls.call('ShareGroupDescribe', { groupIds })
  return answer.groups.map((group) => ({
    ...group,
    members: group.members.length,
    topics: [...new Set(group.members.flatMap(({ subscribedTopicNames }) => subscribedTopicNames))],
  }))
}

const describeStreams: Describe = async (calls, groupIds) => {
  const answer = await calls.call('StreamsGroupDescribe', { groupIds })
  return answer.groups.map((group) => ({
    ...group,
    members: group.members.length,
    topics: [...new Set(group.topology?.subtopologies?.flatMap(({ sourceTopics }) => sourceTopics) ?? [])],
  }))
}

const DESCRIBE: Readonly<Record<string, Describe>> = {
  classic: describeClassic,
  consumer: describeConsumer,
  share: describeShare,
  streams: describeStreams,
}

/** The groups without their lags, which cost more. */
export async function listGroups(calls: BrokerCalls): Promise<ListedGroup[]> {
  const { errorCode, groups } = await calls.call('ListGroups', {})
  ensure(errorCode, 'The list of groups')
  const described = new Map<string, Described>()
  for (const [type, describe] of Object.entries(DESCRIBE)) {
    const ids = groups.filter(({ groupType }) => groupType === type).map(({ groupId }) => groupId)
    if (ids.length === 0) continue
    for (const each of await describe(calls, ids)) described.set(each.groupId, each)
  }
  return groups.map(({ groupId, groupType, protocolType, groupState }) => {
    const found = described.get(groupId)
    const isFound = found !== undefined && found.errorCode === ErrorCode.NONE
    return {
      groupId,
      type: groupType,
      protocolType,
      state: isFound ? found.groupState : groupState,
      members: isFound ? found.members : 0,
      topics: isFound ? found.topics : [],
      problem: found === undefined || isFound ? null : errorName(found.errorCode),
    }
  })
}

export async function listGroupsWithLags(calls: BrokerCalls): Promise<GroupRow[]> {
  const groups = await listGroups(calls)
  const lags = await lagsByGroup(calls, groups)
  return groups.map((group) => {
    const lag = lags.get(group.groupId)
    const topics = lag === undefined ? group.topics : [...new Set([...group.topics, ...lag.byTopic.keys()])]
    return { ...group, topics, lag: lag?.total ?? -1 }
  })
}
