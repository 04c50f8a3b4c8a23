/** Random requests of every API and version, from a seed: many small places that no script thought of. */
import { seeded } from '../../../scripts/fuzz/mutate.ts'
import { CLIENT_ID } from '../connection.ts'
import { generate, type Pools } from '../generate.ts'
import type { Scenario } from '../scenario.ts'
import { apiNamed, LONGEST_SESSION_MS, type Session, versionsOf } from '../session.ts'
import { answered } from './answered.ts'
import { PROTOCOLS } from './groups.ts'
import { batch, produce, TIMESTAMP_MS } from './writes.ts'

const TOPICS = ['random-a', 'random-a', 'random-b', 'random-nope', '', 'a/b', '__consumer_offsets']
const UNKNOWN_ID = 'BBBBBBBBBBBBBBBBBBBBBA'
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const PARTITIONS = [0, 0, 0, 1, 1, 2, -1, 2147483647]
const EPOCHS = [-1, -1, 0, 0, 1, -2]
const SIZES = [1 << 20, 1 << 20, 0, 1, 100, -1]

/** The actors that one API is asked about: a group with one member, and a transactional producer, of its version alone. */
interface Actors {
  groupId: string
  memberId: string
  transactionalId: string
  producerId: bigint
  topicIds: readonly string[]
}

export function randomScenarios({ seed, perVersion }: { seed: number; perVersion: number }): Scenario[] {
  return [...answered].map((name) => ({
    name: `random: ${name}`,
    quick: true,
    async run(session) {
      await prepare(session)
      for (const version of versionsOf(name)) {
        const random = seeded(seed * 1_000_003 + apiNamed(name).apiKey * 1_009 + version)
        const actors = await newActors(session, `${name}-${version}`)
        for (let count = 0; count < perVersion; count++) {
          const pools = { ...shared(actors, version), ...OWN[name]?.(actors, count, version) }
          const body = generate(apiNamed(name).request, version, random, pools)
          // Apache forgets to answer a request that names no transaction.
          if (body.transactions?.length === 0) continue
          await session.send(name, version, body, { timeoutMs: 3_000 })
        }
      }
    },
  }))
}

/** Topics of this scenario's API, the same for all: the first scenario makes them. */
async function prepare(session: Session): Promise<void> {
  await session.learnTopicIds()
  if (session.topicIds.has('random-a')) return
  await session.createTopic('random-b', 1, { 'cleanup.policy': 'compact' })
  await session.createTopic('random-a', 2)
  for (const index of [0, 1]) {
    for (let record = 0; record < 10; record++) {
      const records = batch(1, {}, { timestamp: TIMESTAMP_MS + record * 1_000 })
      await produce(session.aside, 9, { topic: 'random-a', index }, records)
    }
  }
}

async function newActors(session: Session, name: string): Promise<Actors> {
  const groupId = `random-${name}`
  const join = {
    groupId,
    sessionTimeoutMs: LONGEST_SESSION_MS,
    memberId: '',
    protocolType: 'consumer',
    protocols: PROTOCOLS,
  }
  const { memberId } = await session.aside.send('JoinGroup', 3, { ...join, rebalanceTimeoutMs: 60_000 })
  session.keepLast()
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  await session.aside.send('SyncGroup', 3, { groupId, generationId: 1, memberId, assignments })
  const begin = { transactionalId: groupId, transactionTimeoutMs: 600_000 }
  const { producerId } = await session.aside.send('InitProducerId', 4, begin)
  session.keepLast()
  const topicIds = [session.topicId('random-a'), session.topicId('random-b'), UNKNOWN_ID, ZERO_ID]
  return { groupId, memberId, transactionalId: groupId, producerId, topicIds }
}

