/** Groups of KIP-932: ShareGroupHeartbeat, ShareGroupDescribe, their offsets, and what other APIs make of such groups. */
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'
import { ShareMember } from '../share-member.ts'

const TOPIC = 'share-groups'
const OTHER_TOPIC = 'share-groups-other'
const PARTITIONS = 3
const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'

async function prepare(session: Session): Promise<void> {
  await session.learnTopicIds()
  if (session.topicIds.has(TOPIC)) return
  await session.createTopic(TOPIC, PARTITIONS)
  await session.createTopic(OTHER_TOPIC, 2)
}

const scenario = (name: string, run: (session: Session) => Promise<void>): Scenario => ({
  name: `share groups: ${name}`,
  quick: true,
  async run(session) {
    await prepare(session)
    await run(session)
  },
})

async function describe(session: Session, ...groupIds: string[]): Promise<void> {
  for (const includeAuthorizedOperations of [false, true]) {
    await session.send('ShareGroupDescribe', 1, { groupIds, includeAuthorizedOperations })
  }
}

const members = scenario('members come and go', async (session) => {
  for (let round = 0; round < 4; round++) {
    const groupId = `share-two-${round}`
    const [first, second] = ['a', 'b'].map((name) => new ShareMember(session, groupId, name)) as [
      ShareMember,
      ShareMember,
    ]
    await describe(session, groupId)
    await first.join(round === 0 ? ['nowhere'] : [TOPIC])
    await first.joinAndGet([TOPIC], PARTITIONS)
    await describe(session, groupId)
    for (let beats = 0; beats < 4; beats++) await first.beat()
    await second.joinAndGet([TOPIC], 1)
    await describe(session, groupId)
    for (const member of [first, second, first]) await member.beat()
    await first.beat({ subscribedTopicNames: [TOPIC, 'nowhere'] })
    await first.beat({ subscribedTopicNames: [] })
    await first.beat({ subscribedTopicNames: [TOPIC] })
    await second.beat({ rackId: 'rack' })
    await second.beat()
    await describe(session, groupId)
    await first.leave()
    await first.leave()
    await first.beat()
    await second.beat()
    await describe(session, groupId)
    await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
    await second.leave()
    await describe(session, groupId, 'nobody', '')
    await session.send('ListGroups', 5, { typesFilter: ['share'], statesFilter: ['empty'] })
    await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
    await session.send('ListGroups', 5, { typesFilter: ['Share'], statesFilter: [] })
    await describe(session, groupId)
  }
})

const epochs = scenario('wrong epochs', async (session) => {
  for (let round = 0; round < 4; round++) {
    const member = new ShareMember(session, `share-epochs-${round}`, 'a')
    await member.beat({ memberEpoch: 1 })
    await member.leave()
    await member.joinAndGet([TOPIC], PARTITIONS)
    await member.beat()
    const { epoch } = member
    for (const memberEpoch of [epoch + 1, epoch - 1, epoch - 2, 0, epoch, 2_147_483_647, -1, -2, -3]) {
      await member.beat({ memberEpoch })
    }
    for (const memberId of ['stranger', '', ' ', 'x'.repeat(36), 'x'.repeat(37)]) {
      for (const memberEpoch of [0, 1, -1]) await member.beat({ memberId, memberEpoch })
    }
    for (const memberEpoch of [0, 1, -1]) await member.beat({ memberEpoch, subscribedTopicNames: [OTHER_TOPIC] })
  }
})

const invalid = scenario('requests that cannot be', async (session) => {
  const member = new ShareMember(session, 'share-invalid', 'a')
  for (const more of [
    { groupId: '' },
    { groupId: ' ' },
    { memberId: '' },
    { memberId: ' ' },
    { rackId: '' },
    { rackId: ' ' },
    { subscribedTopicNames: null },
    { subscribedTopicNames: [] },
    { subscribedTopicNames: [''] },
    { subscribedTopicNames: ['a/b'] },
    { subscribedTopicNames: ['__consumer_offsets'] },
    { memberEpoch: -3 },
    { memberEpoch: -2 },
    { memberEpoch: 5, memberId: '' },
    { memberEpoch: -1, memberId: '' },
  ]) {
    await member.join([TOPIC], more)
  }
})

