import type { Properties } from '../config-reader.ts'

const PREFIX = 'KAFKA_'
/** The prefix of Bitnami's image, whose compose files set everything through it. */
const BITNAMI_PREFIX = 'KAFKA_CFG_'

/**
 * Variables of Kafka's start scripts and of its images. They speak to the JVM or to a script, not to a broker's config.
 */
const scriptVariables = new Set(
  [
    'CREATE_TOPICS',
    'DEBUG',
    'ENABLE_KRAFT',
    'GC_LOG_OPTS',
    'HEAP_OPTS',
    'HOME',
    'JMX_HOSTNAME',
    'JMX_OPTS',
    'JMX_PORT',
    'JVM_PERFORMANCE_OPTS',
    'KRAFT_CLUSTER_ID',
    'LOG4J_LOGGERS',
    'LOG4J_OPTS',
    'LOG4J_ROOT_LOGLEVEL',
    'OPTS',
    'TOOLS_LOG4J_LOGLEVEL',
    'VERSION',
  ].map((name) => PREFIX + name),
)

/**
 * Variables that Kubernetes and Docker put into every container for a service that is called kafka, or kafka-something:
 * KAFKA_SERVICE_HOST, KAFKA_PORT_9092_TCP_ADDR, KAFKA_UI_PORT=tcp://10.0.0.1:8080.
 */
const serviceVariable = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)$/
const serviceAddress = /^(tcp|udp|sctp):\/\//

const HOST_OF_LISTENER = /:\/\/(\[[^\]]*\]|[^:,]*):/g

export interface EnvironmentProperties {
  readonly properties: Properties
  /** The variable that each property was read from. */
  readonly variableOf: ReadonlyMap<string, string>
  /** Variables that describe a service of the network and configure nothing. */
  readonly services: readonly string[]
}

/** KAFKA_LOG_RETENTION_MS → log.retention.ms, as in Apache's image: `_` is `.`, `__` is `_`, `___` is `-`. */
export function keyOfVariable(variable: string): string {
  return variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '.').replaceAll('...', '-').replaceAll('..', '_')
}

/**
 * KAFKA_CFG_LOG_RETENTION_MS → log.retention.ms, as in Bitnami's image, where every `_` is `.` but in two protocols.
 */
function keyOfBitnamiVariable(variable: string): string {
  const key = variable.slice(BITNAMI_PREFIX.length).toLowerCase().replaceAll('_', '.')
  return key.replaceAll('sasl.ssl', 'sasl_ssl').replaceAll('sasl.plaintext', 'sasl_plaintext')
}

/**
 * The properties that environment variables set, KAFKA_CREATE_TOPICS and the cluster id of Apache's and of Bitnami's
 * images among them. KAFKA_X goes before KAFKA_CFG_X.
 */
export function propertiesOfEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentProperties {
  const properties = new Map<string, string>()
  const variableOf = new Map<string, string>()
  const services: string[] = []
  const take = (name: string, variable: string, value: string) => {
    properties.set(name, value)
    variableOf.set(name, variable)
  }
  const present = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0].startsWith(PREFIX),
  )
  const isBitnami = (variable: string) => variable.startsWith(BITNAMI_PREFIX)
  for (const [variable, value] of present) {
    if (isBitnami(variable)) take(keyOfBitnamiVariable(variable), variable, value)
  }
  for (const [variable, value] of present) {
    if (scriptVariables.has(variable) || isBitnami(variable)) continue
    if (serviceVariable.test(variable) || serviceAddress.test(value)) services.push(variable)
    else take(keyOfVariable(variable), variable, value)
  }
  const clusterId = variables.CLUSTER_ID || variables.KAFKA_KRAFT_CLUSTER_ID
  if (clusterId) properties.set('samsa.cluster.id', clusterId)
  const topics = variables.KAFKA_CREATE_TOPICS
  if (topics) properties.set('samsa.create.topics', topics)
  return { properties, variableOf, services }
}

/**
 * The properties with `listeners` made from `advertised.listeners` where that stands alone, as in the images of Apache
 * and Confluent: the same names and ports, on every address.
 */
export function listeningWhereAdvertised(properties: Properties): Properties {
  const advertised = properties.get('advertised.listeners')
  if (!advertised || advertised.trim() === 'auto' || properties.get('listeners')) return properties
  return new Map([...properties, ['listeners', advertised.replaceAll(HOST_OF_LISTENER, '://0.0.0.0:')]])
}
