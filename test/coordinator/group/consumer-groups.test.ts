/** Groups of KIP-848 on virtual time: transcripts reasoned from the KIP, and what a crash must not take away. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../../src/metadata/metadata-image.ts'
import type { TopicImage } from '../../../src/metadata/topics-image.ts'
import { imageWithTopics } from '../../api/support/api-bench.ts'
import { GroupBench, withFeatures } from '../support/group-bench.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const NEW_ID = 'AAAAAAAAAAAAAAAAAAAABA'
const { NONE } = ErrorCode

interface Told {
  errorCode: number | undefined
  epoch: number
  /** Partitions of `topic`; null when the answer says nothing of them. */
  assigned: number[] | null
}

async function start(config: Parameters<typeof GroupBench.start>[0] = {}): Promise<GroupBench> {
  const bench = await GroupBench.start(config)
  bench.image = withFeatures(imageWithTopics({ topic: 4 }))
  return bench
}

async function beat(bench: GroupBench, request: Partial<ConsumerGroupHeartbeatRequest>): Promise<Told> {
  const client = { apiVersion: 1, clientId: 'client', clientHost: '/127.0.0.1' }
  const full = {
    groupId: 'group',
    memberId: '',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
    ...request,
  }
  const answer = await bench.run(bench.coordinator.consumer.heartbeat(client, full))
  const topics = answer.value?.assignment?.topicPartitions
  return {
    errorCode: answer.errorCode ?? answer.value?.errorCode ?? NONE,
    epoch: answer.value?.memberEpoch ?? -9,
    assigned: topics ? topics.flatMap(({ partitions }) => [...(partitions ?? [])]).sort() : null,
  }
}

const join = (bench: GroupBench, memberId: string, more: Partial<ConsumerGroupHeartbeatRequest> = {}) =>
  beat(bench, { memberId, rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['topic'], topicPartitions: [], ...more })

const owns = (...partitions: number[]) => ({ topicPartitions: [{ topicId: ID, partitions }] })

async function describe(bench: GroupBench, groupId = 'group') {
  const [group] = (await bench.run(bench.coordinator.consumer.describe([groupId]))).value!
  return group
}

t.test('partitions move only after they were let go of', async (t) => {
  const bench = await start()
  t.strictSame(await join(bench, 'a'), { errorCode: NONE, epoch: 2, assigned: [0, 1, 2, 3] })
  t.strictSame(await join(bench, 'b'), { errorCode: NONE, epoch: 3, assigned: [] }, 'b waits in the new epoch')
  t.strictSame(await beat(bench, { memberId: 'a', memberEpoch: 2 }), { errorCode: NONE, epoch: 2, assigned: [0, 1] })
  t.equal((await describe(bench)).groupState, 'Reconciling')
  const still = await beat(bench, { memberId: 'b', memberEpoch: 3 })
  t.equal(still.assigned, null, 'a has not said yet that it let go')
  const done = await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 1) })
  t.strictSame(done, { errorCode: NONE, epoch: 3, assigned: null })
  t.strictSame(await beat(bench, { memberId: 'b', memberEpoch: 3 }), { errorCode: NONE, epoch: 3, assigned: [2, 3] })
  t.match(await describe(bench), { groupState: 'Stable', groupEpoch: 3, assignmentEpoch: 3, assignorName: 'uniform' })
})

t.test('epochs fence, but the last one is good while its answer may have been lost', async (t) => {
  const bench = await start()
  t.equal((await beat(bench, { memberId: 'a', memberEpoch: 1 })).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
  await join(bench, 'a')
  t.equal((await beat(bench, { memberId: 'x', memberEpoch: 2 })).errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal((await beat(bench, { memberId: 'a', memberEpoch: 3 })).errorCode, ErrorCode.FENCED_MEMBER_EPOCH)
  t.equal((await beat(bench, { memberId: 'a', memberEpoch: 1 })).errorCode, ErrorCode.FENCED_MEMBER_EPOCH)
  await join(bench, 'b')
  await beat(bench, { memberId: 'a', memberEpoch: 2 })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 1) })
  t.equal((await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0) })).errorCode, NONE, 'a part of what it has')
  const more = await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 3) })
  t.equal(more.errorCode, ErrorCode.FENCED_MEMBER_EPOCH, 'more than what it has')
})

