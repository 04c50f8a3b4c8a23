/** Groups of KIP-848: ConsumerGroupHeartbeat, ConsumerGroupDescribe, and what other APIs make of such groups. */
import type { Body } from '../connection.ts'
import type { Scenario } from '../scenario.ts'
import { LONGEST_SESSION_MS, type Session, versionsOf } from '../session.ts'
import { PROTOCOLS } from './groups.ts'

const TOPIC = 'consumer-groups'
const OTHER_TOPIC = 'consumer-groups-other'
const PARTITIONS = 4

interface Owned {
  topicId: string
  partitions: number[]
}

/** A member that does as it is told: it owns what it was last given, once it says so. */
class Member {
  readonly #session: Session
  readonly #version: number
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  epoch = 0
  assigned: Owned[] = []

  constructor(session: Session, version: number, groupId: string, name: string, instanceId: string | null = null) {
    this.#session = session
    this.#version = version
    this.groupId = groupId
    this.memberId = `${groupId}-${name}`
    this.instanceId = instanceId
  }

  join(more: object = {}): Promise<Body> {
    const first = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [TOPIC], topicPartitions: [] }
    return this.beat({ memberEpoch: 0, ...first, ...more })
  }

  /** Says that it owns what it was given. */
  confirm(): Promise<Body> {
    return this.beat({ topicPartitions: this.assigned })
  }

  async beat(more: object = {}): Promise<Body> {
    const { groupId, memberId, instanceId, epoch: memberEpoch } = this
    const body = { groupId, memberId, instanceId, memberEpoch, rackId: null, topicPartitions: null, ...more }
    const answer = await this.#session.send('ConsumerGroupHeartbeat', this.#version, body)
    if (answer.errorCode !== 0) return answer
    this.epoch = answer.memberEpoch
    if (answer.assignment) this.assigned = answer.assignment.topicPartitions
    return answer
  }

  leave(memberEpoch = -1): Promise<Body> {
    return this.beat({ memberEpoch })
  }
}

async function describe(session: Session, ...groupIds: string[]): Promise<void> {
  for (const version of versionsOf('ConsumerGroupDescribe')) {
    await session.send('ConsumerGroupDescribe', version, { groupIds, includeAuthorizedOperations: version === 1 })
  }
}

async function prepare(session: Session): Promise<void> {
  await session.learnTopicIds()
  if (session.topicIds.has(TOPIC)) return
  await session.createTopic(TOPIC, PARTITIONS)
  await session.createTopic(OTHER_TOPIC, 2)
}

const scenario = (name: string, run: (session: Session, version: number) => Promise<void>): Scenario => ({
  name: `consumer groups: ${name}`,
  quick: true,
  async run(session) {
    await prepare(session)
    for (const version of versionsOf('ConsumerGroupHeartbeat')) await run(session, version)
  },
})

const rebalance = scenario('a second member', async (session, version) => {
  const groupId = `two-${version}`
  const [first, second] = ['a', 'b'].map((name) => new Member(session, version, groupId, name))
  await first.join()
  await first.confirm()
  await describe(session, groupId)
  await second.join()
  await describe(session, groupId)
  await first.beat()
  await describe(session, groupId)
  await second.beat()
  await first.confirm()
  await second.beat()
  await second.confirm()
  await describe(session, groupId)
  await first.beat({ topicPartitions: first.assigned, rebalanceTimeoutMs: 60_000, subscribedTopicNames: [TOPIC] })
  await first.beat({ subscribedTopicNames: [TOPIC, OTHER_TOPIC] })
  await first.beat({ subscribedTopicNames: [OTHER_TOPIC] })
  await first.confirm()
  await second.beat()
  await second.confirm()
  await first.leave()
  await second.beat()
  await describe(session, groupId)
  await second.leave()
  await describe(session, groupId)
  await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
  await describe(session, groupId, 'nobody', '')
})

const epochs = scenario('wrong epochs', async (session, version) => {
  const member = new Member(session, version, `epochs-${version}`, 'a')
  await member.beat({ memberEpoch: 1 })
  await member.leave()
  await member.join()
  const { epoch } = member
  await member.beat({ memberEpoch: epoch + 1 })
  await member.beat({ memberEpoch: epoch - 1 })
  await member.beat({ memberEpoch: epoch - 1, topicPartitions: [] })
  await member.beat({ memberEpoch: 0 })
  await member.beat({ memberId: 'stranger' })
  await member.beat({ memberId: 'stranger', memberEpoch: -1 })
  await member.join()
  await member.join({ subscribedTopicNames: [] })
  await member.join({ subscribedTopicNames: ['nowhere'] })
  await member.leave()
})

