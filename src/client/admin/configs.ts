/** Configurations of topics, brokers, groups and others, read and changed key by key (KIP-339). */
import { ErrorCode } from '../../../protocol/errors.ts'
import { DescribeConfigsRequest, DescribeConfigsResponse } from '../../../protocol/messages/describe-configs.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../protocol/messages/incremental-alter-configs.ts'
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../../protocol/messages/list-config-resources.ts'
import { CONFIG_OPERATIONS, type ConfigOperation } from '../../metadata/config-operations.ts'
import { ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { ClusterClient, Destination } from '../cluster-client.ts'
import { ensure } from './item-outcome.ts'

export type ConfigResourceName = Exclude<keyof typeof ConfigResourceType, 'UNKNOWN'>

export interface ConfigResource {
  readonly type: ConfigResourceName
  /** The id of a broker; empty: what holds for all of them. */
  readonly name: string
}

/** Where a value comes from, as Kafka's tools call it. */
const SOURCES: Readonly<Record<number, string>> = {
  1: 'DYNAMIC_TOPIC_CONFIG',
  2: 'DYNAMIC_BROKER_CONFIG',
  3: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  4: 'STATIC_BROKER_CONFIG',
  5: 'DEFAULT_CONFIG',
  6: 'DYNAMIC_BROKER_LOGGER_CONFIG',
  7: 'DYNAMIC_CLIENT_METRICS_CONFIG',
  8: 'DYNAMIC_GROUP_CONFIG',
}

export interface DescribedConfig {
  readonly name: string
  /** null: not set, or secret. */
  readonly value: string | null
  readonly source: string
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  readonly documentation: string | null
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: string }[]
}

/** Throws `KafkaError` with the broker's words. */
export async function describeConfigs(client: ClusterClient, resource: ConfigResource): Promise<DescribedConfig[]> {
  const body = {
    resources: [
      { resourceType: ConfigResourceType[resource.type], resourceName: resource.name, configurationKeys: null },
    ],
    includeSynonyms: true,
    includeDocumentation: true,
  }
  const answer = await client.request(
    destinationOf(resource),
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    (version) => (version < DOCUMENTATION_VERSION ? { ...body, includeDocumentation: false } : body),
    ({ results }) => results[0]?.errorCode ?? ErrorCode.NONE,
  )
  const configs: DescribedConfig[] = []
  for (const result of answer.results) {
    ensure(result.errorCode, result.errorMessage, named(resource))
    for (const { name, value, readOnly, configSource, isSensitive, documentation, synonyms } of result.configs) {
      configs.push({
        name,
        value,
        isReadOnly: readOnly,
        isSensitive,
        documentation,
        source: SOURCES[configSource] ?? 'UNKNOWN',
        synonyms: synonyms.map((each) => ({ ...each, source: SOURCES[each.source] ?? 'UNKNOWN' })),
      })
    }
  }
  return configs.sort((a, b) => (a.name < b.name ? -1 : 1))
}

const DOCUMENTATION_VERSION = 3

export interface ConfigChange {
  readonly name: string
  readonly operation: ConfigOperation
  readonly value: string | null
}

export async function alterConfigs(
  client: ClusterClient,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
  { validateOnly = false } = {},
): Promise<void> {
  const configs = changes.map(({ name, operation, value }) => ({
    name,
    value,
    configOperation: CONFIG_OPERATIONS.indexOf(operation),
  }))
  const body = {
    validateOnly,
    resources: [{ resourceType: ConfigResourceType[resource.type], resourceName: resource.name, configs }],
  }
  const destination = destinationOf(resource)
  const answer = await client.request(
    destination.to === 'any' ? { to: 'controller' } : destination,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    body,
    ({ responses }) => responses[0]?.errorCode ?? ErrorCode.NONE,
  )
  for (const { errorCode, errorMessage: words } of answer.responses) ensure(errorCode, words, named(resource))
}

/** Names of the resources of a type that have a configuration of their own (KIP-1142); null: the broker cannot say. */
export async function configResources(client: ClusterClient, type: ConfigResourceName): Promise<string[] | null> {
  const answer = await client
    .request({ to: 'any' }, ListConfigResourcesRequest, ListConfigResourcesResponse, (version) =>
      version < 1 ? {} : { resourceTypes: [ConfigResourceType[type]] },
    )
    .catch((error: { reason?: string }) => {
      if (error.reason === 'unsupported') return null
      throw error
    })
  if (answer === null) return null
  ensure(answer.errorCode)
  return answer.configResources
    .filter(({ resourceType }) => resourceType === ConfigResourceType[type])
    .map(({ resourceName }) => resourceName)
}

/** A broker knows its own configuration, and its loggers' levels; all others are the cluster's. */
function destinationOf({ type, name }: ConfigResource): Destination {
  const isOwn = (type === 'BROKER' && name !== '') || type === 'BROKER_LOGGER'
  return isOwn ? { to: 'broker', nodeId: Number(name) } : { to: 'any' }
}

const named = ({ type, name }: ConfigResource): string =>
  `The configuration of ${type.toLowerCase().replace('_', ' ')} ${name || 'defaults'}`
