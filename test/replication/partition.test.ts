/** The roles of a replica: what a leader answers, when; how far it is committed; what a follower takes over and gives up. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { append, openLog, readValues, records, temporaryDirectory } from '../../proof/log/support.ts'
import { ErrorCode, type KafkaError } from '../../protocol/errors.ts'
import { invariantFailures } from '../../src/env/invariant.ts'
import { SlabPool } from '../../src/env/slab-pool.ts'
import type { LogConfig } from '../../src/log/log-config.ts'
import type { AppendResult } from '../../src/log/partition-log.ts'
import type { FetchPartition } from '../../src/replication/fetch-session.ts'
import type { FollowerRole } from '../../src/replication/follower-role.ts'
import type { LeaderRole, PartitionAppend } from '../../src/replication/leader-role.ts'
import { Partition } from '../../src/replication/partition.ts'
import type { PartitionState, ReplicaEnvironment } from '../../src/replication/partition-state.ts'
import { ALONE, replicaEnvironment, standingClock } from './support.ts'

const THREE: PartitionState = { ...ALONE, leaderEpoch: 3, inSyncReplicas: [1, 2, 3], replicas: [1, 2, 3] }
const FOLLOWING: PartitionState = { ...THREE, leaderId: 2 }
const CLIENT = { origin: 'client' } as const
/** A consumer's, from the beginning. */
const REQUEST: FetchPartition = {
  topicId: '',
  topic: 't',
  partition: 0,
  fetchOffset: 0,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  maxBytes: 1000,
  toldHighWatermark: -1,
  toldLogStartOffset: -1,
}

interface Setup {
  config?: Partial<LogConfig>
  highWatermark?: number
  changes?: Partial<ReplicaEnvironment>
}

async function open(t: Teardown, state: PartitionState, { config, highWatermark = 0, changes }: Setup = {}) {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config, offsets: { highWatermark } })
  log.attach(null)
  const time = standingClock()
  const partition = new Partition(log, state, replicaEnvironment(time, changes))
  t.teardown(() => log.close())
  return { directory, log, partition, time }
}

interface Teardown {
  teardown(run: () => unknown): unknown
}

type Answer = { error: number; result: AppendResult | null }

/** The answer, and where to look whether it is there yet. */
function produce(partition: Partition, values: string[], options: Partial<PartitionAppend> = {}) {
  const state: { answer: Answer | null } = { answer: null }
  const answered = new Promise<Answer>((resolve) => {
    partition.append(records(values), { acks: -1, ...CLIENT, ...options }, (error: KafkaError | null, result) => {
      state.answer = { error: error?.code ?? 0, result }
      resolve(state.answer)
    })
  })
  return { state, answered }
}

/** Resolves when all that was asked of the log so far is written. */
const written = (partition: Partition) => partition.log.settled()

function fetched(partition: Partition, replicaId: number, offset: number, timeMs = 1_000_000, logStartOffset = 0) {
  const leader = partition.leader()
  const leaderEndOffset = partition.log.logEndOffset
  const fetch = { offset, logStartOffset, brokerEpoch: -1n, leaderEndOffset, timeMs }
  leader.followerFetched(leader.follower(replicaId, true), fetch)
}

const leading = (partition: Partition) => partition.role as LeaderRole
const following = (partition: Partition) => partition.role as FollowerRole

t.test('the only replica: what is written is committed', async (t) => {
  const { partition } = await open(t, ALONE)
  const told: number[] = []
  partition.onProgress((bytes) => told.push(bytes))
  for (const acks of [0, 1, -1]) {
    const { error, result } = await produce(partition, ['a', 'b'], { acks }).answered
    t.equal(error, 0)
    t.equal(partition.highWatermark, (result?.lastOffset ?? 0) + 1)
  }
  t.equal(partition.lastStableOffset, 6)
  t.equal(told.length, 3)
  t.ok(told.every((bytes) => bytes > 0))
})