function shared({ groupId, memberId, transactionalId, producerId, topicIds }: Actors, version: number): Pools {
  return {
    topic: TOPICS,
    topicName: TOPICS,
    'topics.name': TOPICS,
    'topicData.name': TOPICS,
    'topics[]': TOPICS,
    topicId: topicIds,
    partition: PARTITIONS,
    partitionIndex: PARTITIONS,
    'partitions[]': PARTITIONS,
    'partitionIndexes[]': PARTITIONS,
    index: PARTITIONS,
    groupId: [groupId, groupId, groupId, 'random-nope', ''],
    memberId: [memberId, memberId, memberId, '', 'stranger'],
    groupInstanceId: [null, null, null, 'instance', ''],
    generationId: [1, 1, 1, 0, 2, -1],
    generationIdOrMemberEpoch: [1, 1, 1, 0, 2, -1],
    transactionalId: [transactionalId, transactionalId, 'random-nope', '', null],
    v3AndBelowTransactionalId: [transactionalId, transactionalId, 'random-nope', ''],
    v3AndBelowProducerId: [producerId, producerId, producerId, 99_999n, -1n],
    v3AndBelowProducerEpoch: [0, 0, 0, 1, -1],
    'v3AndBelowTopics.name': TOPICS,
    'transactions.topics.name': TOPICS,
    producerId: [producerId, producerId, producerId, 99_999n, -1n],
    producerEpoch: [0, 0, 0, 1, -1],
    isolationLevel: [0, 0, 1, 1, 2, -1],
    currentLeaderEpoch: EPOCHS,
    lastFetchedEpoch: EPOCHS,
    leaderEpoch: [0, 0, 1, -1, -2],
    timeoutMs: [1_000],
    validateOnly: [true],
    // A topic that is created on the way is there at a time of its own: `metadata.ts` looks at that.
    allowAutoTopicCreation: [false],
    committedMetadata: ['', 'metadata', null],
    committedOffset: [0n, 5n, 5n, -1n, 2n ** 40n],
    version: [version],
  }
}

const CONFIG_NAMES = ['retention.ms', 'cleanup.policy', 'segment.bytes', 'log.retention.ms', 'no.such', '']
const CONFIG_VALUES = ['1000', '604800000', 'delete', 'compact', 'x', '', '-1', null]
const RESOURCES: Pools = {
  // Loggers (8) are Apache's own.
  resourceType: [2, 2, 2, 4, 4, 16, 32, 0],
  resourceName: ['random-a', 'random-b', 'random-nope', '1', '1', '', '2', 'x'],
  name: CONFIG_NAMES,
  value: CONFIG_VALUES,
  'configurationKeys[]': CONFIG_NAMES,
  // An operation that does not exist costs Apache's controller its leadership.
  configOperation: [0, 0, 1, 2, 3],
}

/** Batches to choose from: plain, idempotent in and out of order, compressed, without a key, of no records at all. */
const BATCHES: readonly Buffer[] = [
  batch(),
  batch(3),
  batch(2, {}, { key: null }),
  batch(2, { compression: 1 }),
  Buffer.alloc(0),
  Buffer.concat([batch(), batch()]),
  ...[0, 1, 2, 3].map((baseSequence) => batch(1, { producerId: 7_000_000, producerEpoch: 0, baseSequence })),
  batch(1, { producerId: 7_000_000, producerEpoch: 1, baseSequence: 0 }),
]

/** The records of coordinators hold times of their own. */
const TOPICS_OF_RECORDS = TOPICS.filter((name) => name !== '__consumer_offsets')
const ABSENT_TOPICS = ['random-nope', 'random-other', '', 'a/b', '.']

