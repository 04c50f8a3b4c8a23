/** Fetchers of replicas: what they ask a leader for, what they make of its answers, and whom they leave alone for how long. */
import { join } from 'node:path'
import t from 'tap'
import { openLog, quiet, readValues, records, TOPIC_ID, temporaryDirectory } from '../../proof/log/support.ts'
import { codec } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { FetchResponse } from '../../protocol/messages/fetch.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Encodable } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { Writer } from '../../protocol/writer.ts'
import type { BrokerConnection } from '../../src/client/connection.ts'
import { ClientError } from '../../src/client/errors.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import type { SessionRequest, WantedPartition } from '../../src/replication/fetcher/follower-session.ts'
import {
  type FollowerSettings,
  type LeaderEndpoint,
  RemoteLeader,
} from '../../src/replication/fetcher/leader-endpoint.ts'
import { ReplicaFetchers } from '../../src/replication/fetcher/replica-fetchers.ts'
import { Partition } from '../../src/replication/partition.ts'
import type { PartitionState } from '../../src/replication/partition-state.ts'
import { NO_THROTTLE, type ReplicationThrottle } from '../../src/replication/replication-throttle.ts'
import { idle, replicaEnvironment, standingClock, until } from './support.ts'

const FOLLOWING: PartitionState = {
  leaderId: 2,
  leaderEpoch: 3,
  partitionEpoch: 0,
  inSyncReplicas: [1, 2],
  replicas: [1, 2],
}
const SETTINGS: FollowerSettings = {
  nodeId: 1,
  brokerEpoch: 7n,
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 1000,
  partitionMaxBytes: 100,
  backoffMs: 1000,
}

type Answers = Encodable<typeof FetchResponse>
type PartitionAnswer = NonNullable<NonNullable<NonNullable<Answers['responses']>[number]>['partitions']>[number]

/** A leader whose answers a test gives, one after another; a fetch waits for its answer. */
class ScriptedLeader implements LeaderEndpoint {
  readonly asked: SessionRequest[] = []
  readonly #answers: (Answers | Error)[] = []
  readonly offsets: string[] = []
  end = 0
  start = 0
  /** Called when there is another answer. */
  #hear: () => void = () => {}

  /** Resolves to the answer that is given next, or was given and not used yet. */
  async fetch(request: SessionRequest): Promise<FetchResponse> {
    this.asked.push(request)
    if (this.#answers.length === 0) {
      await new Promise<void>((resolve) => {
        this.#hear = resolve
      })
    }
    const answer = this.#answers.shift()
    if (answer === undefined || answer instanceof Error) throw answer
    const writer = new Writer()
    codec(FetchResponse, FetchResponse.maxVersion).encode(writer, answer)
    return codec(FetchResponse, FetchResponse.maxVersion).decode(new Reader(Buffer.concat(writer.buffers())))
  }

  give(answer: Answers | Error): void {
    this.#answers.push(answer)
    this.#hear()
  }

  /** Answers for one partition, in the session 5. */
  givePartition(answer: PartitionAnswer): void {
    this.give({ sessionId: 5, responses: [{ topicId: TOPIC_ID, partitions: [{ partitionIndex: 0, ...answer }] }] })
  }

  async logEnd(): Promise<number> {
    this.offsets.push('end')
    return this.end
  }

  async logStart(): Promise<number> {
    this.offsets.push('start')
    return this.start
  }

  close(): void {
    this.give(new ClientError('disconnected', 'closed'))
  }

  get last(): SessionRequest | undefined {
    return this.asked.at(-1)
  }

  /** The partition as it was named last. */
  get wanted(): WantedPartition | undefined {
    return this.asked.findLast(({ named }) => named.length > 0)?.named[0]
  }

  /** Resolves when the leader has been asked so often. */
  async askedTimes(times: number): Promise<void> {
    await until(() => this.asked.length >= times)
  }
}

interface Teardown {
  teardown(run: () => unknown): unknown
}

async function follower(t: Teardown, options: { throttle?: ReplicationThrottle; fetchers?: () => number } = {}) {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  log.attach(null)
  const time = standingClock()
  const partition = new Partition(log, FOLLOWING, replicaEnvironment(time))
  const leaders: ScriptedLeader[] = []
  const fetchers = new ReplicaFetchers({
    clock: time.clock,
    logger: quiet,
    settings: () => SETTINGS,
    fetchersPerLeader: options.fetchers ?? (() => 1),
    throttle: options.throttle ?? NO_THROTTLE,
    connect() {
      const leader = new ScriptedLeader()
      leaders.push(leader)
      return leader
    },
  })
  t.teardown(async () => {
    await fetchers.stop()
    await log.close()
  })
  fetchers.follow(partition)
  const [leader] = leaders
  if (leader === undefined) throw new Error('nobody was connected to')
  time.advance(0)
  await leader.askedTimes(1)
  return { log, partition, leader, leaders, fetchers, time }
}

