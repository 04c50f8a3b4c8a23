/** Proposals of in-sync replicas on their way to the controller: in which requests they go, and what its answers make of them. */
import t from 'tap'
import { quiet } from '../../proof/log/support.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { Encodable } from '../../protocol/schema.ts'
import { InSyncProposals } from '../../src/replication/in-sync-proposals.ts'
import { type InSyncProposal, InSyncReplicas } from '../../src/replication/in-sync-replicas.ts'
import type { DecidedState, ProposingPartition } from '../../src/replication/partition-state.ts'
import { idle, standingClock } from './support.ts'

const TOPIC_ID = 'XGrP6t4Jbdox6fNEtz7jaQ'
type Topics = AlterPartitionRequest['topics']
type Answer = Encodable<typeof AlterPartitionResponse>

/** A partition whose proposals a test makes. */
class Proposing implements ProposingPartition {
  readonly topicId = TOPIC_ID
  readonly partition: number
  readonly isr = new InSyncReplicas([1, 2, 3], 4)
  readonly decisions: DecidedState[] = []

  constructor(partition: number) {
    this.partition = partition
  }

  isProposed(proposal: InSyncProposal): boolean {
    return this.isr.proposed === proposal
  }

  brokerEpochOf(replicaId: number): bigint {
    return BigInt(10 * replicaId)
  }

  decided(state: DecidedState): void {
    this.decisions.push(state)
    this.isr.commit(state.inSyncReplicas, state.partitionEpoch)
  }

  withdraw(proposal: InSyncProposal): void {
    this.isr.withdraw(proposal)
  }
}

function bench() {
  const time = standingClock()
  const requests: { topics: Topics; resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = []
  const proposals = new InSyncProposals({
    clock: time.clock,
    logger: quiet,
    nodeId: 1,
    brokerEpoch: () => 99n,
    alterPartition: (topics) => new Promise((resolve, reject) => requests.push({ topics, resolve, reject })),
  })
  const propose = (partition: Proposing, replicas: number[]): InSyncProposal => {
    const proposal = partition.isr.propose(replicas, 7)
    proposals.submit(partition, proposal)
    return proposal
  }
  return { time, requests, proposals, propose }
}

const answerOf = (
  ...partitions: NonNullable<NonNullable<Answer['topics']>[number]['partitions']>[number][]
): Answer => ({
  topics: [{ topicId: TOPIC_ID, partitions }],
})
const indexes = ({ topics }: { topics: Topics }) =>
  topics.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex))

t.test(
  'proposals of one turn go together, those that come meanwhile wait for the answer and go together then',
  async (t) => {
    const { requests, propose } = bench()
    const [a, b, c, d] = [0, 1, 2, 3].map((index) => new Proposing(index))
    propose(a, [1, 2])
    propose(b, [1, 3])
    await idle()
    t.equal(requests.length, 1)
    t.match(requests[0]?.topics, [
      {
        topicId: TOPIC_ID,
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch: 7,
            partitionEpoch: 4,
            newIsrWithEpochs: [
              { brokerId: 1, brokerEpoch: 99n },
              { brokerId: 2, brokerEpoch: 20n },
            ],
          },
          { partitionIndex: 1 },
        ],
      },
    ])
    propose(c, [1])
    await idle()
    propose(d, [1])
    await idle()
    t.equal(requests.length, 1, 'one request is on its way')
    requests[0]?.resolve(
      answerOf(
        { partitionIndex: 0, leaderEpoch: 7, partitionEpoch: 5, isr: [1, 2] },
        { partitionIndex: 1, leaderEpoch: 7, partitionEpoch: 5, isr: [1, 3] },
      ),
    )
    await idle()
    t.match(a.isr, { committed: [1, 2], partitionEpoch: 5, proposed: null }, 'the answer is taken over at once')
    t.match(b.isr, { committed: [1, 3] })
    t.same(requests.map(indexes), [
      [0, 1],
      [2, 3],
    ])
  },
)

t.test(
  'a proposal that the controller refuses for good is withdrawn, one that is void waits for the metadata',
  async (t) => {
    const { requests, propose, time } = bench()
    const refused = [ErrorCode.INELIGIBLE_REPLICA, ErrorCode.OPERATION_NOT_ATTEMPTED]
    const isVoid = [ErrorCode.FENCED_LEADER_EPOCH, ErrorCode.INVALID_UPDATE_VERSION, ErrorCode.UNKNOWN_TOPIC_ID]
    const codes = [...refused, ...isVoid]
    const partitions = codes.map((_, index) => new Proposing(index))
    for (const partition of partitions) propose(partition, [1])
    await idle()
    requests[0]?.resolve(answerOf(...codes.map((errorCode, partitionIndex) => ({ partitionIndex, errorCode }))))
    await idle()
    t.same(
      partitions.map(({ isr }) => isr.proposed === null),
      [true, true, false, false, false],
    )
    t.ok(partitions.every(({ isr }) => isr.committed.length === 3))
    time.advance(1000)
    await idle()
    t.equal(requests.length, 1, 'nothing is asked again')
  },
)

t.test('what may have been carried out is asked again until that is known', async (t) => {
  const { requests, propose, time } = bench()
  const [a, b, c] = [0, 1, 2].map((index) => new Proposing(index))
  for (const partition of [a, b, c]) propose(partition, [1])
  await idle()
  requests[0]?.reject(new KafkaError(ErrorCode.REQUEST_TIMED_OUT))
  await idle()
  t.equal(requests.length, 1)
  time.advance(50)
  await idle()
  t.same(requests.map(indexes)[1], [0, 1, 2])
  requests[1]?.resolve({ errorCode: ErrorCode.STALE_BROKER_EPOCH })
  await idle()
  time.advance(50)
  await idle()
  t.same(requests.map(indexes)[2], [0, 1, 2])
  b.isr.commit([1, 2], 5)
  requests[2]?.resolve(
    answerOf({ partitionIndex: 0, errorCode: ErrorCode.UNKNOWN_SERVER_ERROR }, { partitionIndex: 1, errorCode: 0 }),
  )
  await idle()
  t.same(b.decisions, [], 'the metadata said more than the answer')
  time.advance(50)
  await idle()
  t.same(requests.map(indexes)[3], [0, 2], 'the one that failed, and the one that was left out of the answer')
})

t.test('a leader that has resigned asks for nothing any more; a stop ends all asking', async (t) => {
  const { requests, proposals, propose, time } = bench()
  const [a, b] = [0, 1].map((index) => new Proposing(index))
  propose(a, [1])
  a.isr.commit([1, 2, 3], 9)
  await idle()
  t.equal(requests.length, 0)
  propose(a, [1])
  await idle()
  requests[0]?.reject(new KafkaError(ErrorCode.REQUEST_TIMED_OUT))
  await idle()
  proposals.stop()
  propose(b, [1])
  time.advance(1000)
  await idle()
  t.equal(requests.length, 1)
})
