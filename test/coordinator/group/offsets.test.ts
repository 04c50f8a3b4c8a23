/** Offsets: who may commit, what is kept and for how long (KIP-211, KIP-447, KIP-496). */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import { GroupBench, MINUTE_MS } from '../support/group-bench.ts'

const { NONE } = ErrorCode
const DAY_MS = 24 * 60 * MINUTE_MS
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

t.test('a client without a group commits under a name', async (t) => {
  const bench = await GroupBench.start()
  t.equal(await bench.commit(7, { metadata: 'note' }), NONE)
  t.strictSame(bench.records(), [
    {
      kind: 'offset',
      group: 'group',
      topic: 'topic',
      partition: 0,
      value: {
        offset: 7n,
        leaderEpoch: 3,
        metadata: 'note',
        commitTimestampMs: bench.clock.startMs,
        expireTimestampMs: -1,
        topicId: TOPIC_ID,
      },
    },
  ])
  t.equal(await bench.state(), 'Empty')
  t.equal(await bench.offset(), 7)
  t.equal(await (await bench.restart()).offset(), 7)
})

t.test('who may commit', async (t) => {
  const bench = await GroupBench.start()
  t.equal(await bench.commit(1, { generationId: 1, memberId: 'm' }), ErrorCode.ILLEGAL_GENERATION)
  t.equal(await bench.commit(1, { generationId: 1, memberId: 'm' }, 9), ErrorCode.GROUP_ID_NOT_FOUND)
  const { ids } = await bench.stableGroup(1)
  t.equal(await bench.commit(1), ErrorCode.UNKNOWN_MEMBER_ID, 'a stranger, while the group has members')
  t.equal(await bench.commit(1, { memberId: 'm', generationId: 1 }), ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal(await bench.commit(1, { memberId: ids[0], generationId: 0 }), ErrorCode.ILLEGAL_GENERATION)
  t.equal(await bench.commit(1, { memberId: ids[0], generationId: 1 }), NONE)
  const second = await bench.joinAsNew()
  t.equal(await bench.commit(2, { memberId: ids[0], generationId: 1 }), NONE, 'before it gives its partitions away')
  await bench.join({ memberId: ids[0] })
  t.equal(await bench.commit(3, { memberId: second.memberId, generationId: 2 }), ErrorCode.REBALANCE_IN_PROGRESS)
  t.equal(await bench.offset(), 2)
})

t.test('a commit is a sign of life', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(1)
  await bench.advance(9_000)
  await bench.commit(1, { memberId: ids[0], generationId: 1 })
  await bench.advance(9_000)
  t.equal(await bench.state(), 'Stable')
})

t.test('metadata that is too long concerns its own partition', async (t) => {
  const bench = await GroupBench.start({ offsetMetadataMaxBytes: 4 })
  t.equal(await bench.commit(1, { metadata: '12345' }), ErrorCode.OFFSET_METADATA_TOO_LARGE)
  t.equal(bench.log.end, 0)
  t.equal(await bench.commit(1, { metadata: '1234' }), NONE)
})

t.test('a commit that cannot be written is not seen', async (t) => {
  const bench = await GroupBench.start()
  await bench.commit(1)
  for (const [failure, code] of [
    [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE],
    [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR],
    [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR],
  ]) {
    bench.log.failure = new KafkaError(failure)
    t.equal(await bench.commit(9), code)
    t.equal(await bench.offset(), 1)
  }
})

t.test('uncommitted offsets are not read; a reader of stable ones waits for them', async (t) => {
  const bench = await GroupBench.start()
  await bench.commit(1)
  bench.log.holdsHighWatermark = true
  t.equal(await bench.commit(2), undefined, 'not answered yet')
  t.equal(await bench.offset(), 1)
  const group = { groupId: 'group', memberId: null, memberEpoch: -1, topics: null }
  const stable = await bench.run(bench.coordinator.offsets.fetch(group, true))
  t.ok(stable.isPending)
  bench.log.commit()
  await bench.settle()
  t.equal(stable.value?.topics[0].partitions[0].committedOffset, 2n)
})

t.test('fetching: all partitions, none, and those of another topic of the same name', async (t) => {
  const bench = await GroupBench.start()
  await bench.commit(5)
  const fetch = (topics: { name: string; topicId: string; partitionIndexes: number[] }[] | null, groupId = 'group') =>
    bench.coordinator.offsets.fetch({ groupId, memberId: null, memberEpoch: -1, topics }, false)
  const none = { committedOffset: -1n, committedLeaderEpoch: -1, metadata: '', errorCode: NONE }
  t.strictSame((await fetch(null)).topics, [
    {
      name: 'topic',
      topicId: ZERO_UUID,
      partitions: [{ partitionIndex: 0, committedOffset: 5n, committedLeaderEpoch: 3, metadata: '', errorCode: NONE }],
    },
  ])
  t.strictSame((await fetch(null, 'nobody')).topics, [])
  t.strictSame((await fetch([{ name: 'topic', topicId: ZERO_UUID, partitionIndexes: [3] }], 'nobody')).topics, [
    { name: 'topic', topicId: ZERO_UUID, partitions: [{ partitionIndex: 3, ...none }] },
  ])
  const reborn = 'AAAAAAAAAAAAAAAAAAAABA'
  t.strictSame((await fetch([{ name: 'topic', topicId: reborn, partitionIndexes: [0] }])).topics, [
    { name: 'topic', topicId: reborn, partitions: [{ partitionIndex: 0, ...none }] },
  ])
})