t.test('three replicas: acks=1 is answered when it is written, acks=all when all in sync have it', async (t) => {
  const { partition } = await open(t, THREE)
  const told: number[] = []
  partition.onProgress((bytes) => told.push(bytes))
  const one = produce(partition, ['a'], { acks: 1 })
  const all = produce(partition, ['b'])
  t.equal((await one.answered).error, 0)
  await written(partition)
  t.equal(all.state.answer, null)
  t.match(partition, { highWatermark: 0, lastStableOffset: 0 })
  const request = {
    topicId: '',
    topic: 't',
    partition: 0,
    fetchOffset: 0,
    currentLeaderEpoch: 3,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
  }
  const read = await partition.fetch(
    { ...request, maxBytes: 1000, toldHighWatermark: -1, toldLogStartOffset: -1 },
    { maxBytes: 1000, minOneBatch: true, isolation: 'readUncommitted', onlyLeader: true },
  )
  t.match(read, { errorCode: 0, highWatermark: 0, sizeBytes: 0 }, 'readers see nothing of it')

  fetched(partition, 2, 2)
  t.equal(partition.highWatermark, 0, 'replica 3 has nothing yet')
  fetched(partition, 3, 1)
  t.equal(partition.highWatermark, 1)
  t.equal(all.state.answer, null)
  fetched(partition, 3, 2)
  t.equal(partition.highWatermark, 2)
  t.match(all.state.answer, { error: 0, result: { firstOffset: 1 } })
  t.equal(told.length, 2, 'readers are told each time')
  t.ok(told.every((bytes) => bytes > 0))
})

t.test('an append with acks=all waits no longer than its client does', async (t) => {
  const { partition, time } = await open(t, THREE)
  const { state } = produce(partition, ['a'], { timeoutMs: 500 })
  await written(partition)
  time.advance(499)
  t.equal(state.answer, null)
  time.advance(1)
  t.match(state.answer, { error: ErrorCode.REQUEST_TIMED_OUT })
  fetched(partition, 2, 1)
  fetched(partition, 3, 1)
  t.equal(partition.highWatermark, 1, 'it is committed all the same')
})

t.test('a repeated append waits for the offsets of the first time', async (t) => {
  const { partition } = await open(t, THREE)
  const batch = () => records(['a'], { producerId: 7, producerEpoch: 0, baseSequence: 0 })
  const send = (records: Buffer) =>
    new Promise<Answer>((resolve) => {
      partition.append(records, { acks: -1, ...CLIENT }, (error, result) =>
        resolve({ error: error?.code ?? 0, result }),
      )
    })
  const first = send(batch())
  const last = produce(partition, ['b'])
  const again = send(batch())
  await written(partition)
  fetched(partition, 2, 1)
  fetched(partition, 3, 1)
  t.match(await first, { error: 0, result: { firstOffset: 0, duplicate: false } })
  t.match(await again, { error: 0, result: { firstOffset: 0, duplicate: true } })
  t.equal(last.state.answer, null)
})

t.test('min.insync.replicas: too few in sync take no acks=all and commit nothing', async (t) => {
  const { partition } = await open(t, { ...THREE, inSyncReplicas: [1] }, { config: { minInsyncReplicas: 2 } })
  t.equal((await produce(partition, ['a']).answered).error, ErrorCode.NOT_ENOUGH_REPLICAS)
  t.equal((await produce(partition, ['a'], { acks: 1 }).answered).error, 0)
  t.equal(partition.highWatermark, 0)
  await partition.follow({ ...THREE, partitionEpoch: 1, inSyncReplicas: [1, 2] })
  fetched(partition, 2, 1)
  t.equal(partition.highWatermark, 1, 'a second one is enough, wherever the third may be')
  t.equal((await produceAlone(t)).error, 0, 'where there is one replica, one is enough')
})

async function produceAlone(t: Teardown): Promise<Answer> {
  const { partition } = await open(t, ALONE, { config: { minInsyncReplicas: 2 } })
  return produce(partition, ['a']).answered
}

