/**
 * A fetch that waits for data (KIP-74's min bytes and max wait): it reads once, and if that is not enough it stays
 * until the partitions it reads have grown by what is missing or its time is up; then it reads again and answers,
 * whatever that gives.
 *
 * States: reading → (waiting → reading)* → answered. While it waits it costs one timer and one listener a partition.
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../env/index.ts'
import { inOwnTurn, Later } from '../env/later.ts'
import type { Listeners } from '../env/listeners.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { FetchPartition, FetchResult } from './fetch-session.ts'
import type { FetchingReplica, Isolation, Partition } from './partition.ts'

export interface FetchParameters {
  maxWaitMs: number
  minBytes: number
  maxBytes: number
  isolation: Isolation
  /** Whether followers do not serve: clients from before KIP-392 expect answers of the leader. */
  onlyLeader: boolean
  /** The replica that reads: to the log end, whatever the isolation. */
  replica?: FetchingReplica | null
  /** Where a consumer is, so that it may be sent to a replica near it; '': it does not say. */
  rackId?: string
}

/** The part of the replica manager that a waiting fetch needs. */
export interface FetchSource {
  readonly clock: Clock
  /** The fetches that wait now: they answer when they are told that the broker stops. */
  readonly waiting: Listeners
  /** `isFirst`: the first read of the request, which tells how far a replica has come. */
  read(
    requests: readonly FetchPartition[],
    parameters: FetchParameters,
    isFirst: boolean,
  ): FetchResult[] | Promise<FetchResult[]>
  find(request: FetchPartition): Partition | undefined
  /** Whether a replica is given nothing of the partition now, and is not to be woken by what it grows. */
  isHeldBack(partition: Partition, replica: FetchingReplica): boolean
}

/** One result a partition, in the order asked: at once where there is enough at hand, or nobody wants to wait. */
export function fetchWithWait(
  source: FetchSource,
  requests: readonly FetchPartition[],
  parameters: FetchParameters,
): FetchResult[] | Later<FetchResult[]> {
  const read = source.read(requests, parameters, true)
  if (!(read instanceof Promise) && (parameters.maxWaitMs <= 0 || isSatisfied(read, parameters.minBytes))) return read
  return new DelayedFetch(source, requests, parameters).begin(read)
}

function isSatisfied(results: readonly FetchResult[], minBytes: number): boolean {
  let bytes = 0
  for (const result of results) {
    if (result.errorCode !== ErrorCode.NONE || result.divergingEpoch !== null) return true
    if (result.preferredReadReplica !== NO_REPLICA) return true
    bytes += result.sizeBytes
  }
  return results.length === 0 || bytes >= minBytes
}

const NO_REPLICA = -1

class DelayedFetch {
  readonly #source: FetchSource
  readonly #requests: readonly FetchPartition[]
  readonly #parameters: FetchParameters
  readonly #deadlineMs: number
  readonly #answer = new Later<FetchResult[]>()
  readonly #subscriptions: (() => boolean)[] = []
  #isWaiting = false
  #missingBytes = 0
  #timer: Timer | null = null

  constructor(source: FetchSource, requests: readonly FetchPartition[], parameters: FetchParameters) {
    this.#source = source
    this.#requests = requests
    this.#parameters = parameters
    this.#deadlineMs = source.clock.monotonicMs() + parameters.maxWaitMs
  }

  /** `first`: what the first read gives, or has given, which is then not enough. Called once. */
  begin(first: FetchResult[] | Promise<FetchResult[]>): Later<FetchResult[]> {
    if (first instanceof Promise) this.#judgeLater(first, false)
    else this.#wait(first, this.#parameters.maxWaitMs)
    return this.#answer
  }

  #readAgain(isLast: boolean): void {
    try {
      const read = this.#source.read(this.#requests, this.#parameters, false)
      if (read instanceof Promise) this.#judgeLater(read, isLast)
      else this.#judge(read, isLast)
    } catch (error) {
      this.#answer.reject(error)
    }
  }

  #judgeLater(read: Promise<FetchResult[]>, isLast: boolean): void {
    read.then((results) => this.#judge(results, isLast)).catch((error: unknown) => this.#answer.reject(error))
  }

  /** `isLast`: whatever there is, is answered. */
  #judge(results: FetchResult[], isLast: boolean): void {
    const remainingMs = isLast ? 0 : this.#deadlineMs - this.#source.clock.monotonicMs()
    if (remainingMs <= 0 || isSatisfied(results, this.#parameters.minBytes)) {
      this.#answer.resolve(results)
      return
    }
    for (const { records } of results) releaseAll(records)
    this.#wait(results, remainingMs)
  }

  /** `results`: of the last read, beside which the wait looks for news. */
  #wait(results: readonly FetchResult[], waitMs: number): void {
    this.#isWaiting = true
    this.#missingBytes = this.#parameters.minBytes
    for (const { sizeBytes } of results) this.#missingBytes -= sizeBytes
    const timeIsUp = (): void => this.#wake(true)
    this.#subscriptions.push(this.#source.waiting.add(timeIsUp))
    this.#timer = this.#source.clock.schedule(waitMs, timeIsUp)
    for (const result of results) {
      // One that has news ends the wait: nobody would end the subscriptions to those behind it.
      if (!this.#isWaiting) return
      this.#watch(result)
    }
  }

  #watch(result: FetchResult): void {
    const partition = this.#source.find(result.request)
    // It went away, or grew while the other partitions were being read: that is news in itself.
    if (partition === undefined || this.#hasMoved(partition, result)) return this.#wake(false)
    const { replica } = this.#parameters
    const hear = (grownBytes: number): void => {
      if (grownBytes === 0 || this.#isWorthReading(partition, result, grownBytes)) this.#wake(false)
    }
    this.#subscriptions.push(replica ? partition.onAppended(hear) : partition.onProgress(hear))
  }

  /** How many bytes a stable offset that moved has freed is only known by reading; otherwise growth is counted. */
  #isWorthReading(partition: Partition, result: FetchResult, grownBytes: number): boolean {
    const { isolation, replica } = this.#parameters
    if (replica && this.#source.isHeldBack(partition, replica)) return false
    if (!replica && isolation === 'readCommitted') return this.#hasMoved(partition, result)
    this.#missingBytes -= Math.min(grownBytes, result.request.maxBytes)
    return this.#missingBytes <= 0
  }

  #hasMoved(partition: Partition, result: FetchResult): boolean {
    const { isolation, replica } = this.#parameters
    if (!replica) return partition.readableEnd(isolation) > result.readableEnd
    return partition.replicableEnd > result.readableEnd && !this.#source.isHeldBack(partition, replica)
  }

  /** Ends the wait. What has ended it may go on to wake others: each of them reads in a turn of its own. */
  #wake(isLast: boolean): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#timer?.cancel()
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe()
    inOwnTurn(() => this.#readAgain(isLast))
  }
}
