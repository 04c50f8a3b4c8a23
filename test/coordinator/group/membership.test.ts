/**
 * Transcripts of classic groups, reasoned from Kafka's protocol (KIP-62, KIP-345, KIP-394, KIP-559, KIP-814) and the
 * scenarios of Apache's GroupMetadataManagerTest.
 */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { GroupBench, subscription } from '../support/group-bench.ts'

const { NONE } = ErrorCode

t.test('a first member: id, join, sync, heartbeat, commit, leave', async (t) => {
  const bench = await GroupBench.start()
  const asked = await bench.join()
  t.equal(asked.value?.errorCode, ErrorCode.MEMBER_ID_REQUIRED)
  const memberId = asked.value?.memberId ?? ''
  t.match(memberId, /^client-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.match(bench.records(), [
    { kind: 'classic', group: 'group', value: { generation: 0, protocolType: '', members: [] } },
  ])

  const joined = await bench.join({ memberId })
  t.match(joined.value, {
    errorCode: NONE,
    memberId,
    generationId: 1,
    leader: memberId,
    protocolName: 'range',
    skipAssignment: false,
  })
  t.strictSame(joined.value?.members, [{ memberId, groupInstanceId: null, metadata: subscription('topic') }])
  t.equal(await bench.state(), 'CompletingRebalance')

  const synced = await bench.sync(memberId, 1, { [memberId]: 'everything' })
  t.equal(synced.value?.assignment.toString(), 'everything')
  t.match(synced.value, { errorCode: NONE, protocolType: 'consumer', protocolName: 'range' })
  t.equal(await bench.state(), 'Stable')
  t.match(bench.records(1), [
    {
      kind: 'classic',
      value: {
        generation: 1,
        protocolType: 'consumer',
        protocol: 'range',
        leader: memberId,
        members: [
          { memberId, clientId: 'client', clientHost: '/127.0.0.1', sessionTimeout: 10_000, rebalanceTimeout: 60_000 },
        ],
      },
    },
  ])
  t.equal(await bench.heartbeat(memberId, 1), NONE)
  t.equal(await bench.commit(42, { memberId, generationId: 1 }), NONE)
  t.equal(await bench.offset(), 42)
  t.match((await bench.leave({ memberId })).value, { errorCode: NONE, members: [{ memberId, errorCode: NONE }] })
  t.equal(await bench.state(), 'Empty')
  t.match(bench.records(3), [
    { value: { generation: 2, protocolType: 'consumer', protocol: null, leader: null, members: [] } },
  ])
})

t.test('a second member rebalances the group; both get their share once the leader has spoken', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(1)
  const second = await bench.joinAsNew()
  t.ok(second.answer.isPending)
  t.equal(await bench.state(), 'PreparingRebalance')
  t.equal(await bench.heartbeat(ids[0], 1), ErrorCode.REBALANCE_IN_PROGRESS)
  const first = await bench.join({ memberId: ids[0] })
  t.match(first.value, { generationId: 2, leader: ids[0] })
  t.equal(first.value?.members.length, 2)
  t.match(second.answer.value, { generationId: 2, leader: ids[0], members: [] })

  const waiting = await bench.sync(second.memberId, 2)
  t.ok(waiting.isPending)
  t.equal(await bench.heartbeat(second.memberId, 2), NONE, 'all is well while the leader works')
  const leading = await bench.sync(ids[0], 2, { [ids[0]]: 'left', [second.memberId]: 'right' })
  t.equal(leading.value?.assignment.toString(), 'left')
  t.equal(waiting.value?.assignment.toString(), 'right')
  const late = await bench.sync(second.memberId, 2)
  t.equal(late.value?.assignment.toString(), 'right', 'a repeated sync gets the same')
})

t.test('members beyond the number of partitions get an empty assignment', async (t) => {
  const bench = await GroupBench.start()
  const { ids, generationId } = await bench.stableGroup(3)
  t.equal(generationId, 3)
  for (const id of ids.slice(1))
    await bench.join({ memberId: id, protocols: [{ name: 'range', metadata: subscription('x') }] })
  const leader = await bench.join({ memberId: ids[0] })
  const next = leader.value?.generationId as number
  const idle = await bench.sync(ids[2], next)
  await bench.sync(ids[0], next, { [ids[0]]: 'a', [ids[1]]: 'b' })
  t.equal(idle.value?.errorCode, NONE)
  t.equal(idle.value?.assignment.length, 0)
  t.equal(await bench.heartbeat(ids[2], next), NONE)
})

