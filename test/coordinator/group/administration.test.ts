/** ListGroups, DescribeGroups, DeleteGroups (KIP-229, KIP-518, KIP-848, KIP-1043). */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { GroupBench, subscription } from '../support/group-bench.ts'

const { NONE } = ErrorCode

t.test('list: filters by state and type, whatever their case', async (t) => {
  const bench = await GroupBench.start()
  await bench.stableGroup(1)
  await bench.commit(1, { groupId: 'offsets only' })
  const list = async (statesFilter: string[], typesFilter: string[] = []) =>
    (await bench.coordinator.admin.list({ statesFilter, typesFilter })).map(({ groupId }) => groupId)
  t.strictSame(await bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] }), [
    { groupId: 'group', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
    { groupId: 'offsets only', protocolType: '', groupState: 'Empty', groupType: 'classic' },
  ])
  t.strictSame(await list(['sTaBle']), ['group'])
  t.strictSame(await list(['Empty', 'Dead']), ['offsets only'])
  t.strictSame(await list([], ['CLASSIC']), ['group', 'offsets only'])
  t.strictSame(await list([], ['consumer']), [])
  t.strictSame(await list([], ['no such type']), [])
})

t.test('describe: metadata is shown once it counts; unknown groups are Dead', async (t) => {
  const bench = await GroupBench.start()
  const { memberId } = await bench.joinAsNew()
  const [joining] = await bench.coordinator.classic.describe(['group'], 5)
  t.match(joining, { groupState: 'CompletingRebalance', protocolType: 'consumer', protocolData: '', errorCode: NONE })
  t.equal(joining.members[0].memberMetadata.length, 0)
  await bench.sync(memberId, 1, { [memberId]: 'work' })
  const [stable] = await bench.coordinator.classic.describe(['group'], 5)
  t.match(stable, { groupState: 'Stable', protocolData: 'range', authorizedOperations: -0x8000_0000 })
  t.strictSame(stable.members, [
    {
      memberId,
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      memberMetadata: subscription('topic'),
      memberAssignment: Buffer.from('work'),
    },
  ])
  t.match(await bench.coordinator.classic.describe(['nobody'], 5), [
    { groupState: 'Dead', errorCode: NONE, errorMessage: null },
  ])
  t.match(await bench.coordinator.classic.describe(['nobody'], 6), [
    { groupState: 'Dead', errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: 'Group nobody not found.' },
  ])
})

t.test('delete: empty groups with their offsets, each with its own answer', async (t) => {
  const bench = await GroupBench.start()
  await bench.stableGroup(1)
  await bench.commit(1, { groupId: 'empty' })
  await bench.commit(1, { groupId: 'empty', topic: 'other' })
  const before = bench.log.end
  const deleted = await bench.run(bench.coordinator.admin.delete(['group', 'empty', 'nobody']))
  t.strictSame(deleted.value, [
    { groupId: 'group', errorCode: ErrorCode.NON_EMPTY_GROUP },
    { groupId: 'empty', errorCode: NONE },
    { groupId: 'nobody', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
  ])
  t.match(bench.records(before), [
    { kind: 'offset', group: 'empty', topic: 'topic', value: null },
    { kind: 'offset', group: 'empty', topic: 'other', value: null },
    { kind: 'classic', group: 'empty', value: null },
  ])
  t.equal(await bench.offset('topic', 'empty'), -1)
  t.equal(await bench.state('empty'), 'Dead')
})

t.test('everybody hears that the coordinator is loading, except heartbeats', async (t) => {
  const bench = await GroupBench.start()
  await bench.stableGroup(1)
  bench.coordinator.onResignation(0, 2)
  t.equal(await bench.heartbeat('m', 1), ErrorCode.NOT_COORDINATOR)
  t.match(await bench.coordinator.classic.describe(['group'], 6), [{ errorCode: ErrorCode.NOT_COORDINATOR }])
  t.strictSame(await bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] }), [])
  bench.coordinator.onElection(0, 3)
  const heartbeat = bench.coordinator.classic.heartbeat({
    groupId: 'group',
    generationId: 1,
    memberId: 'm',
    groupInstanceId: null,
  })
  const listing = bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] }).catch((error) => error.code)
  const join = bench.join()
  t.strictSame(await heartbeat, { errorCode: NONE })
  t.equal(await listing, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
  t.equal((await join).errorCode, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
})
