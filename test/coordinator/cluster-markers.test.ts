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
