/**
 * Partitions while their brokers come and go. The expected records follow from KIP-455 (reassignment),
 * KIP-460 (election) and KIP-966 (eligible leader replicas): brokers 1 and 3 are alive, 2 is fenced.
 */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { CommandState } from '../../../src/controller/commands/command.ts'
import { electLeaders } from '../../../src/controller/commands/elect-leaders.ts'
import { unregisterBroker } from '../../../src/controller/commands/nodes/unregister-broker.ts'
import {
  alterPartitionReassignments,
  listPartitionReassignments,
} from '../../../src/controller/commands/partition-reassignments.ts'
import { leaderChanges } from '../../../src/controller/commands/rules/leader-changes.ts'
import { initialFeatureLevels } from '../../../src/metadata/features.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { LATEST_METADATA_LEVEL } from '../../../src/metadata/metadata-version.ts'
import { imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
const directory = (brokerId: number) => `HVSgDXszntSCU6JhO42yD${'_AQg'[brokerId]}`

const cluster = imageOf([
  ...initialFeatureLevels(LATEST_METADATA_LEVEL).map(([name, featureLevel]) =>
    record('FeatureLevelRecord', 0, { name, featureLevel }),
  ),
  ...[1, 2, 3].map((brokerId) =>
    record('RegisterBrokerRecord', 4, {
      brokerId,
      brokerEpoch: BigInt(brokerId),
      fenced: brokerId === 2,
      logDirs: [directory(brokerId)],
    }),
  ),
  record('TopicRecord', 0, { name: 'a', topicId: TOPIC_ID }),
])

interface Partition {
  replicas: number[]
  isr: number[]
  leader: number
  eligibleLeaderReplicas?: number[]
  lastKnownElr?: number[]
  addingReplicas?: number[]
  removingReplicas?: number[]
}

const withPartition = (partition: Partition, image: MetadataImage = cluster): MetadataImage =>
  imageOf(
    [
      record('PartitionRecord', 2, {
        topicId: TOPIC_ID,
        partitionId: 0,
        ...partition,
        directories: partition.replicas.map(directory),
        leaderEpoch: 0,
      }),
    ],
    image,
  )

const stateOf = (image: MetadataImage): CommandState => ({
  image,
  nextOffset: 11,
  nodeId: 1,
  config: new BrokerConfig({}),
  voter: VOTER,
  epoch: 1,
  endOffset: 11,
  observers: [],
  nowMs: 0,
})

function reassign(image: MetadataImage, replicas: number[] | null, allowReplicationFactorChange = true) {
  const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas }] }]
  const request = { timeoutMs: 1_000, allowReplicationFactorChange, topics }
  const { records, response } = alterPartitionReassignments(stateOf(image), request)
  return { records, answer: response.responses?.[0].partitions?.[0], after: imageOf(records, image) }
}

t.test('a move to a broker that is alive waits for it, and can be taken back', (t) => {
  const image = withPartition({ replicas: [1], isr: [1], leader: 1 })
  const { records, after } = reassign(image, [3])
  t.match(records, [
    {
      type: 'PartitionChangeRecord',
      version: 2,
      value: {
        replicas: [3, 1],
        addingReplicas: [3],
        removingReplicas: [1],
        directories: [directory(3), directory(1)],
        isr: null,
        leader: -2,
      },
    },
  ])
  const moving = { partitionIndex: 0, replicas: [3, 1], addingReplicas: [3], removingReplicas: [1] }
  const listed = (topics: { name: string; partitionIndexes: number[] }[] | null) =>
    listPartitionReassignments(after, { timeoutMs: 1_000, topics }).topics
  t.same(listed(null), [{ name: 'a', partitions: [moving] }])
  t.same(listed([{ name: 'a', partitionIndexes: [0, 1] }]), [{ name: 'a', partitions: [moving] }])
  t.same(listed([{ name: 'b', partitionIndexes: [0] }]), [])
  const back = reassign(after, null)
  // Replica 3 is dropped: who follows by the old list must hear of it.
  t.match(back.records, [{ value: { replicas: [1], addingReplicas: [], removingReplicas: [], leader: 1 } }])
  t.match(back.after.topics.partition('a', 0), { leader: 1, leaderEpoch: 1, replicas: [1], isr: [1] })
  t.match(reassign(back.after, null).answer, { errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, errorMessage: null })
  t.end()
})

t.test('a move that drops what the last one adds is ended by a cancellation alone, as in Apache Kafka 4.4.0', (t) => {
  const moving = withPartition({ replicas: [3, 1], isr: [1], leader: 1, addingReplicas: [3], removingReplicas: [1] })
  const { records, after } = reassign(moving, [1])
  // changePartitionReassignment leaves those who come as they are where nobody else comes.
  t.match(records, [
    { value: { replicas: [1, 3], addingReplicas: null, removingReplicas: [3], isr: null, leader: -2 } },
  ])
  t.match(after.topics.partition('a', 0), { addingReplicas: [3], removingReplicas: [3] })
  const back = reassign(after, null)
  t.match(back.after.topics.partition('a', 0), { replicas: [1], isr: [1], addingReplicas: [], removingReplicas: [] })
  t.end()
})

t.test('leaving a lost broker behind is complete at once', (t) => {
  const image = withPartition({ replicas: [2, 1], isr: [1], leader: 1, eligibleLeaderReplicas: [] })
  const { records, after } = reassign(image, [1])
  t.match(records, [{ value: { replicas: [1], addingReplicas: null, removingReplicas: null, isr: null, leader: 1 } }])
  t.match(after.topics.partition('a', 0), { replicas: [1], isr: [1], leader: 1, directories: [directory(1)] })
  t.end()
})

