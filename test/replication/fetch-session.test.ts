/** Transcripts after the rules of KIP-227 and Apache's FetchSessionTest. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Clock, Random } from '../../src/env/index.ts'
import {
  type FetchPartition,
  type FetchResult,
  FetchSessionCache,
  type FetchSessionRequest,
} from '../../src/replication/fetch-session.ts'

const EVICTION_MS = 120_000

function newCache(slots = 10) {
  let nowMs = 1_000_000
  let nextId = 100
  const clock = { nowMs: () => nowMs } as Clock
  const random = unchecked<Random>({ integer: () => nextId++ })
  const cache = new FetchSessionCache({ clock, random, slots: () => slots, evictionMs: EVICTION_MS })
  return { cache, advance: (ms: number) => (nowMs += ms) }
}

function partition(index: number, fetchOffset = 0): FetchPartition {
  return {
    topicId: ZERO_UUID,
    topic: 'orders',
    partition: index,
    fetchOffset,
    maxBytes: 1000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    toldHighWatermark: -1,
    toldLogStartOffset: -1,
  }
}

function request(sessionId: number, sessionEpoch: number, partitions: FetchPartition[] = []): FetchSessionRequest {
  return { usesTopicIds: false, isFollower: false, sessionId, sessionEpoch, partitions, forgotten: [] }
}

function result(of: FetchPartition, changes: Partial<FetchResult> = {}): FetchResult {
  return {
    request: of,
    errorCode: ErrorCode.NONE,
    highWatermark: 10,
    lastStableOffset: 10,
    logStartOffset: 0,
    readableEnd: 10,
    preferredReadReplica: -1,
    records: [],
    sizeBytes: 0,
    abortedTransactions: null,
    divergingEpoch: null,
    ...changes,
  }
}

const indexes = (results: readonly FetchResult[]) => results.map((one) => one.request.partition)

/** A full fetch of partitions 0…count-1 with high watermark 10; the session's id. */
function establish(cache: FetchSessionCache, count = 3): number {
  const context = cache.open(
    request(
      0,
      0,
      Array.from({ length: count }, (_, index) => partition(index)),
    ),
  )
  return context.answer(context.partitions.map((one) => result(one))).sessionId
}

t.test('a full fetch answers everything and opens a session', async (t) => {
  const { cache } = newCache()
  const context = cache.open(request(0, 0, [partition(0), partition(1)]))
  const answer = context.answer(context.partitions.map((one) => result(one)))
  t.strictSame(indexes(answer.results), [0, 1])
  t.equal(answer.sessionId, 100)
  t.equal(cache.size, 1)
})

t.test('an incremental fetch answers only what changed, and remembers what it told', async (t) => {
  const { cache } = newCache()
  const id = establish(cache)
  const first = cache.open(request(id, 1))
  t.strictSame(
    first.partitions.map((one) => one.partition),
    [0, 1, 2],
  )
  const moved = first.answer(
    first.partitions.map((one) => result(one, { highWatermark: one.partition === 1 ? 11 : 10 })),
  )
  t.strictSame(indexes(moved.results), [1], 'a moved high watermark is news')
  const second = cache.open(request(id, 2))
  const quiet = second.answer(
    second.partitions.map((one) => result(one, { highWatermark: one.partition === 1 ? 11 : 10 })),
  )
  t.strictSame(indexes(quiet.results), [], 'and no news the second time')
  const third = cache.open(request(id, 3))
  const start = third.answer(
    third.partitions.map((one) =>
      result(one, { highWatermark: one.partition === 1 ? 11 : 10, logStartOffset: one.partition }),
    ),
  )
  t.strictSame(indexes(start.results), [1, 2], 'a moved log start is news')
})

t.test('a partition that gave data goes to the end, so that none starves', async (t) => {
  const { cache } = newCache()
  const id = establish(cache)
  const first = cache.open(request(id, 1))
  first.answer(first.partitions.map((one) => result(one, one.partition === 0 ? { sizeBytes: 70 } : {})))
  t.strictSame(
    cache.open(request(id, 2)).partitions.map((one) => one.partition),
    [1, 2, 0],
  )
})

t.test('an error is told, and so is its end', async (t) => {
  const { cache } = newCache()
  const id = establish(cache, 1)
  const failing = cache.open(request(id, 1))
  const errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER
  const failure = { errorCode, highWatermark: -1, logStartOffset: -1 }
  t.equal(failing.answer(failing.partitions.map((one) => result(one, failure))).results[0].errorCode, errorCode)
  const again = cache.open(request(id, 2))
  t.strictSame(indexes(again.answer(again.partitions.map((one) => result(one, failure))).results), [0])
  const healed = cache.open(request(id, 3))
  t.strictSame(indexes(healed.answer(healed.partitions.map((one) => result(one))).results), [0])
})

t.test('partitions are added, changed and forgotten', async (t) => {
  const { cache } = newCache()
  const id = establish(cache)
  const context = cache.open({
    ...request(id, 1, [partition(1, 55), partition(7)]),
    forgotten: [{ topicId: ZERO_UUID, topic: 'orders', partition: 0 }],
  })
  t.strictSame(
    context.partitions.map((one) => [one.partition, one.fetchOffset]),
    [
      [1, 55],
      [2, 0],
      [7, 0],
    ],
  )
})

t.test('a session that lost its last partition is closed', async (t) => {
  const { cache } = newCache()
  const id = establish(cache, 1)
  const forgotten = [{ topicId: ZERO_UUID, topic: 'orders', partition: 0 }]
  t.equal(cache.open({ ...request(id, 1), forgotten }).answer([]).sessionId, 0)
  t.equal(cache.size, 0)
})

t.test('session errors', async (t) => {
  const { cache } = newCache()
  const id = establish(cache)
  t.equal(cache.open(request(4711, 1)).errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  t.equal(cache.open(request(id, 2)).errorCode, ErrorCode.INVALID_FETCH_SESSION_EPOCH)
  t.equal(cache.open({ ...request(id, 1), usesTopicIds: true }).errorCode, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
  const duplicate = cache.open(request(id, 1))
  cache.open(request(id, 2))
  t.equal(duplicate.answer([]).errorCode, ErrorCode.INVALID_FETCH_SESSION_EPOCH, 'overtaken by a later request')
})

t.test('a final epoch closes the session and is served without one', async (t) => {
  const { cache } = newCache()
  const id = establish(cache)
  const context = cache.open(request(id, -1, [partition(4)]))
  t.equal(context.answer(context.partitions.map((one) => result(one))).sessionId, 0)
  t.equal(cache.size, 0)
})

t.test('a full cache gives no session until one may be evicted', async (t) => {
  const { cache, advance } = newCache(2)
  const first = establish(cache)
  advance(1000)
  const second = establish(cache)
  t.equal(establish(cache), 0, 'both are in use')
  advance(EVICTION_MS)
  cache.open(request(first, 1))
  advance(1)
  t.not(establish(cache), 0, 'the second one has been idle for long enough')
  t.equal(cache.open(request(second, 1)).errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
})
