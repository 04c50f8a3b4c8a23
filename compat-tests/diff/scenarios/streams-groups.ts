/** Groups of KIP-1071: StreamsGroupHeartbeat, StreamsGroupDescribe, and what other APIs make of such groups. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Body } from '../connection.ts'
import type { Scenario } from '../scenario.ts'
import { type Session, versionsOf } from '../session.ts'

const TOPIC = 'streams-groups'
const OTHER_TOPIC = 'streams-groups-other'
const PARTITIONS = 3
const GROUP_CONFIGS = 32

const subtopology = (more: object = {}) => ({
  subtopologyId: '0',
  sourceTopics: [TOPIC],
  sourceTopicRegex: [],
  stateChangelogTopics: [],
  repartitionSinkTopics: [],
  repartitionSourceTopics: [],
  copartitionGroups: [],
  ...more,
})
const topologyOf = (...subtopologies: object[]) => ({ epoch: 0, subtopologies })
const internalTopic = (name: string, partitions = 0, topicConfigs: object[] = []) => {
  return { name, partitions, replicationFactor: 0, topicConfigs }
}

/** A member that says of itself what it was told. */
class Member {
  readonly #session: Session
  readonly #version: number
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  epoch = 0
  tasks: object = {}

  constructor(session: Session, version: number, groupId: string, name: string, instanceId: string | null = null) {
    this.#session = session
    this.#version = version
    this.groupId = groupId
    this.memberId = `${groupId}-${name}`
    this.instanceId = instanceId
  }

  join(topology: object | null = topologyOf(subtopology()), more: object = {}): Promise<Body> {
    const none = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
    const first = { rebalanceTimeoutMs: 60_000, processId: `process-${this.memberId}`, ...none }
    return this.beat({ memberEpoch: 0, topology, ...first, ...more })
  }

  confirm(): Promise<Body> {
    return this.beat(this.tasks)
  }

  async beat(more: object = {}): Promise<Body> {
    const { groupId, memberId, instanceId, epoch: memberEpoch } = this
    const body = { groupId, memberId, instanceId, memberEpoch, endpointInformationEpoch: -1, ...more }
    const answer = await this.#session.send('StreamsGroupHeartbeat', this.#version, body)
    if (answer.errorCode !== 0) return answer
    this.epoch = answer.memberEpoch
    const { activeTasks, standbyTasks, warmupTasks } = answer
    if (activeTasks) this.tasks = { activeTasks, standbyTasks, warmupTasks }
    return answer
  }

  leave(memberEpoch = -1): Promise<Body> {
    return this.beat({ memberEpoch })
  }
}

async function describe(session: Session, ...groupIds: string[]): Promise<void> {
  for (const version of versionsOf('StreamsGroupDescribe')) {
    for (const includeTopologyDescription of [false, true]) {
      const includeAuthorizedOperations = includeTopologyDescription
      const body = { groupIds, includeAuthorizedOperations, includeTopologyDescription }
      await session.send('StreamsGroupDescribe', version, body)
    }
  }
}

async function prepare(session: Session): Promise<void> {
  await session.learnTopicIds()
  if (session.topicIds.has(TOPIC)) return
  await session.createTopic(TOPIC, PARTITIONS)
  await session.createTopic(OTHER_TOPIC, 2)
}

const scenario = (name: string, run: (session: Session, version: number) => Promise<void>): Scenario => ({
  name: `streams groups: ${name}`,
  quick: true,
  async run(session) {
    await prepare(session)
    for (const version of versionsOf('StreamsGroupHeartbeat')) await run(session, version)
  },
})

const members = scenario('members come and go', async (session, version) => {
  for (let round = 0; round < 3; round++) {
    const groupId = `streams-two-${version}-${round}`
    const [first, second] = ['a', 'b'].map((name) => new Member(session, version, groupId, name)) as [Member, Member]
    await describe(session, groupId)
    await first.join()
    await first.confirm()
    await describe(session, groupId)
    await second.join()
    await describe(session, groupId)
    for (let turn = 0; turn < 3; turn++) {
      for (const member of [first, second]) {
        await member.confirm()
        await member.beat()
      }
    }
    await describe(session, groupId)
    await first.beat({ clientTags: [{ key: 'zone', value: 'a' }] })
    await first.beat({ userEndpoint: { host: 'localhost', port: 9000 }, endpointInformationEpoch: 0 })
    await second.beat({ endpointInformationEpoch: 0 })
    await second.beat({ endpointInformationEpoch: 5 })
    await first.beat({ taskOffsets: [], taskEndOffsets: [] })
    await describe(session, groupId)
    await first.leave()
    await first.leave()
    await first.beat()
    await second.confirm()
    await second.confirm()
    await second.beat({ shutdownApplication: true })
    await second.beat()
    await describe(session, groupId)
    await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
    await second.leave()
    await session.send('ListGroups', 5, { typesFilter: ['streams'], statesFilter: ['empty'] })
    await describe(session, groupId, 'nobody', '')
    await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
    await describe(session, groupId)
  }
})

