/**
 * Transcripts of classic groups, reasoned from Kafka's protocol (KIP-62, KIP-345, KIP-394, KIP-559, KIP-814) and the
 * scenarios of Apache's GroupMetadataManagerTest.
 */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { GroupBench, subscription } from '../support/group-bench.ts'
import { normalized, play } from '../support/group-transcript.ts'

const { NONE } = ErrorCode

function transcript(name: string, expected: string, config: Parameters<typeof GroupBench.start>[0] = {}): void {
  t.test(name, async (t) => {
    const bench = await GroupBench.start(config)
    t.equal(await play(bench, expected), normalized(expected))
  })
}

transcript(
  'a first member: id, join, sync, heartbeat, commit, leave',
  `
  > join a
    classic 0
  < a join: MEMBER_ID_REQUIRED
  = classic Empty
  > join a
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1 a=everything
    classic 1 consumer range led by a a=everything
  < a sync: gets everything
  = classic Stable
  > heartbeat a 1
  < a heartbeat: ok
  > commit a 1 42
    offset topic-0 42
  < a commit: ok
  > leave a
    classic 2 consumer
  < leave: a ok
  = classic Empty
  `,
)

transcript(
  'a second member rebalances the group; both get their share once the leader has spoken',
  `
  > join a
    classic 0
  < a join: MEMBER_ID_REQUIRED
  = classic Empty
  > join a
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1 a=everything
    classic 1 consumer range led by a a=everything
  < a sync: gets everything
  = classic Stable
  > join b
  < b join: MEMBER_ID_REQUIRED
  > join b
  = classic PreparingRebalance
  > heartbeat a 1
  < a heartbeat: REBALANCE_IN_PROGRESS
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync b 2
  # all is well while the leader works
  > heartbeat b 2
  < b heartbeat: ok
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  < b sync: gets right
  = classic Stable
  # a repeated sync gets the same
  > sync b 2
  < b sync: gets right
  `,
)

transcript(
  'before version 4 a dynamic member gets its id with the first answer',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  `,
)

transcript(
  'a member beyond the number of partitions gets an empty assignment',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3
  = classic PreparingRebalance
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=everything
    classic 2 consumer range led by a a=everything b=
  < a sync: gets everything
  = classic Stable
  > sync b 2
  < b sync: gets nothing
  > heartbeat b 2
  < b heartbeat: ok
  `,
)

transcript(
  'a join is refused: to strangers, without protocols, without room',
  `
  > join a session=5999
  < a join: INVALID_SESSION_TIMEOUT
  > join a session=1800001
  < a join: INVALID_SESSION_TIMEOUT
  # the group does not exist
  > join x id=stranger
  < x join: UNKNOWN_MEMBER_ID
  > join a protocols=none
    classic 0
  < a join: INCONSISTENT_GROUP_PROTOCOL
  = classic Empty
  > join a type=
  < a join: INCONSISTENT_GROUP_PROTOCOL
  > join a
  < a join: MEMBER_ID_REQUIRED
  > join a
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1
    classic 1 consumer range led by a a=
  < a sync: gets nothing
  = classic Stable
  # the size is looked at first
  > join b type=connect
  < b join: GROUP_MAX_SIZE_REACHED
  > join b
  < b join: GROUP_MAX_SIZE_REACHED
  > join x id=stranger
  < x join: GROUP_MAX_SIZE_REACHED
  `,
  { maxGroupSize: 1 },
)

transcript(
  'protocols: type and at least one name must be shared; most votes win',
  `
  > join a type=connect protocols=eager:topic,compatible:topic
    classic 0
  < a join: MEMBER_ID_REQUIRED
  = classic Empty
  > join a type=connect protocols=eager:topic,compatible:topic
  < a join: generation 1 eager leads a
  = classic CompletingRebalance
  > join b protocols=eager:topic
  < b join: INCONSISTENT_GROUP_PROTOCOL
  > join b type=connect protocols=sessioned:topic
  < b join: INCONSISTENT_GROUP_PROTOCOL
  > join b type=connect protocols=compatible:topic
  < b join: MEMBER_ID_REQUIRED
  > join b type=connect protocols=compatible:topic
  = classic PreparingRebalance
  # the only one that both support
  > join a type=connect protocols=eager:topic,compatible:topic
  < b join: generation 2 compatible follows a
  < a join: generation 2 compatible leads a b
  = classic CompletingRebalance
  `,
)