/** The values that an API needs in place of, or beside, those that all share. */
const OWN: Readonly<Record<string, (actors: Actors, count: number, version: number) => Pools>> = {
  Produce: () => ({ acks: [1, -1, -1, 2], records: BATCHES, transactionalId: [null] }),
  Fetch: ({ topicIds }) => ({
    // Apache fails on an answer in which something follows the zero id.
    topicId: topicIds.filter((topicId) => topicId !== ZERO_ID),
    topic: TOPICS_OF_RECORDS,
    maxWaitMs: [0, 1],
    minBytes: [0, 1],
    maxBytes: SIZES,
    partitionMaxBytes: SIZES,
    fetchOffset: [0n, 0n, 1n, 5n, 10n, 11n, -1n],
    logStartOffset: [-1n],
    sessionId: [0, 0, 0, 12_345],
    sessionEpoch: [-1, -1, -1, -1, 0, 1],
    replicaId: [-1, -1, -1, -1, -2, 0],
    replicaEpoch: [-1n],
    clusterId: [null],
    rackId: ['', 'rack'],
  }),
  ListOffsets: () => ({
    'topics.name': TOPICS_OF_RECORDS,
    replicaId: [-1, -1, -1, -2, 0],
    timestamp: [-1n, -2n, -3n, -4n, -5n, -6n, -7n, 0n, BigInt(TIMESTAMP_MS), BigInt(TIMESTAMP_MS + 4_000)],
  }),
  Metadata: (_actors, _count, version) => ({
    'topics.name': version >= 4 ? [...TOPICS, null] : TOPICS.filter((name) => name !== 'random-nope'),
  }),
  CreateTopics: (_actors, count) => ({
    'topics.name': [`random-new-${count}`, `random-new-${count}`, 'random-a', 'random_b', '', 'a/b', '..'],
    numPartitions: [1, 2, 3, -1, 0, -2],
    replicationFactor: [1, 1, 1, -1, 2, 0],
    'brokerIds[]': [1, 1, 1, 2, -1],
    partitionIndex: [0, 0, 1, 2, -1],
    'topics.configs.name': CONFIG_NAMES,
    value: CONFIG_VALUES,
  }),
  CreatePartitions: () => ({ count: [3, 4, 2, 1, 0, -1], 'brokerIds[]': [1, 1, 1, 2, -1] }),
  DeleteTopics: () => ({
    'topics.name': [null],
    'topicNames[]': ABSENT_TOPICS,
    topicId: [UNKNOWN_ID, ZERO_ID, 'CCCCCCCCCCCCCCCCCCCCCA'],
  }),
  DescribeConfigs: () => RESOURCES,
  AlterConfigs: () => RESOURCES,
  IncrementalAlterConfigs: () => RESOURCES,
  JoinGroup: ({ groupId }, count) => ({
    // Each its own group: a second member would wait for the first.
    groupId: [`${groupId}-${count}`, `${groupId}-${count}`, `${groupId}-${count}`, ''],
    memberId: ['', '', '', 'stranger'],
    groupInstanceId: [null, null, 'instance', '', 'a b'],
    sessionTimeoutMs: [LONGEST_SESSION_MS, LONGEST_SESSION_MS, LONGEST_SESSION_MS, 0, 5, LONGEST_SESSION_MS + 1],
    rebalanceTimeoutMs: [1_000],
    protocolType: ['consumer', 'consumer', 'connect', ''],
    'protocols.name': ['range', 'roundrobin', 'x'],
    metadata: [PROTOCOLS[0].metadata],
    reason: [null, 'because'],
  }),
  SyncGroup: () => ({
    protocolType: ['consumer', 'consumer', 'connect', null],
    protocolName: ['range', 'range', 'sticky', null],
  }),
  DescribeGroups: ({ groupId }) => ({ 'groups[]': [groupId, groupId, 'random-nope', ''] }),
  DeleteGroups: ({ groupId }) => ({ 'groupsNames[]': [groupId, 'random-nope', ''] }),
  ListGroups: () => ({
    'statesFilter[]': ['Stable', 'stable', 'Empty', 'Dead', 'x', ''],
    'typesFilter[]': ['classic', 'Classic', 'consumer', 'share', 'x'],
  }),
  FindCoordinator: () => ({
    key: ['a', '', 'ä'],
    keyType: [0, 0, 1, 1, 3, -1],
    'coordinatorKeys[]': ['a', 'b', 'b', ''],
  }),
  InitProducerId: () => ({ transactionTimeoutMs: [60_000, 60_000, 0, -1, 900_001], transactionalId: [null, null, ''] }),
  DescribeTopicPartitions: () => ({
    responsePartitionLimit: [2_000, 1, 2, 3, 0, -1],
    'cursor.partitionIndex': [0, 0, 1, 2, -1],
    'cursor.topicName': ['random-a', 'random-b', 'random-nope', ''],
  }),
  DescribeCluster: () => ({ endpointType: [1, 1, 2, 0, 3] }),
  ApiVersions: () => ({ clientSoftwareName: [CLIENT_ID, 'a b', ''], clientSoftwareVersion: ['1', '', '-'] }),
  ElectLeaders: () => ({ electionType: [0, 0, 1, 1, 2, -1] }),
  AlterPartitionReassignments: () => ({ 'replicas[]': [1, 1, 1, 2, -1] }),
  DescribeQuorum: () => ({ topicName: ['__cluster_metadata', '__cluster_metadata', 'random-a', ''] }),
  // A broker that forgets itself answers nothing more.
  UnregisterBroker: () => ({ brokerId: [0, 2, 3, -1, 2147483647] }),
  // Nothing changes but by the first version, which has no dry run and raises what is at its height.
  UpdateFeatures: (_actors, _count, version) => ({
    feature: ['transaction.version', 'metadata.version', 'no.such', ''],
    maxVersionLevel: version === 0 ? [31, 2, 30, -1] : [31, 2, 30, 1, 0, -1],
    upgradeType: [1, 1, 2, 3, 0],
  }),
  ListConfigResources: () => ({ 'resourceTypes[]': [2, 4, 8, 16, 16, 32, 0, 3] }),
  OffsetForLeaderEpoch: () => ({ replicaId: [-1, -1, -2, 0] }),
  ShareGroupHeartbeat: groupsOfTheirOwn,
  ShareGroupDescribe: ({ groupId }) => ({ 'groupIds[]': [groupId, 'random-nope', '', 'share-kind'] }),
  ShareFetch: shareRequests,
  ShareAcknowledge: shareRequests,
  InitializeShareGroupState: () => ({ stateEpoch: EPOCHS, startOffset: OFFSETS }),
  WriteShareGroupState: () => ({ stateEpoch: EPOCHS, startOffset: OFFSETS, ...STATE_BATCHES }),
  DescribeShareGroupOffsets: () => ({
    ...GOOD_PARTITIONS,
    'groups.groupId': ['share-kind', 'share-offsets-0', 'random-nope', ''],
  }),
  AlterShareGroupOffsets: ({ groupId }, count) => ({
    ...GOOD_PARTITIONS,
    groupId: [`${groupId}-${count % 5}`, groupId],
    startOffset: OFFSETS,
  }),
  DeleteShareGroupOffsets: ({ groupId }) => ({ groupId: [groupId, 'share-kind', 'random-nope', ''] }),
  StreamsGroupHeartbeat: groupsOfTheirOwn,
  StreamsGroupDescribe: ({ groupId }) => ({ 'groupIds[]': [groupId, 'random-nope', '', 'share-kind'] }),
}

