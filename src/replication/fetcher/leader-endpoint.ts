/** A leader as its followers reach it: the requests that a replica sends, and a connection that is made when it is needed. */

import { listAt } from '../../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../../protocol/list-offsets-timestamp.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import type { SessionRequest } from './follower-session.ts'

/** The follower, and how much it wants at a time; the keys are `replica.fetch.*`. */
export interface FollowerSettings {
  readonly nodeId: number
  readonly brokerEpoch: bigint
  /** `wait.max.ms` */
  readonly maxWaitMs: number
  /** `min.bytes` */
  readonly minBytes: number
  /** `response.max.bytes` */
  readonly maxBytes: number
  /** `max.bytes` */
  readonly partitionMaxBytes: number
  /** `backoff.ms` */
  readonly backoffMs: number
}

export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly currentLeaderEpoch: number
}

export interface LeaderEndpoint {
  /**
   * Rejects with a `ClientError` where there is no answer. The records are views on the frame that `lent` is given, which
   * the caller releases.
   */
  fetch(request: SessionRequest, settings: FollowerSettings, lent: (frame: Buffer) => void): Promise<FetchResponse>
  /** Where the leader's log ends or begins. Rejects with a `KafkaError` or a `ClientError`. */
  logEnd(partition: PartitionOffset): Promise<number>
  logStart(partition: PartitionOffset): Promise<number>
  close(): void
}

/** Replicas fetch by topic id, as brokers have since metadata.version 3.1, which is older than any that is supported. */
const FIRST_TOPIC_ID_VERSION = 13
const FIRST_REPLICA_STATE_VERSION = 15

export class RemoteLeader implements LeaderEndpoint {
  readonly #nodeId: number
  readonly #connect: () => Promise<BrokerConnection>
  #connection: Promise<BrokerConnection> | null = null
  #isClosed = false

  /** `connect` opens a connection to the leader wherever it is by then. */
  constructor(nodeId: number, connect: () => Promise<BrokerConnection>) {
    this.#nodeId = nodeId
    this.#connect = connect
  }

  async fetch(
    request: SessionRequest,
    settings: FollowerSettings,
    lent: (frame: Buffer) => void,
  ): Promise<FetchResponse> {
    const connection = await this.#open()
    const body = (version: number) => fetchBody(request, settings, version)
    return connection.request(FetchRequest, FetchResponse, body, { lent })
  }

  logEnd(partition: PartitionOffset): Promise<number> {
    return this.#offset(partition, ListOffsetsTimestamp.LATEST)
  }

  logStart(partition: PartitionOffset): Promise<number> {
    return this.#offset(partition, ListOffsetsTimestamp.EARLIEST)
  }

  async #offset({ topic, partition, currentLeaderEpoch }: PartitionOffset, timestamp: number): Promise<number> {
    const connection = await this.#open()
    const wanted = { partitionIndex: partition, currentLeaderEpoch, timestamp: BigInt(timestamp) }
    const { topics } = await connection.request(ListOffsetsRequest, ListOffsetsResponse, {
      replicaId: this.#nodeId,
      topics: [{ name: topic, partitions: [wanted] }],
    })
    const answer = topics.find(({ name }) => name === topic)?.partitions[0]
    if (answer === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
    return Number(answer.offset)
  }

  close(): void {
    this.#isClosed = true
    this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    )
    this.#connection = null
  }

  async #open(): Promise<BrokerConnection> {
    const known = this.#connection
    const open = await known?.catch(() => null)
    if (open?.isOpen) return open
    // Several partitions ask at a time for the leader's offsets: one of them makes the new connection for all.
    if (this.#connection === known) this.#connection = this.#connect()
    const connection = await (this.#connection ?? this.#connect())
    if (this.#isClosed) connection.close()
    return connection
  }
}

function fetchBody(
  { sessionId, sessionEpoch, named, forgotten }: SessionRequest,
  { nodeId, brokerEpoch, maxWaitMs, minBytes, maxBytes }: FollowerSettings,
  version: number,
): Encodable<typeof FetchRequest> {
  if (version < FIRST_TOPIC_ID_VERSION) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
  const replica =
    version < FIRST_REPLICA_STATE_VERSION
      ? { replicaId: nodeId }
      : { replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch } }
  return {
    ...replica,
    maxWaitMs,
    minBytes,
    maxBytes,
    sessionId,
    sessionEpoch,
    topics: byTopic(
      named,
      ({ partition, fetchOffset, logStartOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch }) => ({
        partition,
        currentLeaderEpoch,
        fetchOffset: BigInt(fetchOffset),
        lastFetchedEpoch,
        logStartOffset: BigInt(logStartOffset),
        partitionMaxBytes: maxBytes,
      }),
    ),
    forgottenTopicsData: byTopic(forgotten, ({ partition }) => partition),
  }
}

function byTopic<P extends { readonly topicId: string }, T>(partitions: readonly P[], bodyOf: (partition: P) => T) {
  const topics = new Map<string, T[]>()
  for (const partition of partitions) listAt(topics, partition.topicId).push(bodyOf(partition))
  return [...topics].map(([topicId, bodies]) => ({ topicId, partitions: bodies }))
}