transcript(
  'sync and heartbeat are refused to strangers and to other generations',
  `
  > heartbeat stranger 1
  < stranger heartbeat: UNKNOWN_MEMBER_ID
  > sync stranger 1
  < stranger sync: UNKNOWN_MEMBER_ID
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1 a=everything
    classic 1 consumer range led by a a=everything
  < a sync: gets everything
  = classic Stable
  > heartbeat stranger 1
  < stranger heartbeat: UNKNOWN_MEMBER_ID
  > heartbeat a 0
  < a heartbeat: ILLEGAL_GENERATION
  > sync a 2
  < a sync: ILLEGAL_GENERATION
  > sync a 1 protocol=roundrobin
  < a sync: INCONSISTENT_GROUP_PROTOCOL
  > sync a 1 protocol=null
  < a sync: gets everything
  > join b v=3
  = classic PreparingRebalance
  > sync a 1
  < a sync: REBALANCE_IN_PROGRESS
  `,
)

transcript(
  'a member that repeats its join changes nothing; the leader, or other metadata, means a rebalance',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3
  = classic PreparingRebalance
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  = classic Stable
  > sync b 2
  < b sync: gets right
  > join b
  < b join: generation 2 range follows a
  > join b protocols=range:other
  = classic PreparingRebalance
  > join a
  < b join: generation 3 range follows a
  < a join: generation 3 range leads a b
  = classic CompletingRebalance
  # the leader asks twice before its sync
  > join a
  < a join: generation 3 range leads a b
  > sync a 3
    classic 3 consumer range led by a a= b=
  < a sync: gets nothing
  = classic Stable
  # a stable leader wants a rebalance
  > join a
  = classic PreparingRebalance
  `,
)

transcript(
  'a silent member is removed after its session; the others rebalance',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3
  = classic PreparingRebalance
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  = classic Stable
  > sync b 2
  < b sync: gets right
  > wait 8000
  > heartbeat a 2
  < a heartbeat: ok
  > wait 2000
  = classic PreparingRebalance
  > heartbeat a 2
  < a heartbeat: REBALANCE_IN_PROGRESS
  > heartbeat b 2
  < b heartbeat: UNKNOWN_MEMBER_ID
  > join a
  < a join: generation 3 range leads a
  = classic CompletingRebalance
  # nobody synced, nobody is left
  > wait 60000
    classic 4 consumer
  = classic Empty
  `,
)

transcript(
  'a member that does not rejoin is dropped when the rebalance times out; the leader may be the one',
  `
  > join a v=3 session=100000 rebalance=20000
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3 session=100000 rebalance=20000
  = classic PreparingRebalance
  > join a session=100000 rebalance=20000
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  = classic Stable
  > sync b 2
  < b sync: gets right
  > join b session=100000 rebalance=20000 protocols=range:b
  = classic PreparingRebalance
  > wait 19999
  > wait 1
  < b join: generation 3 range leads b
  = classic CompletingRebalance
  > heartbeat a 2
  < a heartbeat: UNKNOWN_MEMBER_ID
  `,
)

transcript(
  'a member that does not ask for its assignment is dropped after the rebalance timeout',
  `
  > join a v=3 session=1000000 rebalance=20000
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3 session=1000000 rebalance=20000
  = classic PreparingRebalance
  > join a session=1000000 rebalance=20000
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2
    classic 2 consumer range led by a a= b=
  < a sync: gets nothing
  = classic Stable
  > wait 20000
  = classic PreparingRebalance
  > heartbeat b 2
  < b heartbeat: UNKNOWN_MEMBER_ID
  `,
)