const OFFSETS = [0n, 3n, 5n, -1n, -2n, 2n ** 40n]

/** A negative partition costs Apache's coordinator the group, and it never describes one that does not exist. */
const GOOD_PARTITIONS: Pools = { partitionIndex: [0, 1, 2, 7], 'partitions[]': [0] }

/** Batches that end before they begin are a leader's bug, of which each coordinator makes something else. */
const STATE_BATCHES: Pools = {
  firstOffset: [0n, 1n, 5n],
  lastOffset: [5n, 6n, 10n],
  deliveryState: [0, 2, 4, 1, 7, -1],
  deliveryCount: [0, 1, 5, -1],
}

/** Members of several groups come and go, some with epochs that nobody gave them. */
function groupsOfTheirOwn({ groupId }: Actors, count: number): Pools {
  return {
    groupId: [`${groupId}-${count % 7}`, `${groupId}-${count % 7}`, groupId, ''],
    memberId: ['a', 'a', 'b', ''],
    memberEpoch: [0, 0, 0, 1, 2, 3, -1, -1, -2, -3],
    instanceId: [null, null, 'one', ''],
    rackId: [null, null, 'rack', ''],
    'subscribedTopicNames[]': ['random-a', 'random-b', 'random-nope'],
    'topicPartitions.partitions[]': [0, 1],
    rebalanceTimeoutMs: [60_000, 60_000, -1],
    subtopologyId: ['0', '0', '1'],
    'sourceTopics[]': ['random-a', 'random-b'],
    sourceTopicRegex: [[]],
    copartitionGroups: [[]],
    stateChangelogTopics: [[]],
    repartitionSinkTopics: [[]],
    repartitionSourceTopics: [[]],
    taskOffsets: [null],
    taskEndOffsets: [null],
    processId: ['process'],
    userEndpoint: [null],
    shutdownApplication: [false],
    epoch: [0, 0, 1],
    endpointInformationEpoch: [-1, 0],
  }
}

function shareRequests({ topicIds }: Actors): Pools {
  return {
    memberId: ['a', 'a', 'b', '', null, 'x'.repeat(37)],
    shareSessionEpoch: [0, 0, 1, 1, 2, 3, -1],
    maxWaitMs: [0, 5],
    minBytes: [0, 1],
    maxBytes: SIZES,
    maxRecords: [0, 1, 5, 100, -1],
    batchSize: [1, 5, 100, 0, -1],
    topicId: topicIds.filter((topicId) => topicId !== ZERO_ID),
    firstOffset: [0n, 1n, 5n, 9n, 100n, -1n],
    lastOffset: [0n, 4n, 9n, 10n, 100n],
    'acknowledgeTypes[]': [0, 1, 2, 3, 4, 5, -1],
    isRenewAck: [false, false, false, true],
  }
}
