/** Static membership (KIP-345) and the leader that comes back (KIP-814), as in Apache's GroupMetadataManagerTest. */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { GroupBench, subscription } from '../support/group-bench.ts'

const { NONE } = ErrorCode

/** Two static members, `leader` and `follower`, in generation 1 or 2, with the work `L` and `F`. */
async function twoStatic(bench: GroupBench): Promise<{ leader: string; follower: string; generationId: number }> {
  const leader = (await bench.join({ groupInstanceId: 'leader' })).value?.memberId ?? ''
  const following = await bench.join({ groupInstanceId: 'follower' })
  const joined = await bench.join({ groupInstanceId: 'leader', memberId: leader })
  const follower = following.value?.memberId ?? ''
  const generationId = joined.value?.generationId ?? -1
  await bench.sync(leader, generationId, { [leader]: 'L', [follower]: 'F' }, { groupInstanceId: 'leader' })
  await bench.sync(follower, generationId, {}, { groupInstanceId: 'follower' })
  if ((await bench.state()) !== 'Stable') throw new Error('The group should be stable by now')
  return { leader, follower, generationId }
}

t.test('a static member needs no second join and is named after its instance', async (t) => {
  const bench = await GroupBench.start()
  const joined = await bench.join({ groupInstanceId: 'worker-1' })
  t.match(joined.value, { errorCode: NONE, generationId: 1 })
  t.match(joined.value?.memberId, /^worker-1-/)
})

t.test('a follower that restarts takes its place without a rebalance; its old self is fenced', async (t) => {
  const bench = await GroupBench.start()
  const { leader, follower, generationId } = await twoStatic(bench)
  const before = bench.log.end
  const back = await bench.join({ groupInstanceId: 'follower' }, 9)
  t.match(back.value, { errorCode: NONE, generationId, leader, members: [], skipAssignment: false })
  const renamed = back.value?.memberId ?? ''
  t.not(renamed, follower)
  t.equal(await bench.state(), 'Stable')
  const [record] = bench.records(before)
  t.match(record, { kind: 'classic', value: { generation: generationId, leader } })
  const synced = await bench.sync(renamed, generationId, {}, { groupInstanceId: 'follower' })
  t.equal(synced.value?.assignment.toString(), 'F')
  t.equal(await bench.heartbeat(follower, generationId, 'follower'), ErrorCode.FENCED_INSTANCE_ID)
  t.equal(await bench.heartbeat(follower, generationId), ErrorCode.UNKNOWN_MEMBER_ID)
  t.equal(await bench.heartbeat(renamed, generationId, 'follower'), NONE)
  const fenced = await bench.join({ groupInstanceId: 'follower', memberId: follower })
  t.equal(fenced.value?.errorCode, ErrorCode.FENCED_INSTANCE_ID)
  const left = await bench.leave({ memberId: follower, groupInstanceId: 'follower' })
  t.equal(left.value?.members?.[0].errorCode, ErrorCode.FENCED_INSTANCE_ID)
})

t.test('a leader that restarts: new clients skip the assignment, old ones do not know that they lead', async (t) => {
  const bench = await GroupBench.start()
  const { leader, generationId } = await twoStatic(bench)
  const knows = await bench.join({ groupInstanceId: 'leader' }, 9)
  const second = knows.value?.memberId ?? ''
  t.match(knows.value, { errorCode: NONE, generationId, leader: second, skipAssignment: true })
  t.equal(knows.value?.members.length, 2)
  const old = await bench.join({ groupInstanceId: 'leader' }, 8)
  t.match(old.value, { errorCode: NONE, generationId, leader: second, skipAssignment: false, members: [] })
  t.not(old.value?.memberId, second)
  t.not(second, leader)
  t.equal(await bench.state(), 'Stable')
})

t.test('the restart cannot be written: the old member is still the one', async (t) => {
  const bench = await GroupBench.start()
  const { follower, generationId } = await twoStatic(bench)
  bench.log.failure = new KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
  const back = await bench.join({ groupInstanceId: 'follower' })
  t.equal(back.value?.errorCode, ErrorCode.COORDINATOR_NOT_AVAILABLE)
  t.equal(await bench.heartbeat(follower, generationId, 'follower'), NONE)
})

t.test('a restart with another protocol, or during a rebalance, rebalances', async (t) => {
  const bench = await GroupBench.start()
  const { leader, generationId } = await twoStatic(bench)
  const protocols = [
    { name: 'sticky', metadata: subscription('topic') },
    { name: 'range', metadata: subscription('topic') },
  ]
  const same = await bench.join({ groupInstanceId: 'follower', protocols })
  t.match(same.value, { errorCode: NONE, generationId }, 'range is still the only one in common')
  const leading = await bench.join({ groupInstanceId: 'leader', memberId: leader, protocols })
  t.ok(leading.isPending)
  const replaced = await bench.join({ groupInstanceId: 'leader', protocols })
  t.equal(leading.value?.errorCode, ErrorCode.FENCED_INSTANCE_ID, 'a parked join of the old self is answered')
  t.ok(replaced.isPending, 'the follower has not rejoined')
  const follower = await bench.join({ groupInstanceId: 'follower', memberId: same.value?.memberId, protocols })
  t.match(follower.value, { generationId: generationId + 1, protocolName: 'sticky' })
  t.match(replaced.value, { generationId: generationId + 1 })
})

t.test('a static member that is away keeps its place through a rebalance until its session ends', async (t) => {
  const bench = await GroupBench.start()
  const { leader, follower } = await twoStatic(bench)
  const request = { groupInstanceId: 'leader', memberId: leader, rebalanceTimeoutMs: 2_000, sessionTimeoutMs: 100_000 }
  const rejoined = await bench.join(request)
  await bench.advance(9_000)
  t.ok(rejoined.isPending, 'the rebalance timeout of the slowest member is a minute')
  await bench.advance(1_000)
  t.match(rejoined.value, { leader, errorCode: NONE })
  t.equal(rejoined.value?.members.length, 1, `${follower} was gone for a whole session`)
})

t.test('nobody but an absent static leader: the group waits and goes on without electing it', async (t) => {
  const bench = await GroupBench.start()
  const { leader, follower } = await twoStatic(bench)
  const timeouts = { rebalanceTimeoutMs: 5_000, sessionTimeoutMs: 60_000 }
  const back = await bench.join({
    groupInstanceId: 'follower',
    memberId: follower,
    protocols: [{ name: 'range', metadata: subscription('x') }],
    ...timeouts,
  })
  await bench.advance(10_000)
  t.match(back.value, { leader: follower }, `${leader} has lost its session`)
})

t.test('an administrator removes a static member by its instance id', async (t) => {
  const bench = await GroupBench.start()
  await twoStatic(bench)
  const removed = await bench.leave({ groupInstanceId: 'follower' }, { groupInstanceId: 'nobody' })
  t.strictSame(
    removed.value?.members?.map(({ errorCode }) => errorCode),
    [NONE, ErrorCode.UNKNOWN_MEMBER_ID],
  )
  t.equal(await bench.state(), 'PreparingRebalance')
})

t.test('static members survive a restart of the coordinator under their ids', async (t) => {
  const before = await GroupBench.start()
  const { follower, generationId } = await twoStatic(before)
  const bench = await before.restart()
  t.equal(await bench.heartbeat(follower, generationId, 'follower'), NONE)
  const back = await bench.join({ groupInstanceId: 'follower' })
  t.match(back.value, { errorCode: NONE, generationId })
})