t.test('offsets of an empty group expire since it became empty, and the group with them', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(1)
  await bench.commit(1, { memberId: ids[0], generationId: 1 })
  for (let day = 0; day < 10; day++) await bench.advance(9_000)
  await bench.leave({ memberId: ids[0] })
  await bench.advance(7 * DAY_MS - 11 * MINUTE_MS)
  t.equal(await bench.offset(), 1)
  const before = bench.log.end
  await bench.advance(22 * MINUTE_MS)
  t.equal(await bench.offset(), -1)
  t.equal(await bench.state(), 'Dead')
  t.match(bench.records(before), [
    { kind: 'offset', topic: 'topic', value: null },
    { kind: 'classic', group: 'group', value: null },
  ])
  t.equal(await (await bench.restart()).state(), 'Dead')
})

t.test(
  'offsets of a client without a group expire since their commit; a retention time of its own comes first',
  async (t) => {
    const bench = await GroupBench.start()
    await bench.commit(1, { topic: 'long' })
    await bench.commit(1, { topic: 'short', retentionTimeMs: BigInt(30 * MINUTE_MS) }, 4)
    await bench.advance(41 * MINUTE_MS)
    t.equal(await bench.offset('short'), -1)
    t.equal(await bench.offset('long'), 1)
    await bench.advance(7 * DAY_MS)
    t.equal(await bench.offset('long'), -1)
    t.equal(await bench.state(), 'Dead')
  },
)

t.test('a working group keeps the offsets of topics that it is subscribed to', async (t) => {
  const bench = await GroupBench.start({ offsetsRetentionMs: 60 * MINUTE_MS })
  const session = { sessionTimeoutMs: 1_800_000 }
  const { ids } = await bench.stableGroup(1, session)
  const member = { memberId: ids[0], generationId: 1 }
  await bench.commit(1, { ...member, topic: 'topic' })
  await bench.commit(1, { ...member, topic: 'left behind' })
  for (let i = 0; i < 4; i++) {
    await bench.advance(20 * MINUTE_MS)
    t.equal(await bench.heartbeat(ids[0], 1), NONE)
  }
  t.equal(await bench.offset('topic'), 1)
  t.equal(await bench.offset('left behind'), -1)
})

t.test('deleting offsets: not those of topics that somebody is subscribed to', async (t) => {
  const bench = await GroupBench.start()
  const remove = async (topic: string, groupId = 'group') => {
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0 }] }]
    const answer = await bench.run(bench.coordinator.offsets.delete({ groupId, topics }))
    return answer.errorCode ?? answer.value?.topics?.[0].partitions?.[0].errorCode
  }
  t.equal(await remove('topic'), ErrorCode.GROUP_ID_NOT_FOUND)
  t.equal(await remove('topic', ''), ErrorCode.INVALID_GROUP_ID)
  const { ids } = await bench.stableGroup(1)
  await bench.commit(1, { memberId: ids[0], generationId: 1, topic: 'topic' })
  await bench.commit(1, { memberId: ids[0], generationId: 1, topic: 'other' })
  t.equal(await remove('topic'), ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
  t.equal(await remove('other'), NONE)
  t.equal(await bench.offset('other'), -1)
  await bench.leave({ memberId: ids[0] })
  t.equal(await remove('topic'), NONE)
  await bench.stableGroup(1, { protocolType: 'connect' })
  t.equal(await remove('topic'), ErrorCode.NON_EMPTY_GROUP, 'only consumers say what they are subscribed to')
})

t.test('the offsets of a topic go with it; its namesake keeps its own', async (t) => {
  const bench = await GroupBench.start()
  await bench.commit(1, { groupId: 'a' })
  await bench.commit(1, { groupId: 'b', topicId: 'AAAAAAAAAAAAAAAAAAAABA' })
  await bench.commit(1, { groupId: 'c', topicId: ZERO_UUID })
  await bench.commit(1, { groupId: 'a', topic: 'other' })
  await bench.run(bench.coordinator.onTopicsDeleted([{ name: 'topic', topicId: TOPIC_ID }]))
  t.equal(await bench.offset('topic', 'a'), -1)
  t.equal(await bench.offset('topic', 'b'), 1)
  t.equal(await bench.offset('topic', 'c'), -1)
  t.equal(await bench.offset('other', 'a'), 1)
})

t.test('an unreadable subscription could be to anything', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(1, { protocols: [{ name: 'range', metadata: Buffer.from([0]) }] })
  await bench.commit(1, { memberId: ids[0], generationId: 1, topic: 'any' })
  const topics = [{ name: 'any', partitions: [{ partitionIndex: 0 }] }]
  const answer = await bench.run(bench.coordinator.offsets.delete({ groupId: 'group', topics }))
  t.equal(answer.value?.topics?.[0].partitions?.[0].errorCode, ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
})
