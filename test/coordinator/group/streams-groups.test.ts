/** Groups of KIP-1071 on virtual time: transcripts reasoned from the KIP, and what a crash must not take away. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { StreamsGroupHeartbeatRequest } from '../../../protocol/messages/streams-group-heartbeat.ts'
import { newStreamsMember } from '../../../src/coordinator/group/streams/streams-member.ts'
import { partitionsByEndpoint } from '../../../src/coordinator/group/streams/topology/user-endpoints.ts'
import { imageWithTopics } from '../../api/support/api-bench.ts'
import { GroupBench, withFeatures } from '../support/group-bench.ts'

const NONE = ErrorCode.NONE
const STATEFUL = {
  subtopologyId: '0',
  sourceTopics: ['topic'],
  sourceTopicRegex: [],
  stateChangelogTopics: [{ name: 'log', partitions: 0, replicationFactor: 0, topicConfigs: [] }],
  repartitionSinkTopics: [],
  repartitionSourceTopics: [],
  copartitionGroups: [],
}
const TOPOLOGY = { epoch: 0, subtopologies: [STATEFUL] }

type Config = NonNullable<Parameters<typeof GroupBench.start>[0]>

function config(bench: GroupBench['config'], streams: Partial<GroupBench['config']['streams']>): Config {
  return { streams: { ...bench.streams, ...streams } }
}

async function start(streams: Partial<GroupBench['config']['streams']> = {}): Promise<GroupBench> {
  const plain = await GroupBench.start()
  const bench = await GroupBench.start(config(plain.config, streams))
  bench.image = withTopics({ topic: 4, log: 4 })
  return bench
}

function withTopics(counts: Record<string, number>) {
  const image = withFeatures(imageWithTopics(counts))
  return { ...image, features: image.features.set('streams.version', 1) }
}

interface Told {
  errorCode: number
  epoch: number
  /** Partitions of the active and standby tasks; null when the answer says nothing of them. */
  active: number[] | null
  standby: number[] | null
  status: number[]
  toCreate: string[]
}

async function beat(bench: GroupBench, request: Partial<StreamsGroupHeartbeatRequest>): Promise<Told> {
  const client = { apiVersion: 1, clientId: 'client', clientHost: '/127.0.0.1' }
  const full: StreamsGroupHeartbeatRequest = {
    groupId: 'group',
    memberId: '',
    memberEpoch: 0,
    endpointInformationEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    topology: null,
    activeTasks: null,
    standbyTasks: null,
    warmupTasks: null,
    processId: null,
    userEndpoint: null,
    clientTags: null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
    ...request,
  }
  const answer = await bench.run(bench.coordinator.streams.heartbeat(client, full))
  const { response, topicsToCreate = [] } = answer.value ?? {}
  const partitions = (tasks: { partitions: number[] }[] | null | undefined) =>
    tasks ? tasks.flatMap((task) => task.partitions).sort() : null
  return {
    errorCode: answer.errorCode ?? NONE,
    epoch: response?.memberEpoch ?? -9,
    active: partitions(response?.activeTasks),
    standby: partitions(response?.standbyTasks),
    status: (response?.status ?? []).map(({ statusCode }) => statusCode),
    toCreate: topicsToCreate.map(({ name, partitions: count }) => `${name}:${count}`),
  }
}

const join = (bench: GroupBench, memberId: string, more: Partial<StreamsGroupHeartbeatRequest> = {}) =>
  beat(bench, {
    memberId,
    processId: `process of ${memberId}`,
    rebalanceTimeoutMs: 60_000,
    topology: TOPOLOGY,
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    ...more,
  })

const tasks = (...partitions: number[]) => (partitions.length === 0 ? [] : [{ subtopologyId: '0', partitions }])
const owns = (active: number[], standby: number[] = []) => ({
  activeTasks: tasks(...active),
  standbyTasks: tasks(...standby),
  warmupTasks: [],
})

async function describe(bench: GroupBench, groupId = 'group') {
  const [group] = (await bench.run(bench.coordinator.streams.describe([groupId], false))).value!
  return group
}