const epochs = scenario('wrong epochs', async (session, version) => {
  for (let round = 0; round < 3; round++) {
    const member = new Member(session, version, `streams-epochs-${version}-${round}`, 'a')
    await member.beat({ memberEpoch: 1 })
    await member.leave()
    await member.join()
    const { epoch, tasks } = member
    for (const memberEpoch of [epoch + 1, epoch - 1, 0, epoch, 2_147_483_647, -1, -2, -3]) {
      await member.beat({ memberEpoch })
      await member.beat({ memberEpoch, ...tasks })
      await member.join(topologyOf(subtopology()), { memberEpoch })
    }
    for (const memberId of ['stranger', '', ' ']) {
      for (const memberEpoch of [1, -1, -2]) await member.beat({ memberId, memberEpoch })
    }
    await member.join()
    await member.leave()
  }
})

const invalid = scenario('requests that cannot be', async (session, version) => {
  const member = new Member(session, version, `streams-invalid-${version}`, 'a')
  const task = [{ subtopologyId: '0', partitions: [0] }]
  for (const more of [
    { groupId: '' },
    { groupId: ' ' },
    { memberId: '' },
    { memberId: ' ' },
    { instanceId: '' },
    { rackId: '' },
    { rebalanceTimeoutMs: -1 },
    { activeTasks: null },
    { activeTasks: task },
    { standbyTasks: task },
    { warmupTasks: task },
    { standbyTasks: null },
    { topology: null },
    { memberEpoch: -3 },
    { memberEpoch: -2 },
    { memberEpoch: 1, topology: null, activeTasks: [], standbyTasks: null },
    { memberEpoch: 5, memberId: '' },
    { memberEpoch: -1, memberId: '' },
    { processId: '' },
    { processId: null },
    { userEndpoint: { host: '', port: 0 } },
    { clientTags: [{ key: '', value: '' }] },
  ]) {
    await member.join(topologyOf(subtopology()), more)
    await member.leave()
  }
})

const topologies = scenario('topologies', async (session, version) => {
  const topics = [TOPIC, OTHER_TOPIC]
  const cases: [string, object | null][] = [
    ['none', topologyOf()],
    ['no sources', topologyOf(subtopology({ sourceTopics: [] }))],
    ['missing source', topologyOf(subtopology({ sourceTopics: ['nowhere'] }))],
    ['regular expression', topologyOf(subtopology({ sourceTopicRegex: ['a.*'] }))],
    ['two sources', topologyOf(subtopology({ sourceTopics: topics }))],
    ['two subtopologies', topologyOf(subtopology(), subtopology({ subtopologyId: '1', sourceTopics: [OTHER_TOPIC] }))],
    ['internal', topologyOf(subtopology({ sourceTopics: ['__consumer_offsets'] }))],
    ['unnameable', topologyOf(subtopology({ sourceTopics: ['a/b'] }))],
    [
      'copartitioned, which are not',
      topologyOf(
        subtopology({
          sourceTopics: topics,
          copartitionGroups: [{ sourceTopics: [0, 1], sourceTopicRegex: [], repartitionSourceTopics: [] }],
        }),
      ),
    ],
    [
      'a changelog',
      topologyOf(
        subtopology({
          stateChangelogTopics: [internalTopic(`log-${version}`, 0, [{ key: 'cleanup.policy', value: 'compact' }])],
        }),
      ),
    ],
    ['a changelog with partitions', topologyOf(subtopology({ stateChangelogTopics: [internalTopic('log', 3)] }))],
    [
      'a repartition topic',
      topologyOf(
        subtopology({ repartitionSinkTopics: [`part-${version}`] }),
        subtopology({
          subtopologyId: '1',
          sourceTopics: [],
          repartitionSourceTopics: [internalTopic(`part-${version}`)],
        }),
      ),
    ],
    [
      'a repartition topic that nobody writes',
      topologyOf(subtopology({ sourceTopics: [], repartitionSourceTopics: [internalTopic('nobodys')] })),
    ],
    ['the epoch', { ...topologyOf(subtopology()), epoch: -1 }],
    ['the next epoch', { ...topologyOf(subtopology()), epoch: 3 }],
  ]
  for (const [index, [label, topology]] of cases.entries()) {
    const member = new Member(session, version, `streams-topology-${version}-${index}`, label.replaceAll(/\W/g, ''))
    await member.join(topology)
    await internalTopicsAreThere(session)
    for (let beats = 0; beats < 3; beats++) await member.confirm()
    await describe(session, member.groupId)
    const other = new Member(session, version, member.groupId, 'other')
    await other.join(topologyOf(subtopology({ sourceTopics: [OTHER_TOPIC] })))
    await describe(session, member.groupId)
    await member.leave()
    await other.leave()
  }
})

