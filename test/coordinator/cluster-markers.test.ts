/** Markers of transactions on their way to other brokers, as Apache's TransactionMarkerChannelManager sends them. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import type { WriteTxnMarkersRequest } from '../../protocol/messages/write-txn-markers.ts'
import { ClientError } from '../../src/client/errors.ts'
import { clusterMarkerWriter } from '../../src/coordinator/cluster-markers.ts'
import type { TransactionMarker } from '../../src/coordinator/runtime/shard.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const MARKER: TransactionMarker = {
  producerId: 7n,
  producerEpoch: 1,
  coordinatorEpoch: 4,
  committed: true,
  transactionVersion: 2,
}

type Markers = WriteTxnMarkersRequest['markers']

function bench(leaders: Readonly<Record<string, number | null>>) {
  const clock = new VirtualClock()
  const asked: { broker: number; markers: Markers; settle: (answer: Promise<unknown>) => void }[] = []
  const here: string[] = []
  const write = clusterMarkerWriter({
    nodeId: 1,
    clock,
    brokers: {
      request: ((broker: number, _request: unknown, _response: unknown, { markers }: { markers: Markers }) =>
        new Promise((resolve) => asked.push({ broker, markers, settle: resolve }))) as never,
    },
    leaderOf: (topic, partition) => leaders[`${topic}-${partition}`] ?? null,
    writeHere: async (topic, partition) => void here.push(`${topic}-${partition}`),
  })
  return { clock, asked, here, write }
}

const answered = (markers: Markers, codeOf: (name: string) => number) =>
  Promise.resolve({
    markers: markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          errorCode: codeOf(`${name}-${partitionIndex}`),
        })),
      })),
    })),
  })

t.test('markers go to the leaders, those for one broker in one request', async (t) => {
  const { clock, asked, here, write } = bench({ 't-0': 1, 't-1': 2, 't-2': 2, 'u-0': 2, 't-3': 3 })
  const other = { ...MARKER, producerId: 8n, committed: false }
  const all = [
    write('t', 0, MARKER),
    write('t', 1, MARKER),
    write('t', 2, MARKER),
    write('u', 0, other),
    write('t', 3, MARKER),
  ]
  t.same(here, ['t-0'])
  clock.turn()
  t.same(
    asked.map(({ broker }) => broker),
    [2, 3],
  )
  t.match(asked[0]?.markers, [
    {
      producerId: 7n,
      producerEpoch: 1,
      coordinatorEpoch: 4,
      transactionResult: true,
      transactionVersion: 2,
      topics: [{ name: 't', partitionIndexes: [1, 2] }],
    },
    { producerId: 8n, transactionResult: false, topics: [{ name: 'u', partitionIndexes: [0] }] },
  ])
  asked[0]!.settle(answered(asked[0]!.markers, (name) => (name === 't-2' ? ErrorCode.NOT_LEADER_OR_FOLLOWER : 0)))
  asked[1]!.settle(Promise.reject(new ClientError('disconnected', 'broker 3 closed the connection')))
  const results = await Promise.allSettled(all)
  t.match(results, [
    { status: 'fulfilled' },
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: ErrorCode.NOT_LEADER_OR_FOLLOWER } },
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: ErrorCode.REQUEST_TIMED_OUT } },
  ])
})

t.test('a partition without a leader is waited for, one that is gone is not', async (t) => {
  const { write } = bench({ 't-0': -1 })
  await t.rejects(write('t', 0, MARKER), { code: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  await t.rejects(write('deleted', 0, MARKER), { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
})

/** Apache 4.4.0 was recorded to answer so: in the order of a hash map of producer ids, not in that of the request. */
t.test('answers are told by their producers, whatever their order', async (t) => {
  const { clock, asked, write } = bench({ 't-0': 2, 't-1': 2 })
  const late = write('t', 0, { ...MARKER, producerId: 1000n })
  const good = write('t', 1, { ...MARKER, producerId: 1n })
  clock.turn()
  t.same(
    asked[0]?.markers.map(({ producerId }) => producerId),
    [1000n, 1n],
  )
  const answer = (producerId: bigint, partitionIndex: number, errorCode: number) => ({
    producerId,
    topics: [{ name: 't', partitions: [{ partitionIndex, errorCode }] }],
  })
  const markers = [answer(1n, 1, ErrorCode.NONE), answer(1000n, 0, ErrorCode.INVALID_PRODUCER_EPOCH)]
  asked[0]!.settle(Promise.resolve({ markers }))
  await t.rejects(late, { code: ErrorCode.INVALID_PRODUCER_EPOCH })
  await t.resolves(good)
})

/** Apache 4.4.0 answers two markers of one producer as one, in which either answer may stand. */
t.test('two markers of one producer go in two requests', async (t) => {
  const { clock, asked, write } = bench({ 't-0': 2, 't-1': 2 })
  const before = write('t', 0, MARKER)
  const other = write('t', 1, { ...MARKER, producerId: 8n })
  const after = write('t', 0, { ...MARKER, producerEpoch: 2, coordinatorEpoch: 5 })
  clock.turn()
  t.match(
    asked.map(({ markers }) => markers),
    [[{ producerId: 7n, producerEpoch: 1 }, { producerId: 8n }], [{ producerId: 7n, producerEpoch: 2 }]],
  )
  asked[0]!.settle(
    answered(asked[0]!.markers, (name) => (name === 't-0' ? ErrorCode.TRANSACTION_COORDINATOR_FENCED : 0)),
  )
  asked[1]!.settle(answered(asked[1]!.markers, () => ErrorCode.NONE))
  await t.rejects(before, { code: ErrorCode.TRANSACTION_COORDINATOR_FENCED })
  await t.resolves(other)
  await t.resolves(after)
})
