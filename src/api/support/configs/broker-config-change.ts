/**
 * The broker's own judgement of a configuration change, before the controller sees it: the form of the request, and
 * values of its own keys, which only it can tell (Kafka's ConfigAdminManager).
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { type BrokerConfig, ConfigError, validateDynamicConfigs } from '../../../config/index.ts'
import { brokerDefinition } from '../../../config/tables.ts'
import type { ConnectionContext } from '../../../dispatch/handler.ts'
import { CONFIG_OPERATIONS, entriesOf } from '../../../metadata/config-operations.ts'
import { type ConfigMap, ConfigResourceType } from '../../../metadata/image/configurations-image.ts'
import { NO_ERROR, type ResourceError, resourceError } from '../../../metadata/resource-error.ts'

interface ConfigOfRequest {
  readonly name: string
  readonly value: string | null
  /** Absent in AlterConfigs, where every value is set. */
  readonly configOperation?: number
}

interface ResourceOfRequest {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly ConfigOfRequest[]
}

type Result = ResourceError & { readonly resourceType: number; readonly resourceName: string }

const CORDONED = 'cordoned.log.dirs'
const DELETE = CONFIG_OPERATIONS.indexOf('DELETE')
const invalid = (message: string): KafkaError => new KafkaError(ErrorCode.INVALID_REQUEST, message)

/** The answer to a request that is refused as a whole, resource by resource. */
export function refusedAlterations(
  resources: readonly Pick<ResourceOfRequest, 'resourceType' | 'resourceName'>[],
  errorCode: number,
  errorMessage: string | null,
): Result[] {
  return resources.map(({ resourceType, resourceName }) => ({ errorCode, errorMessage, resourceType, resourceName }))
}

/**
 * Refuses the resources that the broker can tell are wrong, answers those that `check` has changed itself, and passes the
 * rest on, if anything is left; answers in the order of the request.
 */
export async function alterThrough<R extends ResourceOfRequest>(
  resources: readonly R[],
  check: (resource: R) => Promise<'to be passed on' | 'done'>,
  alter: (remaining: readonly R[]) => Promise<readonly Partial<Result>[]>,
): Promise<Partial<Result>[]> {
  const ended = new Map<R, ResourceError>()
  for (const resource of resources) {
    try {
      checkForm(resources, resource)
      if ((await check(resource)) === 'done') ended.set(resource, NO_ERROR)
    } catch (error) {
      ended.set(resource, resourceError(error))
    }
  }
  const remaining = resources.filter((resource) => !ended.has(resource))
  const altered = remaining.length === 0 ? [] : await alter(remaining)
  const answers = new Map(remaining.map((resource, at) => [resource, altered[at]]))
  return resources.map((resource) => {
    const { resourceType, resourceName } = resource
    return answers.get(resource) ?? { ...ended.get(resource), resourceType, resourceName }
  })
}

function checkForm(resources: readonly ResourceOfRequest[], resource: ResourceOfRequest): void {
  const { resourceType, resourceName, configs } = resource
  const isNamed = (other: ResourceOfRequest): boolean =>
    other.resourceType === resourceType && other.resourceName === resourceName
  if (resources.filter(isNamed).length > 1) throw invalid('Each resource must appear at most once.')
  if (new Set(configs.map(({ name }) => name)).size < configs.length) {
    throw invalid('Error due to duplicate config keys')
  }
  const nulls = configs.filter(({ value, configOperation }) => value === null && configOperation !== DELETE)
  if (nulls.length > 0) {
    throw invalid(`Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`)
  }
}

/** Whether listeners could go on with a configuration. Throws `ConfigError`. */
export type ListenerCheck = (config: BrokerConfig) => Promise<void>

/** Only these can keep a listener from going on. */
const isTlsKey = (name: string): boolean => /^(listener\.name\.[^.]+\.)?ssl\./.test(name)

/** How a request came. */
export interface ChangeRequest {
  /** The request names changes, not the whole. */
  readonly isIncremental: boolean
  /** By a listener of the controller it may be about any broker. */
  readonly connection: Pick<ConnectionContext, 'listenerType' | 'isForwarded'>
}