transcript(
  'an initial rebalance waits for more members, as long as they come',
  `
  > join a v=3
    classic 0
  = classic PreparingRebalance
  > wait 2000
  > join b v=3
  # the second one prolongs it
  > wait 1000
  > wait 3000
  < a join: generation 1 range leads a b
  < b join: generation 1 range follows a
  = classic CompletingRebalance
  `,
  { initialRebalanceDelayMs: 3000 },
)

transcript(
  'a pending member id that is not used holds up a rebalance until its session is over',
  `
  > join a v=3 session=100000
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1
    classic 1 consumer range led by a a=
  < a sync: gets nothing
  = classic Stable
  > join b session=6000
  < b join: MEMBER_ID_REQUIRED
  > join a session=100000
  = classic PreparingRebalance
  > wait 6000
  < a join: generation 2 range leads a
  = classic CompletingRebalance
  `,
)

transcript(
  'leaving: each member gets its own answer, and a pending one can go too',
  `
  > leave m
  < leave: m UNKNOWN_MEMBER_ID
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3
  = classic PreparingRebalance
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  = classic Stable
  > sync b 2
  < b sync: gets right
  > join c
  < c join: MEMBER_ID_REQUIRED
  > leave b stranger c .i
  < leave: b ok, stranger UNKNOWN_MEMBER_ID, c ok, .i UNKNOWN_MEMBER_ID
  = classic PreparingRebalance
  `,
)

transcript(
  'an assignment that cannot be written starts the rebalance again',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > fail NOT_ENOUGH_REPLICAS
  > sync a 1 a=lost
  < a sync: COORDINATOR_NOT_AVAILABLE
  = classic PreparingRebalance
  > join a
  < a join: generation 2 range leads a
  = classic CompletingRebalance
  > sync a 2 a=kept
    classic 2 consumer range led by a a=kept
  < a sync: gets kept
  = classic Stable
  `,
)

transcript(
  'a new group that cannot be written never was',
  `
  > fail NOT_LEADER_OR_FOLLOWER
  > join a v=3
  < a join: NOT_COORDINATOR
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  `,
)

transcript(
  'after a restart members carry on, and the silent ones are found out',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > join b v=3
  = classic PreparingRebalance
  > join a
  < b join: generation 2 range follows a
  < a join: generation 2 range leads a b
  = classic CompletingRebalance
  > sync a 2 a=left b=right
    classic 2 consumer range led by a a=left b=right
  < a sync: gets left
  = classic Stable
  > sync b 2
  < b sync: gets right
  > restart
  > heartbeat a 2
  < a heartbeat: ok
  > sync b 2
  < b sync: gets right
  > wait 9000
  > heartbeat a 2
  < a heartbeat: ok
  > wait 1001
  = classic PreparingRebalance
  > heartbeat b 2
  < b heartbeat: UNKNOWN_MEMBER_ID
  `,
)

transcript(
  'members that were joining when the coordinator went are told to look for another one',
  `
  > join a v=3
    classic 0
  < a join: generation 1 range leads a
  = classic CompletingRebalance
  > sync a 1 a=everything
    classic 1 consumer range led by a a=everything
  < a sync: gets everything
  = classic Stable
  > join b v=3
  = classic PreparingRebalance
  > resign
  < b join: NOT_COORDINATOR
  = Dead
  `,
)

t.test('a first member: every field of its answers and records', async (t) => {
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

t.test('a group needs a name', async (t) => {
  const bench = await GroupBench.start()
  t.equal((await bench.join({ groupId: '' })).value?.errorCode, ErrorCode.INVALID_GROUP_ID)
})

t.test(
  'a limit that was lowered meanwhile: a group that is too large begins a rebalance when it is loaded',
  async (t) => {
    const before = await GroupBench.start()
    await before.stableGroup(2)
    const crowded = await before.restart({ maxGroupSize: 1 })
    t.equal(await crowded.state(), 'PreparingRebalance')
  },
)