t.test('replicas that are about to join hold the watermark back, so that they get in', async (t) => {
  let eligible = true
  const changes = { isEligible: () => eligible }
  const { partition, time } = await open(t, { ...THREE, inSyncReplicas: [1, 2] }, { changes })
  await produce(partition, ['a', 'b', 'c'], { acks: 1 }).answered
  fetched(partition, 3, 3)
  await produce(partition, ['d'], { acks: 1 }).answered
  fetched(partition, 2, 4)
  t.equal(partition.highWatermark, 3, 'replica 3 had all there was a moment ago')
  eligible = false
  fetched(partition, 2, 4)
  t.equal(partition.highWatermark, 4, 'one that is fenced is not waited for')
  eligible = true
  await produce(partition, ['e'], { acks: 1 }).answered
  time.advance(30_001)
  fetched(partition, 2, 5)
  t.equal(partition.highWatermark, 5, 'nor one that has been behind for too long')
})

t.test(
  'the in-sync replicas: who lags is proposed to go, who caught up to come; proposed is not committed',
  async (t) => {
    const { partition, time } = await open(t, THREE)
    const leader = leading(partition)
    await produce(partition, ['a'], { acks: 1 }).answered
    t.equal(leader.proposeInSyncReplicas(), null, 'each is given the time of a lag')
    time.advance(30_001)
    fetched(partition, 2, 1, 1_030_001)
    t.strictSame(leader.proposeInSyncReplicas()?.replicas, [1, 2])
    t.equal(leader.proposeInSyncReplicas(), null, 'one proposal is under way')
    t.equal(partition.highWatermark, 0, 'replica 3 counts until the controller has decided')
    await partition.follow({ ...THREE, partitionEpoch: 1, inSyncReplicas: [1, 2] })
    t.equal(partition.highWatermark, 1)

    fetched(partition, 3, 1, 1_030_002)
    const proposal = leader.proposeInSyncReplicas()
    t.strictSame(proposal, { leaderEpoch: 3, partitionEpoch: 1, replicas: [1, 2, 3] })
    await produce(partition, ['b'], { acks: 1 }).answered
    time.advance(60_000)
    fetched(partition, 2, 2, 1_090_003)
    t.equal(partition.highWatermark, 1, 'the one that may be in sync already counts')
    await partition.follow({ ...THREE, partitionEpoch: 1, inSyncReplicas: [1, 2] })
    t.equal(partition.highWatermark, 1, 'what was known already says nothing about the proposal')
    if (proposal !== null) leader.withdraw(proposal)
    t.equal(partition.highWatermark, 2)
    leader.isr.propose([1, 2, 3], 3)
    t.throws(() => leader.isr.propose([1], 3), { name: 'InvariantError' })
  },
)

t.test('who names another epoch is fenced; a broker that does not follow here is told so', async (t) => {
  const { partition } = await open(t, THREE)
  t.throws(() => partition.leader(2), { code: ErrorCode.FENCED_LEADER_EPOCH })
  t.throws(() => partition.leader(4), { code: ErrorCode.UNKNOWN_LEADER_EPOCH })
  t.equal(partition.leader(3), partition.role)
  t.equal(partition.leader(), partition.role)
  t.throws(() => leading(partition).follower(9, true), { code: ErrorCode.UNKNOWN_LEADER_EPOCH })
  t.throws(() => leading(partition).follower(9, false), { code: ErrorCode.NOT_LEADER_OR_FOLLOWER })
})

t.test('a follower answers for a leader nowhere', async (t) => {
  const { partition } = await open(t, FOLLOWING)
  const notLeader = { code: ErrorCode.NOT_LEADER_OR_FOLLOWER }
  t.equal((await produce(partition, ['a'], { acks: 1 }).answered).error, notLeader.code)
  t.throws(() => partition.leader(), notLeader)
  t.throws(() => partition.leader(2), { code: ErrorCode.FENCED_LEADER_EPOCH })
  t.throws(() => partition.endOffsetForEpoch(0), notLeader)
  const consumer = { isolation: 'readUncommitted', onlyLeader: true } as const
  await t.rejects(partition.offsetForTimestamp(-1, consumer), notLeader)
  await t.rejects(partition.segmentOffsetsBefore(-1, 1, consumer), notLeader)
  t.match(await partition.offsetForTimestamp(-1, { ...consumer, onlyLeader: false }), { offset: 0 }, 'to a debugger')
  const request = {
    topicId: '',
    topic: 't',
    partition: 0,
    fetchOffset: 0,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
  }
  const fetch = { ...request, maxBytes: 100, toldHighWatermark: -1, toldLogStartOffset: -1 }
  const options = { maxBytes: 100, minOneBatch: true, isolation: 'readUncommitted' } as const
  t.throws(() => partition.fetch(fetch, { ...options, onlyLeader: true }), notLeader)
  t.match(await partition.fetch(fetch, { ...options, onlyLeader: false }), { errorCode: 0 }, 'to a client of KIP-392')
})

