/**
 * Which in-sync replicas a leader may have. The expected side follows from KIP-497, KIP-841 and KIP-903 and from the
 * order in which Apache's ReplicationControlManager judges: brokers 1, 2 and 3 are alive, 4 is fenced, 5 is shutting
 * down. Broker n is registered with the epoch 100 + n.
 */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { alterPartition } from '../../../src/controller/commands/nodes/alter-partition.ts'
import { initialFeatureLevels } from '../../../src/metadata/features.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { LATEST_METADATA_LEVEL } from '../../../src/metadata/metadata-version.ts'
import { imageOf, record } from '../support/records.ts'
import { VOTER } from '../support/voter.ts'

const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
const epochOf = (brokerId: number) => BigInt(100 + brokerId)

const cluster = imageOf([
  ...initialFeatureLevels(LATEST_METADATA_LEVEL).map(([name, featureLevel]) =>
    record('FeatureLevelRecord', 0, { name, featureLevel }),
  ),
  ...[1, 2, 3, 4, 5].map((brokerId) =>
    record('RegisterBrokerRecord', 4, {
      brokerId,
      brokerEpoch: epochOf(brokerId),
      fenced: brokerId === 4,
      inControlledShutdown: brokerId === 5,
    }),
  ),
  record('TopicRecord', 0, { name: 'a', topicId: TOPIC_ID }),
])

function imageWith(partition: object): MetadataImage {
  const value = { topicId: TOPIC_ID, partitionId: 0, replicas: [1, 2, 3, 4, 5], isr: [1, 2], leader: 1, ...partition }
  return imageOf([record('PartitionRecord', 2, { leaderEpoch: 7, partitionEpoch: 20, ...value })], cluster)
}

interface Asked {
  isr?: number[]
  withEpochs?: { brokerId: number; brokerEpoch: bigint }[]
  leaderEpoch?: number
  partitionEpoch?: number
  leaderRecoveryState?: number
  from?: { brokerId: number; brokerEpoch: bigint }
  topicId?: string
  partitionIndex?: number
}

function ask(image: MetadataImage, asked: Asked) {
  const { isr = [1, 2, 3], leaderEpoch = 7, partitionEpoch = 20, leaderRecoveryState = 0, partitionIndex = 0 } = asked
  const newIsrWithEpochs = asked.withEpochs ?? isr.map((brokerId) => ({ brokerId, brokerEpoch: epochOf(brokerId) }))
  const partition = { partitionIndex, leaderEpoch, newIsr: [], newIsrWithEpochs, leaderRecoveryState, partitionEpoch }
  const topics = [{ topicId: asked.topicId ?? TOPIC_ID, partitions: [partition] }]
  const state = {
    image,
    nextOffset: 500,
    nodeId: 9,
    config: new BrokerConfig({}),
    voter: VOTER,
    epoch: 1,
    endOffset: 500,
    observers: [],
    nowMs: 0,
  }
  const from = asked.from ?? { brokerId: 1, brokerEpoch: epochOf(1) }
  const { records, response } = alterPartition(state, { ...from, topics })
  const answers = (response.topics ?? []).flatMap(({ partitions = [] }) => partitions)
  return { records, answer: answers[0], code: answers[0]?.errorCode, after: imageOf(records, image) }
}

t.test('a replica that has caught up joins, and the partition has a new epoch', (t) => {
  const { records, answer, after } = ask(imageWith({}), {})
  t.match(records, [{ type: 'PartitionChangeRecord', value: { partitionId: 0, isr: [1, 2, 3], leader: -2 } }])
  t.equal(records.length, 1)
  t.strictSame(answer, {
    partitionIndex: 0,
    errorCode: 0,
    leaderId: 1,
    leaderEpoch: 7,
    isr: [1, 2, 3],
    leaderRecoveryState: 0,
    partitionEpoch: 21,
  })
  t.match(after.topics.partition('a', 0), { isr: [1, 2, 3], leader: 1, leaderEpoch: 7, partitionEpoch: 21 })
  t.end()
})

t.test('a replica that fell behind leaves without a new leader epoch', (t) => {
  const { answer, after } = ask(imageWith({}), { isr: [1] })
  t.match(answer, { errorCode: 0, isr: [1], leaderEpoch: 7, partitionEpoch: 21 })
  t.match(after.topics.partition('a', 0), { isr: [1], elr: [] })
  t.end()
})

t.test('fewer than min.insync.replicas in sync: those that left stay eligible (KIP-966)', (t) => {
  const minimum = record('ConfigRecord', 0, {
    resourceType: 2,
    resourceName: 'a',
    name: 'min.insync.replicas',
    value: '2',
  })
  const { after } = ask(imageOf([minimum], imageWith({})), { isr: [1] })
  t.match(after.topics.partition('a', 0), { isr: [1], elr: [2] })
  t.end()
})

