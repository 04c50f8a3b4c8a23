/** The group APIs over every version that Kafka advertises: what old versions cannot say, they are told otherwise. */
import t from 'tap'
import { decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { consumerGroupDescribeHandler } from '../../src/api/consumer-group-describe.ts'
import { consumerGroupHeartbeatHandler } from '../../src/api/consumer-group-heartbeat.ts'
import { deleteGroupsHandler } from '../../src/api/delete-groups.ts'
import { describeGroupsHandler } from '../../src/api/describe-groups.ts'
import { heartbeatHandler } from '../../src/api/heartbeat.ts'
import { joinGroupHandler } from '../../src/api/join-group.ts'
import { leaveGroupHandler } from '../../src/api/leave-group.ts'
import { listGroupsHandler } from '../../src/api/list-groups.ts'
import { offsetCommitHandler } from '../../src/api/offset-commit.ts'
import { offsetDeleteHandler } from '../../src/api/offset-delete.ts'
import { offsetFetchHandler } from '../../src/api/offset-fetch.ts'
import { syncGroupHandler } from '../../src/api/sync-group.ts'
import type { ApiHandler } from '../../src/dispatch/handler.ts'
import { GroupBench, subscription, withFeatures } from '../coordinator/support/group-bench.ts'
import { facts } from '../support/facts.ts'
import { imageWithTopics, requestContext, TOPIC_IDS } from './support/api-bench.ts'
import { responseOf } from './support/outcome-of.ts'

const internalTopics = { ensure: async () => true }

const { NONE } = ErrorCode
const UNKNOWN_ID = 'ZZZZZZZZZZZZZZZZZZZZZQ'
const image = () => imageWithTopics({ topic: 2 })

/** Sends a request as a client of that version would and reads the answer as it would. */
async function send<Request extends MessageSchema, Response extends MessageSchema>(
  bench: GroupBench,
  handler: ApiHandler<Request, Response>,
  version: number,
  request: Encodable<Request>,
  remoteAddress?: string,
): Promise<Decoded<Response>> {
  const decoded = decodeMessage(handler.request, version, encodeMessage(handler.request, version, request))
  const context = requestContext(handler.apiKey, version, remoteAddress)
  const answer = await bench.run(responseOf(handler, context, decoded))
  if (answer.value === undefined) throw new Error(`${handler.name} v${version} was not answered`)
  return decodeMessage(handler.response, version, encodeMessage(handler.response, version, answer.value))
}

t.test('versions are those that Kafka advertises', async (t) => {
  const groups = (await GroupBench.start()).coordinator
  const handlers = [
    joinGroupHandler({ groups }),
    syncGroupHandler({ groups }),
    heartbeatHandler({ groups }),
    leaveGroupHandler({ groups }),
    listGroupsHandler({ groups }),
    describeGroupsHandler({ groups }),
    deleteGroupsHandler({ groups }),
    offsetCommitHandler({ groups, image, internalTopics }),
    offsetFetchHandler({ groups, image, internalTopics }),
    offsetDeleteHandler({ groups, image }),
  ]
  for (const { apiKey, name, minVersion, maxVersion } of handlers) {
    const api = facts('api-keys.json').apis.find(({ id }: { id: number }) => id === apiKey)
    t.equal(name, api.name)
    t.strictSame({ min: minVersion, max: maxVersion }, api.advertisedBroker)
  }
})

t.test('a whole life in every version of JoinGroup, SyncGroup, Heartbeat and LeaveGroup', async (t) => {
  for (let version = 0; version <= 9; version++) {
    const bench = await GroupBench.start()
    const groups = bench.coordinator
    const join = joinGroupHandler({ groups })
    const request = {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription('topic') }],
    }
    let joined = await send(bench, join, version, request)
    if (version >= 4) {
      t.equal(joined.errorCode, ErrorCode.MEMBER_ID_REQUIRED)
      t.equal(joined.protocolName, version < 7 ? '' : null)
      joined = await send(bench, join, version, { ...request, memberId: joined.memberId })
    }
    const { memberId, generationId } = joined
    t.match(joined, { errorCode: NONE, generationId: 1, leader: memberId, protocolName: 'range' })
    t.equal(joined.protocolType, version < 7 ? null : 'consumer')

    const syncVersion = Math.min(version, 5)
    const sync = syncGroupHandler({ groups })
    const assignments = [{ memberId, assignment: Buffer.from('all') }]
    const protocol = syncVersion < 5 ? {} : { protocolType: 'consumer', protocolName: 'range' }
    const synced = await send(bench, sync, syncVersion, {
      groupId: 'g',
      memberId,
      generationId,
      assignments,
      ...protocol,
    })
    t.equal(synced.assignment.toString(), 'all')
    const beat = await send(bench, heartbeatHandler({ groups }), Math.min(version, 4), {
      groupId: 'g',
      memberId,
      generationId,
    })
    t.equal(beat.errorCode, NONE)
    const leaveVersion = Math.min(version, 5)
    const who = (id: string) => (leaveVersion < 3 ? { memberId: id } : { members: [{ memberId: id }] })
    const stranger = await send(bench, leaveGroupHandler({ groups }), leaveVersion, {
      groupId: 'g',
      ...who('stranger'),
    })
    t.equal(stranger.errorCode, leaveVersion < 3 ? ErrorCode.UNKNOWN_MEMBER_ID : NONE)
    const left = await send(bench, leaveGroupHandler({ groups }), leaveVersion, { groupId: 'g', ...who(memberId) })
    t.equal(left.errorCode, NONE)
  }
})

