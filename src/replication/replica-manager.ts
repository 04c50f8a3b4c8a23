/**
 * The partitions of which this broker has a replica, and the only way to their logs from above: clients' produce and fetch,
 * coordinators' appends, offset lookups. It follows the metadata image; a partition exists here from the moment its log
 * is open until its topic is deleted.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { Environment } from '../env/index.ts'
import { type FetchParameters, type FetchSource, fetchWithWait, type Wait } from './delayed-fetch.ts'
import type { FetchPartition, FetchResult } from './fetch-session.ts'
import type { Partition } from './partition.ts'

export type { FetchParameters } from './delayed-fetch.ts'

const UNKNOWN_OFFSET = -1

export class ReplicaManager implements FetchSource {
  readonly clock: Environment['clock']
  readonly waiting = new Set<Wait>()
  readonly #byName = new Map<string, Map<number, Partition>>()
  readonly #byId = new Map<string, Map<number, Partition>>()
  readonly #unexpected: (error: unknown, where: string) => void

  /** `unexpected` hears of failures that are not Kafka errors; their client gets UNKNOWN_SERVER_ERROR. */
  constructor(options: { clock: Environment['clock']; unexpected: (error: unknown, where: string) => void }) {
    this.clock = options.clock
    this.#unexpected = options.unexpected
  }

  add(partition: Partition): void {
    put(this.#byName, partition.topic, partition)
    put(this.#byId, partition.topicId, partition)
  }

  /** Waiting fetches of the partition are told, and answer that it is gone. */
  remove(topic: string, index: number): Partition | undefined {
    const partition = this.#byName.get(topic)?.get(index)
    if (partition === undefined) return undefined
    drop(this.#byName, topic, index)
    drop(this.#byId, partition.topicId, index)
    partition.retire()
    return partition
  }

  get(topic: string, index: number): Partition | undefined {
    return this.#byName.get(topic)?.get(index)
  }

  getById(topicId: string, index: number): Partition | undefined {
    return this.#byId.get(topicId)?.get(index)
  }

  topicName(topicId: string): string | null {
    const partitions = this.#byId.get(topicId)
    return partitions?.values().next().value?.topic ?? null
  }

  find(request: FetchPartition): Partition | undefined {
    return request.topicId === ZERO_UUID
      ? this.get(request.topic ?? '', request.partition)
      : this.getById(request.topicId, request.partition)
  }

  /** Reads now, or when there is enough, or when the time is up. */
  fetch(requests: readonly FetchPartition[], parameters: FetchParameters): Promise<FetchResult[]> {
    return fetchWithWait(this, requests, parameters)
  }

  async read(requests: readonly FetchPartition[], parameters: FetchParameters): Promise<FetchResult[]> {
    const { isolation, onlyLeader } = parameters
    const results: FetchResult[] = []
    let remainingBytes = parameters.maxBytes
    let minOneBatch = true
    for (const request of requests) {
      const maxBytes = Math.min(request.maxBytes, remainingBytes)
      let result: FetchResult
      const partition = this.find(request)
      if (partition === undefined) {
        results.push(failedResult(request, this.#unknown(request)))
        continue
      }
      try {
        const read = partition.fetch(request, { maxBytes, minOneBatch, isolation, onlyLeader })
        result = read instanceof Promise ? await read : read
      } catch (error) {
        result = failedResult(request, this.#errorCode(error, request))
      }
      // One batch is given even if it is larger than the limits, so that a consumer never gets stuck (KIP-74).
      if (result.sizeBytes > 0) minOneBatch = false
      remainingBytes = Math.max(0, remainingBytes - result.sizeBytes)
      results.push(result)
    }
    return results
  }

  #unknown(request: FetchPartition): number {
    const byId = request.topicId !== ZERO_UUID && !this.#byId.has(request.topicId)
    return byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  }

  #errorCode(error: unknown, request: FetchPartition): number {
    if (error instanceof KafkaError) return error.code
    this.#unexpected(error, `fetch of ${request.topic}-${request.partition}`)
    return ErrorCode.UNKNOWN_SERVER_ERROR
  }

  /** Answers everything that waits: the broker stops. */
  stop(): void {
    for (const wait of [...this.waiting]) wait.finish('time')
  }
}

export function failedResult(request: FetchPartition, errorCode: number): FetchResult {
  return {
    request,
    errorCode,
    highWatermark: UNKNOWN_OFFSET,
    lastStableOffset: UNKNOWN_OFFSET,
    logStartOffset: UNKNOWN_OFFSET,
    records: [],
    sizeBytes: 0,
    abortedTransactions: null,
    divergingEpoch: null,
  }
}

function put(map: Map<string, Map<number, Partition>>, key: string, partition: Partition): void {
  const partitions = map.get(key)
  if (partitions === undefined) map.set(key, new Map([[partition.partition, partition]]))
  else partitions.set(partition.partition, partition)
}

function drop(map: Map<string, Map<number, Partition>>, key: string, index: number): void {
  const partitions = map.get(key)
  partitions?.delete(index)
  if (partitions?.size === 0) map.delete(key)
}
