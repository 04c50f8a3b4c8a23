/** Configurations of topics, groups, brokers and client metrics: read with Kafka's words on each key, and changed. */
import { first } from '../../../protocol/collections/elements.ts'
import { ConfigSource } from '../../config/describe.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { BrokerCalls } from './broker-calls.ts'
import type { ConfigRow } from './model.ts'
import { ensure, PageError } from './page-error.ts'

const RESOURCE_TYPES: ReadonlyMap<string, number> = new Map([
  ['topic', ConfigResourceType.TOPIC],
  ['broker', ConfigResourceType.BROKER],
  ['client-metrics', ConfigResourceType.CLIENT_METRICS],
  ['group', ConfigResourceType.GROUP],
])
const SOURCES: ReadonlyMap<number, string> = new Map([
  [ConfigSource.TOPIC_CONFIG, 'topic'],
  [ConfigSource.DYNAMIC_BROKER_CONFIG, 'broker, dynamic'],
  [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, 'cluster, dynamic'],
  [ConfigSource.STATIC_BROKER_CONFIG, 'start of the broker'],
  [ConfigSource.DEFAULT_CONFIG, 'default'],
  [ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG, 'logger'],
  [ConfigSource.CLIENT_METRICS_CONFIG, 'client metrics'],
  [ConfigSource.GROUP_CONFIG, 'group'],
])
const TYPES = ['unknown', 'boolean', 'string', 'int', 'short', 'long', 'double', 'list', 'class', 'password']
const SET = 0
const DELETE = 1

export async function describeConfigs(calls: BrokerCalls, type: string, name: string): Promise<ConfigRow[]> {
  const { results } = await calls.call('DescribeConfigs', {
    resources: [{ resourceType: resourceType(type), resourceName: name, configurationKeys: null }],
    includeSynonyms: true,
    includeDocumentation: true,
  })
  const { errorCode, errorMessage, configs } = first(results)
  ensure(errorCode, `The configuration of ${type} ${name}`, errorMessage)
  return configs
    .map((config) => ({
      name: config.name,
      value: config.value,
      source: sourceName(config.configSource),
      type: TYPES[config.configType] ?? 'unknown',
      readOnly: config.readOnly,
      sensitive: config.isSensitive,
      documentation: config.documentation,
      synonyms: config.synonyms.map(({ name, value, source }) => ({ name, value, source: sourceName(source) })),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Sets values, or takes those away that are null: the next one of the synonyms holds. */
export async function alterConfigs(
  calls: BrokerCalls,
  type: string,
  name: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const { responses } = await calls.call('IncrementalAlterConfigs', {
    resources: [
      {
        resourceType: resourceType(type),
        resourceName: name,
        configs: Object.entries(values).map(([name, value]) => {
          return { name, configOperation: value === null ? DELETE : SET, value }
        }),
      },
    ],
    validateOnly: false,
  })
  const { errorCode, errorMessage } = first(responses)
  ensure(errorCode, `The configuration of ${type} ${name} was not changed`, errorMessage)
}

function resourceType(type: string): number {
  const code = RESOURCE_TYPES.get(type)
  if (code === undefined) throw new PageError(400, 'INVALID_REQUEST', `There are no configurations of ${type}.`)
  return code
}

const sourceName = (source: number): string => SOURCES.get(source) ?? 'unknown'
