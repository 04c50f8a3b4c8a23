/** APIs of share groups (KIP-932), and those of the states of their partitions. */
import { EVERY_NAME, NAMES, named, ONE_PARTITION, type PermissionRequest, type Requests, type World } from '../world.ts'

/** A share group whose only member reads both topics, one of which nothing is known, and the same of a foreign name. */
const GROUPS = [...NAMES.map((name) => `${name}-sharers`), 'mine-absent', 'theirs-absent']
const GROUPS_AT_WORK = GROUPS.slice(0, NAMES.length)
/** Nothing has been delivered so far. */
const FAR_OFFSET = 1_000n
const ACCEPT = 1

const ofEach = (make: (groupId: string) => object, groups: readonly string[] = GROUPS_AT_WORK): PermissionRequest[] =>
  groups.map((groupId) => ({ label: groupId, body: make(groupId) }))

const ShareGroupHeartbeat: Requests = (world) => {
  const join = (name: string, subscribedTopicNames: string[]) => ({
    groupId: `${name}-sharing-${world.count}`,
    memberId: `sharing-${world.count}`,
    memberEpoch: 0,
    rackId: null,
    subscribedTopicNames,
  })
  return [
    { label: 'of both topics', body: join('mine', [...NAMES]) },
    { label: 'of one topic', body: join('mine', ['mine']) },
    { label: 'of a foreign group', body: join('theirs', ['mine']) },
  ]
}

const ShareGroupDescribe: Requests = () => [
  { label: 'with operations', body: { groupIds: GROUPS, includeAuthorizedOperations: true } },
]

/** An id that no topic has is an error of Apache's server, where there is an authorizer. */
const topicsOf = ({ session }: World, acknowledgementBatches: object[]) =>
  NAMES.map((name) => ({
    topicId: named(session, name).topicId,
    partitions: [{ partitionIndex: 0, acknowledgementBatches }],
  }))

/** Opens a session of the member, with its first epoch. */
const fetchBody = (world: World, groupId: string) => ({
  groupId,
  memberId: `reader-${world.count}`,
  shareSessionEpoch: 0,
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 1_000,
  maxRecords: 1,
  batchSize: 1,
  topics: topicsOf(world, []),
  forgottenTopicsData: [],
})

const ShareFetch: Requests = (world) => ofEach((groupId) => fetchBody(world, groupId))

const ShareAcknowledge: Requests = (world) =>
  GROUPS_AT_WORK.map((groupId) => ({
    label: groupId,
    body: {
      groupId,
      memberId: `reader-${world.count}`,
      shareSessionEpoch: 1,
      topics: topicsOf(world, [{ firstOffset: FAR_OFFSET, lastOffset: FAR_OFFSET, acknowledgeTypes: [ACCEPT] }]),
    },
    before: () => world.session.aside.send('ShareFetch', 1, fetchBody(world, groupId)),
  }))

const DescribeShareGroupOffsets: Requests = () => {
  const some = EVERY_NAME.map((topicName) => ({ topicName, partitions: ONE_PARTITION }))
  const ask = (topics: object[] | null) => ({ groups: GROUPS.map((groupId) => ({ groupId, topics })) })
  return [
    { label: 'of topics', body: ask(some) },
    { label: 'of all topics', body: ask(null) },
  ]
}

const AlterShareGroupOffsets: Requests = () =>
  ofEach((groupId) => {
    const partitions = [{ partitionIndex: 0, startOffset: 1n }]
    return { groupId, topics: EVERY_NAME.map((topicName) => ({ topicName, partitions })) }
  }, GROUPS)

const DeleteShareGroupOffsets: Requests = () =>
  ofEach((groupId) => ({ groupId, topics: EVERY_NAME.map((topicName) => ({ topicName })) }), GROUPS)

/** A request of one partition's state, in a group that these requests alone know. */
const ofState =
  (partition: object): Requests =>
  ({ session, count }) =>
    NAMES.map((name) => ({
      label: name,
      body: {
        groupId: `${name}-states-${count}`,
        topics: [{ topicId: named(session, 'mine').topicId, partitions: [{ partition: 0, ...partition }] }],
      },
    }))

export const shareRequests: Readonly<Record<string, Requests>> = {
  ShareGroupHeartbeat,
  ShareGroupDescribe,
  ShareFetch,
  ShareAcknowledge,
  DescribeShareGroupOffsets,
  AlterShareGroupOffsets,
  DeleteShareGroupOffsets,
  InitializeShareGroupState: ofState({ stateEpoch: 0, startOffset: 0n }),
  ReadShareGroupState: ofState({ leaderEpoch: 0 }),
  ReadShareGroupStateSummary: ofState({ leaderEpoch: 0 }),
  WriteShareGroupState: ofState({
    stateEpoch: 0,
    leaderEpoch: 0,
    startOffset: 1n,
    deliveryCompleteCount: 0,
    stateBatches: [],
  }),
  DeleteShareGroupState: ofState({}),
}
