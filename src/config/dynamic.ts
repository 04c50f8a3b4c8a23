import { BrokerConfig, type DynamicLevel } from './broker-config.ts'
import type { Properties } from './config-reader.ts'
import { checkBrokerConfig } from './rules/broker-rules.ts'
import { problemOfTieredRetention } from './rules/tiered-retention.ts'
import { baseName, brokerDefinition, hasListenerPrefix } from './tables.ts'
import { ConfigError, parseValue } from './values.ts'

/** Security keys that change on one listener only, never on all at once: DynamicSecurityConfigs of Kafka. */
const isListenerSecurityKey = (name: string): boolean =>
  /^ssl\.(key\.password|(keystore|truststore)\.(certificate\.chain|certificates|key|location|password|type))$/.test(
    name,
  )

/** These belong to a listener and may nevertheless have one value for the whole cluster. */
const clusterLevelListenerKeys = new Set(['max.connection.creation.rate', 'max.connections', 'num.network.threads'])

/**
 * Judges the complete set of dynamic values that a level would have after an alteration, and returns the configuration that
 * the broker would have then. Throws `ConfigError`, which
 * Kafka answers as INVALID_REQUEST for brokers. Keys that are not known are custom properties and pass.
 */
export function validateDynamicConfigs(
  config: BrokerConfig,
  level: DynamicLevel,
  properties: Properties,
): BrokerConfig {
  const names = [...properties.keys()]
  refuse(
    names.filter((name) => brokerDefinition(name)?.updateMode === 'read-only' && !hasListenerPrefix(name)),
    'Cannot update these configs dynamically',
  )
  refuse(
    names.filter(isListenerSecurityKey),
    'These security configs can be dynamically updated only per-listener using the listener prefix',
  )
  for (const [name, text] of properties) {
    const definition = brokerDefinition(name)
    if (definition) parseValue(baseName(name), definition, text)
  }
  if (level === 'cluster') {
    refuse(
      names.filter((name) =>
        hasListenerPrefix(name)
          ? !clusterLevelListenerKeys.has(baseName(name))
          : brokerDefinition(name)?.updateMode === 'per-broker',
      ),
      'Cannot update these configs at default cluster level, broker id must be specified',
    )
  }
  for (const [name, text] of properties) if (THREAD_COUNTS.has(name)) checkThreadCount(config, name, Number(text))
  const candidate = new BrokerConfig(config.static)
  candidate.setDynamic('cluster', level === 'cluster' ? properties : config.dynamicProperties('cluster'))
  candidate.setDynamic('broker', level === 'broker' ? properties : config.dynamicProperties('broker'))
  checkBrokerConfig(candidate)
  const problem = problemOfTieredRetention(config, candidate)
  if (problem !== null) throw refusedByPart(problem)
  return candidate
}

/** The part of the broker that the change would reach refuses it: the form that Kafka gives to its words. */
function refusedByPart(problem: string): ConfigError {
  const exception = `org.apache.kafka.common.config.ConfigException: ${problem}`
  return new ConfigError(`Invalid value ${exception} for configuration Invalid dynamic configuration`)
}

const LOG_CLEANER_THREADS = 'log.cleaner.threads'
const THREAD_COUNTS: ReadonlySet<string> = new Set([
  'background.threads',
  LOG_CLEANER_THREADS,
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
])

/** A pool of threads at most doubles or halves at a time: who changes it step by step sees what each step does. */
function checkThreadCount(config: BrokerConfig, name: string, count: number): void {
  const current = Number(config.canonicalText(name))
  const isTooFew = count < Math.floor(current / 2)
  if (!isTooFew && count <= current * 2) return
  const isCleaner = name === LOG_CLEANER_THREADS
  const cleaner = isTooFew ? 'reduced to less than half' : 'increased to more than double'
  const other = isTooFew ? 'be at least half' : 'not be greater than double'
  const why = isCleaner
    ? `Log cleaner threads cannot be ${cleaner} the current value ${current}`
    : `Dynamic thread count update validation failed for ${name}=${count}, value should ${other} the current value ${current}`
  throw refusedByPart(why)
}

function refuse(names: readonly string[], reason: string): void {
  if (names.length > 0) throw new ConfigError(`${reason}: [${names.join(', ')}]`)
}
