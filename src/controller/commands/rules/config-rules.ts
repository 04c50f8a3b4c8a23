/** The values that a resource may have, by its type: Kafka's ControllerConfigurationValidator. */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { type Definitions, definitionIn } from '../../../config/definition.ts'
import {
  brokerDefinition,
  clientMetricsDefinitions,
  groupDefinitions,
  topicDefinitions,
} from '../../../config/tables.ts'
import { validateGroupConfigs, validateTopicConfigs } from '../../../config/topic-config.ts'
import { ConfigError, parseValue } from '../../../config/values.ts'
import { metadataLevel } from '../../../metadata/features.ts'
import {
  type ConfigMap,
  type ConfigResource,
  ConfigResourceType,
} from '../../../metadata/image/configurations-image.ts'
import { supportsCordonedLogDirs } from '../../../metadata/metadata-version.ts'
import { validateTopicName } from '../../../metadata/topic-name.ts'
import type { CommandState } from '../command.ts'

const invalidRequest = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)

const TABLES: Readonly<Record<number, Definitions>> = {
  [ConfigResourceType.TOPIC]: topicDefinitions,
  [ConfigResourceType.GROUP]: groupDefinitions,
  [ConfigResourceType.CLIENT_METRICS]: clientMetricsDefinitions,
}

const definitionOf = (type: number, name: string) =>
  type === ConfigResourceType.BROKER ? brokerDefinition(name) : definitionIn(TABLES[type] ?? {}, name)

/**
 * Whether entries may be appended to and subtracted from the value; Kafka does not know the lists of client metrics.
 */
export const isListConfig = (type: number, name: string): boolean =>
  type !== ConfigResourceType.CLIENT_METRICS && definitionOf(type, name)?.type === 'list'

/** The list to which an entry is appended where nothing was set. */
export const listDefault = (type: number, name: string): string | null => definitionOf(type, name)?.default ?? null

/**
 * Judges all of a resource's values as they would be. Throws `KafkaError` or `ConfigError`. A topic that is only being
 * created need not exist.
 */
export function validateResourceConfigs(
  state: CommandState,
  resource: ConfigResource,
  values: ConfigMap,
  { isNew }: { isNew: boolean },
): void {
  const { config, image } = state
  const { type, name } = resource
  switch (type) {
    case ConfigResourceType.TOPIC:
      if (name === '') throw invalidRequest('Default topic resources are not allowed.')
      validateTopicName(name)
      validateTopicConfigs(config, values)
      if (!isNew && image.topics.get(name) === undefined) {
        throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`)
      }
      return
    case ConfigResourceType.BROKER:
      validateBrokerName(name)
      if (values.has('cordoned.log.dirs') && !supportsCordonedLogDirs(metadataLevel(image))) {
        throw new ConfigError(
          'The cordoned.log.dirs configuration value cannot be set because it requires metadata.version >= 4.3-IV0',
        )
      }
      checkNodeExists(state, name)
      return
    case ConfigResourceType.CLIENT_METRICS:
      validateClientMetrics(name, values)
      return
    case ConfigResourceType.GROUP:
      if (name === '') throw invalidRequest('Default group resources are not allowed.')
      validateGroupConfigs(config, values)
      return
    default:
      throw invalidRequest(`Unknown resource type ${type}`)
  }
}

/** The empty name is the default of all brokers. */
function validateBrokerName(name: string): void {
  if (name === '') return
  if (!/^[+-]?\d+$/.test(name)) throw invalidRequest('Unable to parse broker name as a base 10 number.')
  if (Number(name) < 0) throw invalidRequest('Invalid negative broker ID.')
}

/** A node may be a broker or a controller, and the controller itself need not be registered. */
function checkNodeExists({ image, nodeId }: CommandState, name: string): void {
  if (name === '' || Number(name) === nodeId) return
  const { brokers, controllers } = image.cluster
  const id = String(Number(name))
  if (brokers.has(id) || controllers.has(id)) return
  throw new KafkaError(ErrorCode.BROKER_ID_NOT_REGISTERED, `No node with id ${id} found.`)
}

const MIN_PUSH_INTERVAL_MS = 100
const MAX_PUSH_INTERVAL_MS = 3_600_000
/** The properties of a client by which it may be selected (KIP-714). */
const MATCH_KEYS: ReadonlySet<string> = new Set([
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
])

function validateClientMetrics(name: string, values: ConfigMap): void {
  if (name === '') throw invalidRequest("Subscription name can't be empty")
  for (const [key, text] of values) {
    const definition = definitionIn(clientMetricsDefinitions, key)
    if (definition === undefined) throw invalidRequest(`Unknown client metrics configuration: ${key}`)
    const { value } = parseValue(key, definition, text)
    if (key === 'interval.ms') validatePushInterval(value as number)
    if (key === 'match') for (const pattern of value as readonly string[]) validateMatchPattern(pattern)
  }
}

function validatePushInterval(intervalMs: number): void {
  if (intervalMs >= MIN_PUSH_INTERVAL_MS && intervalMs <= MAX_PUSH_INTERVAL_MS) return
  throw invalidRequest(
    `Invalid value ${intervalMs} for interval.ms, interval must be between ${MIN_PUSH_INTERVAL_MS} and ${MAX_PUSH_INTERVAL_MS} (1 hour)`,
  )
}

function validateMatchPattern(pattern: string): void {
  const [key = '', expression, ...rest] = pattern.split('=').map((part) => part.trim())
  const problem = (why: string) => new KafkaError(ErrorCode.INVALID_CONFIG, `${why}: ${pattern}`)
  if (expression === undefined || rest.length > 0) throw problem('Illegal client matching pattern')
  if (!MATCH_KEYS.has(key)) throw problem('Illegal client matching pattern')
  try {
    new RegExp(expression)
  } catch {
    throw problem('Illegal client matching pattern')
  }
}