t.test('version 0 of JoinGroup has one timeout for both', async (t) => {
  const bench = await GroupBench.start()
  await send(bench, joinGroupHandler({ groups: bench.coordinator }), 0, {
    groupId: 'group',
    sessionTimeoutMs: 12_345,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription('topic') }],
  })
  const [{ members }] = await bench.coordinator.classic.describe(['group'], 5)
  await bench.sync(members[0].memberId, 1)
  t.match(bench.records(1), [{ value: { members: [{ rebalanceTimeout: 12_345, sessionTimeout: 12_345 }] } }])
})

t.test('clients are shown under the address that Java would print', async (t) => {
  for (const [address, host] of [
    ['127.0.0.1', '/127.0.0.1'],
    ['::ffff:10.0.0.7', '/10.0.0.7'],
    ['::1', '/0:0:0:0:0:0:0:1'],
    ['2001:db8::a00:27', '/2001:db8:0:0:0:0:a00:27'],
    ['fe80::1%eth0', '/fe80:0:0:0:0:0:0:1%eth0'],
  ]) {
    const bench = await GroupBench.start()
    const protocols = [{ name: 'range', metadata: subscription('topic') }]
    const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 }
    const request = { groupId: 'group', ...timeouts, protocolType: 'consumer', protocols }
    await send(bench, joinGroupHandler({ groups: bench.coordinator }), 2, request, address)
    t.equal((await bench.coordinator.classic.describe(['group'], 5))[0].members[0].clientHost, host)
  }
})

t.test('where consumer groups are not enabled, their APIs are UNSUPPORTED_VERSION, whatever is asked', async (t) => {
  const disabled = await GroupBench.start({
    consumer: { ...(await GroupBench.start()).config.consumer, isEnabled: false },
  })
  const lowered = await GroupBench.start()
  lowered.image = withFeatures(lowered.image, 0)
  for (const bench of [disabled, lowered]) {
    const groups = bench.coordinator
    const handler = consumerGroupHeartbeatHandler({ groups })
    // Not even the request is looked at: a group id is missing.
    const beat = await send(bench, handler, 1, { groupId: '', memberId: '', memberEpoch: 0 })
    t.equal(beat.errorCode, ErrorCode.UNSUPPORTED_VERSION)
    const described = await send(bench, consumerGroupDescribeHandler({ groups }), 1, { groupIds: ['g', ''] })
    t.match(described.groups, [
      { groupId: 'g', errorCode: ErrorCode.UNSUPPORTED_VERSION },
      { groupId: '', errorCode: ErrorCode.UNSUPPORTED_VERSION },
    ])
    t.match((await bench.join()).value, { errorCode: ErrorCode.MEMBER_ID_REQUIRED }, 'classic groups go on')
  }
})

