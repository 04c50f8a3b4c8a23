import type { ProduceRequest } from '../../../../protocol/messages/produce.ts'

type TopicData = ProduceRequest['topicData'][number]

/**
 * Each topic and each of its partitions once. Kafka keeps a request as a map by partition: of records that are given
 * twice for one partition the last stand, and a topic without partitions is not answered.
 */
export function distinctPartitions(topicData: readonly TopicData[]): readonly TopicData[] {
  if (topicData.length === 1 && topicData[0]?.partitionData.length === 1) return topicData
  const topics = new Map<string, TopicData>()
  for (const topic of topicData) {
    const key = `${topic.topicId} ${topic.name}`
    const partitions = [...(topics.get(key)?.partitionData ?? []), ...topic.partitionData]
    if (partitions.length > 0) topics.set(key, { ...topic, partitionData: lastOfEach(partitions) })
  }
  return [...topics.values()]
}

function lastOfEach(partitions: TopicData['partitionData']): TopicData['partitionData'] {
  const byIndex = new Map(partitions.map((partition) => [partition.index, partition]))
  return byIndex.size === partitions.length ? partitions : [...byIndex.values()]
}
