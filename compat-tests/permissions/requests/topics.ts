/** APIs of topics: their records, their offsets and what there is to know of them. */
import { ZERO_UUID } from '../../../protocol/schema.ts'
import { batch } from '../../diff/scenarios/writes.ts'
import { ABSENT, EVERY_NAME, NAMES, named, ONE_PARTITION, type Requests, type World } from '../world.ts'

const produceTo = ({ session }: World, records: Buffer, transactionalId: string | null, names: readonly string[]) => ({
  transactionalId,
  acks: -1,
  timeoutMs: 5_000,
  topicData: names.map((name) => ({ ...named(session, name), partitionData: [{ index: 0, records }] })),
})

const Produce: Requests = (world, version) => [
  { label: 'records', body: produceTo(world, batch(), null, version < 13 ? EVERY_NAME : NAMES) },
  ...NAMES.map((transactionalId) => ({
    label: `in a transaction of ${transactionalId}`,
    body: produceTo(
      world,
      batch(1, { producerId: 99_999n, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
      transactionalId,
      NAMES,
    ),
  })),
]

const fetchFrom = ({ session }: World, names: readonly string[], replicaId: number) => ({
  replicaId,
  ...(replicaId >= 0 && { replicaState: { replicaId, replicaEpoch: -1n } }),
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 1 << 20,
  sessionId: 0,
  sessionEpoch: -1,
  topics: names.map((name) => {
    const { topicId } = named(session, name)
    return { topic: name, topicId, partitions: [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 100 }] }
  }),
  forgottenTopicsData: [],
  rackId: '',
})

const Fetch: Requests = (world) => [
  { label: 'of a consumer', body: fetchFrom(world, EVERY_NAME, -1) },
  { label: 'of a replica', body: fetchFrom(world, NAMES, 7) },
]

const ListOffsets: Requests = () => [
  {
    label: 'newest',
    body: {
      replicaId: -1,
      isolationLevel: 0,
      timeoutMs: 1_000,
      topics: EVERY_NAME.map((name) => ({
        name,
        partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n }],
      })),
    },
  },
]

const withOperations = { includeTopicAuthorizedOperations: true, includeClusterAuthorizedOperations: true }

const FIRST_WITHOUT_CREATION = 4
const FIRST_BY_ID = 12

/** Earlier versions make topics that are not there. */
const Metadata: Requests = ({ session }, version) => [
  {
    label: 'by name',
    body: {
      topics: (version < FIRST_WITHOUT_CREATION ? NAMES : EVERY_NAME).map((name) => ({ name, topicId: ZERO_UUID })),
      allowAutoTopicCreation: false,
      ...withOperations,
    },
  },
  { label: 'all', body: { topics: null, allowAutoTopicCreation: false, ...withOperations } },
  ...(version >= FIRST_BY_ID
    ? [
        {
          label: 'by id',
          body: {
            topics: EVERY_NAME.map((name) => ({ ...named(session, name), name: null })),
            allowAutoTopicCreation: false,
            ...withOperations,
          },
        },
      ]
    : []),
]

const CreateTopics: Requests = () => [
  {
    label: 'checked only',
    body: {
      topics: [...ABSENT, ...NAMES].map((name) => ({
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: 'retention.ms', value: '1000' }],
      })),
      timeoutMs: 10_000,
      validateOnly: true,
    },
  },
]

const DROPPED = ['mine-dropped', 'theirs-dropped'] as const

const DeleteTopics: Requests = ({ session }, version) => {
  const again = async () => {
    for (const name of DROPPED) await session.ensureTopic(name)
  }
  const names = [...DROPPED, ...ABSENT]
  const byName = { topicNames: names, topics: names.map((name) => ({ name, topicId: ZERO_UUID })), timeoutMs: 10_000 }
  const requests = [{ label: 'by name', body: byName, before: again }]
  if (version < 6) return requests
  const byId = {
    topics: [named(session, 'theirs-dropped'), named(session, 'mine-absent')].map(({ topicId }) => ({
      name: null,
      topicId,
    })),
    timeoutMs: 10_000,
  }
  return [...requests, { label: 'by id', body: byId }]
}

const DeleteRecords: Requests = () => [
  {
    label: 'from the beginning',
    body: {
      topics: EVERY_NAME.map((name) => ({ name, partitions: [{ partitionIndex: 0, offset: 0n }] })),
      timeoutMs: 5_000,
    },
  },
]

const OffsetForLeaderEpoch: Requests = () => [
  {
    label: 'of the first epoch',
    body: {
      replicaId: -1,
      topics: EVERY_NAME.map((topic) => ({
        topic,
        partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }],
      })),
    },
  },
]

const CreatePartitions: Requests = () => [
  {
    label: 'checked only',
    body: {
      topics: EVERY_NAME.map((name) => ({ name, count: 5, assignments: null })),
      timeoutMs: 10_000,
      validateOnly: true,
    },
  },
]

const DescribeProducers: Requests = () => [
  { label: 'of partitions', body: { topics: EVERY_NAME.map((name) => ({ name, partitionIndexes: ONE_PARTITION })) } },
]

const DescribeTopicPartitions: Requests = () => [
  {
    label: 'by name',
    body: { topics: EVERY_NAME.map((name) => ({ name })), responsePartitionLimit: 100, cursor: null },
  },
  { label: 'all', body: { topics: [], responsePartitionLimit: 3, cursor: null } },
]

export const topicRequests: Readonly<Record<string, Requests>> = {
  Produce,
  Fetch,
  ListOffsets,
  Metadata,
  CreateTopics,
  DeleteTopics,
  DeleteRecords,
  OffsetForLeaderEpoch,
  CreatePartitions,
  DescribeProducers,
  DescribeTopicPartitions,
}
