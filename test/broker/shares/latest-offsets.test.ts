/** How far partitions are committed, asked of brokers that lead them as Apache's PartitionMetadataClient asks. */
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { ListOffsetsRequest } from '../../../protocol/messages/list-offsets.ts'
import { latestOffsets } from '../../../src/broker/shares/latest-offsets.ts'
import { ClientError } from '../../../src/client/errors.ts'
import { VirtualClock } from '../../coordinator/support/virtual-clock.ts'

type Topics = ListOffsetsRequest['topics']

interface Asked {
  readonly broker: number
  readonly topics: Topics
  settle(answer: Promise<unknown>): void
}

function bench(leaders: Readonly<Record<string, number>>) {
  const clock = new VirtualClock()
  const asked: Asked[] = []
  const latest = latestOffsets({
    nodeId: 1,
    clock,
    brokers: {
      request: ((broker: number, _request: unknown, _response: unknown, { topics }: { topics: Topics }) =>
        new Promise((resolve) => asked.push({ broker, topics, settle: resolve }))) as never,
    },
    leaderOf: (topic, partition) => leaders[`${topic}-${partition}`] ?? -1,
    here: async () => 7,
  })
  return { clock, asked, latest }
}

const namesOf = (topics: Topics) =>
  topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex }) => `${name}-${partitionIndex}`))

/** The leader's log of each partition ends at 100 and its index. */
const answered = (topics: Topics, errorCode: number = ErrorCode.NONE) =>
  Promise.resolve({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode,
        offset: BigInt(100 + partitionIndex),
      })),
    })),
  })

/** Until everything that only waits for promises has gone on. */
const rest = () => new Promise((resolve) => setImmediate(resolve))

t.test('a request names a partition once, however many groups ask for it', async (t) => {
  const { clock, asked, latest } = bench({ 't-0': 1, 't-1': 2, 't-2': 2, 'u-3': 3 })
  const all = [latest('t', 0), latest('t', 1), latest('t', 2), latest('t', 1), latest('u', 3)]
  clock.turn()
  t.same(
    asked.map(({ broker, topics }) => [broker, namesOf(topics)]),
    [
      [2, ['t-1', 't-2']],
      [3, ['u-3']],
    ],
    'ListOffsets refuses a partition that is named twice',
  )
  for (const { topics, settle } of asked) settle(answered(topics))
  t.same(await Promise.all(all), [7, 101, 102, 101, 103])
})

t.test('a question without an answer goes to whoever leads then, and is given up in the end', async (t) => {
  const leaders: Record<string, number> = { 't-0': 2 }
  const { clock, asked, latest } = bench(leaders)
  const found = latest('t', 0)
  clock.turn()
  leaders['t-0'] = 3
  asked[0]?.settle(Promise.reject(new ClientError('disconnected', 'broker 2 closed the connection')))
  await rest()
  clock.advance(250)
  await rest()
  clock.turn()
  t.equal(asked[1]?.broker, 3)
  asked[1]?.settle(answered(asked[1].topics))
  t.equal(await found, 100)

  const never = latest('t', 0)
  never.catch(() => {})
  for (let attempt = 0; attempt < 5; attempt++) {
    clock.turn()
    asked[2 + attempt]?.settle(Promise.reject(new ClientError('timeout', 'broker 3 has not answered')))
    await rest()
    clock.advance(250 * 2 ** attempt)
    await rest()
  }
  await t.rejects(never, new KafkaError(ErrorCode.REQUEST_TIMED_OUT, 'broker 3 has not answered'))
  t.equal(asked.length, 7)
})

t.test('an error of the leader is the answer', async (t) => {
  const { clock, asked, latest } = bench({ 't-0': 2 })
  const refused = latest('t', 0)
  clock.turn()
  asked[0]?.settle(answered(asked[0].topics, ErrorCode.NOT_LEADER_OR_FOLLOWER))
  await t.rejects(refused, { code: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  await t.rejects(latest('nobody leads it', 0), { code: ErrorCode.LEADER_NOT_AVAILABLE })
})
