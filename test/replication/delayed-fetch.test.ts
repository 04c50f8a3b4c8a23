/** When a waiting fetch answers, after KIP-74 and Apache's DelayedFetchTest, on a clock that the test moves. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Clock } from '../../src/env/index.ts'
import { Listeners } from '../../src/env/listeners.ts'
import { type FetchParameters, type FetchSource, fetchWithWait } from '../../src/replication/delayed-fetch.ts'
import type { FetchPartition, FetchResult } from '../../src/replication/fetch-session.ts'
import type { Isolation, Partition } from '../../src/replication/partition.ts'

class ManualClock {
  #nowMs = 0
  #timers: { atMs: number; fire: () => void }[] = []
  monotonicMs = () => this.#nowMs
  schedule(delayMs: number, fire: () => void) {
    const timer = { atMs: this.#nowMs + delayMs, fire }
    this.#timers.push(timer)
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) }
  }
  get pending(): number {
    return this.#timers.length
  }
  advance(ms: number): void {
    this.#nowMs += ms
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)) timer.fire()
  }
}

/** A partition that has some bytes, and listeners that hear when it gets more. */
class GrowingPartition {
  highWatermark = 0
  lastStableOffset = 0
  readonly listeners = new Set<(grownBytes: number) => void>()
  bytes = 0
  errorCode: number = ErrorCode.NONE
  readableEnd(isolation: Isolation) {
    return isolation === 'readCommitted' ? this.lastStableOffset : this.highWatermark
  }
  onProgress(listener: (grownBytes: number) => void) {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  grow(bytes: number, stable = true): void {
    this.bytes += bytes
    this.highWatermark += bytes
    if (stable) this.lastStableOffset = this.highWatermark
    for (const listener of [...this.listeners]) listener(bytes)
  }
}

class Source implements FetchSource {
  readonly manual = new ManualClock()
  readonly clock = unchecked<Clock>(this.manual)
  readonly waiting: FetchSource['waiting'] = new Listeners()
  readonly partitions: GrowingPartition[]
  reads = 0
  constructor(partitions: GrowingPartition[]) {
    this.partitions = partitions
  }
  isHeldBack = () => false
  find = (request: FetchPartition) => unchecked<Partition | undefined>(this.partitions[request.partition])
  async read(requests: readonly FetchPartition[], { isolation }: FetchParameters): Promise<FetchResult[]> {
    this.reads++
    return requests.map((request) => {
      const { highWatermark, lastStableOffset, errorCode, bytes } = this.partitions[request.partition]
      const readable = isolation === 'readCommitted' ? lastStableOffset : bytes
      return {
        request,
        errorCode,
        highWatermark,
        lastStableOffset,
        logStartOffset: 0,
        readableEnd: isolation === 'readCommitted' ? lastStableOffset : highWatermark,
        preferredReadReplica: -1,
        records: [],
        sizeBytes: readable,
        abortedTransactions: null,
        divergingEpoch: null,
      }
    })
  }
}

const requestOf = (partition: number, maxBytes = 1000): FetchPartition => ({
  topicId: ZERO_UUID,
  topic: 'orders',
  partition,
  fetchOffset: 0,
  maxBytes,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  toldHighWatermark: -1,
  toldLogStartOffset: -1,
})

function fetch(source: Source, changes: Partial<FetchParameters> = {}, maxBytes = 1000) {
  const parameters = {
    maxWaitMs: 500,
    minBytes: 100,
    maxBytes: 10_000,
    isolation: 'readUncommitted',
    onlyLeader: true,
    ...changes,
  } as const
  const state: { results: FetchResult[] | null } = { results: null }
  const requests = source.partitions.map((_, index) => requestOf(index, maxBytes))
  const fetched = async () => {
    state.results = await fetchWithWait(source, requests, parameters)
  }
  return { state, done: fetched() }
}

/** Lets promises run as far as they can. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('enough bytes are answered at once', async (t) => {
  const partition = new GrowingPartition()
  partition.grow(100)
  const source = new Source([partition])
  await fetch(source).done
  t.equal(source.reads, 1)
  t.equal(source.manual.pending, 0)
})

t.test('a fetch that does not want to wait is answered at once with nothing', async (t) => {
  const source = new Source([new GrowingPartition()])
  const { state, done } = fetch(source, { maxWaitMs: 0 })
  await done
  t.equal(state.results?.[0].sizeBytes, 0)
})

t.test('it waits until the partitions together have grown enough, and reads again', async (t) => {
  const [first, second] = [new GrowingPartition(), new GrowingPartition()]
  first.grow(30)
  const source = new Source([first, second])
  const { state, done } = fetch(source)
  await settle()
  second.grow(40)
  await settle()
  t.equal(state.results, null, '70 of 100 bytes')
  first.grow(30)
  await done
  t.strictSame(
    state.results?.map(({ sizeBytes }) => sizeBytes),
    [60, 40],
  )
  t.equal(source.reads, 2, 'not once for every append')
  t.equal(
    first.listeners.size + second.listeners.size + source.manual.pending + source.waiting.size,
    0,
    'nothing stays',
  )
})

t.test('a partition that grows while the others are read leaves no listener on them', async (t) => {
  const [first, second] = [new GrowingPartition(), new GrowingPartition()]
  const source = new Source([first, second])
  const { read } = source
  source.read = async (requests, parameters) => {
    const results = await read.call(source, requests, parameters)
    if (source.reads === 1) first.grow(100)
    return results
  }
  await fetch(source).done
  t.equal(source.reads, 2)
  t.equal(first.listeners.size + second.listeners.size + source.manual.pending + source.waiting.size, 0)
})

t.test('when the time is up it answers with what there is', async (t) => {
  const partition = new GrowingPartition()
  partition.grow(10)
  const source = new Source([partition])
  const { state, done } = fetch(source)
  await settle()
  source.manual.advance(499)
  await settle()
  t.equal(state.results, null)
  source.manual.advance(1)
  await done
  t.equal(state.results?.[0].sizeBytes, 10)
})

t.test('growth beyond what may be fetched of one partition does not count', async (t) => {
  const [first, second] = [new GrowingPartition(), new GrowingPartition()]
  const source = new Source([first, second])
  const { state } = fetch(source, {}, 50)
  await settle()
  first.grow(500)
  await settle()
  t.equal(state.results, null)
  second.grow(50)
  await settle()
  t.not(state.results, null)
})

t.test('a change of state is told at once', async (t) => {
  const partition = new GrowingPartition()
  const source = new Source([partition])
  const { state, done } = fetch(source)
  await settle()
  partition.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  for (const listener of [...partition.listeners]) listener(0)
  await done
  t.equal(state.results?.[0].errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
})

t.test('read_committed wakes up for the last stable offset, not for what is still open', async (t) => {
  const partition = new GrowingPartition()
  const source = new Source([partition])
  const { state, done } = fetch(source, { isolation: 'readCommitted', minBytes: 1 })
  await settle()
  partition.grow(80, false)
  await settle()
  t.equal(state.results, null, 'the transaction is open')
  partition.grow(20)
  await done
  t.equal(state.results?.[0].sizeBytes, 100)
})

t.test('a broker that stops answers those who wait', async (t) => {
  const source = new Source([new GrowingPartition()])
  const { state, done } = fetch(source, { maxWaitMs: 3_600_000 })
  await settle()
  source.waiting.tell()
  await done
  t.equal(state.results?.length, 1)
})
