/**
 * The partitions of which this broker has a replica, and the only way to their logs from above: clients' produce and fetch,
 * coordinators' appends, offset lookups. It follows the metadata image; a partition exists here from the moment its log
 * is open until its topic is deleted.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { Environment } from '../env/index.ts'
import type { Later } from '../env/later.ts'
import { Listeners } from '../env/listeners.ts'
import { AllTopicMetrics } from '../metrics/topic-metrics.ts'
import { type FetchParameters, type FetchSource, fetchWithWait } from './delayed-fetch.ts'
import type { FetchPartition, FetchResult } from './fetch-session.ts'
import type { FetchingReplica, Partition, PartitionFetchOptions } from './partition.ts'
import { readInTurn } from './read-in-turn.ts'
import type { ReplicaSelector } from './replica-selector.ts'
import { NO_THROTTLE, type ReplicationThrottle } from './replication-throttle.ts'

export type { FetchParameters } from './delayed-fetch.ts'

const UNKNOWN_OFFSET = -1
const NO_REPLICA = -1

/** A partition by the id of its topic, or by its name where the id is not given (Kafka's zero id). */
export type PartitionName = Pick<FetchPartition, 'topicId' | 'topic' | 'partition'>

type ReadTurn = Pick<PartitionFetchOptions, 'maxBytes' | 'minOneBatch' | 'isFirst'>

/** The partitions of the whole cluster, as the metadata have them: most of them may be elsewhere. */
export interface PartitionDirectory {
  nameOf(topicId: string): string | null
  /** undefined: there is no such partition. */
  leaderOf(topic: string, partition: number): { readonly leader: number; readonly leaderEpoch: number } | undefined
}

export class ReplicaManager implements FetchSource {
  readonly clock: Environment['clock']
  readonly waiting = new Listeners()
  readonly topicMetrics = new AllTopicMetrics()
  readonly #byName = new Map<string, Map<number, Partition>>()
  readonly #byId = new Map<string, Map<number, Partition>>()
  /** A partition that is not here is nowhere, until the metadata are followed. */
  directory: PartitionDirectory = { nameOf: () => null, leaderOf: () => undefined }
  /** Sends consumers to replicas near them; null: they read from leaders. */
  selector: ReplicaSelector | null = null
  /** Holds back replicas that are not in sync, where they are throttled. */
  throttle: ReplicationThrottle = NO_THROTTLE
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

