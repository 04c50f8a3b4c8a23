import type { ConfigMap, ConfigResource } from './configurations-image.ts'
import type { MetadataChange, MetadataImage } from './metadata-image.ts'
import type { TopicImage } from './topics-image.ts'

/**
 * The change between two images that do not share their history, as when a snapshot has replaced everything: found by
 * looking at all of both.
 */
export function imageDifference(before: MetadataImage, after: MetadataImage): MetadataChange {
  const createdTopics: TopicImage[] = []
  const changedTopics: { before: TopicImage; after: TopicImage }[] = []
  for (const topic of after.topics) {
    const old = before.topics.getById(topic.id)
    if (old === undefined) createdTopics.push(topic)
    else if (!isSameTopic(old, topic)) changedTopics.push({ before: old, after: topic })
  }
  const deletedTopics = [...before.topics].filter(({ id }) => after.topics.getById(id) === undefined)
  const changedAcls = changedKeys(before.acls, after.acls)
  return {
    before,
    after,
    createdTopics,
    changedTopics,
    deletedTopics,
    changedConfigs: changedConfigs(before, after),
    changedAcls,
  }
}

/** Partitions say by their epochs whether anything of them has changed, but for their ELR. */
function isSameTopic(one: TopicImage, other: TopicImage): boolean {
  if (one.partitions.length !== other.partitions.length) return false
  return one.partitions.every((partition, index) => {
    const { partitionEpoch, leaderEpoch } = other.partitions[index]!
    return partition.partitionEpoch === partitionEpoch && partition.leaderEpoch === leaderEpoch
  })
}

function changedConfigs(before: MetadataImage, after: MetadataImage): ConfigResource[] {
  const changed: ConfigResource[] = []
  for (const [resource, values] of after.configs) {
    if (!isSameConfig(values, before.configs.get(resource))) changed.push(resource)
  }
  for (const [resource] of before.configs) if (after.configs.get(resource).size === 0) changed.push(resource)
  return changed
}

const isSameConfig = (one: ConfigMap, other: ConfigMap): boolean =>
  one.size === other.size && [...one].every(([name, value]) => other.get(name) === value)

function changedKeys(before: MetadataImage['acls'], after: MetadataImage['acls']): string[] {
  const ids = new Set([...before.keys(), ...after.keys()])
  return [...ids].filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)))
}
