/** OffsetCommit, OffsetFetch, OffsetDelete, of groups without members; ListGroups, DescribeGroups, DeleteGroups. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'

const commit: Scenario = {
  name: 'offsets: commit and fetch',
  quick: true,
  async run(session) {
    await session.createTopic('offsets', 3)
    for (const version of versionsOf('OffsetCommit')) {
      const groupId = `simple-${version}`
      const ask = (label: string, partition: object, more: object = {}) =>
        session.send('OffsetCommit', version, commitBody(session, groupId, 'offsets', partition, more), { label })
      await ask('first', { committedOffset: 5n, committedMetadata: 'm' })
      for (const committedOffset of [0n, -1n, -2n, 1n << 62n]) await ask('offset', { committedOffset })
      for (const committedLeaderEpoch of [0, 5, -1, -2])
        await ask('leader epoch', { committedLeaderEpoch, committedOffset: 7n })
      for (const partitionIndex of [1, 2, 3, -1]) await ask('partition', { partitionIndex, committedOffset: 3n })
      await ask('null metadata', { committedMetadata: null })
      await ask('metadata', { committedMetadata: 'x'.repeat(4096) })
      await ask('too much metadata', { committedMetadata: 'x'.repeat(4097) })
      await ask('retention', {}, { retentionTimeMs: 1000n })
      for (const generationIdOrMemberEpoch of [0, 1, -2]) await ask('generation', {}, { generationIdOrMemberEpoch })
      await ask('member', {}, { memberId: 'someone' })
      await ask('member and generation', {}, { memberId: 'someone', generationIdOrMemberEpoch: 1 })
      await ask('instance', {}, { groupInstanceId: 'instance' })
      await ask('empty instance', {}, { groupInstanceId: '' })
      for (const other of ['', ' ', 'ä', 'never-seen']) await ask('group', {}, { groupId: other })
      await ask('group with generation', {}, { groupId: 'never-seen-2', generationIdOrMemberEpoch: 3 })
      await ask('nothing', {}, { topics: [] })
      for (const topic of ['nope', '', '__consumer_offsets']) {
        await session.send('OffsetCommit', version, commitBody(session, groupId, topic, {}, {}), { label: 'topic' })
      }
      if (version >= 10) await idCommits(session, version, groupId)
      for (const fetchVersion of versionsOf('OffsetFetch')) await fetchAll(session, fetchVersion, groupId)
    }
  },
}

function commitBody(session: Session, groupId: string, topic: string, partition: object, more: object): object {
  const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '', ...partition }]
  return {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: topic, topicId: session.topicId(topic), partitions }],
    ...more,
  }
}

async function idCommits(session: Session, version: number, groupId: string): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }]
  const known = { topicId: session.topicId('offsets'), partitions }
  for (const topics of [
    [{ topicId: UNKNOWN_ID, partitions }],
    [{ partitions }],
    [known, { topicId: UNKNOWN_ID, partitions }],
    [known, known],
  ]) {
    const body = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics }
    await session.send('OffsetCommit', version, body, { label: 'ids' })
  }
}

async function fetchAll(session: Session, version: number, groupId: string): Promise<void> {
  const ask = (label: string, topics: object[] | null, more: object = {}) =>
    session.send('OffsetFetch', version, fetchBody(groupId, topics, more), { label })
  const offsets = { name: 'offsets', topicId: session.topicId('offsets') }
  if (version >= 2) await ask('all', null)
  await ask('none', [])
  await ask('some', [{ ...offsets, partitionIndexes: [0, 1, 2, 3, -1] }])
  await ask('no partitions', [{ ...offsets, partitionIndexes: [] }])
  await ask('twice', [
    { ...offsets, partitionIndexes: [0, 0] },
    { ...offsets, partitionIndexes: [0] },
  ])
  await ask('unknown topic', [
    { name: 'nope', topicId: UNKNOWN_ID, partitionIndexes: [0] },
    { ...offsets, partitionIndexes: [0] },
  ])
  await ask('empty topic', [{ name: '', partitionIndexes: [0] }])
  await ask('stable', [{ ...offsets, partitionIndexes: [0] }], { requireStable: true })
  await ask('member', [{ ...offsets, partitionIndexes: [0] }], { memberId: 'someone', memberEpoch: 1 })
  await ask('epoch', [{ ...offsets, partitionIndexes: [0] }], { memberId: null, memberEpoch: 0 })
  for (const other of ['', 'never', 'ä'])
    await ask('other group', [{ ...offsets, partitionIndexes: [0] }], { groupId: other })
  if (version >= 2) for (const other of ['', 'never']) await ask('all of another', null, { groupId: other })
  if (version < 8) return
  const groups = (...ids: string[]) => ids.map((id) => ({ groupId: id, topics: null }))
  await session.send('OffsetFetch', version, { groups: [] }, { label: 'no groups' })
  await session.send('OffsetFetch', version, { groups: groups(groupId, 'never') }, { label: 'two groups' })
  await session.send('OffsetFetch', version, { groups: groups(groupId, groupId) }, { label: 'a group twice' })
}

function fetchBody(
  groupId: string,
  topics: object[] | null,
  more: { groupId?: string; requireStable?: boolean; memberId?: string | null; memberEpoch?: number },
): object {
  const { requireStable = false, ...member } = more
  // Before version 10 topics have no ids, before version 8 there is one group, beside its topics.
  const named = topics?.map(({ topicId: _, ...topic }: { topicId?: string }) => topic) ?? null
  return { groupId: more.groupId ?? groupId, topics: named, requireStable, groups: [{ groupId, topics, ...member }] }
}

const groups: Scenario = {
  name: 'offsets: groups listed, described, deleted',
  quick: true,
  async run(session) {
    await session.createTopic('deletes', 2)
    const body = (groupId: string) => commitBody(session, groupId, 'deletes', {}, {})
    for (const groupId of ['delete-a', 'delete-b']) await session.send('OffsetCommit', 8, body(groupId))
    for (const version of versionsOf('ListGroups')) {
      for (const statesFilter of [[], ['Empty'], ['empty'], ['Stable', 'Empty'], ['Dead'], ['nope'], ['']]) {
        await session.send('ListGroups', version, { statesFilter })
        for (const typesFilter of [['classic'], ['Classic'], ['consumer'], ['nope'], ['share', 'streams'], ['']]) {
          await session.send('ListGroups', version, { statesFilter, typesFilter })
        }
      }
    }
    for (const version of versionsOf('DescribeGroups')) {
      for (const includeAuthorizedOperations of [false, true]) {
        for (const groups of [
          ['delete-a'],
          ['never'],
          [''],
          ['delete-a', 'delete-b', 'never'],
          [],
          ['delete-a', 'delete-a'],
        ]) {
          await session.send('DescribeGroups', version, { groups, includeAuthorizedOperations })
        }
      }
    }
    for (const name of ['deletes', 'nope', '']) {
      for (const partition of [0, 1, 2, -1]) {
        for (const groupId of ['delete-b', 'never', '']) {
          const topics = [{ name, partitions: [{ partitionIndex: partition }] }]
          await session.send('OffsetDelete', 0, { groupId, topics })
        }
      }
    }
    await session.send('OffsetDelete', 0, { groupId: 'delete-a', topics: [] })
    await session.send('OffsetDelete', 0, { groupId: 'delete-a', topics: [{ name: 'deletes', partitions: [] }] })
    for (const version of versionsOf('DeleteGroups')) {
      await session.send('OffsetCommit', 8, body(`delete-${version}`))
      for (const groupsNames of [
        [],
        ['never'],
        [''],
        [`delete-${version}`, 'never'],
        [`delete-${version}`],
        ['x', 'x'],
      ]) {
        await session.send('DeleteGroups', version, { groupsNames })
      }
    }
    await session.send('ListGroups', 5, {})
  },
}

const allApis: Scenario = {
  name: 'offsets: OffsetFetch of nothing committed',
  async run(session) {
    await session.createTopic('nothing', 1)
    for (const version of versionsOf('OffsetFetch')) await fetchAll(session, version, 'nothing-committed')
  },
}

export const offsetScenarios: readonly Scenario[] = [commit, groups, allApis]