t.test('a task moves only after its member has let go of it', async (t) => {
  const bench = await start()
  t.match(await join(bench, 'a'), { errorCode: NONE, epoch: 2, active: [0, 1, 2, 3], standby: [] })
  t.match(await describe(bench), { groupState: 'Stable', groupEpoch: 2, assignmentEpoch: 2, assignorName: 'sticky' })
  t.match(await join(bench, 'b'), { epoch: 3, active: [] }, 'everything is still with a')
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1, 2, 3]) }), { epoch: 2, active: [0, 1] })
  t.match(await describe(bench), { groupState: 'Reconciling' })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { epoch: 3, active: null }, 'not before a says so')
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1]) }), { epoch: 3, active: null })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { epoch: 3, active: [2, 3] })
  t.match(await describe(bench), { groupState: 'Stable', groupEpoch: 3 })
})

t.test('a new assignment begins from the tasks that members have, not from those that they are to have', async (t) => {
  const bench = await start()
  for (const memberId of ['a', 'b', 'c', 'd']) await join(bench, memberId)
  const { members } = await describe(bench)
  const targets = Object.fromEntries(
    members.map(({ memberId, targetAssignment }) => [memberId, targetAssignment.activeTasks[0]?.partitions]),
  )
  // Until a has let go of its tasks the others have nothing yet that they could keep: b was to have 2 before.
  t.same(targets, { a: [0], b: [1], c: [3], d: [2] })
})

t.test('standbys are kept by another process than the active task', async (t) => {
  const bench = await start({ standbyReplicas: () => 1 })
  t.match(
    await join(bench, 'a', { processId: 'p' }),
    { active: [0, 1, 2, 3], standby: [] },
    'there is no other process',
  )
  await join(bench, 'b', { processId: 'q' })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1, 2, 3]) })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1]) })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { active: [2, 3] })
  const { members } = await describe(bench)
  for (const { memberId, targetAssignment } of members) {
    const [active, standby] = [targetAssignment.activeTasks, targetAssignment.standbyTasks].map((all) =>
      all.flatMap(({ partitions }) => partitions).sort(),
    )
    t.same([...active, ...standby].sort(), [0, 1, 2, 3], `${memberId} has each task once, active or standby`)
  }
})

// The answers are those of Apache Kafka 4.4.0 to the same heartbeats.
t.test('a member that has a task in another form goes on with it, and lets go of nothing first', async (t) => {
  const bench = await start({ standbyReplicas: () => 1 })
  await join(bench, 'a')
  t.match(await join(bench, 'b'), { epoch: 3, active: [], standby: [0, 1] })
  const revoking = await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1, 2, 3]) })
  t.match(revoking, { epoch: 2, active: [0, 1], standby: [2, 3] }, 'active tasks become standbys at once')
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1], [2, 3]) }), { epoch: 3, active: null })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3, ...owns([], [0, 1]) }), {
    active: [2, 3],
    standby: [0, 1],
  })
  await beat(bench, { memberId: 'b', memberEpoch: -1 })
  const alone = await beat(bench, { memberId: 'a', memberEpoch: 3, ...owns([0, 1], [2, 3]) })
  t.match(alone, { epoch: 4, active: [0, 1, 2, 3], standby: [] }, 'standbys become active tasks at once')
})

// EndpointToPartitionsManager of Apache Kafka 4.4.0.
t.test('an endpoint has those partitions that its topics have', (t) => {
  const member = {
    ...newStreamsMember('a'),
    userEndpoint: { host: 'h', port: 1 },
    assigned: {
      active: new Map([['0', new Map([2, 3].map((partition) => [partition, 1]))]]),
      standby: new Map(),
      warmup: new Map(),
    },
  }
  const subtopology = {
    subtopologyId: '0',
    sourceTopics: ['two', 'three', 'four'],
    repartitionSourceTopics: [],
    taskCount: 4,
  }
  const counts: Record<string, number> = { two: 2, three: 3, four: 4 }
  const [told] = partitionsByEndpoint([member], [subtopology as never], (topic) => counts[topic])
  t.same(told?.activePartitions, [
    { topic: 'three', partitions: [2] },
    { topic: 'four', partitions: [2, 3] },
  ])
  t.end()
})

