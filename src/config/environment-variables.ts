import type { Properties } from './broker-config.ts'

const PREFIX = 'KAFKA_'

/** Variables of Kafka's start scripts and of its images. They speak to the JVM or to a script, not to a broker's config. */
const scriptVariables = new Set(
  [
    'CREATE_TOPICS',
    'DEBUG',
    'GC_LOG_OPTS',
    'HEAP_OPTS',
    'HOME',
    'JMX_HOSTNAME',
    'JMX_OPTS',
    'JMX_PORT',
    'JVM_PERFORMANCE_OPTS',
    'LOG4J_LOGGERS',
    'LOG4J_OPTS',
    'LOG4J_ROOT_LOGLEVEL',
    'OPTS',
    'TOOLS_LOG4J_LOGLEVEL',
    'VERSION',
  ].map((name) => PREFIX + name),
)

/** KAFKA_LOG_RETENTION_MS → log.retention.ms, as in Apache's image: `_` is `.`, `__` is `_`, `___` is `-`. */
export function keyOfVariable(variable: string): string {
  return variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '.').replaceAll('...', '-').replaceAll('..', '_')
}

/** The properties that environment variables set, KAFKA_CREATE_TOPICS and the CLUSTER_ID of Apache's image among them. */
export function propertiesOfEnvironment(variables: Readonly<Record<string, string | undefined>>): Properties {
  const properties = new Map<string, string>()
  for (const [variable, value] of Object.entries(variables)) {
    if (value === undefined || !variable.startsWith(PREFIX) || scriptVariables.has(variable)) continue
    properties.set(keyOfVariable(variable), value)
  }
  const clusterId = variables.CLUSTER_ID
  if (clusterId) properties.set('samsa.cluster.id', clusterId)
  const topics = variables.KAFKA_CREATE_TOPICS
  if (topics) properties.set('samsa.create.topics', topics)
  return properties
}
