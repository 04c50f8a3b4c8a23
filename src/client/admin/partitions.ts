/** Partitions and their leaders: requests about many of them go to each leader once. */

import { grouped } from '../../../protocol/collections/grouped.ts'
import { ErrorCode, errorMessage, KafkaError } from '../../../protocol/errors.ts'
import type { MetadataResponse } from '../../../protocol/messages/metadata.ts'
import type { ClusterClient } from '../cluster-client.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export type TopicMetadata = MetadataResponse['topics'][number]

export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`

/** The topics as the cluster has them. Throws a `KafkaError` that names one which it has not. */
export async function existingTopics(client: ClusterClient, names: readonly string[]): Promise<TopicMetadata[]> {
  if (names.length === 0) return []
  const { topics } = await client.metadata(names)
  for (const { errorCode, name } of topics) {
    if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode, `${name}: ${errorMessage(errorCode)}`)
  }
  return topics
}

/** Every partition of the topics. */
export function partitionsOf(topics: readonly TopicMetadata[]): TopicPartition[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex }))
      .sort((a, b) => a.partition - b.partition),
  )
}

/** The partitions by the broker that leads them. Throws `KafkaError`, a retriable one where there is no leader now. */
export async function byLeader<P extends TopicPartition>(
  client: ClusterClient,
  partitions: readonly P[],
): Promise<Map<number, P[]>> {
  const topics = await existingTopics(client, [...new Set(partitions.map(({ topic }) => topic))])
  const leaders = new Map<string, number>(
    topics.flatMap(({ name, partitions: all }) =>
      all.map(({ partitionIndex, leaderId }) => [`${name}-${partitionIndex}`, leaderId] as const),
    ),
  )
  return grouped(partitions, (each) => {
    const leader = leaders.get(partitionName(each))
    if (leader === undefined) {
      throw new KafkaError(
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `The topic ${each.topic} has no partition ${each.partition}`,
      )
    }
    if (leader < 0) throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `${partitionName(each)} has no leader now`)
    return leader
  })
}

/** Items as Kafka's requests have them: by topic. */
export function byTopic<P extends TopicPartition>(items: readonly P[]): { name: string; partitions: P[] }[] {
  return [...grouped(items, ({ topic }) => topic)].map(([name, partitions]) => ({ name, partitions }))
}