t.test('missing topics are told, and created by whoever answers; others end what cannot be', async (t) => {
  const bench = await start()
  bench.image = withTopics({})
  t.match(await join(bench, 'a'), { epoch: 2, active: [], status: [1], toCreate: [] }, 'no source topic')
  t.match(await describe(bench), { groupState: 'NotReady' })
  bench.image = withTopics({ topic: 4 })
  const change = { after: bench.image, createdTopics: [...bench.image.topics], changedTopics: [], deletedTopics: [] }
  bench.coordinator.onMetadataUpdate(change as never)
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2 }), { status: [3], toCreate: ['log:4'] })
  bench.image = withTopics({ topic: 4, log: 4 })
  bench.coordinator.onMetadataUpdate({ ...change, after: bench.image, createdTopics: [...bench.image.topics] } as never)
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 3 }), { active: [0, 1, 2, 3], status: [], toCreate: [] })
  t.match(await describe(bench), { groupState: 'Stable' })
  bench.image = withTopics({ topic: 4, log: 3 })
  bench.coordinator.onMetadataUpdate({ ...change, after: bench.image, createdTopics: [...bench.image.topics] } as never)
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 4 }), { status: [2] }, 'a changelog of another size')
})

t.test('refusals', async (t) => {
  const bench = await start({ maxSize: 1 })
  const refused = async (code: number, request: Partial<StreamsGroupHeartbeatRequest>, what: string) =>
    t.match(await join(bench, 'a', request), { errorCode: code }, what)
  await refused(ErrorCode.INVALID_REQUEST, { memberId: '' }, 'no member id')
  await refused(ErrorCode.INVALID_REQUEST, { rebalanceTimeoutMs: -1 }, 'no rebalance timeout')
  await refused(ErrorCode.INVALID_REQUEST, { topology: null }, 'no topology')
  await refused(ErrorCode.INVALID_REQUEST, { activeTasks: tasks(1) }, 'tasks of one that joins')
  await refused(ErrorCode.INVALID_REQUEST, { memberEpoch: -3 }, 'no such epoch')
  const fixed = { ...STATEFUL, stateChangelogTopics: [{ ...STATEFUL.stateChangelogTopics[0], partitions: 3 }] }
  const fixedTopology = { epoch: 0, subtopologies: [fixed] }
  await refused(ErrorCode.STREAMS_INVALID_TOPOLOGY, { topology: fixedTopology }, 'a changelog has no size of its own')
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 1 }), { errorCode: ErrorCode.GROUP_ID_NOT_FOUND })
  t.match(await join(bench, 'a'), { errorCode: NONE })
  t.match(await join(bench, 'b'), { errorCode: ErrorCode.GROUP_MAX_SIZE_REACHED })
  t.match(await join(bench, 'a'), { errorCode: NONE }, 'who is there already finds room')
  t.match(await beat(bench, { memberId: 'x', memberEpoch: 1 }), { errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 9 }), { errorCode: ErrorCode.FENCED_MEMBER_EPOCH })
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([7]) }), { errorCode: ErrorCode.INVALID_REQUEST })
  const other = { epoch: 0, subtopologies: [{ ...STATEFUL, sourceTopics: ['log'] }] }
  t.match(await join(bench, 'a', { topology: other }), { errorCode: ErrorCode.INVALID_REQUEST }, 'another topology')
})

t.test('the first members wait for one another', async (t) => {
  const bench = await start({ initialRebalanceDelayMs: () => 3_000 })
  t.match(await join(bench, 'a'), { epoch: 1, active: [], status: [5] })
  await bench.advance(1_000)
  t.match(await join(bench, 'b'), { active: [], status: [5] })
  t.match(await describe(bench), { groupState: 'Assigning' })
  await bench.advance(2_000)
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 1 }), { epoch: 3, active: [0, 2], status: [] })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 1 }), { epoch: 3, active: [1, 3], status: [] })
})

t.test('a silent member loses its tasks, and a slow one too', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  await join(bench, 'b')
  await bench.advance(40_000)
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { errorCode: NONE })
  await bench.advance(6_000)
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2 }), { errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { active: [0, 1, 2, 3] })
  t.match(await join(bench, 'c', { rebalanceTimeoutMs: 20_000 }), { errorCode: NONE })
})

