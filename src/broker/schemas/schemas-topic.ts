/** The topic `_schemas`, created where it is not there: one partition, compacted. */
import { ErrorCode } from '../../../protocol/errors.ts'
import { type AdminRequests, brokerContext } from '../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from '../../controller/create-topic-request.ts'
import type { Clock } from '../../env/index.ts'
import type { TopicImage } from '../../metadata/image/topics-image.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { SCHEMAS_TOPIC } from '../../registry/schemas-log.ts'

export const PARTITION = 0
const TIMEOUT_MS = 30_000
const LOOK_AGAIN_MS = 10
const MOST_REPLICAS = 3

export interface SchemasTopicServices {
  readonly metadata: PublishedMetadata
  readonly requests: AdminRequests
  readonly clock: Clock
}

/** Resolves to the topic as it is when it is there, whoever has created it. */
export async function createSchemasTopic({ metadata, requests, clock }: SchemasTopicServices): Promise<TopicImage> {
  const replicationFactor = Math.min(MOST_REPLICAS, Math.max(1, metadata.image.cluster.brokers.size))
  const configs = { 'cleanup.policy': 'compact' }
  const request = createTopicRequest({ name: SCHEMAS_TOPIC, partitions: 1, replicationFactor, configs }, TIMEOUT_MS)
  const untilMs = clock.monotonicMs() + TIMEOUT_MS
  const context = brokerContext(CREATE_TOPICS_VERSION, untilMs)
  const { topics = [] } = await requests.forward('CreateTopics', request, context)
  // Another broker may have created it at this moment: the metadata here follow.
  const isThere = [ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS].some((code) => code === topics[0]?.errorCode)
  for (;;) {
    const created = metadata.image.topics.get(SCHEMAS_TOPIC)
    if (created !== undefined) return created
    if (!isThere || clock.monotonicMs() >= untilMs) break
    await new Promise<void>((resolve) => clock.schedule(LOOK_AGAIN_MS, resolve))
  }
  throw new Error(`${SCHEMAS_TOPIC} cannot be created: ${topics[0]?.errorMessage ?? 'no answer'}`)
}
