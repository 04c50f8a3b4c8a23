/** Offsets of partitions by place or time, and the deletion of what is before them. */
import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../../protocol/messages/delete-records.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { byLeader, byTopic, partitionName, type TopicPartition } from './partitions.ts'

/** A place in a partition that its leader knows: one of these, or a time in milliseconds. */
export const OffsetPlace = { LATEST: -1, EARLIEST: -2, MAX_TIMESTAMP: -3 } as const

/** `read_committed` ends at the last stable offset. */
export type Isolation = 'read_uncommitted' | 'read_committed'
export const isolationLevel = (isolation: Isolation): number => (isolation === 'read_committed' ? 1 : 0)

export interface ListedOffset extends TopicPartition {
  /** -1: there is none, as no record is so new. */
  readonly offset: number
  /** -1 where the place has none. */
  readonly timestampMs: number
  readonly leaderEpoch: number
}

/** Throws `KafkaError` at the first partition that refuses. */
export function listOffsets(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  /** A place, or a time in milliseconds. */
  at: number | ((partition: TopicPartition) => number),
  isolation: Isolation = 'read_uncommitted',
): Promise<ListedOffset[]> {
  const placeOf = typeof at === 'number' ? () => at : at
  return client.retrying(async () => {
    const groups = [...(await byLeader(client, partitions))]
    const listed = await Promise.all(groups.map(([nodeId, each]) => listAt(client, nodeId, each, placeOf, isolation)))
    const found = new Map(listed.flat().map((each) => [partitionName(each), each]))
    return partitions.flatMap((each) => found.get(partitionName(each)) ?? [])
  })
}

async function listAt(
  client: ClusterClient,
  nodeId: number,
  partitions: readonly TopicPartition[],
  placeOf: (partition: TopicPartition) => number,
  isolation: Isolation,
): Promise<ListedOffset[]> {
  const topics = byTopic(partitions).map(({ name, partitions: each }) => ({
    name,
    partitions: each.map((one) => ({ partitionIndex: one.partition, timestamp: BigInt(placeOf(one)) })),
  }))
  const body = { replicaId: -1, isolationLevel: isolationLevel(isolation), topics }
  const answer = await client.request({ to: 'broker', nodeId }, ListOffsetsRequest, ListOffsetsResponse, body)
  return answer.topics.flatMap(({ name: topic, partitions: each }) =>
    each.map(({ partitionIndex: partition, errorCode, offset, timestamp, leaderEpoch }) => {
      ensurePartition(errorCode, { topic, partition })
      return { topic, partition, offset: Number(offset), timestampMs: Number(timestamp), leaderEpoch }
    }),
  )
}

export interface OffsetRange extends TopicPartition {
  readonly startOffset: number
  readonly endOffset: number
}

/** Where the partitions begin, and where the next record comes to stand. */
export async function offsetRanges(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  isolation: Isolation = 'read_uncommitted',
): Promise<OffsetRange[]> {
  const [starts, ends] = await Promise.all([
    listOffsets(client, partitions, OffsetPlace.EARLIEST),
    listOffsets(client, partitions, OffsetPlace.LATEST, isolation),
  ])
  return starts.map(({ topic, partition, offset }, index) => ({
    topic,
    partition,
    startOffset: offset,
    endOffset: ends[index]?.offset ?? offset,
  }))
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/** Deletes the records before the offsets (-1: all there are). Resolves to where the partitions begin now. */
export function deleteRecords(client: ClusterClient, before: readonly PartitionOffset[]): Promise<PartitionOffset[]> {
  return client.retrying(async () => {
    const groups = [...(await byLeader(client, before))]
    const answers = await Promise.all(
      groups.map(([nodeId, each]) =>
        client.request({ to: 'broker', nodeId }, DeleteRecordsRequest, DeleteRecordsResponse, {
          timeoutMs: 30_000,
          topics: byTopic(each).map(({ name, partitions }) => ({
            name,
            partitions: partitions.map(({ partition, offset }) => ({
              partitionIndex: partition,
              offset: BigInt(offset),
            })),
          })),
        }),
      ),
    )
    return answers.flatMap(({ topics }) =>
      topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition, lowWatermark, errorCode }) => {
          ensurePartition(errorCode, { topic, partition })
          return { topic, partition, offset: Number(lowWatermark) }
        }),
      ),
    )
  })
}

/** Throws the error of one partition. */
function ensurePartition(errorCode: number, partition: TopicPartition): void {
  if (errorCode === ErrorCode.NONE) return

  throw new KafkaError(errorCode, `${partitionName(partition)}: ${errorMessage(errorCode)}`)
}
