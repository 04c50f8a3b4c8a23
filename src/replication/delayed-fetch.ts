/**
 * A fetch that waits for data (KIP-74's min bytes and max wait): it reads once, and if that is not enough it stays
 * until the partitions it reads have grown by what is missing or its time is up; then it reads again and answers,
 * whatever that gives.
 *
 * States: reading → (waiting → reading)* → answered. While it waits it costs one timer and one listener a partition.
 */
import { ErrorCode } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../env/index.ts'
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
  /** The fetches that wait now, so that a broker that stops can answer them. */
  readonly waiting: Set<Wait>
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
): FetchResult[] | Promise<FetchResult[]> {
  const read = source.read(requests, parameters, true)
  if (!(read instanceof Promise) && (parameters.maxWaitMs <= 0 || isSatisfied(read, parameters.minBytes))) return read
  return readUntilEnough(source, requests, parameters, read)
}

/** `first`: the first read, which has just begun or ended. */
async function readUntilEnough(
  source: FetchSource,
  requests: readonly FetchPartition[],
  parameters: FetchParameters,
  first: FetchResult[] | Promise<FetchResult[]>,
): Promise<FetchResult[]> {
  const { clock } = source
  const deadlineMs = clock.monotonicMs() + parameters.maxWaitMs
  for (let read = first; ; read = source.read(requests, parameters, false)) {
    const results = read instanceof Promise ? await read : read
    const remainingMs = deadlineMs - clock.monotonicMs()
    if (remainingMs <= 0 || isSatisfied(results, parameters.minBytes)) return results
    for (const { records } of results) releaseAll(records)
    const wait = new Wait(source, results, parameters)
    if ((await wait.start(remainingMs)) === 'time') return source.read(requests, parameters, false)
  }
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

type Reason = 'data' | 'time'

const NO_REPLICA = -1

export class Wait {
  readonly #source: FetchSource
  readonly #results: readonly FetchResult[]
  readonly #parameters: FetchParameters
  readonly #subscriptions: (() => void)[] = []
  #missingBytes: number
  #timer: Timer | null = null
  #resolve: (reason: Reason) => void = () => {}
  #finished = false

  constructor(source: FetchSource, results: readonly FetchResult[], parameters: FetchParameters) {
    this.#source = source
    this.#results = results
    this.#parameters = parameters
    this.#missingBytes = parameters.minBytes - results.reduce((bytes, result) => bytes + result.sizeBytes, 0)
  }

  start(waitMs: number): Promise<Reason> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#source.waiting.add(this)
      this.#timer = this.#source.clock.schedule(waitMs, () => this.finish('time'))
      for (const result of this.#results) {
        // One that has news ends the wait: nobody would end the subscriptions to those behind it.
        if (this.#finished) return
        this.#watch(result)
      }
    })
  }

  #watch(result: FetchResult): void {
    const partition = this.#source.find(result.request)
    // It went away, or grew while the other partitions were being read: that is news in itself.
    if (partition === undefined || this.#hasMoved(partition, result)) return this.finish('data')
    const { replica } = this.#parameters
    const hear = (grownBytes: number): void => {
      if (grownBytes === 0 || this.#isWorthReading(partition, result, grownBytes)) this.finish('data')
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

  finish(reason: Reason): void {
    if (this.#finished) return
    this.#finished = true
    this.#source.waiting.delete(this)
    this.#timer?.cancel()
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.#resolve(reason)
  }
}