const given = (baseOffset: number, values: string[], partitionLeaderEpoch: number) =>
  records(values, { baseOffset, partitionLeaderEpoch })

t.test('a follower takes over offsets, epochs and the watermark, as far as its log goes', async (t) => {
  const { partition, log } = await open(t, FOLLOWING)
  const follower = following(partition)
  const told: number[] = []
  partition.onProgress((bytes) => told.push(bytes))
  await follower.append(given(0, ['a', 'b'], 1), { highWatermark: 5, logStartOffset: 0 })
  t.match(log, { logEndOffset: 2, latestEpoch: 1 })
  t.equal(partition.highWatermark, 2)
  await follower.append(given(5, ['c'], 2), { highWatermark: 2, logStartOffset: 1 })
  t.match(log, { logEndOffset: 6, latestEpoch: 2, logStartOffset: 1 }, 'a gap is one of the leader')
  t.equal(partition.highWatermark, 2)
  t.equal(await follower.append(given(6, ['d'], 4), { highWatermark: 1, logStartOffset: 0 }), null)
  t.equal(log.logEndOffset, 6, 'what a newer leader wrote is not for the one that is followed')
  t.equal(partition.highWatermark, 2, 'which never goes back')
  const cut = Buffer.concat([given(6, ['d'], 3), given(7, ['e'], 3).subarray(0, 40)])
  await follower.append(cut, { highWatermark: 7, logStartOffset: 0 })
  t.match(log, { logEndOffset: 7, logStartOffset: 1 }, 'the batch that is not whole comes again')
  t.ok(told.length >= 2)
  await t.rejects(follower.append(given(3, ['x'], 3), { highWatermark: 7, logStartOffset: 0 }), {
    code: ErrorCode.OFFSET_OUT_OF_RANGE,
  })
})

t.test('an empty follower begins inside the first batch of its leader', async (t) => {
  const { partition, log } = await open(t, FOLLOWING)
  const follower = following(partition)
  await follower.restartAt(4)
  t.match(log, { logStartOffset: 4, logEndOffset: 4 })
  await follower.append(given(3, ['a', 'b', 'c'], 1), { highWatermark: 6, logStartOffset: 4 })
  t.match(log, { logStartOffset: 4, logEndOffset: 6 })
  t.equal(partition.highWatermark, 6)
})

t.test('a follower is cut where its log leaves the leader, by epoch', async (t) => {
  const { partition, log } = await open(t, { ...FOLLOWING, leaderEpoch: 9 })
  const follower = following(partition)
  for (const [offset, epoch] of [
    [0, 1],
    [1, 1],
    [2, 3],
    [3, 5],
  ] as const) {
    await follower.append(given(offset, [`v${offset}`], epoch), { highWatermark: 1, logStartOffset: 0 })
  }
  t.same(
    await follower.truncateToEpochEnd({ epoch: 4, endOffset: 3 }),
    { offset: 3, isComplete: false },
    'unknown here',
  )
  t.equal(log.latestEpoch, 3)
  t.same(await follower.truncateToEpochEnd({ epoch: 3, endOffset: 9 }), { offset: 3, isComplete: true })
  t.same(await follower.truncateToEpochEnd({ epoch: 1, endOffset: 1 }), { offset: 1, isComplete: true })
  t.same(await readValues(log), ['v0'])
  t.equal(partition.highWatermark, 1)
  await follower.truncateTo(0)
  t.equal(partition.highWatermark, 0, 'an unclean election takes what was committed')
})

