/** Transactions that another broker coordinates (KIP-890, as Apache's AddPartitionsToTxnManager asks for them). */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { ClientError } from '../../src/client/errors.ts'
import { clusterTransactions } from '../../src/coordinator/cluster-transactions.ts'

const INPUT = {
  transactionalId: 'id',
  producerId: 7n,
  producerEpoch: 1,
  partitions: new Map([
    ['t', new Set([0, 1])],
    ['u', new Set([2])],
  ]),
}

/** A coordinator on broker 2 that answers so, by partition. */
function coordinatedBy(answer: Record<string, number> | Error, { coordinator = 2, errorCode = 0 } = {}) {
  const asked: object[] = []
  const membership = clusterTransactions({
    nodeId: 1,
    here: { partitionFor: () => 5, addPartitions: async () => {}, verifyPartitions: async () => () => true } as never,
    leaderOf: (partition) => (partition === 5 ? coordinator : -1),
    brokers: {
      request: (async (broker: number, _request: unknown, _response: unknown, body: object) => {
        asked.push({ broker, ...body })
        if (answer instanceof Error) throw answer
        const topicResults = ['t', 'u'].map((name) => ({
          name,
          resultsByPartition: [0, 1, 2].map((partitionIndex) => ({
            partitionIndex,
            partitionErrorCode: answer[`${name}-${partitionIndex}`] ?? ErrorCode.NONE,
          })),
        }))
        return { errorCode, resultsByTransaction: [{ topicResults }] }
      }) as never,
    },
  })
  return { membership, asked }
}

const { OPERATION_NOT_ATTEMPTED, UNKNOWN_TOPIC_OR_PARTITION, NOT_COORDINATOR, TRANSACTION_ABORTABLE } = ErrorCode

t.test('partitions are added by the broker that coordinates', async (t) => {
  const { membership, asked } = coordinatedBy({})
  await membership.addPartitions(INPUT, 2)
  t.match(asked, [
    {
      broker: 2,
      transactions: [
        {
          transactionalId: 'id',
          producerId: 7n,
          producerEpoch: 1,
          verifyOnly: false,
          topics: [
            { name: 't', partitions: [0, 1] },
            { name: 'u', partitions: [2] },
          ],
        },
      ],
    },
  ])
  const refused = { 't-0': OPERATION_NOT_ATTEMPTED, 't-1': OPERATION_NOT_ATTEMPTED, 'u-2': UNKNOWN_TOPIC_OR_PARTITION }
  const { membership: refusing } = coordinatedBy(refused)
  await t.rejects(
    refusing.addPartitions(INPUT, 2),
    { code: UNKNOWN_TOPIC_OR_PARTITION },
    'the reason, not its consequence',
  )
})

t.test('errors of the coordinator', async (t) => {
  const moved = coordinatedBy({ 't-0': NOT_COORDINATOR, 't-1': NOT_COORDINATOR, 'u-2': NOT_COORDINATOR })
  await t.rejects(moved.membership.addPartitions(INPUT, 2), { code: NOT_COORDINATOR })
  await t.rejects(moved.membership.verifyPartitions(INPUT), { code: NOT_COORDINATOR })
  const gone = coordinatedBy(new ClientError('disconnected', 'broker 2 closed the connection'))
  await t.rejects(gone.membership.addPartitions(INPUT, 2), { code: ErrorCode.COORDINATOR_NOT_AVAILABLE })
  const nobody = coordinatedBy({}, { coordinator: -1 })
  await t.rejects(nobody.membership.verifyPartitions(INPUT), { code: ErrorCode.COORDINATOR_NOT_AVAILABLE })
  const whole = coordinatedBy({}, { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED })
  await t.rejects(whole.membership.addPartitions(INPUT, 2), { code: ErrorCode.CLUSTER_AUTHORIZATION_FAILED })
})

t.test('a partition that is no part of the transaction is one that is not verified', async (t) => {
  const { membership, asked } = coordinatedBy({ 't-1': TRANSACTION_ABORTABLE })
  const contains = await membership.verifyPartitions(INPUT)
  t.match(asked, [{ transactions: [{ verifyOnly: true }] }])
  t.same([contains('t', 0), contains('t', 1), contains('u', 2)], [true, false, true])
})

t.test('where this broker coordinates nobody else is asked', async (t) => {
  const { membership, asked } = coordinatedBy({}, { coordinator: 1 })
  await membership.addPartitions(INPUT, 2)
  await membership.verifyPartitions(INPUT)
  t.same(asked, [])
})
