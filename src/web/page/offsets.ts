/** Offsets of partitions, asked for in lots, so that ten thousand partitions do not hold up the broker in one go. */
import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import type { BrokerCalls } from './broker-calls.ts'

export const EARLIEST = -2n
export const LATEST = -1n

export interface PartitionOffset {
  /** -1: unknown. */
  readonly offset: number
  readonly timestamp: number
  readonly problem: string | null
}

export interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

const LOT = 500

/** By `key(topic, partition)`. `timestamp` is a time in milliseconds, `EARLIEST` or `LATEST`. */
export async function offsetsOf(
  calls: BrokerCalls,
  topics: readonly TopicPartitions[],
  timestamp: bigint,
  isolationLevel = 0,
): Promise<Map<string, PartitionOffset>> {
  const found = new Map<string, PartitionOffset>()
  for (const lot of lots(topics)) {
    const response = await calls.call('ListOffsets', {
      replicaId: -1,
      isolationLevel,
      timeoutMs: 5_000,
      topics: lot.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
      })),
    })
    for (const { name, partitions } of response.topics) {
      for (const { partitionIndex, errorCode, offset, timestamp } of partitions) {
        const problem = errorCode === ErrorCode.NONE ? null : errorName(errorCode)
        found.set(key(name, partitionIndex), { offset: Number(offset), timestamp: Number(timestamp), problem })
      }
    }
  }
  return found
}

export const key = (topic: string, partition: number): string => `${topic}:${partition}`

const UNKNOWN: PartitionOffset = { offset: -1, timestamp: -1, problem: null }

export function offsetAt(offsets: ReadonlyMap<string, PartitionOffset>, topic: string, partition: number) {
  return offsets.get(key(topic, partition)) ?? UNKNOWN
}

/** The partitions of each topic together, each once: a broker refuses to answer for one that is named twice. */
export function byTopic(
  partitions: Iterable<{ readonly topic: string; readonly partition: number }>,
): TopicPartitions[] {
  const topics = new Map<string, Set<number>>()
  for (const { topic, partition } of partitions) {
    const known = topics.get(topic)
    if (known === undefined) topics.set(topic, new Set([partition]))
    else known.add(partition)
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions: [...partitions] }))
}

function* lots(topics: readonly TopicPartitions[]): Generator<TopicPartitions[]> {
  let lot: TopicPartitions[] = []
  let size = 0
  for (const topic of topics) {
    lot.push(topic)
    size += topic.partitions.length
    if (size < LOT) continue
    yield lot
    lot = []
    size = 0
  }
  if (lot.length > 0) yield lot
}
