/**
 * A fetch for a share group (KIP-932): it reads from the next available record of each share partition on, acquires what
 * it finds for the member, and if that is too little stays until there may be more or its time is up.
 *
 * States: reading → (waiting → reading)* → answered. While it waits it costs one timer and two listeners a partition.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../env/index.ts'
import type { Listeners } from '../env/listeners.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { FetchPartition, FetchResult } from '../replication/fetch-session.ts'
import type { Isolation } from '../replication/partition.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import { abortedAmong, batchesIn, bytesOf } from './log-batches.ts'
import { type AcquiredRecords, acquire } from './partition/acquire.ts'
import type { ShareEvent, ShareLeader } from './share-leader.ts'

export interface ShareFetchParameters {
  readonly memberId: string
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxRecords: number
  readonly batchSize: number
  readonly isExact: boolean
  readonly isolation: Isolation
}

export interface ShareFetchResult {
  readonly topicId: string
  readonly partition: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly records: readonly Buffer[]
  readonly sizeBytes: number
  readonly acquired: readonly AcquiredRecords[]
  /** To be released once the records have left. */
  readonly lent: readonly Buffer[]
}

interface Source {
  readonly replicas: ReplicaManager
  readonly clock: Clock
  /** The fetches that wait now, so that a broker that stops can answer them. */
  readonly waiting: Listeners
}

/** A reader that has no replica, and knows nothing of the leader, says this. */
export const NO_EPOCH = -1

export function emptyResult(
  { topicId, partition }: Pick<ShareFetchResult, 'topicId' | 'partition'>,
  error: KafkaError | null = null,
): ShareFetchResult {
  const errorCode = error?.code ?? ErrorCode.NONE
  const told = { errorCode, errorMessage: error?.message ?? null }
  return { topicId, partition, ...told, records: [], sizeBytes: 0, acquired: [], lent: [] }
}

/** Resolves to what was acquired or has failed; partitions of which nothing is to be said are left out. */
export async function shareFetch(
  source: Source,
  leaders: readonly ShareLeader[],
  parameters: ShareFetchParameters,
): Promise<ShareFetchResult[]> {
  const { clock } = source
  const deadlineMs = clock.monotonicMs() + parameters.maxWaitMs
  const wakeup = new Wakeup(source, leaders)
  try {
    for (;;) {
      const isLast = clock.monotonicMs() >= deadlineMs || wakeup.isStopped
      const results = await attempt(source, leaders, parameters, wakeup, isLast)
      if (results !== null) return results
      await wakeup.next(deadlineMs - clock.monotonicMs())
    }
  } finally {
    wakeup.end()
  }
}

/** Null: what is there is too little, and there is time to wait. */
async function attempt(
  source: Source,
  leaders: readonly ShareLeader[],
  parameters: ShareFetchParameters,
  wakeup: Wakeup,
  isLast: boolean,
): Promise<ShareFetchResult[] | null> {
  const failed = leaders.filter(({ failure }) => failure !== null)
  const locked = leaders.filter((leader) => wakeup.lock(leader))
  if (locked.length === 0 && failed.length === 0) return isLast ? [] : null
  let lent: readonly Buffer[] = []
  try {
    const read = await source.replicas.read(requestsOf(locked, parameters), {
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: parameters.maxBytes,
      isolation: parameters.isolation,
      onlyLeader: true,
    })
    lent = read.flatMap(({ records }) => records)
    const isEnough = read.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) >= Math.max(1, parameters.minBytes)
    const hasError = failed.length > 0 || read.some(({ errorCode }) => errorCode !== ErrorCode.NONE)
    if (!isLast && !isEnough && !hasError) return null
    const results = acquireAll(source, locked, read, parameters)
    lent = []
    return [...results, ...failed.map(({ key, failure }) => emptyResult(key, failure))]
  } finally {
    releaseAll(lent)
    for (const leader of locked) leader.unlock()
  }
}

function requestsOf(leaders: readonly ShareLeader[], parameters: ShareFetchParameters): FetchPartition[] {
  const { maxBytes } = parameters
  const each = Math.max(1, Math.floor(maxBytes / Math.max(1, leaders.length)))
  return leaders.map((leader, index) => {
    const { key, partition, share } = leader
    const fetchOffset = share?.nextFetchOffset() ?? 0
    const part = index === 0 ? Math.max(each, maxBytes - each * (leaders.length - 1)) : each
    return {
      topicId: key.topicId,
      topic: partition.topic,
      partition: key.partition,
      fetchOffset,
      maxBytes: Math.min(part, wantedBytes(leader, fetchOffset, parameters)),
      currentLeaderEpoch: NO_EPOCH,
      lastFetchedEpoch: NO_EPOCH,
      logStartOffset: NO_EPOCH,
      toldHighWatermark: NO_EPOCH,
      toldLogStartOffset: NO_EPOCH,
    }
  })
}

