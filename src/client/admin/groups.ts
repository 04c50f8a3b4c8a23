/** Groups of every kind: listed by all brokers, described, deleted and emptied by their coordinators. */
import { decodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode, errorMessage, errorName, KafkaError } from '../../../protocol/errors.ts'
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../../protocol/messages/consumer-group-describe.ts'
import { ConsumerProtocolAssignment } from '../../../protocol/messages/consumer-protocol.ts'
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../../protocol/messages/delete-groups.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../../protocol/messages/describe-groups.ts'
import { LeaveGroupRequest, LeaveGroupResponse } from '../../../protocol/messages/leave-group.ts'
import { ListGroupsRequest, ListGroupsResponse } from '../../../protocol/messages/list-groups.ts'
import {
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponse,
} from '../../../protocol/messages/share-group-describe.ts'
import {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
} from '../../../protocol/messages/streams-group-describe.ts'
import { type ClusterClient, CoordinatorType, type Destination } from '../cluster-client.ts'
import { ClientError } from '../errors.ts'

export interface ListedGroup {
  readonly groupId: string
  /** `classic`, `consumer`, `share`, `streams`; brokers before 3.8 know the first alone. */
  readonly type: string
  readonly protocolType: string
  readonly state: string
  /** The broker that coordinates it. */
  readonly coordinator: number
}

export interface GroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  /** null: the protocol has none. */
  readonly epoch: number | null
  readonly subscription: readonly string[]
  /** By topic; for streams groups by subtopology and kind of task. */
  readonly assignment: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface DescribedGroup {
  readonly groupId: string
  readonly type: string
  readonly state: string
  readonly coordinator: number
  readonly assignor: string | null
  readonly epoch: number | null
  readonly members: readonly GroupMember[]
}

export async function listGroups(client: ClusterClient): Promise<ListedGroup[]> {
  const brokers = await client.brokers()
  const lists = await Promise.all(
    brokers.map(async ({ nodeId }) => {
      const answer = await client.request(
        { to: 'broker', nodeId },
        ListGroupsRequest,
        ListGroupsResponse,
        {},
        ({ errorCode }) => errorCode,
      )
      if (answer.errorCode !== ErrorCode.NONE) {
        throw new KafkaError(answer.errorCode, `Broker ${nodeId} lists no groups: ${errorMessage(answer.errorCode)}`)
      }
      return answer.groups.map(({ groupId, groupType, protocolType, groupState }) => ({
        groupId,
        protocolType,
        coordinator: nodeId,
        type: groupType.toLowerCase() || 'classic',
        state: groupState,
      }))
    }),
  )
  return lists.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

export const coordinatorOf = (groupId: string): Destination => ({
  to: 'coordinator',
  type: CoordinatorType.GROUP,
  key: groupId,
})

/** null: there is no such group. Asks as the kinds of groups want to be asked, the newest first. */
export async function describeGroup(client: ClusterClient, groupId: string): Promise<DescribedGroup | null> {
  const { nodeId: coordinator } = await client.retrying(() => client.coordinator(CoordinatorType.GROUP, groupId))
  for (const describe of [describeConsumer, describeShare, describeStreams, describeClassic]) {
    const found = await describe(client, groupId).catch((error: unknown) => {
      if (error instanceof ClientError && error.reason === 'unsupported') return null
      throw error
    })
    if (found !== null) return { ...found, coordinator }
  }
  return null
}

type Described = Omit<DescribedGroup, 'coordinator'>

/** Codes by which a coordinator says that a group is not there, or of another kind. */
const NOT_OF_THIS_KIND: readonly number[] = [
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.INVALID_GROUP_ID,
  ErrorCode.UNSUPPORTED_VERSION,
]

/** Throws for an error that says more than that the group is not of this kind. */
function isOfKind(group: { groupId: string; errorCode: number; errorMessage: string | null }): boolean {
  if (group.errorCode === ErrorCode.NONE) return true
  if (NOT_OF_THIS_KIND.includes(group.errorCode)) return false
  throw new KafkaError(
    group.errorCode,
    `The group ${group.groupId}: ${group.errorMessage ?? errorMessage(group.errorCode)}`,
  )
}

const errorOfFirst = ({ groups }: { groups: readonly { errorCode: number }[] }): number =>
  groups[0]?.errorCode ?? ErrorCode.NONE

async function describeConsumer(client: ClusterClient, groupId: string): Promise<Described | null> {
  const to = coordinatorOf(groupId)
  const body = { groupIds: [groupId] }
  const { groups } = await client.request(
    to,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    body,
    errorOfFirst,
  )
  const [group] = groups
  if (group === undefined || !isOfKind(group)) return null
  return {
    groupId,
    type: 'consumer',
    state: group.groupState,
    assignor: group.assignorName,
    epoch: group.groupEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      host: member.clientHost,
      epoch: member.memberEpoch,
      subscription: member.subscribedTopicNames,
      assignment: member.assignment.topicPartitions.map(({ topicName: topic, partitions }) => ({ topic, partitions })),
    })),
  }
}