t.test('before version 4 a dynamic member gets its id with the first answer', async (t) => {
  const bench = await GroupBench.start()
  const joined = await bench.join({}, 3)
  t.match(joined.value, { errorCode: NONE, generationId: 1 })
  t.equal(joined.value?.leader, joined.value?.memberId)
})

t.test('what a join is refused for', async (t) => {
  const bench = await GroupBench.start({ maxGroupSize: 1 })
  const code = async (request: Parameters<GroupBench['join']>[0]) => (await bench.join(request)).value?.errorCode
  t.equal(await code({ groupId: '' }), ErrorCode.INVALID_GROUP_ID)
  t.equal(await code({ sessionTimeoutMs: 5_999 }), ErrorCode.INVALID_SESSION_TIMEOUT)
  t.equal(await code({ sessionTimeoutMs: 1_800_001 }), ErrorCode.INVALID_SESSION_TIMEOUT)
  t.equal(await code({ memberId: 'stranger' }), ErrorCode.UNKNOWN_MEMBER_ID, 'the group does not exist')
  t.equal(await bench.state(), 'Dead')
  t.equal(await code({ protocols: [] }), ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  t.equal(await code({ protocolType: '' }), ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  await bench.stableGroup(1)
  t.equal(await code({ protocolType: 'connect' }), ErrorCode.GROUP_MAX_SIZE_REACHED, 'the size is looked at first')
  t.equal(await code({}), ErrorCode.GROUP_MAX_SIZE_REACHED)
  t.equal(await code({ memberId: 'stranger' }), ErrorCode.GROUP_MAX_SIZE_REACHED)
})

t.test('protocols: type and at least one name must be shared; most votes win', async (t) => {
  const bench = await GroupBench.start()
  const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: Buffer.from(name) }))
  const { ids } = await bench.stableGroup(1, { protocolType: 'connect', protocols: protocols('eager', 'compatible') })
  const code = async (request: Parameters<GroupBench['join']>[0]) => (await bench.join(request)).value?.errorCode
  t.equal(
    await code({ protocolType: 'consumer', protocols: protocols('eager') }),
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
  )
  t.equal(
    await code({ protocolType: 'connect', protocols: protocols('sessioned') }),
    ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
  )
  const two = await bench.joinAsNew({ protocolType: 'connect', protocols: protocols('compatible') })
  const one = await bench.join({
    memberId: ids[0],
    protocolType: 'connect',
    protocols: protocols('eager', 'compatible'),
  })
  t.equal(one.value?.protocolName, 'compatible', 'the only one that both support')
  t.equal(two.answer.value?.protocolName, 'compatible')
  t.equal(one.value?.members[1].metadata.toString(), 'compatible')
})

