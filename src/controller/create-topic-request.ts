import type { CreateTopicsRequest } from '../../protocol/messages/create-topics.ts'

/** "The default of the controller" in numPartitions and replicationFactor (KIP-464). */
const DEFAULT = -1
/** The version in which a broker sends the request itself. */
export const CREATE_TOPICS_VERSION = 7

export interface TopicToRequest {
  readonly name: string
  /** Absent or null: the controller's default. */
  readonly partitions?: number | null
  readonly replicationFactor?: number | null
  readonly configs?: Readonly<Record<string, string>>
}

/** CreateTopics for one topic, as a broker sends it itself. */
export function createTopicRequest(topic: TopicToRequest, timeoutMs: number): CreateTopicsRequest {
  const { name, partitions, replicationFactor, configs = {} } = topic
  const creatable = {
    name,
    numPartitions: partitions ?? DEFAULT,
    replicationFactor: replicationFactor ?? DEFAULT,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
  return { topics: [creatable], timeoutMs, validateOnly: false }
}
