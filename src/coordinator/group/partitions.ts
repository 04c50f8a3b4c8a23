/** Sets of partitions, by topic id. They are never changed once they are part of a group's state. */
export type Partitions = ReadonlyMap<string, ReadonlySet<number>>
/** Partitions with the member epoch in which each of them was assigned. */
export type PartitionEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>

export const NO_PARTITIONS: Partitions = new Map()
export const NO_EPOCHS: PartitionEpochs = new Map()

/** As requests and records have them: a topic's partitions in one list. */
export interface TopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export function partitionsOf(topics: readonly TopicPartitions[]): Partitions {
  return new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))
}

export function topicPartitions(partitions: Partitions | PartitionEpochs): { topicId: string; partitions: number[] }[] {
  return [...partitions].map(([topicId, ofTopic]) => ({ topicId, partitions: [...ofTopic.keys()] }))
}

export function samePartitions(a: Partitions, b: Partitions): boolean {
  if (a.size !== b.size) return false
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId)
    if (others === undefined || others.size !== partitions.size) return false
    for (const partition of partitions) if (!others.has(partition)) return false
  }
  return true
}

export function sameEpochs(a: PartitionEpochs, b: PartitionEpochs): boolean {
  if (a.size !== b.size) return false
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId)
    if (others === undefined || others.size !== epochs.size) return false
    for (const [partition, epoch] of epochs) if (others.get(partition) !== epoch) return false
  }
  return true
}

/** The same partitions, whatever the epochs. */
export function sameKeys(a: PartitionEpochs, b: PartitionEpochs): boolean {
  if (a.size !== b.size) return false
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId)
    if (others === undefined || others.size !== epochs.size) return false
    for (const partition of epochs.keys()) if (!others.has(partition)) return false
  }
  return true
}

export function withEpoch(partitions: Partitions, epoch: number): PartitionEpochs {
  return new Map(
    [...partitions].map(([topicId, ofTopic]) => [
      topicId,
      new Map([...ofTopic].map((partition) => [partition, epoch])),
    ]),
  )
}

/** Whether everything in `owned` is in `assigned`; null owns nothing that is known, which is no subset of anything. */
export function isSubset(owned: readonly TopicPartitions[] | null, assigned: PartitionEpochs): boolean {
  if (owned === null) return false
  return owned.every(({ topicId, partitions }) => {
    const epochs = assigned.get(topicId)
    return epochs !== undefined && partitions.every((partition) => epochs.has(partition))
  })
}

/** Whether `owned` has any of `partitions`; a member that does not say what it owns may still own all. */
export function ownsAny(owned: readonly TopicPartitions[] | null, partitions: PartitionEpochs): boolean {
  if (owned === null) return true
  return owned.some((topic) => topic.partitions.some((partition) => partitions.get(topic.topicId)?.has(partition)))
}

/** Adds one partition to a set that is being made. */
export function give(assigned: Map<string, Set<number>>, topicId: string, partition: number): void {
  const partitions = assigned.get(topicId)
  if (partitions === undefined) assigned.set(topicId, new Set([partition]))
  else partitions.add(partition)
}