const otherKinds = scenario('groups of other kinds', async (session) => {
  const share = new ShareMember(session, 'share-kind', 'a')
  await share.joinAndGet([TOPIC], PARTITIONS)
  const consumer = { memberId: 'consumer', memberEpoch: 0, rebalanceTimeoutMs: 60_000, topicPartitions: [] }
  const groupId = 'consumer-kind'
  await session.send('ConsumerGroupHeartbeat', 1, { groupId, ...consumer, subscribedTopicNames: [TOPIC] })
  for (const [kind, id] of [
    ['share', 'share-kind'],
    ['consumer', groupId],
  ]) {
    const label = `of a ${kind} group`
    const joins = { groupId: id, ...consumer, subscribedTopicNames: [TOPIC] }
    await session.send('ConsumerGroupHeartbeat', 1, joins, { label })
    const joinsShare = { groupId: id, memberId: 'x', memberEpoch: 0, subscribedTopicNames: [TOPIC] }
    await session.send('ShareGroupHeartbeat', 1, joinsShare, { label })
    await session.send('ShareGroupDescribe', 1, { groupIds: [id] }, { label })
    await session.send('ConsumerGroupDescribe', 1, { groupIds: [id] }, { label })
    for (const version of [5, 6]) await session.send('DescribeGroups', version, { groups: [id] }, { label })
    for (const version of versionsOf('DescribeShareGroupOffsets')) {
      await session.send('DescribeShareGroupOffsets', version, { groups: [{ groupId: id, topics: null }] }, { label })
    }
    const offset = { topicName: TOPIC, partitions: [{ partitionIndex: 0, startOffset: 3n }] }
    await session.send('AlterShareGroupOffsets', 0, { groupId: id, topics: [offset] }, { label })
    await session.send('DeleteShareGroupOffsets', 0, { groupId: id, topics: [{ topicName: TOPIC }] }, { label })
    const partitions = [{ partitionIndex: 0, committedOffset: 7n }]
    const commit = { groupId: id, generationIdOrMemberEpoch: 1, memberId: 'x', topics: [{ name: TOPIC, partitions }] }
    await session.send('OffsetCommit', 9, commit, { label })
    const wanted = [{ groupId: id, topics: [{ name: TOPIC, partitionIndexes: [0] }] }]
    await session.send('OffsetFetch', 9, { groups: wanted }, { label })
    await session.send(
      'OffsetDelete',
      0,
      { groupId: id, topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }] },
      { label },
    )
    await session.send('Heartbeat', 4, { groupId: id, generationId: 1, memberId: 'x' }, { label })
    await session.send('LeaveGroup', 5, { groupId: id, members: [{ memberId: 'x' }] }, { label })
  }
  await session.send('ListGroups', 5, { typesFilter: ['share', 'consumer'], statesFilter: ['Stable', 'Assigning'] })
  await session.send('ListGroups', 5, { typesFilter: ['nothing'], statesFilter: [] })
})

/** Offsets of a group without members, as an administrator sees and sets them. */
const offsets = scenario('offsets', async (session) => {
  const describeOffsets = async (groupId: string) => {
    for (const version of versionsOf('DescribeShareGroupOffsets')) {
      // Apache never answers for a partition that does not exist where the topic has a state.
      for (const topics of [
        null,
        [],
        [{ topicName: TOPIC, partitions: [0, 1, 2] }],
        [{ topicName: OTHER_TOPIC, partitions: [0] }],
        [{ topicName: 'nowhere', partitions: [0] }],
        [{ topicName: TOPIC, partitions: [] }],
      ]) {
        await session.send('DescribeShareGroupOffsets', version, { groups: [{ groupId, topics }] })
      }
    }
  }
  const alter = (groupId: string, topicName: string, ...offsetsByPartition: [number, number][]) => {
    const partitions = offsetsByPartition.map(([partitionIndex, startOffset]) => {
      return { partitionIndex, startOffset: BigInt(startOffset) }
    })
    return session.send('AlterShareGroupOffsets', 0, { groupId, topics: [{ topicName, partitions }] })
  }
  const remove = (groupId: string, ...topics: string[]) =>
    session.send('DeleteShareGroupOffsets', 0, { groupId, topics: topics.map((topicName) => ({ topicName })) })
  for (let round = 0; round < 7; round++) {
    const groupId = `share-offsets-${round}`
    await describeOffsets(groupId)
    await remove(groupId, TOPIC)
    await alter(groupId, 'nowhere', [0, 1])
    await alter(groupId, TOPIC, [0, 1], [1, 5])
    await describeOffsets(groupId)
    // A negative partition costs Apache's coordinator the group: it cannot be described or deleted any more.
    await alter(groupId, TOPIC, [2, 0], [3, 5])
    await alter(groupId, OTHER_TOPIC, [0, 0])
    await alter(groupId, OTHER_TOPIC, [9, 0])
    await alter(groupId, '', [0, 0])
    await alter(groupId, TOPIC, [0, -1])
    await alter(groupId, TOPIC, [0, -2])
    await alter(groupId, TOPIC, [0, 2 ** 40])
    await alter(groupId, TOPIC)
    await session.send('AlterShareGroupOffsets', 0, { groupId, topics: [] })
    await describeOffsets(groupId)
    await remove(groupId, OTHER_TOPIC)
    await remove(groupId, OTHER_TOPIC, 'nowhere')
    await remove(groupId)
    await describeOffsets(groupId)
    const member = new ShareMember(session, groupId, 'a')
    await member.joinAndGet([TOPIC], PARTITIONS)
    await alter(groupId, TOPIC, [0, 1])
    await remove(groupId, TOPIC)
    await describeOffsets(groupId)
    await member.leave()
    await remove(groupId, TOPIC)
    await describeOffsets(groupId)
    await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
    await describeOffsets(groupId)
    for (const strange of ['', ' ', 'nobody']) {
      await alter(strange, TOPIC, [0, 1])
      await remove(strange, TOPIC)
      await describeOffsets(strange)
    }
  }
})

