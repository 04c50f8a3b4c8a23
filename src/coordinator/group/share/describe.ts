import { ErrorCode } from '../../../../protocol/errors.ts'
import type { ShareGroupDescribeResponse } from '../../../../protocol/messages/share-group-describe.ts'
import { OPERATIONS_NOT_ASKED } from '../group.ts'
import type { GroupState } from '../group-kind.ts'
import type { GroupTopics } from '../group-topics.ts'
import { ShareGroup } from './share-group.ts'
import type { ShareMember } from './share-member.ts'

export type DescribedShareGroup = ShareGroupDescribeResponse['groups'][number]

/** The only assignor that there is. */
const SHARE_ASSIGNOR = 'simple'

/** ShareGroupDescribe of one group, as of `epoch`. */
export function describeShareGroup(
  state: GroupState,
  groupId: string,
  topics: GroupTopics,
  epoch: number,
): DescribedShareGroup {
  const group = state.groups.get(groupId, epoch)
  if (!(group instanceof ShareGroup)) {
    const reason = group === undefined ? 'not found' : 'is not a share group'
    return describedShareGroup(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
  }
  const { groupEpoch, assignmentEpoch } = group.epochs(epoch)
  return {
    ...describedShareGroup(groupId),
    groupState: group.state(epoch),
    groupEpoch,
    assignmentEpoch,
    assignorName: SHARE_ASSIGNOR,
    members: [...group.members.values(epoch)].map((member) => describeMember(member, topics)),
  }
}

/** The description of a group of which nothing but an error is known. */
export function describedShareGroup(
  groupId: string,
  errorCode: number = ErrorCode.NONE,
  errorMessage: string | null = null,
): DescribedShareGroup {
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

function describeMember(member: ShareMember, topics: GroupTopics): DescribedShareGroup['members'][number] {
  const { memberId, rackId, memberEpoch, clientId, clientHost, subscribedTopicNames, assigned } = member
  const topicPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topicName = topics.identified(topicId)?.name
    return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions] }]
  })
  const names = [...subscribedTopicNames]
  return {
    memberId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames: names,
    assignment: { topicPartitions },
  }
}
