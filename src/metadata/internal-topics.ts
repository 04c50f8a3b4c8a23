export const CONSUMER_OFFSETS_TOPIC = '__consumer_offsets'
export const TRANSACTION_STATE_TOPIC = '__transaction_state'
export const SHARE_GROUP_STATE_TOPIC = '__share_group_state'

/** Not a topic of the image: the log that the image comes from. */
export { CLUSTER_METADATA_TOPIC } from '../../protocol/cluster-metadata-topic.ts'

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  CONSUMER_OFFSETS_TOPIC,
  TRANSACTION_STATE_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
])

/** Topics that coordinators write: clients see them marked as internal and may not produce to them. */
export const isInternalTopic = (name: string): boolean => INTERNAL_TOPICS.has(name)