/** The share coordinator's own APIs, which brokers use. */
const states = scenario('states of partitions', async (session) => {
  const topicId = session.topicId(TOPIC)
  const ask = (name: string, version: number, groupId: string, partition: object, id = topicId) =>
    session.send(name, version, { groupId, topics: [{ topicId: id, partitions: [partition] }] })
  const readAll = async (groupId: string, partition: number, leaderEpoch: number) => {
    await ask('ReadShareGroupState', 0, groupId, { partition, leaderEpoch })
    for (const version of versionsOf('ReadShareGroupStateSummary')) {
      await ask('ReadShareGroupStateSummary', version, groupId, { partition, leaderEpoch })
    }
  }
  const stateBatches = (...batches: [number, number, number, number][]) =>
    batches.map(([first, last, deliveryState, deliveryCount]) => {
      return { firstOffset: BigInt(first), lastOffset: BigInt(last), deliveryState, deliveryCount }
    })
  for (let round = 0; round < 8; round++) {
    const groupId = `share-states-${round}`
    for (const [partition, id] of [
      [0, topicId],
      [1, topicId],
      [7, topicId],
      [-1, topicId],
      [0, UNKNOWN_ID],
    ] as const) {
      await readAll(groupId, partition, 0)
      await ask('DeleteShareGroupState', 0, groupId, { partition }, id)
      for (const stateEpoch of [-1, 1, 0, 2]) {
        await ask('InitializeShareGroupState', 0, groupId, { partition, stateEpoch, startOffset: -1n }, id)
      }
      await readAll(groupId, partition, -1)
      await readAll(groupId, partition, 1)
      for (const version of versionsOf('WriteShareGroupState')) {
        for (const [stateEpoch, leaderEpoch, startOffset, batches] of [
          [2, 1, 0, stateBatches([0, 9, 0, 1])],
          [2, 1, 3, stateBatches([3, 5, 2, 1], [6, 8, 1, 2])],
          [1, 1, 4, stateBatches()],
          [2, 0, 4, stateBatches()],
          [2, 2, 4, stateBatches([4, 9, 0, 3])],
          [-1, 2, 4, stateBatches()],
          [2, -1, 4, stateBatches()],
          [2, 3, -1, stateBatches([5, 5, 4, 1], [7, 7, 9, 1])],
          [3, 3, 1, stateBatches([20, 30, 2, 1])],
        ] as const) {
          const common = { partition, stateEpoch, leaderEpoch, startOffset: BigInt(startOffset) }
          await ask(
            'WriteShareGroupState',
            version,
            groupId,
            { ...common, deliveryCompleteCount: 2, stateBatches: batches },
            id,
          )
        }
        await readAll(groupId, partition, 1)
        await readAll(groupId, partition, 3)
      }
      await ask('InitializeShareGroupState', 0, groupId, { partition, stateEpoch: 1, startOffset: 5n }, id)
      await ask('InitializeShareGroupState', 0, groupId, { partition, stateEpoch: 9, startOffset: 2n }, id)
      await readAll(groupId, partition, 4)
      for (let times = 0; times < 2; times++) await ask('DeleteShareGroupState', 0, groupId, { partition }, id)
    }
    for (const strange of ['', ' ']) {
      await ask('InitializeShareGroupState', 0, strange, { partition: 0, stateEpoch: 0, startOffset: 0n })
      await readAll(strange, 0, 0)
      await ask('DeleteShareGroupState', 0, strange, { partition: 0 })
    }
    for (const name of ['InitializeShareGroupState', 'ReadShareGroupState', 'DeleteShareGroupState']) {
      await session.send(name, 0, { groupId, topics: [] })
      await session.send(name, 0, { groupId, topics: [{ topicId, partitions: [] }] })
    }
  }
})

export const shareGroupScenarios: readonly Scenario[] = [members, epochs, invalid, otherKinds, offsets, states]