async function describeShare(client: ClusterClient, groupId: string): Promise<Described | null> {
  const to = coordinatorOf(groupId)
  const body = { groupIds: [groupId] }
  const { groups } = await client.request(to, ShareGroupDescribeRequest, ShareGroupDescribeResponse, body, errorOfFirst)
  const [group] = groups
  if (group === undefined || !isOfKind(group)) return null
  return {
    groupId,
    type: 'share',
    state: group.groupState,
    assignor: group.assignorName,
    epoch: group.groupEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: null,
      clientId: member.clientId,
      host: member.clientHost,
      epoch: member.memberEpoch,
      subscription: member.subscribedTopicNames,
      assignment: member.assignment.topicPartitions.map(({ topicName: topic, partitions }) => ({ topic, partitions })),
    })),
  }
}

async function describeStreams(client: ClusterClient, groupId: string): Promise<Described | null> {
  const to = coordinatorOf(groupId)
  const body = { groupIds: [groupId] }
  const { groups } = await client.request(
    to,
    StreamsGroupDescribeRequest,
    StreamsGroupDescribeResponse,
    body,
    errorOfFirst,
  )
  const [group] = groups
  if (group === undefined || !isOfKind(group)) return null
  const topics = group.topology?.subtopologies?.flatMap(({ sourceTopics }) => sourceTopics) ?? []
  return {
    groupId,
    type: 'streams',
    state: group.groupState,
    assignor: group.assignorName,
    epoch: group.groupEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      host: member.clientHost,
      epoch: member.memberEpoch,
      subscription: topics,
      assignment: [
        ...tasksOf('active', member.assignment.activeTasks),
        ...tasksOf('standby', member.assignment.standbyTasks),
        ...tasksOf('warmup', member.assignment.warmupTasks),
      ],
    })),
  }
}

const tasksOf = (kind: string, tasks: readonly { subtopologyId: string; partitions: number[] }[]) =>
  tasks.map(({ subtopologyId, partitions }) => ({ topic: `${kind}:${subtopologyId}`, partitions }))

async function describeClassic(client: ClusterClient, groupId: string): Promise<Described | null> {
  const { groups } = await client.request(
    coordinatorOf(groupId),
    DescribeGroupsRequest,
    DescribeGroupsResponse,
    { groups: [groupId] },
    errorOfFirst,
  )
  const [group] = groups
  // Before version 6 a group that is not there is one that is dead.
  if (group === undefined || !isOfKind(group) || group.groupState === 'Dead') return null
  return {
    groupId,
    type: 'classic',
    state: group.groupState,
    assignor: group.protocolData || null,
    epoch: null,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      clientId: member.clientId,
      host: member.clientHost,
      epoch: null,
      subscription: [],
      assignment: group.protocolType === 'consumer' ? classicAssignment(member.memberAssignment) : [],
    })),
  }
}

const VERSION_BYTES = 2

/** The bytes are the members' own: what is not an assignment of Kafka's consumers is left unsaid. */
export function classicAssignment(bytes: Buffer): GroupMember['assignment'] {
  if (bytes.length < VERSION_BYTES) return []
  const version = Math.min(bytes.readInt16BE(0), ConsumerProtocolAssignment.maxVersion)
  try {
    return decodeMessage(ConsumerProtocolAssignment, version, bytes.subarray(VERSION_BYTES)).assignedPartitions
  } catch {
    return []
  }
}

/** Throws `KafkaError` with Kafka's name of the reason: NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND. */
export async function deleteGroup(client: ClusterClient, groupId: string): Promise<void> {
  const { results } = await client.request(
    coordinatorOf(groupId),
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    { groupsNames: [groupId] },
    (answer) => answer.results[0]?.errorCode ?? ErrorCode.NONE,
  )
  for (const { errorCode, errorMessage: words } of results) {
    if (errorCode === ErrorCode.NONE) continue
    throw new KafkaError(errorCode, `The group ${groupId}: ${words ?? errorMessage(errorCode)}`)
  }
}

const BATCHED_LEAVE_VERSION = 3

/** Members leave a classic group, by their member ids or, for static ones, their instance ids (KIP-345). */
export async function removeMember(
  client: ClusterClient,
  groupId: string,
  member: { readonly memberId: string; readonly instanceId: string | null },
): Promise<void> {
  const { memberId, instanceId: groupInstanceId } = member
  const answer = await client.request(
    coordinatorOf(groupId),
    LeaveGroupRequest,
    LeaveGroupResponse,
    (version) =>
      version < BATCHED_LEAVE_VERSION ? { groupId, memberId } : { groupId, members: [{ memberId, groupInstanceId }] },
    ({ errorCode }) => errorCode,
  )
  const code = answer.errorCode || (answer.members[0]?.errorCode ?? ErrorCode.NONE)
  if (code !== ErrorCode.NONE) {
    const name = groupInstanceId ?? memberId
    throw new KafkaError(code, `The member ${name} of ${groupId}: ${errorMessage(code) ?? errorName(code)}`)
  }
}
