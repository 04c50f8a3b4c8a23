/**
 * Share coordinators on other brokers, as Apache's PersisterStateManager asks them: what is asked while a request is under
 * way goes together into the next one, errors that pass are tried again, and the coordinator is looked for each time.
 */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { ClientError } from '../../src/client/errors.ts'
import { clusterPersister } from '../../src/coordinator/cluster-persister.ts'
import { RetryingPersister } from '../../src/coordinator/share-persister.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const TOPIC = 'OEFKSsxZSLqm8on1qPiDRA'
const OTHER_TOPIC = 'MkU3OEVBNTcwNTJENDM2Qg'
const HERE = 1
const key = (partition: number, topicId = TOPIC, groupId = 'g') => ({ groupId, topicId, partition })
const update = { stateEpoch: 3, leaderEpoch: 7, startOffset: 10, deliveryCompleteCount: 2, batches: [] }

interface Body {
  readonly groupId: string
  readonly topics: readonly { topicId: string; partitions: readonly { partition: number }[] }[]
}

interface Asked {
  readonly broker: number
  readonly api: string
  readonly body: Body
  answer(fields?: object): void
  fail(error: Error): void
}

/** Brokers that answer when the test says so. */
class Bench {
  readonly clock = new VirtualClock()
  readonly asked: Asked[] = []
  /** By partition of the share partition, who coordinates it. */
  coordinator: (partition: number) => number = () => 2
  exists = true
  readonly persister: RetryingPersister

  constructor() {
    const { clock, asked } = this
    const here = { partitionFor: ({ partition }: { partition: number }) => partition }
    const request = (broker: number, { name: api }: { name: string }, _response: unknown, body: Body) =>
      new Promise((resolve, reject) => {
        const answer = (fields = {}) => {
          const results = body.topics.map(({ topicId, partitions }) => ({
            topicId,
            partitions: partitions.map(({ partition }) => ({
              partition,
              errorCode: ErrorCode.NONE,
              errorMessage: null,
              ...fields,
            })),
          }))
          resolve({ results })
        }
        asked.push({ broker, api, body, answer, fail: reject })
      })
    const coordinator = clusterPersister({
      nodeId: HERE,
      here: here as never,
      brokers: { request } as never,
      clock,
      leaderOf: (partition) => this.coordinator(partition),
    })
    this.persister = new RetryingPersister({
      coordinator,
      clock,
      ensureTopic: async () => true,
      exists: () => this.exists,
    })
  }

  /** The request of this turn. */
  async next(): Promise<Asked> {
    for (let turns = 0; this.asked.length === 0 && turns < 50; turns++) {
      await Promise.resolve()
      this.clock.turn()
    }
    const asked = this.asked.shift()
    if (asked === undefined) throw new Error('nothing is asked')
    return asked
  }

  async isQuiet(): Promise<boolean> {
    return this.next().then(
      () => false,
      () => true,
    )
  }
}

const partitionsOf = ({ topics }: Body) => topics.map(({ partitions }) => partitions.map(({ partition }) => partition))

t.test('what is asked in one turn, and while a request is under way, goes together', async (t) => {
  const bench = new Bench()
  const first = [0, 1].map((partition) => bench.persister.write(key(partition), update))
  const another = bench.persister.write(key(0, OTHER_TOPIC), update)
  const one = await bench.next()
  t.equal(one.broker, 2)
  t.equal(one.api, 'WriteShareGroupStateRequest')
  t.same(partitionsOf(one.body), [[0, 1], [0]])
  t.match(one.body.topics[0], {
    topicId: TOPIC,
    partitions: [{ stateEpoch: 3, leaderEpoch: 7, startOffset: 10n, deliveryCompleteCount: 2, stateBatches: [] }],
  })
  const second = [0, 2, 0].map((partition) => bench.persister.write(key(partition), update))
  t.ok(await bench.isQuiet(), 'one request of an API and group is under way at a time')
  const ofAnotherGroup = bench.persister.write(key(0, TOPIC, 'h'), update)
  const ofAnotherApi = bench.persister.read(key(0), 8)
  const [h, read] = [await bench.next(), await bench.next()]
  t.same([h.body.groupId, h.api, read.api], ['h', 'WriteShareGroupStateRequest', 'ReadShareGroupStateRequest'])
  one.answer()
  h.answer()
  t.match(await Promise.all([...first, another, ofAnotherGroup]), Array(4).fill({ errorCode: ErrorCode.NONE }))
  const two = await bench.next()
  t.same(partitionsOf(two.body), [[0, 2]], 'a share partition is named once in a request')
  two.answer()
  const three = await bench.next()
  t.same(partitionsOf(three.body), [[0]])
  three.answer()
  await Promise.all(second)
  read.answer({
    stateEpoch: 3,
    startOffset: 5n,
    stateBatches: [{ firstOffset: 5n, lastOffset: 6n, deliveryState: 0, deliveryCount: 1 }],
  })
  t.same(await ofAnotherApi, {
    errorCode: 0,
    errorMessage: null,
    stateEpoch: 3,
    startOffset: 5,
    batches: [{ firstOffset: 5, lastOffset: 6, deliveryState: 0, deliveryCount: 1 }],
  })
})

t.test('a coordinator that has moved is found again', async (t) => {
  const bench = new Bench()
  for (const code of [
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ]) {
    bench.coordinator = () => 2
    const written = bench.persister.write(key(0), update)
    ;(await bench.next()).answer({ errorCode: code })
    bench.coordinator = () => 3
    t.ok(await bench.isQuiet(), 'not before a moment is over')
    bench.clock.advance(125)
    const again = await bench.next()
    t.equal(again.broker, 3)
    again.answer()
    t.match(await written, { errorCode: ErrorCode.NONE })
  }
})

t.test('without an answer everybody who waits asks again, whoever coordinates then', async (t) => {
  const bench = new Bench()
  const first = bench.persister.write(key(0), update)
  const asked = await bench.next()
  const behind = bench.persister.write(key(0), update)
  await bench.isQuiet()
  bench.coordinator = () => 3
  asked.fail(new ClientError('disconnected', 'broker 2 closed the connection'))
  await bench.isQuiet()
  bench.clock.advance(125)
  for (let left = 2; left > 0; left--) {
    const again = await bench.next()
    t.equal(again.broker, 3)
    t.same(partitionsOf(again.body), [[0]])
    again.answer()
  }
  t.match(await Promise.all([first, behind]), [{ errorCode: 0 }, { errorCode: 0 }])
})

t.test('errors that do not pass, and patience that is over', async (t) => {
  const bench = new Bench()
  const fenced = bench.persister.write(key(0), update)
  ;(await bench.next()).answer({ errorCode: ErrorCode.FENCED_LEADER_EPOCH, errorMessage: 'fenced' })
  t.same(await fenced, { errorCode: ErrorCode.FENCED_LEADER_EPOCH, errorMessage: 'fenced' })

  bench.exists = false
  const deleted = bench.persister.delete(key(0))
  ;(await bench.next()).answer({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
  t.match(await deleted, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }, 'the topic is gone here too')

  bench.coordinator = () => -1
  const summary = bench.persister.readSummary(key(0))
  for (let waitedMs = 0; waitedMs < 16_000; waitedMs += 125) {
    await bench.isQuiet()
    bench.clock.advance(125)
  }
  t.match(await summary, { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, startOffset: 0 }, 'after some 15 seconds')
})