t.test('who is no replica any more is not eligible to lead, and the last leader comes back', (t) => {
  const config = new BrokerConfig({ 'min.insync.replicas': '2' })
  const image = withPartition({ replicas: [3, 1, 2], isr: [3, 1, 2], leader: 3 })
  const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas: [1] }] }]
  const request = { timeoutMs: 1_000, allowReplicationFactorChange: true, topics }
  const { records } = alterPartitionReassignments({ ...stateOf(image), config }, request)
  t.match(records, [{ value: { replicas: [1], isr: [1], leader: 1, eligibleLeaderReplicas: null } }])
  // Broker 1 is killed: it comes back as one that did not stop cleanly, and is the last known leader.
  const moved = imageOf(records, image)
  const all = (partition: { readonly replicas: readonly number[] }) => partition.replicas.includes(1)
  const killed = imageOf(leaderChanges({ ...stateOf(moved), config }, all, { unclean: 1 }), moved)
  t.match(killed.topics.partition('a', 0), { leader: -1, isr: [], elr: [], lastKnownElr: [1] })
  const [back] = leaderChanges({ ...stateOf(killed), config }, all, { arriving: 1 })
  t.match(back, { value: { leader: 1, isr: [1], lastKnownElr: [] } })
  t.end()
})

t.test('another order of the same replicas is no more than that', (t) => {
  const { records } = reassign(withPartition({ replicas: [1, 3], isr: [1, 3], leader: 1 }), [3, 1])
  t.match(records, [{ value: { replicas: [3, 1], leader: -2, isr: null, addingReplicas: null } }])
  t.equal(reassign(withPartition({ replicas: [1, 3], isr: [1, 3], leader: 1 }), [1, 3]).records.length, 0)
  t.end()
})

t.test('what cannot be is refused for the partition alone', (t) => {
  const image = withPartition({ replicas: [1], isr: [1], leader: 1 })
  const { INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR } = ErrorCode
  for (const replicas of [[], [4], [1, 1]]) {
    t.match(reassign(image, replicas), { records: [], answer: { errorCode: INVALID_REPLICA_ASSIGNMENT } })
  }
  t.match(reassign(image, [1, 3], false), { records: [], answer: { errorCode: INVALID_REPLICATION_FACTOR } })
  t.match(reassign(image, [1, 3], true), { answer: { errorCode: 0 } })
  t.end()
})

function elect(
  image: MetadataImage,
  electionType: number,
  topicPartitions: { topic: string; partitions: number[] }[] | null,
) {
  const { records, response } = electLeaders(stateOf(image), { electionType, topicPartitions, timeoutMs: 1_000 })
  return { records, results: response.replicaElectionResults }
}

t.test('the preferred leader leads when it is in sync and alive', (t) => {
  const asked = [{ topic: 'a', partitions: [0] }]
  const ready = elect(withPartition({ replicas: [3, 1], isr: [1, 3], leader: 1 }), 0, asked)
  t.match(ready, { records: [{ value: { leader: 3, isr: null } }], results: [{ partitionResult: [{ errorCode: 0 }] }] })
  const codeOf = (partition: Partition) => elect(withPartition(partition), 0, asked).results
  const { ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE } = ErrorCode
  t.match(codeOf({ replicas: [1, 3], isr: [1, 3], leader: 1 }), [
    { partitionResult: [{ errorCode: ELECTION_NOT_NEEDED }] },
  ])
  t.match(codeOf({ replicas: [2, 1], isr: [1], leader: 1 }), [
    { partitionResult: [{ errorCode: PREFERRED_LEADER_NOT_AVAILABLE }] },
  ])
  t.end()
})

t.test('an unclean election takes who is there, and says that records may be missing', (t) => {
  const image = withPartition({ replicas: [2, 3], isr: [2], leader: -1 })
  t.match(elect(image, 1, null), {
    records: [{ value: { leader: 3, isr: [3], leaderRecoveryState: 1 } }],
    results: [{ topic: 'a', partitionResult: [{ partitionId: 0, errorCode: 0 }] }],
  })
  const nobody = elect(withPartition({ replicas: [2], isr: [2], leader: -1 }), 1, null)
  t.match(nobody.results, [{ partitionResult: [{ errorCode: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE }] }])
  t.match(elect(withPartition({ replicas: [1], isr: [1], leader: 1 }), 1, null).results, [
    { topic: 'a', partitionResult: [] },
  ])
  t.end()
})

t.test('a broker that is forgotten leads nothing and is in sync with nothing', (t) => {
  const shared = unregisterBroker(stateOf(withPartition({ replicas: [1, 3], isr: [1, 3], leader: 1 })), { brokerId: 1 })
  t.match(shared.records, [
    { value: { leader: 3, isr: [3] } },
    { type: 'UnregisterBrokerRecord', value: { brokerId: 1, brokerEpoch: 1n } },
  ])
  // The last one that has everything stays eligible: what it acknowledged is not given up (KIP-966).
  const alone = unregisterBroker(stateOf(withPartition({ replicas: [1], isr: [1], leader: 1 })), { brokerId: 1 })
  t.match(alone.records[0], { value: { leader: -1, isr: [], eligibleLeaderReplicas: [1], lastKnownElr: [1] } })
  t.throws(() => unregisterBroker(stateOf(cluster), { brokerId: 9 }), { code: ErrorCode.BROKER_ID_NOT_REGISTERED })
  t.end()
})
