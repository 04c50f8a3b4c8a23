/** IncrementalAlterConfigs and AlterConfigs as the controller judges them; brokers' keys are judged before, at the broker. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { AlterConfigsRequest, AlterConfigsResponse } from '../../../protocol/messages/alter-configs.ts'
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../protocol/messages/incremental-alter-configs.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { CONFIG_OPERATIONS, type ConfigOperation, entriesOf } from '../../metadata/config-operations.ts'
import { isElrEnabled } from '../../metadata/features.ts'
import { type ConfigResource, ConfigResourceType } from '../../metadata/image/configurations-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { attempt } from '../../metadata/resource-error.ts'
import { MIN_INSYNC_REPLICAS } from './activation.ts'
import { type CommandResult, type CommandState, splitDuplicates } from './command.ts'
import { isListConfig, listDefault, validateResourceConfigs } from './rules/config-rules.ts'

export interface ConfigChange {
  readonly op: ConfigOperation
  readonly value: string | null
}

interface ResourceOfRequest {
  readonly resourceType: number
  readonly resourceName: string
}

type ResourceResult = NonNullable<Encodable<typeof IncrementalAlterConfigsResponse>['responses']>[number]

/** A longer value could not be written in records that older brokers read. */
const MAX_VALUE_LENGTH = 32_767

export function incrementalAlterConfigs(
  state: CommandState,
  request: IncrementalAlterConfigsRequest,
): CommandResult<Encodable<typeof IncrementalAlterConfigsResponse>> {
  const { records, responses } = eachResource(state, request.resources, (resource, { configs }) => {
    const changes = configs.map(({ name, configOperation, value }): [string, ConfigChange] => {
      const op = CONFIG_OPERATIONS[configOperation]
      // Kafka trips over an operation that does not exist, and says so.
      if (op === undefined) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
      return [name, { op, value }]
    })
    return alterResource(state, resource, new Map(changes))
  })
  return { records: request.validateOnly ? [] : records, response: { responses } }
}

/** The whole of a resource's configuration is what the request says; what it does not name falls back to the default. */
export function alterConfigs(
  state: CommandState,
  request: AlterConfigsRequest,
): CommandResult<Encodable<typeof AlterConfigsResponse>> {
  const { records, responses } = eachResource(state, request.resources, (resource, { configs }) => {
    const changes = new Map<string, ConfigChange>(configs.map(({ name, value }) => [name, { op: 'SET', value }]))
    for (const name of state.image.configs.get(resource).keys()) {
      if (!changes.has(name)) changes.set(name, { op: 'DELETE', value: null })
    }
    return alterResource(state, resource, changes)
  })
  return { records: request.validateOnly ? [] : records, response: { responses } }
}

function eachResource<R extends ResourceOfRequest>(
  state: CommandState,
  resources: readonly R[],
  alter: (resource: ConfigResource, request: R) => MetadataRecord[],
): { records: MetadataRecord[]; responses: ResourceResult[] } {
  const keyOf = ({ resourceType, resourceName }: R): string => `${resourceType}:${resourceName}`
  const { unique } = splitDuplicates(resources.map(keyOf))
  const records: MetadataRecord[] = []
  const responses = resources.map((resource): ResourceResult => {
    const { resourceType, resourceName } = resource
    const error = attempt(() => {
      if (!unique.has(keyOf(resource))) {
        throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Each resource must appear at most once.')
      }
      records.push(...alter({ type: resourceType, name: resourceName }, resource))
    })
    return { ...error, resourceType, resourceName }
  })
  return { records: [...records, ...clearElrRecords(state, records)], responses }
}

/** Eligible leaders were chosen by the old minimum of in-sync replicas: a new minimum starts them anew (KIP-966). */
function clearElrRecords({ image }: CommandState, records: readonly MetadataRecord[]): MetadataRecord[] {
  if (!isElrEnabled(image)) return []
  return records.flatMap((record): MetadataRecord[] => {
    if (record.type !== 'ConfigRecord' || record.value.name !== MIN_INSYNC_REPLICAS) return []
    const topicName = record.value.resourceType === ConfigResourceType.TOPIC ? record.value.resourceName : ''
    return [{ type: 'ClearElrRecord', version: 0, value: { topicName } }]
  })
}

/** The records of one resource's change. Throws `KafkaError` or `ConfigError`: then nothing of the resource changes. */
export function alterResource(
  state: CommandState,
  resource: ConfigResource,
  changes: ReadonlyMap<string, ConfigChange>,
  { isNew = false } = {},
): MetadataRecord[] {
  const current = state.image.configs.get(resource)
  const next = new Map(current)
  const records: MetadataRecord[] = []
  for (const [name, change] of changes) {
    const value = changedValue(resource, name, current.get(name) ?? null, change)
    // A broker reloads what a record names, even an unchanged value (KAFKA-14136): the file behind it may be new.
    if (value === (current.get(name) ?? null) && resource.type !== ConfigResourceType.BROKER) continue
    checkTransition(state, resource, name, value)
    if (value === null) next.delete(name)
    else next.set(name, value)
    const { type: resourceType, name: resourceName } = resource
    records.push({ type: 'ConfigRecord', version: 0, value: { resourceType, resourceName, name, value } })
  }
  validateResourceConfigs(state, resource, next, { isNew })
  return records
}

function changedValue(
  resource: ConfigResource,
  name: string,
  current: string | null,
  change: ConfigChange,
): string | null {
  const { op, value } = change
  if (op === 'SET') return value
  if (op === 'DELETE') return null
  if (!isListConfig(resource.type, name)) {
    throw new KafkaError(ErrorCode.INVALID_CONFIG, `Can't ${op} to key ${name} because its type is not LIST.`)
  }
  const before = (current ?? listDefault(resource.type, name) ?? '').split(',').filter((entry) => entry !== '')
  for (const entry of entriesOf(value ?? '')) {
    const at = before.indexOf(entry)
    if (op === 'APPEND' && at === -1) before.push(entry)
    if (op === 'SUBTRACT' && at !== -1) before.splice(at, 1)
  }
  return before.join(',')
}

function checkTransition({ image }: CommandState, resource: ConfigResource, name: string, value: string | null): void {
  if (value !== null && value.length > MAX_VALUE_LENGTH) {
    const message = `The configuration value cannot be added because it exceeds the maximum value size of ${MAX_VALUE_LENGTH} bytes.`
    throw new KafkaError(ErrorCode.INVALID_CONFIG, message)
  }
  if (resource.type !== ConfigResourceType.BROKER || name !== MIN_INSYNC_REPLICAS || !isElrEnabled(image)) return
  if (resource.name !== '') {
    const message = `Broker-level ${MIN_INSYNC_REPLICAS} cannot be altered while ELR is enabled.`
    throw new KafkaError(ErrorCode.INVALID_CONFIG, message)
  }
  if (value === null) {
    const message = `Cluster-level ${MIN_INSYNC_REPLICAS} cannot be removed while ELR is enabled.`
    throw new KafkaError(ErrorCode.INVALID_CONFIG, message)
  }
}
