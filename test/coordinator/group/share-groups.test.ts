/** Share groups as their coordinator keeps them (KIP-932): members, assignments, and what it asks of the share coordinator. */
import t from 'tap'
import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'
import type { Partitions } from '../../../src/coordinator/group/partitions.ts'
import { assignShares } from '../../../src/coordinator/group/share/assignors/simple.ts'
import { imageWithTopics } from '../../api/support/api-bench.ts'
import { GroupBench } from '../support/group-bench.ts'

const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAABA'

async function start(topics: Record<string, number> = { topic: 2 }) {
  const bench = await GroupBench.start()
  const image = imageWithTopics(topics)
  bench.image = { ...image, features: image.features.set('share.version', 1) }
  return bench
}

const client = { apiVersion: 1, clientId: 'client', clientHost: '/127.0.0.1' }

/** The epoch and the partitions that the member is told; '-' where it is told none; an error by its name. */
async function beat(bench: GroupBench, memberId: string, memberEpoch: number, topics: string[] | null = null) {
  const request = { groupId: 'g', memberId, memberEpoch, rackId: null, subscribedTopicNames: topics }
  try {
    const [{ memberEpoch: epoch, assignment }] = await Promise.all([
      bench.coordinator.share.heartbeat(client, request),
      bench.settle(),
    ])
    const partitions = assignment?.topicPartitions?.flatMap((topic) => [...(topic?.partitions ?? [])])
    return `${epoch} ${partitions?.join(',') ?? '-'}`
  } catch (error) {
    if (error instanceof KafkaError) return errorName(error.code)
    throw error
  }
}

const list = async (bench: GroupBench) =>
  (await bench.coordinator.admin.list({ statesFilter: [], typesFilter: [] })).map(
    ({ groupId, groupType, groupState }) => `${groupId} ${groupType} ${groupState}`,
  )

t.test('a member gets partitions once they have state', async (t) => {
  const bench = await start()
  t.equal(await beat(bench, 'a', 0, ['topic']), '2 ', 'nothing has state yet')
  t.same(bench.persister.asked, ['initialize 0 epoch 2 from -1', 'initialize 1 epoch 2 from -1'])
  t.equal(await beat(bench, 'a', 2), '3 0,1')
  t.equal(await beat(bench, 'a', 3), '3 -', 'nothing is new')
  t.equal(await beat(bench, 'a', 9), 'FENCED_MEMBER_EPOCH')
  t.equal(await beat(bench, 'b', 3), 'UNKNOWN_MEMBER_ID')
  t.same(await list(bench), ['g share Stable'])
  t.equal(await beat(bench, 'a', -1), '-1 -')
  t.same(await list(bench), ['g share Empty'])
})

// GroupMetadataManager.buildInitializeShareGroupStateRequest of Apache Kafka 4.4.0.
t.test('partitions that a shared topic gets later are read from their first record on', async (t) => {
  const bench = await start({ topic: 1 })
  await beat(bench, 'a', 0, ['topic'])
  await beat(bench, 'a', 2)
  const topic = imageWithTopics({ topic: 2 }).topics.get('topic')!
  const other = { ...imageWithTopics({ topic: 1 }).topics.get('topic')!, name: 'other', id: OTHER_ID }
  bench.image = { ...bench.image, topics: bench.image.topics.with([], [topic, other]) }
  await beat(bench, 'a', 3, ['topic', 'other'])
  t.same(bench.persister.asked.slice(1).sort(), ['initialize 0 epoch 4 from -1', 'initialize 1 epoch 4 from 0'])
})

t.test('another coordinator goes on with the group', async (t) => {
  const bench = await start()
  await beat(bench, 'a', 0, ['topic'])
  await beat(bench, 'a', 2)
  const next = await bench.restart()
  next.image = bench.image
  t.equal(await beat(next, 'a', 3), '3 -')
  const [described] = await next.coordinator.share.describe(['g'])
  t.match(described, { groupState: 'Stable', groupEpoch: 3, assignmentEpoch: 3, assignorName: 'simple' })
  next.clock.advance(46_000)
  await next.settle()
  t.same(await list(next), ['g share Empty'], 'its member was silent for too long')
})

t.test('a group takes no name that another kind has', async (t) => {
  const bench = await start()
  await beat(bench, 'a', 0, ['topic'])
  const commit = {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1n,
  }
  const topics = [{ name: 'topic', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [] }]
  await t.rejects(bench.coordinator.offsets.commit(8, { ...commit, topics }), { code: ErrorCode.GROUP_ID_NOT_FOUND })
})

t.test('group.share.initialize.retry.interval.ms is how long nobody asks again for a state', async (t) => {
  const bench = await start({ topic: 1 })
  bench.persister.isSilent = true
  await beat(bench, 'a', 0, ['topic'])
  for (let ms = 0; ms < 29_000; ms += 1000) bench.clock.advance(1000)
  await beat(bench, 'a', 2)
  t.equal(bench.persister.asked.length, 1)
  for (let ms = 0; ms < 2000; ms += 1000) bench.clock.advance(1000)
  await beat(bench, 'a', 2)
  t.equal(bench.persister.asked.length, 2)
})

t.test('groups are deleted with their states, and stay when those cannot be', async (t) => {
  const bench = await start()
  await beat(bench, 'a', 0, ['topic'])
  const remove = async () => {
    const [removed] = await Promise.all([bench.coordinator.admin.delete(['g']), bench.settle()])
    return errorName(removed[0]?.errorCode ?? 0)
  }
  t.equal(await remove(), 'NON_EMPTY_GROUP')
  await beat(bench, 'a', -1)
  bench.persister.errorCode = ErrorCode.COORDINATOR_NOT_AVAILABLE
  t.equal(await remove(), 'COORDINATOR_NOT_AVAILABLE')
  bench.persister.errorCode = ErrorCode.NONE
  t.equal(await remove(), 'NONE')
  t.same(await list(bench), [])
})

t.test('the assignor shares partitions out evenly, and keeps what is held', (t) => {
  const assignable: Partitions = new Map([['T', new Set([0, 1, 2])]])
  const members = (count: number, targets: Partitions[] = []) =>
    Array.from({ length: count }, (_, at) => ({
      memberId: `m${at}`,
      topicIds: new Set(['T']),
      target: targets[at] ?? new Map(),
    }))
  const counts = (assigned: ReadonlyMap<string, Partitions>) => {
    const perPartition = [0, 0, 0]
    const perMember = [...assigned.values()].map((partitions) => {
      for (const partition of partitions.get('T') ?? []) perPartition[partition]++
      return partitions.get('T')?.size ?? 0
    })
    return [perMember, perPartition]
  }
  t.same(counts(assignShares({ members: members(1), isHomogeneous: true, assignable })), [[3], [1, 1, 1]])
  t.same(counts(assignShares({ members: members(3), isHomogeneous: true, assignable })), [
    [1, 1, 1],
    [1, 1, 1],
  ])
  t.same(counts(assignShares({ members: members(6), isHomogeneous: false, assignable }))[1], [2, 2, 2])
  const held = [new Map([['T', new Set([2])]]), new Map([['T', new Set([0])]])]
  const kept = assignShares({ members: members(3, held), isHomogeneous: true, assignable })
  t.same(
    [...kept.values()].map((partitions) => [...(partitions.get('T') ?? [])]),
    [[2], [0], [1]],
  )
  t.end()
})