const invalid = scenario('requests that cannot be', async (session, version) => {
  const member = new Member(session, version, `invalid-${version}`, 'a')
  for (const more of [
    { groupId: '' },
    { groupId: ' ' },
    { memberId: '' },
    { instanceId: '' },
    { rackId: '' },
    { rebalanceTimeoutMs: -1 },
    { topicPartitions: null },
    { topicPartitions: [{ topicId: session.topicId(TOPIC), partitions: [0] }] },
    { subscribedTopicNames: null },
    { serverAssignor: 'nobody' },
    { serverAssignor: 'range' },
    { serverAssignor: '' },
    { memberEpoch: -3 },
    { memberEpoch: -2 },
    { memberEpoch: 5, memberId: '' },
    { memberEpoch: -1, memberId: '' },
  ]) {
    await member.join(more)
  }
  if (version >= 1) await member.join({ subscribedTopicNames: null, subscribedTopicRegex: '(' })
})

const staticMembers = scenario('static members', async (session, version) => {
  const groupId = `static-${version}`
  const [first, other] = ['a', 'b'].map((name) => new Member(session, version, groupId, name, 'one'))
  await first.join()
  await first.confirm()
  await other.join()
  await other.beat({ memberEpoch: 1 })
  await other.leave(-2)
  await first.leave(-2)
  await describe(session, groupId)
  await other.join()
  await other.confirm()
  await first.beat()
  await describe(session, groupId)
  await other.leave(-1)
  await other.leave(-2)
  await describe(session, groupId)
})

const others = scenario('what other APIs make of them', async (session, version) => {
  const groupId = `others-${version}`
  const member = new Member(session, version, groupId, 'a')
  await member.join()
  const { memberId, epoch } = member
  const topicId = session.topicId(TOPIC)
  for (const commitVersion of versionsOf('OffsetCommit')) {
    for (const generationIdOrMemberEpoch of [epoch, epoch + 1, epoch - 1, -1]) {
      for (const committer of [memberId, '', 'stranger']) {
        const partitions = [{ partitionIndex: 0, committedOffset: 7n }]
        const topics = [{ name: TOPIC, topicId, partitions }]
        await session.send('OffsetCommit', commitVersion, {
          groupId,
          generationIdOrMemberEpoch,
          memberId: committer,
          topics,
        })
      }
    }
  }
  for (const fetchVersion of versionsOf('OffsetFetch')) {
    for (const memberEpoch of [epoch, epoch + 1, -1]) {
      for (const fetcher of [memberId, null, 'stranger']) {
        const partitionIndexes = [0, 1]
        await session.send('OffsetFetch', fetchVersion, {
          groupId,
          topics: [{ name: TOPIC, partitionIndexes }],
          groups: [{ groupId, memberId: fetcher, memberEpoch, topics: [{ name: TOPIC, topicId, partitionIndexes }] }],
        })
      }
    }
  }
  await session.send('OffsetDelete', 0, { groupId, topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }] })
  await session.send('OffsetDelete', 0, {
    groupId,
    topics: [{ name: OTHER_TOPIC, partitions: [{ partitionIndex: 0 }] }],
  })
  await session.send('DescribeGroups', 6, { groups: [groupId] })
  await session.send('DescribeGroups', 5, { groups: [groupId] })
  await session.send('ListGroups', 5, { typesFilter: ['consumer'], statesFilter: ['stable', 'Assigning'] })
  await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
  await session.send('SyncGroup', 5, { groupId, generationId: epoch, memberId, protocolName: 'range', assignments: [] })
  await session.send('Heartbeat', 4, { groupId, generationId: epoch, memberId })
  await session.send('LeaveGroup', 5, { groupId, members: [{ memberId: 'stranger' }, { memberId }] })
  await describe(session, groupId)
  await session.send('ListGroups', 5, { typesFilter: ['consumer'], statesFilter: ['empty'] })
})