t.test('a restart keeps members, tasks and epochs', async (t) => {
  const before = await start()
  await join(before, 'a', { clientTags: [{ key: 'zone', value: '1' }], userEndpoint: { host: 'h', port: 1 } })
  await join(before, 'b')
  await beat(before, { memberId: 'a', memberEpoch: 2, ...owns([0, 1, 2, 3]) })
  const described = await describe(before)
  const after = await before.restart()
  after.image = before.image
  // The topology is put beside the topics again with the next heartbeat.
  t.same({ ...(await describe(after)), topology: null }, { ...described, topology: null })
  t.match(await beat(after, { memberId: 'a', memberEpoch: 2, ...owns([0, 1]) }), { epoch: 3 })
  t.match(await beat(after, { memberId: 'b', memberEpoch: 3 }), { active: [2, 3] })
  t.same((await describe(after)).topology, described.topology)
})

t.test('static members come back to their tasks under another id, and nobody else moves', async (t) => {
  const bench = await start()
  t.match(await join(bench, 'a', { instanceId: 'one' }), { epoch: 2, active: [0, 1, 2, 3] })
  t.match(await join(bench, 'x', { instanceId: 'one' }), { errorCode: ErrorCode.UNRELEASED_INSTANCE_ID })
  t.match(await beat(bench, { memberId: 'a', instanceId: 'one', memberEpoch: -2 }), { errorCode: NONE, epoch: -2 })
  const back = { instanceId: 'one', processId: 'process of a' }
  t.match(await join(bench, 'b', back), { epoch: 2, active: [0, 1, 2, 3] })
  t.match(await describe(bench), { groupEpoch: 2, members: [{ memberId: 'b', instanceId: 'one' }] })
  const late = await beat(bench, { memberId: 'a', instanceId: 'one', memberEpoch: 2 })
  t.match(late, { errorCode: ErrorCode.FENCED_INSTANCE_ID })
})

t.test('one member ends the whole application', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  await join(bench, 'b')
  t.match(await beat(bench, { memberId: 'a', memberEpoch: 2, shutdownApplication: true }), { status: [4] })
  t.match(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { status: [4] })
  await beat(bench, { memberId: 'a', memberEpoch: -1 })
  await beat(bench, { memberId: 'b', memberEpoch: -1 })
  t.match(await describe(bench), { groupState: 'Empty' })
  t.match(await join(bench, 'c'), { status: [] }, 'the next application begins anew')
})

t.test('offsets: members commit in their epoch, and in an older one what they have had since', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  t.equal(await bench.commit(1, { memberId: 'a', generationId: 2 }, 9), NONE)
  t.equal(await bench.commit(1, { memberId: 'a', generationId: 2 }, 8), ErrorCode.UNSUPPORTED_VERSION)
  t.equal(await bench.commit(1, { memberId: 'a', generationId: 7 }, 9), ErrorCode.STALE_MEMBER_EPOCH)
  t.equal(await bench.commit(1, { memberId: 'x', generationId: 2 }, 9), ErrorCode.UNKNOWN_MEMBER_ID)
  await join(bench, 'b')
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1, 2, 3]) })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns([0, 1]) })
  t.equal(await bench.commit(1, { memberId: 'a', generationId: 2 }, 9), NONE, 'partition 0 is its own since epoch 2')
})

t.test('an empty group is deleted, and makes room for other kinds', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  const remove = async () => (await bench.run(bench.coordinator.admin.delete(['group']))).value
  t.match(await remove(), [{ errorCode: ErrorCode.NON_EMPTY_GROUP }])
  await beat(bench, { memberId: 'a', memberEpoch: -1 })
  t.match(await describe(bench), { groupState: 'Empty', groupEpoch: 3, assignmentEpoch: 3 })
  t.match(await remove(), [{ errorCode: NONE }])
  t.match(await describe(bench), { errorCode: ErrorCode.GROUP_ID_NOT_FOUND })
  const after = await bench.restart()
  t.match(await describe(after), { errorCode: ErrorCode.GROUP_ID_NOT_FOUND })
})