t.test('sync and heartbeat are refused to strangers and to other generations', async (t) => {
  const bench = await GroupBench.start()
  t.equal(await bench.heartbeat('stranger', 1), ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal((await bench.sync('stranger', 1)).errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
  const { ids } = await bench.stableGroup(1)
  t.equal(await bench.heartbeat('stranger', 1), ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal(await bench.heartbeat(ids[0], 0), ErrorCode.ILLEGAL_GENERATION)
  t.equal((await bench.sync(ids[0], 2)).errorCode, ErrorCode.ILLEGAL_GENERATION)
  const other = await bench.sync(ids[0], 1, {}, { protocolName: 'roundrobin' })
  t.equal(other.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  const silent = await bench.sync(ids[0], 1, {}, { protocolName: null })
  t.equal(silent.value?.errorCode, NONE)
  await bench.joinAsNew()
  t.equal((await bench.sync(ids[0], 1)).errorCode, ErrorCode.REBALANCE_IN_PROGRESS)
})

t.test(
  'a member that repeats its join changes nothing; the leader, or other metadata, means a rebalance',
  async (t) => {
    const bench = await GroupBench.start()
    const { ids } = await bench.stableGroup(2)
    const repeated = await bench.join({ memberId: ids[1] })
    t.match(repeated.value, { errorCode: NONE, generationId: 2, leader: ids[0], members: [] })
    t.equal(await bench.state(), 'Stable')
    const changed = await bench.join({
      memberId: ids[1],
      protocols: [{ name: 'range', metadata: subscription('other') }],
    })
    t.ok(changed.isPending)
    const leader = await bench.join({ memberId: ids[0] })
    t.equal(leader.value?.generationId, 3)
    t.equal(changed.value?.generationId, 3)
    const again = await bench.join({ memberId: ids[0] })
    t.match(again.value, { generationId: 3, leader: ids[0] }, 'the leader asks twice before its sync')
    t.equal(again.value?.members.length, 2)
    await bench.sync(ids[0], 3)
    t.ok((await bench.join({ memberId: ids[0] })).isPending === true, 'a stable leader wants a rebalance')
  },
)

t.test('a silent member is removed after its session; the others rebalance', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(2)
  await bench.advance(8_000)
  t.equal(await bench.heartbeat(ids[0], 2), NONE)
  await bench.advance(2_000)
  t.equal(await bench.state(), 'PreparingRebalance')
  t.equal(await bench.heartbeat(ids[0], 2), ErrorCode.REBALANCE_IN_PROGRESS)
  t.equal(await bench.heartbeat(ids[1], 2), ErrorCode.UNKNOWN_MEMBER_ID)
  const alone = await bench.join({ memberId: ids[0] })
  t.match(alone.value, { generationId: 3, leader: ids[0] })
  await bench.advance(60_000)
  t.equal(await bench.state(), 'Empty', 'nobody synced, nobody is left')
})

t.test(
  'a member that does not rejoin is dropped when the rebalance times out; the leader may be the one',
  async (t) => {
    const bench = await GroupBench.start()
    const { ids } = await bench.stableGroup(2, { sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 20_000 })
    const changed = {
      sessionTimeoutMs: 100_000,
      rebalanceTimeoutMs: 20_000,
      protocols: [{ name: 'range', metadata: subscription('b') }],
    }
    const waiting = await bench.join({ memberId: ids[1], ...changed })
    await bench.advance(19_999)
    t.ok(waiting.isPending)
    await bench.advance(1)
    t.match(waiting.value, { generationId: 3, leader: ids[1] })
    t.equal(await bench.heartbeat(ids[0], 2), ErrorCode.UNKNOWN_MEMBER_ID)
  },
)

t.test('a member that does not ask for its assignment is dropped after the rebalance timeout', async (t) => {
  const bench = await GroupBench.start()
  const request = { sessionTimeoutMs: 1_000_000, rebalanceTimeoutMs: 20_000 }
  const first = await bench.joinAsNew(request)
  const second = await bench.joinAsNew(request)
  const leader = await bench.join({ ...request, memberId: first.memberId })
  t.equal(leader.value?.generationId, 2)
  const synced = await bench.sync(first.memberId, 2)
  t.equal(synced.value?.errorCode, NONE)
  await bench.advance(20_000)
  t.equal(await bench.state(), 'PreparingRebalance')
  t.equal(await bench.heartbeat(second.memberId, 2), ErrorCode.UNKNOWN_MEMBER_ID)
})

t.test('an initial rebalance waits for more members, as long as they come', async (t) => {
  const bench = await GroupBench.start({ initialRebalanceDelayMs: 3_000 })
  const first = await bench.joinAsNew()
  await bench.advance(2_000)
  const second = await bench.joinAsNew()
  await bench.advance(1_000)
  t.ok(first.answer.isPending, 'the second one prolongs it')
  await bench.advance(3_000)
  t.match(first.answer.value, { generationId: 1, leader: first.memberId })
  t.match(second.answer.value, { generationId: 1 })
})

t.test('a pending member id that is not used holds up a rebalance until its session is over', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(1, { sessionTimeoutMs: 100_000 })
  const pending = await bench.join({ sessionTimeoutMs: 6_000 })
  t.equal(pending.value?.errorCode, ErrorCode.MEMBER_ID_REQUIRED)
  const leader = await bench.join({ memberId: ids[0], sessionTimeoutMs: 100_000 })
  t.ok(leader.isPending)
  await bench.advance(6_000)
  t.equal(leader.value?.generationId, 2)
})

t.test('leaving: each member gets its own answer, and a pending one can go too', async (t) => {
  const bench = await GroupBench.start()
  const { ids } = await bench.stableGroup(2)
  const pending = (await bench.join()).value?.memberId ?? ''
  const left = await bench.leave(
    { memberId: ids[1] },
    { memberId: 'stranger' },
    { memberId: pending },
    { groupInstanceId: 'i' },
  )
  t.strictSame(
    left.value?.members?.map(({ errorCode }) => errorCode),
    [NONE, ErrorCode.UNKNOWN_MEMBER_ID, NONE, ErrorCode.UNKNOWN_MEMBER_ID],
  )
  t.equal(await bench.state(), 'PreparingRebalance')
  const unknown = await bench.run(
    bench.coordinator.classic.leave({
      groupId: 'no group',
      memberId: '',
      members: [{ memberId: 'm', groupInstanceId: null, reason: null }],
    }),
  )
  t.match(unknown.value, { errorCode: NONE, members: [{ memberId: 'm', errorCode: ErrorCode.UNKNOWN_MEMBER_ID }] })
})

t.test('an assignment that cannot be written starts the rebalance again', async (t) => {
  const bench = await GroupBench.start()
  const { memberId } = await bench.joinAsNew()
  bench.log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
  const synced = await bench.sync(memberId, 1, { [memberId]: 'lost' })
  t.equal(synced.value?.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  t.equal(await bench.state(), 'PreparingRebalance')
  const rejoined = await bench.join({ memberId })
  t.equal(rejoined.value?.generationId, 2)
  t.equal((await bench.sync(memberId, 2, { [memberId]: 'kept' })).value?.assignment.toString(), 'kept')
})

t.test('a new group that cannot be written never was', async (t) => {
  const bench = await GroupBench.start()
  bench.log.failure = new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  const joined = await bench.join({}, 3)
  t.equal(joined.value?.errorCode, ErrorCode.NOT_COORDINATOR)
  t.equal(await bench.state(), 'Dead')
  t.strictSame(await bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] }), [])
})