t.test('a leader that is deposed promises nothing more, and its log is settled before it follows', async (t) => {
  const { partition, log } = await open(t, THREE)
  const waiting = produce(partition, ['a'])
  await written(partition)
  const underWay = produce(partition, ['b'])
  const acked = produce(partition, ['c'], { acks: 1 })
  const deposed = partition.role
  const changing = partition.follow({ ...THREE, leaderId: 2, leaderEpoch: 4, partitionEpoch: 1 })
  t.match(waiting.state.answer, { error: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  t.throws(() => partition.leader(), { code: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  t.equal((await produce(partition, ['d'], { acks: 1 }).answered).error, ErrorCode.NOT_LEADER_OR_FOLLOWER)
  await changing
  t.match(underWay.state.answer, { error: ErrorCode.NOT_LEADER_OR_FOLLOWER })
  t.match(acked.state.answer, { error: 0 }, 'written it is')
  t.equal(log.logEndOffset, 3)
  t.equal(partition.role.kind, 'follower')
  t.not(partition.role, deposed)
  const { isComplete } = await following(partition).truncateToEpochEnd({ epoch: 3, endOffset: 1 })
  t.equal(isComplete, true)
  await following(partition).append(given(1, ['e'], 4), { highWatermark: 2, logStartOffset: 0 })
  t.same(await readValues(log), ['a', 'e'])
})

t.test('a follower that is elected goes on from its watermark, and says so until it knows more', async (t) => {
  const { partition, log } = await open(t, FOLLOWING)
  await following(partition).append(given(0, ['a', 'b'], 3), { highWatermark: 1, logStartOffset: 0 })
  await partition.follow({ ...THREE, leaderEpoch: 5, partitionEpoch: 1 })
  t.equal(partition.leader(5), partition.role)
  t.equal(partition.highWatermark, 1)
  t.equal(log.latestEpoch, 5, 'its epoch begins at the end of the log')
  t.same(partition.endOffsetForEpoch(3, 5), { epoch: 3, endOffset: 2 })
  const consumer = { isolation: 'readUncommitted', onlyLeader: true } as const
  await t.rejects(partition.offsetForTimestamp(-1, consumer), { code: ErrorCode.OFFSET_NOT_AVAILABLE })
  await t.rejects(partition.offsetForTimestamp(Date.now(), consumer), { code: ErrorCode.OFFSET_NOT_AVAILABLE })
  t.match(await partition.offsetForTimestamp(-2, consumer), { offset: 0 })
  const told: number[] = []
  partition.onProgress(() => told.push(partition.highWatermark))
  fetched(partition, 2, 2)
  fetched(partition, 3, 2)
  t.same(told, [2], 'nobody has appended these here, and readers wait for them all the same')
  t.match(await partition.offsetForTimestamp(-1, consumer), { offset: 2 })
})

t.test('readers are told of records of an earlier leader that the in-sync replicas turn out to have', async (t) => {
  const { partition } = await open(t, FOLLOWING)
  await following(partition).append(given(0, ['a', 'b'], 3), { highWatermark: 1, logStartOffset: 0 })
  await partition.follow({ ...THREE, leaderEpoch: 5, partitionEpoch: 1 })
  const told: number[] = []
  partition.onProgress(() => told.push(partition.highWatermark))
  fetched(partition, 2, 2)
  t.same(told, [])
  partition.decided({ leaderEpoch: 5, partitionEpoch: 2, inSyncReplicas: [1, 2] })
  t.equal(told.at(-1), 2)
})

t.test('a state of the metadata that is older than the known one changes nothing', async (t) => {
  const { partition } = await open(t, { ...THREE, partitionEpoch: 7 })
  await partition.follow({ ...FOLLOWING, partitionEpoch: 6 })
  t.equal(partition.role.kind, 'leader')
})

t.test('the next epoch of the same leader keeps those who wait', async (t) => {
  const { partition, log } = await open(t, THREE)
  const { state } = produce(partition, ['a'])
  await written(partition)
  await partition.follow({ ...THREE, leaderEpoch: 4, partitionEpoch: 1 })
  t.equal(log.latestEpoch, 4)
  t.equal(state.answer, null)
  fetched(partition, 2, 1)
  fetched(partition, 3, 1)
  t.match(state.answer, { error: 0 })
})

t.test('DeleteRecords: committed records go, when every replica that is alive has deleted them', async (t) => {
  const alone = await open(t, ALONE)
  await produce(alone.partition, ['a', 'b', 'c']).answered
  t.equal(await leading(alone.partition).deleteRecords(2), 2)
  t.equal(await leading(alone.partition).deleteRecords(-1), 3)
  await t.rejects(leading(alone.partition).deleteRecords(4), { code: ErrorCode.OFFSET_OUT_OF_RANGE })
  await t.rejects(leading(alone.partition).deleteRecords(-2), { code: ErrorCode.OFFSET_OUT_OF_RANGE })

  const { partition, log, time } = await open(t, THREE)
  await produce(partition, ['a', 'b', 'c'], { acks: 1 }).answered
  fetched(partition, 2, 3)
  fetched(partition, 3, 2)
  await t.rejects(leading(partition).deleteRecords(3), { code: ErrorCode.OFFSET_OUT_OF_RANGE }, 'not committed')
  let lowWatermark = -1
  const deleting = leading(partition)
    .deleteRecords(2, 1000)
    .then((low) => {
      lowWatermark = low
    })
  while (log.logStartOffset < 2) await new Promise((resolve) => setImmediate(resolve))
  fetched(partition, 2, 3, 1_000_000, 2)
  t.equal(lowWatermark, -1)
  fetched(partition, 3, 3, 1_000_000, 2)
  await deleting
  t.equal(lowWatermark, 2)
  const slow = leading(partition).deleteRecords(3, 1000)
  while (log.logStartOffset < 3) await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  time.advance(1000)
  await t.rejects(slow, { code: ErrorCode.REQUEST_TIMED_OUT })

  const living = new Set([2, 3])
  const changes = { isEligible: (replicaId: number) => living.has(replicaId) }
  const thinned = await open(t, THREE, { changes })
  await produce(thinned.partition, ['a', 'b'], { acks: 1 }).answered
  fetched(thinned.partition, 2, 2)
  fetched(thinned.partition, 3, 2)
  const waiting = leading(thinned.partition).deleteRecords(2, 1000)
  while (thinned.log.logStartOffset < 2) await new Promise((resolve) => setImmediate(resolve))
  living.clear()
  await thinned.partition.follow({ ...THREE, partitionEpoch: 1, inSyncReplicas: [1] })
  t.equal(await waiting, 2, 'nobody who is alive holds it up any more, and nobody else fetches to say so')

  const compacted = await open(t, ALONE, { config: { compact: true, delete: false } })
  await t.rejects(leading(compacted.partition).deleteRecords(0), { code: ErrorCode.POLICY_VIOLATION })
})

/** As Apache 4.4.0 was recorded to answer: UnifiedLog.maybeIncrementFirstUnstableOffset looks at the log start offset. */
t.test('records deleted under an open transaction: nothing before the start of the log is called stable', async (t) => {
  const { partition, log } = await open(t, ALONE)
  await produce(partition, ['a', 'b']).answered
  await append(log, records(['c', 'd'], { producerId: 9, producerEpoch: 0, baseSequence: 0, isTransactional: true }))
  await produce(partition, ['e', 'f']).answered
  t.equal(partition.lastStableOffset, 2)
  await leading(partition).deleteRecords(1)
  t.equal(partition.lastStableOffset, 2)
  await leading(partition).deleteRecords(4)
  t.equal(partition.lastStableOffset, 4)
  const reader = { isolation: 'readCommitted', onlyLeader: true } as const
  t.match(await partition.offsetForTimestamp(-1, reader), { offset: 4 })
  await leading(partition).deleteRecords(-1)
  t.equal(partition.lastStableOffset, 6)
})

t.test('the watermark of the checkpoint survives a start', async (t) => {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory })
  const before = new Partition(log, ALONE, replicaEnvironment())
  await produce(before, ['a', 'b', 'c']).answered
  await log.close()
  for (const [state, saved, expected] of [
    [ALONE, 1, 3],
    [THREE, 1, 1],
    [FOLLOWING, 1, 1],
    [FOLLOWING, 9, 3],
  ] as const) {
    const again = await openLog({ directory, offsets: { highWatermark: saved } })
    again.attach(null)
    again.state.savedHighWatermark = saved
    t.equal(new Partition(again, state, replicaEnvironment()).highWatermark, expected)
    await again.close()
  }
})

t.test('a replica whose invariants are broken goes offline instead of going on', async (t) => {
  const { partition, log } = await open(t, THREE)
  const { state } = produce(partition, ['a'])
  await written(partition)
  const failures = invariantFailures().get('partition') ?? 0
  t.equal(partition.commit(100), false)
  t.equal(invariantFailures().get('partition'), failures + 1)
  t.equal(log.offline, true)
  t.match(state.answer, { error: ErrorCode.KAFKA_STORAGE_ERROR }, 'nothing is promised')
  t.equal(partition.highWatermark, 0)
  const again = await produce(partition, ['b'], { acks: 1 }).answered
  t.equal(again.error, ErrorCode.KAFKA_STORAGE_ERROR)
  t.throws(() => partition.leader(), { code: ErrorCode.KAFKA_STORAGE_ERROR })
})

t.test('who looks into a log that goes meanwhile is told why it has gone', async (t) => {
  for (const code of [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]) {
    const directory = join(temporaryDirectory(t), 't-0')
    const before = await openLog({ directory })
    await append(before, records(['a', 'b']))
    await before.close()
    // Nothing is in memory, so each of them has to wait for the disk.
    const log = await openLog({ directory, offsets: { highWatermark: 2 }, context: { tailCacheBytes: 0 } })
    log.attach(null)
    const partition = new Partition(log, ALONE, replicaEnvironment())
    const leader = leading(partition)
    const reader = { isolation: 'readUncommitted', onlyLeader: true } as const
    const consumer = { maxBytes: 1000, minOneBatch: true, ...reader }
    const looking = Promise.allSettled([
      partition.offsetForTimestamp(1, reader),
      partition.segmentOffsetsBefore(1, 10, reader),
      partition.fetch(REQUEST, consumer),
      leader.deleteRecords(1),
    ])
    partition.retire(code)
    await log.abandon()
    renameSync(directory, `${directory}-gone`)
    for (const answer of await looking) t.match(answer, { status: 'rejected', reason: { code } })
    t.throws(() => partition.leader(), { code })
  }
})

t.test('one that does not fetch any more is not proposed, however far it had come', async (t) => {
  const { partition, time } = await open(t, { ...THREE, inSyncReplicas: [1, 2] })
  const leader = leading(partition)
  fetched(partition, 2, 0)
  fetched(partition, 3, 0)
  time.advance(30_001)
  fetched(partition, 2, 0, 1_030_001)
  t.equal(leader.proposeInSyncReplicas(), null)
  fetched(partition, 3, 0, 1_030_001)
  t.strictSame(leader.proposeInSyncReplicas()?.replicas, [1, 2, 3])
})

t.test('bytes that are lent go back where the aborted transactions among them cannot be found', async (t) => {
  const { partition, log } = await open(t, ALONE)
  await produce(partition, ['a']).answered
  const pool = new SlabPool()
  const lent = pool.copy(records(['a']))
  const read = await log.read(0, { maxBytes: 1000, upToOffset: 1, minOneBatch: true })
  log.read = () => ({ ...read, buffers: [lent], sizeBytes: lent.length })
  log.abortedTransactions = () => Promise.reject(log.storageError())
  const reading = partition.fetch(REQUEST, {
    maxBytes: 1000,
    minOneBatch: true,
    isolation: 'readCommitted',
    onlyLeader: true,
  })
  await t.rejects(Promise.resolve(reading), { code: ErrorCode.KAFKA_STORAGE_ERROR })
  t.equal(pool.reserve(1).byteOffset, lent.byteOffset, 'their memory is used again')
})
