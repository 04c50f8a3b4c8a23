import type { AssignReplicasToDirsRequest } from '../../protocol/messages/assign-replicas-to-dirs.ts'
import type { ReplicaPlace } from '../metadata/replica-place.ts'

/** Places of a broker's replicas, as AssignReplicasToDirs names them. */
export function directoriesOf(places: readonly ReplicaPlace[]): AssignReplicasToDirsRequest['directories'] {
  const directories = new Map<string, Map<string, { partitionIndex: number }[]>>()
  for (const { directoryId, topicId, partition } of places) {
    const topics = directories.get(directoryId) ?? new Map<string, { partitionIndex: number }[]>()
    directories.set(directoryId, topics)
    const partitions = topics.get(topicId) ?? []
    topics.set(topicId, partitions)
    partitions.push({ partitionIndex: partition })
  }
  return [...directories].map(([id, topics]) => ({
    id,
    topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
  }))
}
