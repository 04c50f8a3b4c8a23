/** Groups of KIP-848 on virtual time: transcripts reasoned from the KIP, and what a crash must not take away. */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import type { TopicImage } from '../../../src/metadata/image/topics-image.ts'
import { imageWithTopics } from '../../api/support/api-bench.ts'
import { GroupBench, withFeatures } from '../support/group-bench.ts'
import { normalized, play } from '../support/group-transcript.ts'

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

async function beat(
  bench: GroupBench,
  request: Partial<ConsumerGroupHeartbeatRequest>,
  more: { mayDescribe?: (topic: string) => boolean } = {},
): Promise<Told> {
  const client = { apiVersion: 1, clientId: 'client', clientHost: '/127.0.0.1', ...more }
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

function transcript(name: string, expected: string, config: Parameters<typeof GroupBench.start>[0] = {}): void {
  t.test(name, async (t) => {
    const bench = await GroupBench.start(config)
    bench.image = withFeatures(imageWithTopics({ topic: 4 }))
    t.equal(await play(bench, expected), normalized(expected))
  })
}

transcript(
  'partitions move only after they were let go of',
  `
  > beat a 0 joins
    member a topic
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  # b waits in the new epoch
  > beat b 0 joins
    member b topic
    epoch 3
    target a 0,1
    target b 2,3
    target epoch 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3 has nothing
  = consumer Reconciling
  > beat a 2
    assignment a 2 unrevoked 0,1 revoking 2,3
  < a beat: epoch 2 has 0,1
  # a has not said yet that it let go
  > beat b 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3
  > beat a 2 owns=0,1
    assignment a 3 stable 0,1
  < a beat: epoch 3
  > beat b 3
    assignment b 3 stable 2,3
  < b beat: epoch 3 has 2,3
  = consumer Stable
  `,
)

transcript(
  'epochs fence, but the last one is good while its answer may have been lost',
  `
  > beat a 1
  < a beat: GROUP_ID_NOT_FOUND
  > beat a 0 joins
    member a topic
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > beat x 2
  < x beat: UNKNOWN_MEMBER_ID
  > beat a 3
  < a beat: FENCED_MEMBER_EPOCH
  > beat a 1
  < a beat: FENCED_MEMBER_EPOCH
  > beat b 0 joins
    member b topic
    epoch 3
    target a 0,1
    target b 2,3
    target epoch 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3 has nothing
  = consumer Reconciling
  > beat a 2
    assignment a 2 unrevoked 0,1 revoking 2,3
  < a beat: epoch 2 has 0,1
  > beat a 2 owns=0,1
    assignment a 3 stable 0,1
  < a beat: epoch 3
  # it owns a part of what it has
  > beat a 2 owns=0
  < a beat: epoch 3
  # it owns more than what it has
  > beat a 2 owns=0,3
  < a beat: FENCED_MEMBER_EPOCH
  `,
)

transcript(
  'a member that is silent, or does not let go, is put out',
  `
  > beat a 0 joins
    member a topic
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > wait 30000
  > beat b 0 joins
    member b topic
    epoch 3
    target a 0,1
    target b 2,3
    target epoch 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3 has nothing
  = consumer Reconciling
  # a was silent for a session
  > wait 20000
    tombstone of assignment a
    tombstone of target a
    tombstone of member a
    epoch 4
  = consumer Assigning
  > beat b 3
    target b 2,3,0,1
    target epoch 4
    assignment b 4 stable 2,3,0,1
  < b beat: epoch 4 has 0,1,2,3
  = consumer Stable
  > beat c 0 joins
    member c topic
    epoch 5
    target b 2,3
    target c 0,1
    target epoch 5
    assignment c 5 unreleased nothing
  < c beat: epoch 5 has nothing
  = consumer Reconciling
  > beat b 4
    assignment b 4 unrevoked 2,3 revoking 0,1
  < b beat: epoch 4 has 2,3
  > beat c 5
    assignment c 5 unreleased nothing
  < c beat: epoch 5
  > wait 20000
  > beat b 4
  < b beat: epoch 4
  > beat c 5
  < c beat: epoch 5
  > wait 20000
  > beat b 4
  < b beat: epoch 4
  > beat c 5
  < c beat: epoch 5
  # b heard that it must let go, and did not within its rebalance timeout
  > wait 20000
    tombstone of assignment b
    tombstone of target b
    tombstone of member b
    epoch 6
  = consumer Assigning
  > beat b 4
  < b beat: UNKNOWN_MEMBER_ID
  > beat c 5
    target c 0,1,2,3
    target epoch 6
    assignment c 6 stable 0,1,2,3
  < c beat: epoch 6 has 0,1,2,3
  = consumer Stable
  `,
)

transcript(
  'a static member keeps its partitions for its successor of the same name',
  `
  > beat a 0 joins static=one
    member a topic static one
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > beat b 0 joins static=one
  < b beat: UNRELEASED_INSTANCE_ID
  > beat a -2 static=one
    assignment a -2 stable 0,1,2,3
  < a beat: epoch -2
  = consumer Reconciling
  > beat b 0 joins static=one
    tombstone of assignment a
    tombstone of target a
    tombstone of member a
    member b topic static one
    target b 0,1,2,3
    assignment b 0 stable 0,1,2,3
    assignment b 2 stable 0,1,2,3
  < b beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > beat a 2 static=one
  < a beat: FENCED_INSTANCE_ID
  `,
)

transcript(
  'the group is in the log: another coordinator goes on with it',
  `
  > beat a 0 joins
    member a topic
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > beat b 0 joins
    member b topic
    epoch 3
    target a 0,1
    target b 2,3
    target epoch 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3 has nothing
  = consumer Reconciling
  > beat a 2
    assignment a 2 unrevoked 0,1 revoking 2,3
  < a beat: epoch 2 has 0,1
  > restart
  > beat a 2 owns=0,1
    assignment a 3 stable 0,1
  < a beat: epoch 3
  > beat b 3
    assignment b 3 stable 2,3
  < b beat: epoch 3 has 2,3
  = consumer Stable
  # sessions are timed again
  > wait 50000
    tombstone of assignment a
    tombstone of target a
    tombstone of member a
    epoch 4
    tombstone of assignment b
    tombstone of target b
    tombstone of member b
    epoch 5
    target epoch 5
  = consumer Empty
  `,
)

transcript(
  'offsets are committed in the epoch of the member, or since it has the partition',
  `
  > beat a 0 joins
    member a topic
    epoch 2
    target a 0,1,2,3
    target epoch 2
    assignment a 2 stable 0,1,2,3
  < a beat: epoch 2 has 0,1,2,3
  = consumer Stable
  > beat b 0 joins
    member b topic
    epoch 3
    target a 0,1
    target b 2,3
    target epoch 3
    assignment b 3 unreleased nothing
  < b beat: epoch 3 has nothing
  = consumer Reconciling
  > beat a 2
    assignment a 2 unrevoked 0,1 revoking 2,3
  < a beat: epoch 2 has 0,1
  > beat a 2 owns=0,1
    assignment a 3 stable 0,1
  < a beat: epoch 3
  > commit a 3 1 v=9
    offset topic-0 1
  < a commit: ok
  # it has had the partition since then
  > commit a 2 2 v=9
    offset topic-0 2
  < a commit: ok
  > commit a 1 3 v=9
  < a commit: STALE_MEMBER_EPOCH
  > commit a 4 3 v=9
  < a commit: STALE_MEMBER_EPOCH
  # it never had the partition
  > commit b 2 3 v=9
  < b commit: STALE_MEMBER_EPOCH
  > commit x 3 3 v=9
  < x commit: UNKNOWN_MEMBER_ID
  > commit a 3 3 v=8
  < a commit: UNSUPPORTED_VERSION
  `,
)

transcript(
  'a classic group is taken in, and given back when only classic members are left',
  `
  > join c
    classic 0
  < c join: MEMBER_ID_REQUIRED
  = classic Empty
  > join c
  < c join: generation 1 range leads c
  = classic CompletingRebalance
  > sync c 1
    classic 1 consumer range led by c c=
  < c sync: gets nothing
  = classic Stable
  > beat n 0 joins
    classic tombstone
    member c topic classic
    epoch 1
    target c nothing
    target epoch 1
    assignment c 1 stable nothing
    member n topic
    epoch 2
    target c 0,1
    target n 2,3
    target epoch 2
    assignment n 2 stable 2,3
  < n beat: epoch 2 has 2,3
  = consumer Reconciling
  > heartbeat c 1
  < c heartbeat: REBALANCE_IN_PROGRESS
  > join c
    assignment c 2 stable 0,1
  < c join: generation 2 range alone
  = consumer Stable
  > sync c 2
  < c sync: gets 29 bytes
  > beat n -1
    tombstone of assignment c
    tombstone of assignment n
    tombstone of target c
    tombstone of target n
    tombstone of target-epoch
    tombstone of member c
    tombstone of member n
    tombstone of subscription-metadata
    tombstone of epoch
    classic 2 consumer range led by c c=29 bytes
  < n beat: epoch -1
  = classic PreparingRebalance
  `,
)

t.test('a group that has settled is described as such', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  t.match(await describe(bench), { groupState: 'Stable', groupEpoch: 2, assignmentEpoch: 2, assignorName: 'uniform' })
  await join(bench, 'b')
  await beat(bench, { memberId: 'a', memberEpoch: 2 })
  t.match(await describe(bench), { groupState: 'Reconciling', groupEpoch: 3, assignmentEpoch: 3 })
  await beat(bench, { memberId: 'a', memberEpoch: 2, ...owns(0, 1) })
  await beat(bench, { memberId: 'b', memberEpoch: 3 })
  t.match(await describe(bench), { groupState: 'Stable', groupEpoch: 3, assignmentEpoch: 3, assignorName: 'uniform' })
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

t.test('a regular expression stands for no topic that its member may not describe', async (t) => {
  const bench = await start()
  bench.image = withFeatures(imageWithTopics({ topic: 1, __consumer_offsets: 1 }))
  const joining = { memberId: 'a', rebalanceTimeoutMs: 60_000, subscribedTopicRegex: '.*', topicPartitions: [] }
  const isTopic = { mayDescribe: (name: string) => name === 'topic' }
  const { epoch } = await beat(bench, joining, isTopic)
  await bench.advance(1)
  await beat(bench, { memberId: 'a', memberEpoch: epoch }, isTopic)
  const { members = [] } = await describe(bench)
  const topics = members.flatMap(({ targetAssignment }) => targetAssignment?.topicPartitions ?? [])
  t.strictSame(
    topics.map(({ topicName }) => topicName),
    ['topic'],
  )
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

// GroupMetadataManager.hasPreferredServerAssignorChanged of Apache Kafka 4.4.0.
t.test('another assignor is asked as soon as the group wants it', async (t) => {
  const bench = await start()
  const { epoch } = await join(bench, 'a')
  const wants = (memberEpoch: number, serverAssignor: string) =>
    beat(bench, { memberId: 'a', memberEpoch, serverAssignor })
  t.equal((await wants(epoch, 'range')).epoch, epoch + 1)
  t.equal((await wants(epoch + 1, 'range')).epoch, epoch + 1, 'nothing is new')
  t.equal((await wants(epoch + 1, 'uniform')).epoch, epoch + 2)
})

// GroupMetadataManager.throwIfConsumerGroupIsFull of Apache Kafka 4.4.0.
t.test('a static member keeps its place in a full group', async (t) => {
  const { consumer } = (await start()).config
  const bench = await start({ consumer: { ...consumer, maxSize: 1 } })
  await join(bench, 'a', { instanceId: 'one' })
  t.equal((await join(bench, 'b', { instanceId: 'two' })).errorCode, ErrorCode.GROUP_MAX_SIZE_REACHED)
  await beat(bench, { memberId: 'a', instanceId: 'one', memberEpoch: -2 })
  t.match(await join(bench, 'c', { instanceId: 'one' }), { errorCode: NONE, assigned: [0, 1, 2, 3] })
})

// OffsetMetadataManager.commitOffset of Apache Kafka 4.4.0 lets the first partition that is refused end the request.
t.test('a commit of which one partition is stale is refused as a whole', async (t) => {
  const bench = await start()
  bench.image = withTopic(bench.image, 'other')
  const { epoch } = await join(bench, 'a')
  await beat(bench, {
    memberId: 'a',
    memberEpoch: epoch,
    subscribedTopicNames: ['topic', 'other'],
    ...owns(0, 1, 2, 3),
  })
  const partitions = [
    { partitionIndex: 0, committedOffset: 7n, commitTimestamp: -1n, committedLeaderEpoch: -1, committedMetadata: null },
  ]
  const commit = (...topics: { name: string; topicId: string }[]) =>
    bench.coordinator.offsets.commit(9, {
      groupId: 'group',
      memberId: 'a',
      groupInstanceId: null,
      generationIdOrMemberEpoch: epoch,
      retentionTimeMs: -1n,
      topics: topics.map((topic) => ({ ...topic, partitions })),
    })
  const [topic, other] = [
    { name: 'topic', topicId: ID },
    { name: 'other', topicId: NEW_ID },
  ]
  t.match((await bench.run(commit(topic))).errorCode ?? NONE, NONE)
  const before = bench.log.end
  t.equal((await bench.run(commit(topic, other))).errorCode, ErrorCode.STALE_MEMBER_EPOCH)
  t.equal(bench.log.end, before, 'nothing is written')
})

// GroupMetadataManager.deserializeSubscription of Apache Kafka 4.4.0.
t.test('a classic member with a subscription that nobody can read is refused', async (t) => {
  const bench = await start()
  await join(bench, 'a')
  const protocols = [{ name: 'range', metadata: Buffer.of(0, 0) }]
  t.equal((await bench.join({ memberId: 'x', protocols })).errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
})

function withTopic(image: MetadataImage, name: string): MetadataImage {
  const topic: TopicImage = { name, id: NEW_ID, partitions: [image.topics.get('topic')!.partitions[0]] }
  const provenance = { ...image.provenance, lastContainedOffset: image.provenance.lastContainedOffset + 1 }
  return { ...image, provenance, topics: image.topics.with([], [topic]) }
}

function publish(bench: GroupBench, after: MetadataImage): void {
  const createdTopics = [...after.topics].filter(({ id }) => bench.image.topics.getById(id) === undefined)
  const nothing = { changedTopics: [], deletedTopics: [], changedConfigs: [], changedAcls: [] }
  bench.coordinator.onMetadataUpdate({ before: EMPTY_IMAGE, after, createdTopics, ...nothing })
  bench.image = after
}