t.test('a member that is silent, or does not let go, is put out', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  await bench.advance(30_000)
  await join(bench, 'b')
  await bench.advance(20_000)
  t.strictSame(
    (await describe(bench)).members.map(({ memberId }) => memberId),
    ['b'],
    'a was silent for a session',
  )
  t.strictSame((await beat(bench, { memberId: 'b', memberEpoch: 3 })).assigned, [0, 1, 2, 3])
  await join(bench, 'c')
  for (let i = 0; i < 4; i++) {
    await beat(bench, { memberId: 'b', memberEpoch: 4 })
    await beat(bench, { memberId: 'c', memberEpoch: 5 })
    await bench.advance(20_000)
  }
  t.strictSame(
    (await describe(bench)).members.map(({ memberId }) => memberId),
    ['c'],
    'b heard that it must let go, and did not within its rebalance timeout',
  )
})

t.test('a static member keeps its partitions for who comes back in its name', async (t) => {
  const bench = await start()
  const first = await join(bench, 'a', { instanceId: 'one' })
  t.strictSame(first.assigned, [0, 1, 2, 3])
  t.equal((await join(bench, 'b', { instanceId: 'one' })).errorCode, ErrorCode.UNRELEASED_INSTANCE_ID)
  t.equal((await beat(bench, { memberId: 'a', instanceId: 'one', memberEpoch: -2 })).epoch, -2)
  t.strictSame(await join(bench, 'b', { instanceId: 'one' }), { errorCode: NONE, epoch: 2, assigned: [0, 1, 2, 3] })
  const fenced = await beat(bench, { memberId: 'a', instanceId: 'one', memberEpoch: 2 })
  t.equal(fenced.errorCode, ErrorCode.FENCED_INSTANCE_ID)
})

t.test('the group is in the log: another coordinator goes on with it', async (t) => {
  let bench = await start()
  await join(bench, 'a')
  await join(bench, 'b')
  await beat(bench, { memberId: 'a', memberEpoch: 2 })
  const before = await describe(bench)
  const { image } = bench
  bench = await bench.restart()
  bench.image = image
  t.strictSame(await describe(bench), before)
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 1) })
  t.strictSame((await beat(bench, { memberId: 'b', memberEpoch: 3 })).assigned, [2, 3])
  await bench.advance(50_000)
  t.equal((await describe(bench)).groupState, 'Empty', 'sessions are timed again')
})

t.test('joins in a hurry share one computation of the target', async (t) => {
  const bench = await start()
  const { config } = bench
  const patient = await GroupBench.start({ consumer: { ...config.consumer, assignmentIntervalMs: () => 1_000 } })
  patient.image = bench.image
  t.strictSame((await join(patient, 'a')).assigned, [0, 1, 2, 3])
  t.strictSame(await join(patient, 'b'), { errorCode: NONE, epoch: 2, assigned: [] })
  t.equal((await describe(patient)).groupState, 'Assigning')
  await patient.advance(1_000)
  t.equal((await beat(patient, { memberId: 'b', memberEpoch: 2 })).epoch, 3)
})

t.test('offsets are committed in the epoch of the member, or since it has the partition', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  await join(bench, 'b')
  await beat(bench, { memberId: 'a', memberEpoch: 2 })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 1) })
  const commit = (memberId: string, generationId: number, apiVersion = 9) =>
    bench.commit(1, { memberId, generationId, topicId: ID }, apiVersion)
  t.equal(await commit('a', 3), NONE)
  t.equal(await commit('a', 2), NONE, 'it has had the partition since then')
  t.equal(await commit('a', 1), ErrorCode.STALE_MEMBER_EPOCH)
  t.equal(await commit('a', 4), ErrorCode.STALE_MEMBER_EPOCH)
  t.equal(await commit('b', 2), ErrorCode.STALE_MEMBER_EPOCH, 'it never had the partition')
  t.equal(await commit('x', 3), ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal(await commit('a', 3, 8), ErrorCode.UNSUPPORTED_VERSION)
})

