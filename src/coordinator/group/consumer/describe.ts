import { ErrorCode } from '../../../../protocol/errors.ts'
import type { ConsumerGroupDescribeResponse } from '../../../../protocol/messages/consumer-group-describe.ts'
import { OPERATIONS_NOT_ASKED } from '../group.ts'
import type { GroupState } from '../group-kind.ts'
import type { GroupTopics } from '../group-topics.ts'
import { NO_PARTITIONS, type PartitionEpochs, type Partitions } from '../partitions.ts'
import { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import { preferredAssignor, summarize } from './group-summary.ts'

export type DescribedConsumerGroup = ConsumerGroupDescribeResponse['groups'][number]
type DescribedMember = DescribedConsumerGroup['members'][number]
type DescribedPartitions = DescribedMember['assignment']['topicPartitions']

const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

/** ConsumerGroupDescribe of one group, as of `epoch`. */
export function describeConsumerGroup(
  state: GroupState,
  groupId: string,
  { topics, defaultAssignor }: { topics: GroupTopics; defaultAssignor: string },
  epoch: number,
): DescribedConsumerGroup {
  const group = state.groups.get(groupId, epoch)
  if (!(group instanceof ConsumerGroup)) {
    const reason = group === undefined ? 'not found' : 'is not a consumer group'
    return describedConsumerGroup(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
  }
  const members = [...group.members.values(epoch)]
  const { groupEpoch, assignmentEpoch } = group.epochs(epoch)
  return {
    ...describedConsumerGroup(groupId),
    groupState: group.state(epoch),
    groupEpoch,
    assignmentEpoch,
    assignorName: preferredAssignor(summarize(members, [])) ?? defaultAssignor,
    members: members.map((member) => describeMember(member, group.targets.get(member.memberId, epoch), topics)),
  }
}

/** The description of a group of which nothing but an error is known. */
export function describedConsumerGroup(
  groupId: string,
  errorCode: number = ErrorCode.NONE,
  errorMessage: string | null = null,
): DescribedConsumerGroup {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}

/** Partitions that a member has not let go of yet are still its own. */
function describeMember(member: ConsumerMember, target: Partitions | undefined, topics: GroupTopics): DescribedMember {
  const { assigned, pendingRevocation, subscribedTopicNames, subscribedTopicRegex, classic } = member
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...subscribedTopicNames],
    subscribedTopicRegex,
    assignment: { topicPartitions: named([assigned, pendingRevocation], topics) },
    targetAssignment: { topicPartitions: named([target ?? NO_PARTITIONS], topics) },
    memberType: classic === null ? CONSUMER_MEMBER : CLASSIC_MEMBER,
  }
}

function named(parts: readonly (Partitions | PartitionEpochs)[], topics: GroupTopics): DescribedPartitions {
  const byTopic = new Map<string, DescribedPartitions[number]>()
  for (const part of parts) {
    for (const [topicId, partitions] of part) {
      const topicName = topics.identified(topicId)?.name
      if (topicName === undefined) continue
      let topic = byTopic.get(topicId)
      if (topic === undefined) byTopic.set(topicId, (topic = { topicId, topicName, partitions: [] }))
      topic.partitions.push(...partitions.keys())
    }
  }
  return [...byTopic.values()]
}
