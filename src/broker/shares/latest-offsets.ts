/**
 * How far partitions of the whole cluster are committed, from which the lag of share groups is counted: here where this
 * broker leads, otherwise by ListOffsets at the leader. Partitions of one leader that are asked for in the same turn of the
 * loop go in one request; one that is not answered is sent again, to whoever leads then (Apache's PartitionMetadataClient).
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../../protocol/list-offsets-timestamp.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import type { BrokerPool } from '../../client/broker-pool.ts'
import { ClientError, unanswered } from '../../client/errors.ts'
import { gathered } from '../../client/gathered.ts'
import type { Clock } from '../../env/index.ts'

interface Options {
  readonly nodeId: number
  readonly clock: Clock
  readonly brokers: Pick<BrokerPool, 'request'>
  /** -1: nobody leads the partition, or there is no such partition. */
  readonly leaderOf: (topic: string, partition: number) => number
  /** Throws NOT_LEADER_OR_FOLLOWER. */
  readonly here: LatestOffset
}

/** Rejects with a `KafkaError`. */
export type LatestOffset = (topic: string, partition: number) => Promise<number>

interface Waiting {
  readonly topic: string
  readonly partition: number
  resolve(offset: number): void
  reject(error: unknown): void
}

const MAX_ATTEMPTS = 5
const FIRST_BACKOFF_MS = 250

export function latestOffsets(options: Options): LatestOffset {
  const { nodeId, clock, leaderOf, here } = options
  const ask = gathered<Waiting>(clock, (leader, all) => void send(options, leader, all))
  return async (topic, partition) => {
    for (let attempt = 1, backoffMs = FIRST_BACKOFF_MS; ; attempt++, backoffMs *= 2) {
      const leader = leaderOf(topic, partition)
      if (leader === nodeId) return here(topic, partition)
      if (leader < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE)
      try {
        return await new Promise<number>((resolve, reject) => ask(leader, { topic, partition, resolve, reject }))
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        if (attempt === MAX_ATTEMPTS) throw unanswered(error)
      }
      await new Promise<void>((resolve) => clock.schedule(backoffMs, resolve))
    }
  }
}

async function send({ brokers }: Options, leader: number, all: readonly Waiting[]): Promise<void> {
  // Several groups may ask for a partition in one turn, but ListOffsets refuses one that is named twice.
  const topics = new Map<string, Set<number>>()
  for (const { topic, partition } of all) topics.set(topic, (topics.get(topic) ?? new Set()).add(partition))
  const timestamp = BigInt(ListOffsetsTimestamp.LATEST)
  try {
    const answer = await brokers.request(leader, ListOffsetsRequest, ListOffsetsResponse, {
      replicaId: CONSUMER,
      isolationLevel: READ_UNCOMMITTED,
      topics: [...topics].map(([name, partitions]) => ({
        name,
        partitions: [...partitions].map((partitionIndex) => ({ partitionIndex, timestamp })),
      })),
    })
    for (const { topic, partition, resolve, reject } of all) {
      const found = answer.topics
        .find(({ name }) => name === topic)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
      const errorCode = found?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      if (found !== undefined && errorCode === ErrorCode.NONE) resolve(Number(found.offset))
      else reject(new KafkaError(errorCode))
    }
  } catch (error) {
    for (const { reject } of all) reject(error)
  }
}

const CONSUMER = -1
const READ_UNCOMMITTED = 0