/** The broker creates internal topics beside its answer. */
async function internalTopicsAreThere(session: Session): Promise<void> {
  await delay(300)
  await session.settle()
}

const staticMembers = scenario('static members', async (session, version) => {
  const groupId = `streams-static-${version}`
  const [first, other] = ['a', 'b'].map((name) => new Member(session, version, groupId, name, 'one')) as [
    Member,
    Member,
  ]
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
  const groupId = `streams-others-${version}`
  const member = new Member(session, version, groupId, 'a')
  await member.join()
  const { memberId, epoch } = member
  const topicId = session.topicId(TOPIC)
  for (const commitVersion of versionsOf('OffsetCommit')) {
    for (const generationIdOrMemberEpoch of [epoch, epoch + 1, epoch - 1, -1]) {
      for (const committer of [memberId, '', 'stranger']) {
        const partitions = [{ partitionIndex: 0, committedOffset: 7n }]
        const commit = {
          groupId,
          generationIdOrMemberEpoch,
          memberId: committer,
          topics: [{ name: TOPIC, topicId, partitions }],
        }
        await session.send('OffsetCommit', commitVersion, commit)
      }
    }
  }
  for (const fetchVersion of versionsOf('OffsetFetch')) {
    const partitionIndexes = [0, 1]
    const topics = [{ name: TOPIC, topicId, partitionIndexes }]
    const groups = [{ groupId, memberId, memberEpoch: epoch, topics }]
    await session.send('OffsetFetch', fetchVersion, { groupId, topics: [{ name: TOPIC, partitionIndexes }], groups })
  }
  await session.send('OffsetDelete', 0, { groupId, topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }] })
  const consumer = { memberId: 'x', memberEpoch: 0, rebalanceTimeoutMs: 60_000, topicPartitions: [] }
  await session.send('ConsumerGroupHeartbeat', 1, { groupId, ...consumer, subscribedTopicNames: [TOPIC] })
  await session.send('ShareGroupHeartbeat', 1, {
    groupId,
    memberId: 'x',
    memberEpoch: 0,
    subscribedTopicNames: [TOPIC],
  })
  await session.send('ShareGroupDescribe', 1, { groupIds: [groupId] })
  await session.send('ConsumerGroupDescribe', 1, { groupIds: [groupId] })
  for (const describeVersion of [5, 6]) await session.send('DescribeGroups', describeVersion, { groups: [groupId] })
  await session.send('ListGroups', 5, { typesFilter: ['streams'], statesFilter: ['Stable'] })
  await session.send('DeleteGroups', 2, { groupsNames: [groupId] })
  await session.send('Heartbeat', 4, { groupId, generationId: epoch, memberId })
  await session.send('LeaveGroup', 5, { groupId, members: [{ memberId: 'stranger' }, { memberId }] })
  await describe(session, groupId)
  await member.leave()
})

/** Tasks change their form where they are: active tasks become standbys, and standbys active tasks. */
const standbys = scenario('standbys', async (session, version) => {
  const groupId = `streams-standbys-${version}`
  const changelog = `${groupId}-changelog`
  await session.createTopic(changelog, PARTITIONS)
  const configs = [{ name: 'streams.num.standby.replicas', configOperation: 0, value: '1' }]
  const resources = [{ resourceType: GROUP_CONFIGS, resourceName: groupId, configs }]
  await session.send('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
  await session.settle()
  const topology = topologyOf(subtopology({ stateChangelogTopics: [internalTopic(changelog)] }))
  const [first, second] = ['a', 'b'].map((name) => new Member(session, version, groupId, name)) as [Member, Member]
  await first.join(topology)
  await first.confirm()
  await second.join(topology)
  for (let turn = 0; turn < 4; turn++) for (const member of [first, second]) await member.confirm()
  await second.leave()
  for (let turn = 0; turn < 3; turn++) await first.confirm()
  await first.leave()
})

const descriptions = scenario('descriptions of topologies', async (session) => {
  for (const groupId of ['streams-described', '', 'nobody']) {
    for (const memberId of ['a', '']) {
      const body = { groupId, memberId, topologyEpoch: 0, topologyDescription: { subtopologies: [], globalStores: [] } }
      await session.send('StreamsGroupTopologyDescriptionUpdate', 0, body)
    }
  }
})

export const streamsGroupScenarios: readonly Scenario[] = [
  members,
  epochs,
  invalid,
  topologies,
  staticMembers,
  others,
  standbys,
  descriptions,
]