/** Records that others have lie among those that are free, up to the end offset: they are read over. */
function wantedBytes(
  { share, readSize }: ShareLeader,
  fetchOffset: number,
  { maxRecords, minBytes }: ShareFetchParameters,
): number {
  const inFlight = share === null ? 0 : Math.max(0, share.endOffset + 1 - fetchOffset)
  return readSize.bytesFor(maxRecords + inFlight, minBytes)
}

/** Takes over the buffers that were read: each result lends its own, and the others are released. */
function acquireAll(
  { clock }: Source,
  leaders: readonly ShareLeader[],
  read: readonly FetchResult[],
  parameters: ShareFetchParameters,
): ShareFetchResult[] {
  let left = parameters.maxRecords
  return leaders.map((leader, index) => {
    const result = read[index] as FetchResult
    const acquired = result.errorCode === ErrorCode.NONE ? acquireFrom(leader, result, parameters, left, clock) : null
    if (acquired === null) return afterFailure(leader, result)
    if (acquired.acquired.length === 0) releaseAll(result.records)
    else leader.acquired()
    for (const { firstOffset, lastOffset } of acquired.acquired) left -= lastOffset - firstOffset + 1
    return acquired
  })
}

function acquireFrom(
  leader: ShareLeader,
  { request, records, abortedTransactions }: FetchResult,
  { memberId, batchSize, isExact, isolation }: ShareFetchParameters,
  maxRecords: number,
  clock: Clock,
): ShareFetchResult {
  const empty = emptyResult(leader.key)
  const { share } = leader
  if (share === null) return empty
  const batches = batchesIn(records)
  leader.readSize.learn(batches)
  const aborted = isolation === 'readCommitted' ? abortedAmong(records, batches, abortedTransactions ?? []) : []
  const { fetchOffset } = request
  const nowMs = clock.monotonicMs()
  const acquired = acquire(share, { memberId, batches, aborted, fetchOffset, maxRecords, batchSize, isExact, nowMs })
  const [first, last] = [acquired[0], acquired.at(-1)]
  if (first === undefined || last === undefined) return empty
  const bytes = bytesOf(records, batches, first.firstOffset, last.lastOffset)
  const sizeBytes = bytes.reduce((sum, { length }) => sum + length, 0)
  return { ...empty, records: bytes, sizeBytes, acquired, lent: records }
}

/** The log may begin later than what is to be read; the client asks again, and is served from there. */
function afterFailure(leader: ShareLeader, { errorCode, records }: FetchResult): ShareFetchResult {
  releaseAll(records)
  if (errorCode !== ErrorCode.OFFSET_OUT_OF_RANGE) return emptyResult(leader.key, new KafkaError(errorCode))
  leader.share?.logStartMoved(leader.partition.log.logStartOffset)
  return emptyResult(leader.key)
}

/** Tells a fetch that reading again may be of use. */
class Wakeup {
  readonly #source: Source
  readonly #subscriptions: (() => void)[] = []
  /** Leaders that somebody else was reading from when this fetch wanted to. */
  readonly #taken = new Set<ShareLeader>()
  #isDue = false
  #timer: Timer | null = null
  #resolve: (() => void) | null = null
  isStopped = false

  constructor(source: Source, leaders: readonly ShareLeader[]) {
    this.#source = source
    this.#subscriptions.push(source.waiting.add(() => this.#stop()))
    for (const leader of leaders) {
      this.#subscriptions.push(leader.onEvent((event) => this.#heard(leader, event)))
      this.#subscriptions.push(leader.partition.onProgress(() => this.#wake()))
    }
  }

  /** Whether the fetch may read from the leader now. */
  lock(leader: ShareLeader): boolean {
    const outcome = leader.tryLock()
    if (outcome === 'taken') this.#taken.add(leader)
    else this.#taken.delete(leader)
    return outcome === 'locked'
  }

  #heard(leader: ShareLeader, event: ShareEvent): void {
    if (event === 'changed' || this.#taken.delete(leader)) this.#wake()
  }

  #wake(): void {
    this.#isDue = true
    this.#resolve?.()
  }

  /** Resolves when there may be something, at once if there was since the last time, or when the time is up. */
  next(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = () => {
        this.#resolve = null
        this.#isDue = false
        this.#timer?.cancel()
        resolve()
      }
      if (this.#isDue || waitMs <= 0) this.#resolve()
      else this.#timer = this.#source.clock.schedule(waitMs, () => this.#wake())
    })
  }

  /** The broker stops, or the member goes: the fetch ends with what it has. */
  #stop(): void {
    this.isStopped = true
    this.#wake()
  }

  end(): void {
    this.#timer?.cancel()
    for (const unsubscribe of this.#subscriptions) unsubscribe()
  }
}
