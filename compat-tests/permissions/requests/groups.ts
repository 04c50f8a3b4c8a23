/** APIs of groups of every kind, and of their offsets. */
import { PROTOCOLS } from '../../diff/scenarios/groups.ts'
import { LONGEST_SESSION_MS } from '../../diff/session.ts'
import {
  commitOffsets,
  EVERY_NAME,
  NAMES,
  named,
  ONE_PARTITION,
  type PermissionRequest,
  type Requests,
} from '../world.ts'

const GROUPS = [...NAMES, 'mine-members', 'theirs-members', 'mine-absent']

/** The same of a group that may be in an ACL and of one that is not. */
const ofEach = (make: (groupId: string) => object): PermissionRequest[] =>
  NAMES.map((name) => ({ label: name, body: make(name) }))

const member = { generationId: 1, memberId: 'stranger', groupInstanceId: null }

const OffsetCommit: Requests = ({ session }) =>
  ofEach((groupId) => ({
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    retentionTimeMs: -1n,
    topics: EVERY_NAME.map((name) => ({
      ...named(session, name),
      partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }],
    })),
  }))

const OffsetFetch: Requests = ({ session }, version) => {
  const some = EVERY_NAME.map((name) => ({ ...named(session, name), partitionIndexes: ONE_PARTITION }))
  if (version >= 8) {
    const ask = (topics: object[] | null) => ({ groups: NAMES.map((groupId) => ({ groupId, topics })) })
    return [
      { label: 'of topics', body: ask(some) },
      { label: 'of all topics', body: ask(null) },
    ]
  }
  const topics = some.map(({ name, partitionIndexes }) => ({ name, partitionIndexes }))
  const ofTopics = ofEach((groupId) => ({ groupId, topics }))
  if (version < 2) return ofTopics
  return [
    ...ofTopics,
    ...NAMES.map((groupId) => ({ label: `${groupId}, all topics`, body: { groupId, topics: null } })),
  ]
}

const FindCoordinator: Requests = (_world, version) =>
  [0, 1, 2]
    .filter((keyType) => keyType === 0 || version >= 1)
    .flatMap((keyType): PermissionRequest[] => {
      const keys = keyType === 2 ? NAMES.map((name) => `${name}:AAAAAAAAAAAAAAAAAAAAAQ:0`) : [...NAMES]
      if (version >= 4) return [{ label: `type ${keyType}`, body: { keyType, coordinatorKeys: keys } }]
      return keys.map((key) => ({ label: `type ${keyType}, ${key}`, body: { keyType, key } }))
    })

const JoinGroup: Requests = (world) =>
  NAMES.map((name) => ({
    label: name,
    body: {
      groupId: `${name}-joined-${world.count}`,
      sessionTimeoutMs: LONGEST_SESSION_MS,
      rebalanceTimeoutMs: 1_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: PROTOCOLS,
    },
  }))

const Heartbeat: Requests = () => ofEach((groupId) => ({ groupId, ...member }))
const LeaveGroup: Requests = () =>
  ofEach((groupId) => ({ groupId, memberId: 'stranger', members: [{ memberId: 'stranger' }] }))
const SyncGroup: Requests = () =>
  ofEach((groupId) => ({ groupId, ...member, protocolType: 'consumer', protocolName: 'range', assignments: [] }))

const DescribeGroups: Requests = () => [
  { label: 'with operations', body: { groups: GROUPS, includeAuthorizedOperations: true } },
]
const ListGroups: Requests = () => [{ label: 'of consumers', body: { statesFilter: [], typesFilter: ['consumer'] } }]

const DROPPED = ['mine-dropped', 'theirs-dropped']

const DeleteGroups: Requests = ({ session }) => [
  {
    label: 'with offsets',
    body: { groupsNames: [...DROPPED, 'mine-absent'] },
    before: async () => {
      for (const groupId of DROPPED) await commitOffsets(session, groupId)
    },
  },
]

const OffsetDelete: Requests = ({ session }) =>
  NAMES.map((groupId) => ({
    label: groupId,
    body: { groupId, topics: EVERY_NAME.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })) },
    before: () => commitOffsets(session, groupId),
  }))

const ConsumerGroupHeartbeat: Requests = (world, version) => {
  const join = (groupId: string, subscription: object) => ({
    groupId: `${groupId}-beating-${world.count}`,
    memberId: version === 0 ? '' : 'AAAAAAAAAAAAAAAAAAAAAQ',
    memberEpoch: 0,
    rebalanceTimeoutMs: 600_000,
    topicPartitions: [],
    ...subscription,
  })
  return [
    { label: 'of both topics', body: join('mine', { subscribedTopicNames: [...NAMES] }) },
    { label: 'of one topic', body: join('mine', { subscribedTopicNames: ['mine'] }) },
    { label: 'of a foreign group', body: join('theirs', { subscribedTopicNames: ['mine'] }) },
  ]
}

const describedGroups: Requests = () => [
  { label: 'with operations', body: { groupIds: GROUPS, includeAuthorizedOperations: true } },
]

export const groupRequests: Readonly<Record<string, Requests>> = {
  OffsetCommit,
  OffsetFetch,
  FindCoordinator,
  JoinGroup,
  Heartbeat,
  LeaveGroup,
  SyncGroup,
  DescribeGroups,
  ListGroups,
  DeleteGroups,
  OffsetDelete,
  ConsumerGroupHeartbeat,
  ConsumerGroupDescribe: describedGroups,
}