/** `current`: what is set for the resource now. */
export async function checkBrokerChange(
  { config, checkListeners }: { readonly config: BrokerConfig; readonly checkListeners: ListenerCheck },
  resource: ResourceOfRequest,
  current: ConfigMap,
  { isIncremental, connection }: ChangeRequest,
): Promise<void> {
  const { resourceType, resourceName, configs } = resource
  switch (resourceType) {
    case ConfigResourceType.TOPIC:
    case ConfigResourceType.CLIENT_METRICS:
    case ConfigResourceType.GROUP:
      return
    case ConfigResourceType.BROKER:
      break
    default:
      throw invalid(`Unknown resource type ${resourceType}`)
  }
  const isController = connection.listenerType === 'controller'
  if (isController && !connection.isForwarded) checkCordonedAtController(current, configs)
  // A controller takes what other brokers have judged themselves.
  if (isController && resourceName !== '' && Number(resourceName) !== config.get('node.id')) return
  if (resourceName !== '') checkOwnId(config, resourceName)
  const next = new Map(isIncremental ? current : [])
  for (const change of configs) applyChange(next, change)
  try {
    const candidate = validateDynamicConfigs(config, resourceName === '' ? 'cluster' : 'broker', next)
    if (configs.some(({ name }) => isTlsKey(name))) await checkListeners(candidate)
  } catch (error) {
    if (error instanceof ConfigError) throw invalid(error.message)
    throw error
  }
}

/**
 * A controller does not know the directories of a broker by their paths, so that who asks it directly may only take some of
 * those away that are cordoned already (ConfigurationControlManager.isCordonedLogDirsInvalid).
 */
function checkCordonedAtController(current: ConfigMap, configs: readonly ConfigOfRequest[]): void {
  const change = configs.find(({ name }) => name === CORDONED)
  if (change === undefined) return
  const next = new Map(current)
  applyChange(next, change)
  const entries = (text = '') => text.trim().split(/\s*,\s*/)
  const wanted = next.get(CORDONED)
  if (wanted === undefined || wanted.trim() === '') return
  const cordoned = entries(current.get(CORDONED))
  if (entries(wanted).every((entry) => cordoned.includes(entry))) return
  const message =
    'When updating cordoned.log.dirs via controllers,  the new value must be a subset of the current configuration value.'
  throw new KafkaError(ErrorCode.INVALID_CONFIG, message)
}

function checkOwnId(config: BrokerConfig, name: string): void {
  const nodeId = config.get('node.id')
  if (!/^[+-]?\d+$/.test(name)) throw invalid(`Node id must be an integer, but it is: ${name}`)
  if (Number(name) !== nodeId) throw invalid(`Unexpected broker id, expected ${nodeId}, but received ${name}`)
}

function applyChange(values: Map<string, string>, { name, value, configOperation = 0 }: ConfigOfRequest): void {
  const operation = CONFIG_OPERATIONS[configOperation]
  // `checkForm` has refused all operations without a value but deletions.
  const text = value ?? ''
  switch (operation) {
    case 'SET':
      values.set(name, text)
      return
    case 'DELETE':
      values.delete(name)
      return
    case 'APPEND':
    case 'SUBTRACT': {
      const before = listEntries(values, name, operation)
      const entries = entriesOf(text)
      const kept = operation === 'APPEND' ? before : before.filter((entry) => !entries.includes(entry))
      const added = operation === 'APPEND' ? entries.filter((entry) => !before.includes(entry)) : []
      values.set(name, [...kept, ...added].join(','))
      return
    }
    default:
      throw invalid(`Unknown operations type ${configOperation}`)
  }
}

function listEntries(values: ConfigMap, name: string, operation: string): string[] {
  const definition = brokerDefinition(name)
  if (definition === undefined) throw new KafkaError(ErrorCode.INVALID_CONFIG, `Unknown config name: ${name}`)
  if (definition.type !== 'list') {
    const verb = operation.toLowerCase()
    throw new KafkaError(ErrorCode.INVALID_CONFIG, `Config value ${verb} is not allowed for config key: ${name}`)
  }
  return (values.get(name) ?? definition.default ?? '').split(',').filter((entry) => entry !== '')
}