t.test('a classic member that a consumer group refuses hears no member id', async (t) => {
  const bench = await GroupBench.start()
  const groups = bench.coordinator
  bench.image = withFeatures(image())
  const joins = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['topic'], topicPartitions: [] }
  const joined = await send(bench, consumerGroupHeartbeatHandler({ groups }), 1, {
    groupId: 'group',
    memberId: 'new',
    memberEpoch: 0,
    ...joins,
  })
  t.equal(joined.errorCode, NONE)
  const join = (memberId: string, protocolType: string) => {
    const protocols = [{ name: 'range', metadata: subscription('topic') }]
    const request = { groupId: 'group', memberId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 }
    return send(bench, joinGroupHandler({ groups }), 9, { ...request, protocolType, protocols })
  }
  t.match(await join('old', 'connect'), { memberId: '', errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL })
  t.match(await join('old', 'consumer'), { memberId: 'old', errorCode: NONE })
})

t.test('SyncGroup 5 must name the protocol', async (t) => {
  const bench = await GroupBench.start()
  const answer = await send(bench, syncGroupHandler({ groups: bench.coordinator }), 5, { groupId: 'g' })
  t.equal(answer.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
})

t.test('offsets by name and by id, in every version', async (t) => {
  for (let version = 2; version <= 10; version++) {
    const bench = await GroupBench.start()
    const groups = bench.coordinator
    const identity = version < 10 ? { name: 'topic' } : { topicId: TOPIC_IDS.topic }
    const nowhere = version < 10 ? { name: 'nowhere' } : { topicId: UNKNOWN_ID }
    const partition = (partitionIndex: number) => ({ partitionIndex, committedOffset: 5n, committedMetadata: 'm' })
    const answer = await send(bench, offsetCommitHandler({ groups, image, internalTopics }), version, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      topics: [
        { ...identity, partitions: [partition(0), partition(9)] },
        { ...nowhere, partitions: [partition(0)] },
      ],
    })
    const codes = answer.topics.map(({ name, topicId, partitions }) => [
      version < 10 ? name : topicId,
      Object.fromEntries(partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode])),
    ])
    const unknown = version < 10 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID
    t.strictSame(
      codes.sort(),
      [
        [version < 10 ? 'nowhere' : UNKNOWN_ID, { 0: unknown }],
        [version < 10 ? 'topic' : TOPIC_IDS.topic, { 0: NONE, 9: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }],
      ].sort(),
    )
    t.match(bench.records(), [{ kind: 'offset', topic: 'topic', value: { offset: 5n, topicId: TOPIC_IDS.topic } }])
  }
})