t.test('a stall of the process evicts nobody', async (t) => {
  const bench = await GroupBench.start()
  const { ids, generationId } = await bench.stableGroup(2)
  bench.clock.stall(60_000)
  await bench.settle()
  t.equal(await bench.state(), 'Stable')
  for (const id of ids) t.equal(await bench.heartbeat(id, generationId), NONE)
  await bench.advance(10_000)
  t.equal(await bench.state(), 'Empty', 'who stays silent afterwards is gone, as ever')
})

t.test('after a restart members carry on, and the silent ones are found out', async (t) => {
  const before = await GroupBench.start()
  const { ids, generationId } = await before.stableGroup(2)
  const bench = await before.restart()
  t.equal(await bench.state(), 'Stable')
  t.equal(await bench.heartbeat(ids[0], generationId), NONE)
  t.equal((await bench.sync(ids[1], generationId)).value?.assignment.toString(), 'work of 1')
  await bench.advance(9_000)
  t.equal(await bench.heartbeat(ids[0], generationId), NONE)
  await bench.advance(1_001)
  t.equal(await bench.heartbeat(ids[1], generationId), ErrorCode.UNKNOWN_MEMBER_ID)
  const crowded = await before.restart({ maxGroupSize: 1 })
  t.equal(await crowded.state(), 'PreparingRebalance', 'a limit lowered meanwhile')
})

t.test('members that were joining when the coordinator went are told to look for another one', async (t) => {
  const bench = await GroupBench.start()
  await bench.stableGroup(1)
  const { answer } = await bench.joinAsNew()
  bench.coordinator.onResignation(0, 2)
  await bench.settle()
  t.equal(answer.errorCode, ErrorCode.NOT_COORDINATOR)
})