t.test('nothing new: no record, and the state as it is', (t) => {
  const { records, answer } = ask(imageWith({}), { isr: [1, 2] })
  t.strictSame(records, [])
  t.match(answer, { errorCode: 0, isr: [1, 2], partitionEpoch: 20 })
  t.end()
})

t.test('a leader of the past, and one that knows more than this controller', (t) => {
  const { NOT_CONTROLLER, FENCED_LEADER_EPOCH, INVALID_UPDATE_VERSION, INVALID_REQUEST } = ErrorCode
  const image = imageWith({})
  t.equal(ask(image, { leaderEpoch: 8 }).code, NOT_CONTROLLER)
  t.equal(ask(image, { partitionEpoch: 21 }).code, NOT_CONTROLLER)
  t.equal(ask(image, { leaderEpoch: 6 }).code, FENCED_LEADER_EPOCH)
  t.equal(ask(image, { partitionEpoch: 19 }).code, INVALID_UPDATE_VERSION)
  t.equal(ask(image, { from: { brokerId: 2, brokerEpoch: epochOf(2) } }).code, INVALID_REQUEST)
  t.end()
})

t.test('an old registration of the leader refuses the whole request', (t) => {
  const image = imageWith({})
  const stale = { code: ErrorCode.STALE_BROKER_EPOCH }
  t.throws(() => ask(image, { from: { brokerId: 1, brokerEpoch: 1n } }), stale)
  t.throws(() => ask(image, { from: { brokerId: 6, brokerEpoch: 1n } }), stale)
  t.end()
})

t.test('what does not exist', (t) => {
  const image = imageWith({})
  t.equal(ask(image, { topicId: 'OEFKSsxZSLqm8on1qPiDRQ' }).code, ErrorCode.UNKNOWN_TOPIC_ID)
  t.equal(ask(image, { partitionIndex: 1 }).code, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  t.end()
})

t.test('in-sync replicas are replicas, each once, the leader among them', (t) => {
  const image = imageWith({ replicas: [1, 2, 3] })
  for (const isr of [[], [2, 3], [1, 2, 2], [1, 4]]) {
    t.equal(ask(image, { isr }).code, ErrorCode.INVALID_REQUEST)
  }
  t.end()
})

t.test('a broker that is fenced, shutting down or has restarted is not in sync', (t) => {
  const image = imageWith({})
  const { INELIGIBLE_REPLICA } = ErrorCode
  t.equal(ask(image, { isr: [1, 2, 4] }).code, INELIGIBLE_REPLICA)
  t.equal(ask(image, { isr: [1, 2, 5] }).code, INELIGIBLE_REPLICA)
  const leader = { brokerId: 1, brokerEpoch: epochOf(1) }
  t.equal(ask(image, { withEpochs: [leader, { brokerId: 3, brokerEpoch: 3n }] }).code, INELIGIBLE_REPLICA)
  t.equal(ask(image, { withEpochs: [leader, { brokerId: 3, brokerEpoch: -1n }] }).code, 0, 'an epoch that is not told')
  t.end()
})

t.test('a leader recovers from an unclean election alone, and never goes back to it', (t) => {
  const recovering = imageWith({ isr: [1], leaderRecoveryState: 1 })
  t.equal(ask(recovering, { isr: [1, 2], leaderRecoveryState: 1 }).code, ErrorCode.INVALID_REQUEST)
  t.equal(ask(imageWith({}), { isr: [1], leaderRecoveryState: 1 }).code, ErrorCode.INVALID_REQUEST)
  const { records, answer, after } = ask(recovering, { isr: [1, 2], leaderRecoveryState: 0 })
  t.match(records, [{ value: { isr: [1, 2], leaderRecoveryState: 0 } }])
  t.match(answer, { errorCode: 0, leaderRecoveryState: 0 })
  t.match(after.topics.partition('a', 0), { leaderRecoveryState: 0 })
  t.end()
})

t.test('in-sync replicas that complete a move away from the leader: it hears of a new one', (t) => {
  const moving = imageWith({ replicas: [2, 3, 1], isr: [1, 2], addingReplicas: [2, 3], removingReplicas: [1] })
  const { records, code, after } = ask(moving, { isr: [1, 2, 3] })
  t.equal(code, ErrorCode.NEW_LEADER_ELECTED)
  t.match(records, [{ value: { replicas: [2, 3], isr: [2, 3], leader: 2, addingReplicas: [], removingReplicas: [] } }])
  t.match(after.topics.partition('a', 0), { leader: 2, leaderEpoch: 8, isr: [2, 3], replicas: [2, 3] })
  t.end()
})