t.test('OffsetFetch in every version: one group or several, some partitions or all', async (t) => {
  const bench = await GroupBench.start()
  const handler = offsetFetchHandler({ groups: bench.coordinator, image, internalTopics })
  await bench.commit(5, { topicId: TOPIC_IDS.topic, metadata: 'note' })
  for (let version = 1; version <= 10; version++) {
    const identity = version < 10 ? { name: 'topic' } : { topicId: TOPIC_IDS.topic }
    const topics = [{ ...identity, partitionIndexes: [0, 1] }]
    const wrap = (wanted: typeof topics | null) => {
      return version < 8 ? { groupId: 'group', topics: wanted } : { groups: [{ groupId: 'group', topics: wanted }] }
    }
    const unwrap = (answer: Awaited<ReturnType<typeof send<typeof handler.request, typeof handler.response>>>) =>
      version < 8 ? answer : answer.groups[0]
    const some = unwrap(await send(bench, handler, version, wrap(topics) as never))
    t.equal(some.errorCode, NONE)
    t.match(some.topics[0].partitions, [
      { partitionIndex: 0, committedOffset: 5n, committedLeaderEpoch: version < 5 ? -1 : 3, metadata: 'note' },
      { partitionIndex: 1, committedOffset: -1n, metadata: '', errorCode: NONE },
    ])
    if (version === 1) continue
    const all = unwrap(await send(bench, handler, version, wrap(null) as never))
    t.match(all.topics, [{ partitions: [{ partitionIndex: 0, committedOffset: 5n }] }])
    if (version === 10) t.match(all.topics, [{ topicId: TOPIC_IDS.topic }])
  }
  const [gone] = (
    await send(bench, handler, 10, {
      groups: [{ groupId: 'group', topics: [{ topicId: UNKNOWN_ID, partitionIndexes: [4] }] }],
    })
  ).groups
  t.match(gone.topics, [
    { topicId: UNKNOWN_ID, partitions: [{ partitionIndex: 4, errorCode: ErrorCode.UNKNOWN_TOPIC_ID }] },
  ])

  bench.coordinator.onResignation(0, 9)
  const request = { groupId: 'group', topics: [{ name: 'topic', partitionIndexes: [0] }] }
  const first = await send(bench, handler, 1, request)
  t.match(first.topics, [{ partitions: [{ committedOffset: -1n, errorCode: ErrorCode.NOT_COORDINATOR }] }])
  const second = await send(bench, handler, 2, request)
  t.match(second, { errorCode: ErrorCode.NOT_COORDINATOR, topics: [] })
})

t.test('OffsetDelete answers for what exists and what does not', async (t) => {
  const bench = await GroupBench.start()
  await bench.commit(5, { topicId: TOPIC_IDS.topic })
  const handler = offsetDeleteHandler({ groups: bench.coordinator, image })
  const partitions = [{ partitionIndex: 0 }, { partitionIndex: 7 }]
  const topics = ['topic', 'nowhere'].map((name) => ({ name, partitions }))
  const answer = await send(bench, handler, 0, { groupId: 'group', topics })
  t.equal(answer.errorCode, NONE)
  const missing = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  t.strictSame(
    answer.topics.map(({ name, partitions }) => [
      name,
      partitions.map((each) => [each.partitionIndex, each.errorCode]).sort(),
    ]),
    [
      [
        'topic',
        [
          [0, NONE],
          [7, missing],
        ],
      ],
      [
        'nowhere',
        [
          [0, missing],
          [7, missing],
        ],
      ],
    ],
  )
  t.equal(await bench.offset(), -1)
  t.equal((await send(bench, handler, 0, { groupId: 'nobody', topics })).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
})

t.test('ListGroups, DescribeGroups and DeleteGroups in every version', async (t) => {
  for (let version = 0; version <= 6; version++) {
    const bench = await GroupBench.start()
    const groups = bench.coordinator
    await bench.stableGroup(1)
    const listed = await send(bench, listGroupsHandler({ groups }), Math.min(version, 5), {})
    t.match(listed, { errorCode: NONE, groups: [{ groupId: 'group', protocolType: 'consumer' }] })
    const more = version < 3 ? {} : { includeAuthorizedOperations: true }
    const described = await send(bench, describeGroupsHandler({ groups }), version, {
      groups: ['group', 'no'],
      ...more,
    })
    // READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS as bits.
    const operations = version < 3 ? -0x8000_0000 : 0b1101_0100_1000
    t.match(described.groups, [
      { groupState: 'Stable', protocolData: 'range', authorizedOperations: operations },
      { groupState: 'Dead', errorCode: version < 6 ? NONE : ErrorCode.GROUP_ID_NOT_FOUND },
    ])
    const names = { groupsNames: ['group', 'no', 'group'] }
    const deleted = await send(bench, deleteGroupsHandler({ groups }), Math.min(version, 2), names)
    t.strictSame(
      deleted.results.map(({ groupId, errorCode }) => [groupId, errorCode]),
      [
        ['group', ErrorCode.NON_EMPTY_GROUP],
        ['no', ErrorCode.GROUP_ID_NOT_FOUND],
      ],
    )
  }
})