const given = (baseOffset: number, values: string[], partitionLeaderEpoch = 3) =>
  records(values, { baseOffset, partitionLeaderEpoch })

const OFFSETS = { highWatermark: 0n, logStartOffset: 0n }

t.test('what comes is appended, and what follows is asked for, in a session that names what has changed', async (t) => {
  const { log, partition, leader } = await follower(t)
  t.match(leader.asked[0], { sessionId: 0, sessionEpoch: 0, named: [{ fetchOffset: 0, lastFetchedEpoch: -1 }] })
  leader.givePartition({ ...OFFSETS, records: [given(0, ['a', 'b'])] })
  await leader.askedTimes(2)
  t.match(leader.last, { sessionId: 5, sessionEpoch: 1, named: [{ fetchOffset: 2, lastFetchedEpoch: 3 }] })
  t.equal(log.logEndOffset, 2)
  leader.givePartition({ ...OFFSETS, highWatermark: 2n })
  await leader.askedTimes(3)
  t.equal(partition.highWatermark, 2)
  t.match(leader.last, { sessionEpoch: 2, named: [] }, 'nothing has changed')
})

t.test('a log is cut where the answer says that it leaves the leader’s, and goes on from there', async (t) => {
  const { log, leader } = await follower(t)
  leader.givePartition({ ...OFFSETS, records: [given(0, ['a'], 1), given(1, ['b'], 1)] })
  await leader.askedTimes(2)
  leader.givePartition({ ...OFFSETS, divergingEpoch: { epoch: 1, endOffset: 1n } })
  await leader.askedTimes(3)
  t.match(leader.wanted, { fetchOffset: 1, lastFetchedEpoch: 1 })
  leader.givePartition({ ...OFFSETS, records: [given(1, ['c'])] })
  await leader.askedTimes(4)
  t.same(await readValues(log), ['a', 'c'])
})

t.test('out of range: the log begins anew where the leader’s does, or is cut where that ends', async (t) => {
  const { log, leader, time } = await follower(t)
  leader.start = 10
  leader.end = 20
  leader.givePartition({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE })
  await leader.askedTimes(2)
  t.match(log, { logStartOffset: 10, logEndOffset: 10 })
  t.match(leader.wanted, { fetchOffset: 10 })
  leader.givePartition({ ...OFFSETS, logStartOffset: 10n, records: [given(10, ['a', 'b', 'c'])] })
  await leader.askedTimes(3)
  leader.end = 12
  leader.givePartition({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE })
  await leader.askedTimes(4)
  t.match(log, { logStartOffset: 10, logEndOffset: 12 })
  t.match(leader.wanted, { fetchOffset: 12 })
  t.same(leader.offsets, ['end', 'start', 'end'])
  time.advance(0)
})

t.test('errors that pass are met soon, and later each time, up to replica.fetch.backoff.ms', async (t) => {
  const { leader, time } = await follower(t)
  const waits: number[] = []
  for (let attempt = 1; attempt <= 8; attempt++) {
    leader.givePartition({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH })
    let waitedMs = 0
    await idle()
    // A session that has lost its only partition is ended by a request of its own.
    if (leader.last?.named.length === 0) leader.give({})
    await idle()
    while (leader.last?.named.length !== 1 || leader.asked.length === 2 * attempt - 1) {
      time.advance(10)
      waitedMs += 10
      await idle()
    }
    waits.push(waitedMs)
  }
  t.strictSame(waits, [20, 40, 80, 160, 320, 640, 1000, 1000])
  leader.givePartition(OFFSETS)
  await idle()
  leader.givePartition({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  await idle()
  if (leader.last?.named.length === 0) leader.give({})
  await idle()
  const asked = leader.asked.length
  time.advance(20)
  await leader.askedTimes(asked + 1)
  t.pass('an answer without an error begins anew')
})

t.test('a leader that refuses the whole request is asked again after replica.fetch.backoff.ms', async (t) => {
  const { leader, time } = await follower(t)
  leader.give({ errorCode: ErrorCode.UNKNOWN_SERVER_ERROR })
  await idle()
  time.advance(999)
  await idle()
  t.equal(leader.asked.length, 1)
  time.advance(1)
  await leader.askedTimes(2)
  t.match(leader.last, { sessionEpoch: 0 })
  leader.givePartition(OFFSETS)
  await leader.askedTimes(3)
  leader.give({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND })
  await leader.askedTimes(4)
  t.match(leader.last, { sessionId: 0, sessionEpoch: 0, named: [{}] }, 'a forgotten session is begun anew at once')
  leader.give(new ClientError('disconnected', 'gone'))
  await idle()
  t.equal(leader.asked.length, 4)
  time.advance(1000)
  await leader.askedTimes(5)
  t.match(leader.last, { sessionEpoch: 0, named: [{}] })
})

t.test('a newer leader, or batches that do not follow, end the fetching until the next role', async (t) => {
  const { partition, leader, fetchers, leaders, time } = await follower(t)
  leader.givePartition({ errorCode: ErrorCode.FENCED_LEADER_EPOCH })
  await idle()
  if (leader.last?.named.length === 0) leader.give({})
  const asked = leader.asked.length
  time.advance(100_000)
  await idle()
  t.equal(leader.asked.length, asked)
  fetchers.follow(partition)
  await idle()
  t.equal(leader.asked.length, asked, 'the same role is left alone')
  await partition.follow({ ...FOLLOWING, leaderEpoch: 4, partitionEpoch: 1 })
  fetchers.follow(partition)
  await leader.askedTimes(asked + 1)
  t.match(leader.wanted, { currentLeaderEpoch: 4 })
  t.equal(leaders.length, 1)
})

t.test('a damaged batch is not appended, and asked for again', async (t) => {
  const { log, leader, time } = await follower(t)
  const damaged = given(0, ['abc'])
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 2) ^ 1, damaged.length - 2)
  leader.givePartition({ ...OFFSETS, records: [damaged] })
  await idle()
  t.equal(log.logEndOffset, 0)
  if (leader.last?.named.length === 0) leader.give({})
  await idle()
  time.advance(1000)
  await until(() => leader.last?.named.length === 1 && leader.asked.length > 1)
  t.match(leader.wanted, { fetchOffset: 0 })
})

