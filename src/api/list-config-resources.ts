/**
 * ListConfigResources (key 74): names of what can be configured, by type; no type stands for all of them.
 *
 * v0  subscriptions to client metrics alone, as ListClientMetricsResources (KIP-714)
 * v1  topics, brokers, their loggers and groups as well (KIP-1142)
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../protocol/messages/list-config-resources.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { aliveBrokers } from '../metadata/image/cluster-image.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'
import type { MetadataImage } from '../metadata/image/metadata-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'

const { TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP } = ConfigResourceType
const FIRST_VERSION_OF_ALL_TYPES = 1
/** The types of resources, in the order of the answer. */
const TYPES: readonly number[] = [GROUP, CLIENT_METRICS, BROKER_LOGGER, BROKER, TOPIC]

export function listConfigResourcesHandler({
  metadata,
}: {
  metadata: PublishedMetadata
}): ApiHandler<typeof ListConfigResourcesRequest, typeof ListConfigResourcesResponse> {
  return {
    apiKey: 74,
    name: 'ListConfigResources',
    request: ListConfigResourcesRequest,
    response: ListConfigResourcesResponse,
    minVersion: 0,
    maxVersion: 1,
    access: { needs: [{ operation: 'DESCRIBE_CONFIGS', resource: 'CLUSTER', refused: 'request' }] },

    handle({ apiVersion }, { resourceTypes }) {
      const possible = apiVersion < FIRST_VERSION_OF_ALL_TYPES ? [CLIENT_METRICS] : TYPES
      if (!resourceTypes.every((type) => possible.includes(type))) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION)
      const asked = possible.filter((type) => resourceTypes.length === 0 || resourceTypes.includes(type))
      const { image } = metadata
      const configResources = asked.flatMap((resourceType) =>
        namesOf(image, resourceType).map((resourceName) => ({ resourceName, resourceType })),
      )
      return { configResources }
    },

    errorResponse(_context, _request, errorCode) {
      return { errorCode }
    },
  }
}

/** Topics and brokers are there whether or not something is set for them; the others exist by their configs. */
function namesOf(image: MetadataImage, type: number): string[] {
  if (type === TOPIC) return [...image.topics].map(({ name }) => name)
  if (type === BROKER || type === BROKER_LOGGER) {
    return aliveBrokers(image.cluster).map(({ brokerId }) => String(brokerId))
  }
  return [...image.configs].filter(([resource]) => resource.type === type).map(([{ name }]) => name)
}