/** Partitions that came later than the epoch of a commit, beside others that did not. */
const staleCommits = scenario('commits of an epoch that is over', async (session, version) => {
  const member = new Member(session, version, `stale-${version}`, 'a')
  const { groupId, memberId } = member
  await member.join()
  const { epoch: generationIdOrMemberEpoch } = member
  await member.beat({ topicPartitions: member.assigned, subscribedTopicNames: [TOPIC, OTHER_TOPIC] })
  const partition = { partitionIndex: 0, committedOffset: 7n }
  const tooLong = { ...partition, committedMetadata: 'x'.repeat(5_000) }
  const of = (name: string, partitions: object[] = [partition]) => ({
    name,
    topicId: session.topicId(name),
    partitions,
  })
  for (const commitVersion of versionsOf('OffsetCommit')) {
    for (const topics of [[of(TOPIC)], [of(TOPIC), of(OTHER_TOPIC)], [of(TOPIC), of(OTHER_TOPIC, [tooLong])]]) {
      await session.send('OffsetCommit', commitVersion, { groupId, generationIdOrMemberEpoch, memberId, topics })
    }
  }
  await session.send('OffsetFetch', 9, { groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }] })
})

const assignors = scenario('another assignor', async (session, version) => {
  const [first, second] = ['a', 'b'].map((name) => new Member(session, version, `assignors-${version}`, name))
  await first.join()
  await first.beat({ serverAssignor: 'range' })
  await first.beat({ serverAssignor: 'range' })
  await second.join({ serverAssignor: 'range' })
  await first.confirm()
  await first.beat({ serverAssignor: 'uniform' })
  await second.beat({ serverAssignor: 'uniform' })
  await describe(session, first.groupId)
})

/** A classic consumer comes to the group, and stays when the other goes. */
const classicMembers = scenario('members of the classic protocol', async (session, version) => {
  const groupId = `mixed-${version}`
  const member = new Member(session, version, groupId, 'a')
  await member.join()
  await member.confirm()
  const protocols = PROTOCOLS
  const join = (memberId: string, more: object = {}) =>
    session.send('JoinGroup', 9, {
      groupId,
      sessionTimeoutMs: LONGEST_SESSION_MS,
      rebalanceTimeoutMs: 30_000,
      memberId,
      protocolType: 'consumer',
      protocols,
      ...more,
    })
  await join('', { protocolType: 'connect' })
  await join('', { protocols: [{ name: 'range', metadata: Buffer.alloc(0) }] })
  for (const metadata of ['', '00', '0000', 'ffff00000000', '000000000001']) {
    await join('stranger', { protocols: [{ name: 'range', metadata: Buffer.from(metadata, 'hex') }] })
  }
  const { memberId } = await join('')
  const { generationId } = await join(memberId)
  const body = { groupId, generationId, memberId }
  await session.send('SyncGroup', 5, { ...body, protocolType: 'consumer', protocolName: 'range', assignments: [] })
  await session.send('SyncGroup', 5, { ...body, protocolType: 'connect', protocolName: 'range', assignments: [] })
  await session.send('SyncGroup', 5, { ...body, protocolType: 'consumer', protocolName: 'sticky', assignments: [] })
  await session.send('SyncGroup', 5, { ...body, generationId: generationId + 1, assignments: [] })
  await session.send('Heartbeat', 4, body)
  await describe(session, groupId)
  await member.beat()
  await member.leave()
  await session.send('DescribeGroups', 6, { groups: [groupId] })
  await describe(session, groupId)
  await session.send('Heartbeat', 4, body)
})

/** A consumer of the new protocol comes to a classic group. */
const upgrade = scenario('a classic group that is taken in', async (session, version) => {
  for (const protocolType of ['consumer', 'connect']) {
    const groupId = `upgrade-${protocolType}-${version}`
    const join = {
      groupId,
      sessionTimeoutMs: LONGEST_SESSION_MS,
      rebalanceTimeoutMs: 30_000,
      protocolType,
      protocols: PROTOCOLS,
    }
    const { memberId, generationId } = await session.send('JoinGroup', 3, { ...join, memberId: '' })
    await session.send('SyncGroup', 3, { groupId, generationId, memberId, assignments: [{ memberId }] })
    const member = new Member(session, version, groupId, 'a')
    await member.beat({ memberEpoch: 1 })
    await member.join()
    await session.send('Heartbeat', 4, { groupId, generationId, memberId })
    await describe(session, groupId)
    await member.leave()
    await session.send('DescribeGroups', 6, { groups: [groupId] })
  }
})

export const consumerGroupScenarios: readonly Scenario[] = [
  rebalance,
  epochs,
  invalid,
  staticMembers,
  others,
  staleCommits,
  assignors,
  classicMembers,
  upgrade,
]
