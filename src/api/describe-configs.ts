/**
 * DescribeConfigs (key 32): every value of topics, brokers, groups and client metrics, and where it comes
 * from; and the levels of a broker's loggers (KIP-412).
 *
 * v1  synonyms and the source of each value (KIP-226)
 * v3  the type of each key and its documentation (KIP-569)
 * v4  flexible
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { DescribeConfigsRequest, DescribeConfigsResponse } from '../../protocol/messages/describe-configs.ts'
import type { Encodable } from '../../protocol/schema.ts'
import {
  apacheDocumentation,
  type BrokerConfig,
  type ConfigEntry,
  ConfigSource,
  type Documentation,
  describeBroker,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
} from '../config/index.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { NamedLoggers } from '../env/named-loggers.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { resourceError } from '../metadata/resource-error.ts'
import { validateTopicName } from '../metadata/topic-name.ts'
import { describeClientMetrics } from './support/configs/client-metrics-description.ts'
import { configAccess } from './support/configs/config-access.ts'
import { describeLogLevels } from './support/configs/log-level-changes.ts'

type Resource = DescribeConfigsRequest['resources'][number]
type Result = NonNullable<Encodable<typeof DescribeConfigsResponse>['results']>[number]

const { UNKNOWN: _, ...KNOWN_TYPES } = ConfigResourceType
const RESOURCE_TYPES: ReadonlySet<number> = new Set(Object.values(KNOWN_TYPES))

interface Services {
  metadata: PublishedMetadata
  config: BrokerConfig
  loggers: NamedLoggers
}

export function describeConfigsHandler(
  services: Services,
): ApiHandler<typeof DescribeConfigsRequest, typeof DescribeConfigsResponse> {
  return {
    apiKey: 32,
    name: 'DescribeConfigs',
    request: DescribeConfigsRequest,
    response: DescribeConfigsResponse,
    minVersion: 1,
    maxVersion: 4,
    oldestVersion: 0,
    access: configAccess('DESCRIBE_CONFIGS', 'results'),

    handle({ apiVersion }, request) {
      // Kafka cannot even sort such resources, so that the others are not described either.
      const isStrange = ({ resourceType }: Resource): boolean => !RESOURCE_TYPES.has(resourceType)
      if (request.resources.some(isStrange)) throw new KafkaError(ErrorCode.INVALID_REQUEST)
      const results = request.resources.map((resource) => describe(services, resource, request, apiVersion))
      return request.includeDocumentation ? documented(results) : { results }
    },

    errorResponse(_context, request, errorCode, errorMessage) {
      const results = request.resources.map(({ resourceType, resourceName }) => ({
        errorCode,
        errorMessage,
        resourceType,
        resourceName,
      }))
      return { results }
    },
  }
}

function describe(services: Services, resource: Resource, request: DescribeConfigsRequest, apiVersion: number): Result {
  const { resourceType, resourceName } = resource
  // An empty list of keys asks for all, as null does.
  const keys = resource.configurationKeys?.length ? new Set(resource.configurationKeys) : null
  try {
    const configs = entriesOf(services, resourceType, resourceName)
      .filter(({ name }) => keys === null || keys.has(name))
      .map((entry) => ({
        ...entry,
        ...(apiVersion === 0 ? { isDefault: entry.configSource === ConfigSource.DEFAULT_CONFIG } : {}),
        synonyms: request.includeSynonyms ? entry.synonyms : [],
        // Kafka describes loggers with the empty text, asked for or not.
        documentation: request.includeDocumentation || entry.documentation === '' ? entry.documentation : null,
      }))
    return { resourceType, resourceName, configs }
  } catch (error) {
    const { errorCode, errorMessage } = resourceError(error)
    return { resourceType, resourceName, errorCode, errorMessage: errorMessage ?? '' }
  }
}

const DOCUMENTED: ReadonlyMap<number, keyof Documentation> = new Map([
  [ConfigResourceType.BROKER, 'broker'],
  [ConfigResourceType.TOPIC, 'topic'],
  [ConfigResourceType.GROUP, 'group'],
])

/** With Apache's words where the keys have none of our own. */
async function documented(results: readonly Result[]): Promise<{ results: Result[] }> {
  const documentation = await apacheDocumentation()
  const complete = (result: Result): Result => {
    const kind = DOCUMENTED.get(result.resourceType ?? 0)
    if (kind === undefined) return result
    const configs = result.configs?.map((entry) => ({
      ...entry,
      documentation: entry.documentation ?? documentation[kind][entry.name ?? ''] ?? null,
    }))
    return { ...result, configs }
  }
  return { results: results.map(complete) }
}

const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)

function entriesOf({ metadata, config, loggers }: Services, type: number, name: string): readonly ConfigEntry[] {
  const { configs, topics } = metadata.image
  switch (type) {
    case ConfigResourceType.TOPIC:
      validateTopicName(name)
      if (topics.get(name) === undefined) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      return describeTopic(config, configs.topic(name))
    case ConfigResourceType.BROKER:
      if (name === '') return describeClusterDefaults(config)
      checkBrokerId(config, name, ' or empty string,')
      return describeBroker(config)
    case ConfigResourceType.BROKER_LOGGER:
      if (name === '') throw invalid('Broker id must not be empty')
      checkBrokerId(config, name, '')
      return describeLogLevels(loggers)
    case ConfigResourceType.CLIENT_METRICS:
      if (name === '') throw invalid('Client metrics subscription name must not be empty')
      return describeClientMetrics(configs.get({ type, name }))
    case ConfigResourceType.GROUP:
      if (name === '') throw invalid('Group name must not be empty')
      return describeGroup(config, configs.group(name))
    default:
      throw new KafkaError(ErrorCode.INVALID_REQUEST)
  }
}

/** A broker describes itself; clients send the request to the broker that they mean. */
function checkBrokerId(config: BrokerConfig, name: string, alternative: string): void {
  const nodeId = config.get('node.id')
  if (!/^[+-]?\d+$/.test(name)) throw invalid(`Broker id must be an integer, but it is: ${name}`)
  if (Number(name) === nodeId) return
  throw invalid(`Unexpected broker id, expected ${nodeId}${alternative} but received ${name}`)
}