  /** Every waiter of the partition is told that it is elsewhere, or nowhere: the directory is as new as this removal. */
  remove(topic: string, index: number): Partition | undefined {
    const partition = this.#byName.get(topic)?.get(index)
    if (partition === undefined) return undefined
    drop(this.#byName, topic, index)
    drop(this.#byId, partition.topicId, index)
    partition.retire(this.absent(topic, index))
    if (!this.#byName.has(topic)) this.topicMetrics.forget(topic)
    return partition
  }

  get(topic: string, index: number): Partition | undefined {
    return this.#byName.get(topic)?.get(index)
  }

  getById(topicId: string, index: number): Partition | undefined {
    return this.#byId.get(topicId)?.get(index)
  }

  *all(): Iterable<Partition> {
    for (const partitions of this.#byName.values()) yield* partitions.values()
  }

  /** The name of any topic of the cluster. */
  topicName(topicId: string): string | null {
    const partitions = this.#byId.get(topicId)
    return partitions?.values().next().value?.topic ?? this.directory.nameOf(topicId)
  }

  /** Throws NOT_LEADER_OR_FOLLOWER for a partition that is elsewhere, UNKNOWN_TOPIC_OR_PARTITION for one that is nowhere. */
  require(topic: string, index: number): Partition {
    const partition = this.get(topic, index)
    if (partition === undefined) throw new KafkaError(this.absent(topic, index))
    return partition
  }

  /** The error for a partition that is not here: it is elsewhere (NOT_LEADER_OR_FOLLOWER), or nowhere. */
  absent(topic: string, index: number): number {
    return this.directory.leaderOf(topic, index)
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  }

  /** As `absent`, for a partition that may be named by its topic's id: UNKNOWN_TOPIC_ID where no topic has that id. */
  absentById(partition: PartitionName): number {
    const name = this.#nameOf(partition)
    return name === null ? ErrorCode.UNKNOWN_TOPIC_ID : this.absent(name, partition.partition)
  }

  #nameOf({ topicId, topic }: PartitionName): string | null {
    return topicId === ZERO_UUID ? topic : this.topicName(topicId)
  }

  /** The leader that a client should know; -1 for none. */
  leaderOf(partition: PartitionName): { leaderId: number; leaderEpoch: number } {
    const here = this.find(partition)
    if (here !== undefined) return { leaderId: here.leaderId, leaderEpoch: here.leaderEpoch }
    const name = this.#nameOf(partition)
    const there = name === null ? undefined : this.directory.leaderOf(name, partition.partition)
    return { leaderId: there?.leader ?? -1, leaderEpoch: there?.leaderEpoch ?? -1 }
  }

  /** A replica that is not in sync is throttled once its leader has sent enough for now (KIP-73). */
  isHeldBack(partition: Partition, { id }: FetchingReplica): boolean {
    const { throttle } = this
    if (!throttle.isThrottled(partition) || !throttle.isExceeded()) return false
    return !partition.state.inSyncReplicas.includes(id)
  }

  find(request: PartitionName): Partition | undefined {
    return request.topicId === ZERO_UUID
      ? this.get(request.topic ?? '', request.partition)
      : this.getById(request.topicId, request.partition)
  }

  /** Reads now, or when there is enough, or when the time is up. */
  fetch(requests: readonly FetchPartition[], parameters: FetchParameters): FetchResult[] | Later<FetchResult[]> {
    return fetchWithWait(this, requests, parameters)
  }

  read(
    requests: readonly FetchPartition[],
    parameters: FetchParameters,
    isFirst = true,
  ): FetchResult[] | Promise<FetchResult[]> {
    return readInTurn(requests, parameters.maxBytes, (request, maxBytes, minOneBatch) =>
      this.#readOne(request, parameters, { maxBytes, minOneBatch, isFirst }),
    )
  }

  #readOne(request: FetchPartition, parameters: FetchParameters, turn: ReadTurn): FetchResult | Promise<FetchResult> {
    const partition = this.find(request)
    if (partition === undefined) return failedResult(request, this.absentById(request))
    const fail = (error: unknown): FetchResult => {
      partition.metrics.failedFetchRequests++
      return failedResult(request, this.#errorCode(error, request))
    }
    try {
      const { isolation, onlyLeader, replica, rackId } = parameters
      const preferred = replica || !rackId ? NO_REPLICA : this.#preferredReplica(partition, request, rackId)
      if (preferred !== NO_REPLICA) return partition.fetchElsewhere(request, preferred)
      const isHeldBack = replica ? this.isHeldBack(partition, replica) : false
      const read = partition.fetch(request, {
        maxBytes: isHeldBack ? 0 : turn.maxBytes,
        minOneBatch: turn.minOneBatch && !isHeldBack,
        isFirst: turn.isFirst,
        isolation,
        onlyLeader,
        replica,
      })
      return read instanceof Promise ? read.catch(fail) : read
    } catch (error) {
      return fail(error)
    }
  }

  #preferredReplica(partition: Partition, request: FetchPartition, rackId: string): number {
    const { role } = partition
    if (this.selector === null || role.kind !== 'leader' || role.resigned || !role.hasFollowers) return NO_REPLICA
    return this.selector(role, request.fetchOffset, rackId)
  }

  #errorCode(error: unknown, request: FetchPartition): number {
    if (error instanceof KafkaError) return error.code
    this.#unexpected(error, `fetch of ${request.topic}-${request.partition}`)
    return ErrorCode.UNKNOWN_SERVER_ERROR
  }

  /** Answers everything that waits: the broker stops. */
  stop(): void {
    this.waiting.tell()
  }
}

export function failedResult(request: FetchPartition, errorCode: number): FetchResult {
  return {
    request,
    errorCode,
    highWatermark: UNKNOWN_OFFSET,
    lastStableOffset: UNKNOWN_OFFSET,
    logStartOffset: UNKNOWN_OFFSET,
    readableEnd: UNKNOWN_OFFSET,
    preferredReadReplica: NO_REPLICA,
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