t.test('a regular expression is looked up apart, and again when topics have come', async (t) => {
  const bench = await start()
  const regex = { subscribedTopicNames: null, subscribedTopicRegex: 'to.*' }
  t.equal((await join(bench, 'a', { subscribedTopicRegex: '(' })).errorCode, ErrorCode.INVALID_REGULAR_EXPRESSION)
  t.strictSame(await join(bench, 'a', regex), { errorCode: NONE, epoch: 1, assigned: [] })
  await bench.advance(1)
  t.strictSame((await beat(bench, { memberId: 'a', memberEpoch: 1 })).assigned, [0, 1, 2, 3])
  await bench.advance(11_000)
  publish(bench, withTopic(bench.image, 'tomorrow'))
  t.equal((await beat(bench, { memberId: 'a', memberEpoch: 2 })).assigned, null)
  await bench.advance(1)
  t.strictSame((await beat(bench, { memberId: 'a', memberEpoch: 2 })).assigned, [0, 0, 1, 2, 3])
})

t.test('a classic group is taken in, and given back when only classic members are left', async (t) => {
  const bench = await start()
  const { ids, generationId } = await bench.stableGroup(1)
  t.match(await join(bench, 'new', { subscribedTopicNames: ['topic'] }), { errorCode: ErrorCode.GROUP_ID_NOT_FOUND })
  await bench.leave({ memberId: ids[0] })

  const { memberId } = (await bench.join()).value!
  const joined = (await bench.join({ memberId })).value!
  await bench.sync(memberId, joined.generationId)
  const upgraded = await join(bench, 'new')
  t.match(upgraded, { errorCode: NONE, assigned: [2, 3] }, 'the rest is for the classic member')
  t.equal(await bench.heartbeat(memberId, joined.generationId), ErrorCode.REBALANCE_IN_PROGRESS)
  const rejoined = (await bench.join({ memberId })).value!
  t.equal(rejoined.errorCode, NONE)
  const group = await describe(bench)
  t.strictSame(group.members.map((member) => member.memberType).sort(), [0, 1])
  await beat(bench, { memberId: 'new', memberEpoch: -1 })
  t.equal((await describe(bench)).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
  t.match((await bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] }))[0], { groupType: 'classic' })
  t.ok(generationId > 0)
})

t.test('an empty group is deleted with its offsets, one with members is not', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  const remove = async () => (await bench.run(bench.coordinator.admin.delete(['group']))).value![0].errorCode
  t.equal(await remove(), ErrorCode.NON_EMPTY_GROUP)
  await beat(bench, { memberId: 'a', memberEpoch: -1 })
  t.equal(await remove(), NONE)
  t.equal((await describe(bench)).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
})

function withTopic(image: MetadataImage, name: string): MetadataImage {
  const topic: TopicImage = { name, id: NEW_ID, partitions: [image.topics.get('topic')!.partitions[0]] }
  const provenance = { ...image.provenance, lastContainedOffset: image.provenance.lastContainedOffset + 1 }
  return { ...image, provenance, topics: image.topics.with([], [topic]) }
}

function publish(bench: GroupBench, after: MetadataImage): void {
  const createdTopics = [...after.topics].filter(({ id }) => bench.image.topics.getById(id) === undefined)
  const nothing = { changedTopics: [], deletedTopics: [], changedConfigs: [] }
  bench.coordinator.onMetadataUpdate({ before: EMPTY_IMAGE, after, createdTopics, ...nothing })
  bench.image = after
}