/** Holds what is written back until a test lets it go. */
function holdWrites(log: PartitionLog): () => void {
  let letGo: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const original = log.appendAsGiven.bind(log)
  log.appendAsGiven = (batches, done) => original(batches, (error, result) => void held.then(() => done(error, result)))
  return letGo
}

t.test('num.replica.fetchers may change while a fetcher appends: the next one waits for what is written', async (t) => {
  let count = 1
  const { log, leader, leaders, fetchers, time } = await follower(t, { fetchers: () => count })
  const letGo = holdWrites(log)
  leader.givePartition({ ...OFFSETS, records: [given(0, ['a', 'b'])] })
  await until(() => log.logEndOffset === 2)
  count = 7
  const resized = fetchers.resize()
  await idle()
  time.advance(0)
  await idle()
  t.ok(leaders.every(({ asked }) => asked.every(({ named }) => named.every(({ fetchOffset }) => fetchOffset === 0))))
  letGo()
  await resized
  time.advance(0)
  await until(() => leaders.at(-1)?.asked.length === 1)
  t.match(leaders.at(-1)?.wanted, { fetchOffset: 2, lastFetchedEpoch: 3 })
})

t.test('a throttled replica is not asked for while it is behind and the rate is used up', async (t) => {
  let isExceeded = false
  const recorded: number[] = []
  const throttle: ReplicationThrottle = {
    isThrottled: () => true,
    isExceeded: () => isExceeded,
    record: (bytes) => recorded.push(bytes),
  }
  const { leader, time } = await follower(t, { throttle })
  isExceeded = true
  const batch = given(0, ['a'])
  leader.givePartition({ ...OFFSETS, highWatermark: 5n, records: [batch] })
  await leader.askedTimes(2)
  t.match(leader.last, { named: [], forgotten: [{ partition: 0 }] })
  t.strictSame(recorded, [batch.length])
  leader.give({})
  await idle()
  isExceeded = false
  time.advance(1000)
  await leader.askedTimes(3)
  leader.givePartition({ ...OFFSETS, highWatermark: 2n, records: [given(1, ['b'])] })
  await leader.askedTimes(4)
  isExceeded = true
  leader.givePartition({ ...OFFSETS, highWatermark: 2n })
  await leader.askedTimes(5)
  t.match(leader.last, { forgotten: [] }, 'one that is in sync is not held back')
})

t.test('those who ask a leader at a time share one connection, also when the last one is gone', async (t) => {
  const opened: { isOpen: boolean; isClosed: boolean }[] = []
  const leader = new RemoteLeader(1, async () => {
    const connection = {
      isOpen: true,
      isClosed: false,
      async request() {
        if (!connection.isOpen) throw new ClientError('disconnected', 'gone')
        return { topics: [{ name: 't', partitions: [{ partitionIndex: 0, errorCode: 0, offset: 4n }] }] }
      },
      close() {
        connection.isOpen = false
        connection.isClosed = true
      },
    }
    opened.push(connection)
    return unchecked<BrokerConnection>(connection)
  })
  const where = { topic: 't', partition: 0, currentLeaderEpoch: 0 }
  t.strictSame(await Promise.all([leader.logEnd(where), leader.logStart(where)]), [4, 4])
  t.equal(opened.length, 1)
  opened[0].isOpen = false
  await Promise.all([leader.logEnd(where), leader.logStart(where), leader.logEnd(where)])
  t.equal(opened.length, 2)
  leader.close()
  await idle()
  t.ok(opened[1].isClosed)
  await t.rejects(leader.logEnd(where), ClientError)
  t.ok(
    opened.every(({ isOpen }) => !isOpen),
    'nothing stays open behind it',
  )
})
