import type { BrokerConfig } from './broker-config.ts'
import type { Properties } from './config-reader.ts'
import { type ConfigType, type Definition, type Definitions, definitionIn } from './definition.ts'
import { authorizerDefinitions } from './definitions/authorizer.ts'
import {
  type BrokerConfigName,
  baseName,
  brokerDefinition,
  brokerDefinitions,
  brokerSynonyms,
  groupDefinitions,
  groupSynonyms,
  hasListenerPrefix,
  isDynamic,
  topicDefinitions,
  topicSynonyms,
} from './tables.ts'
import { inheritedText } from './topic-config.ts'
import { parseValue } from './values.ts'

/** ConfigSource of the DescribeConfigs response. */
export const ConfigSource = {
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
  CLIENT_METRICS_CONFIG: 7,
  GROUP_CONFIG: 8,
} as const

/** Types of the DescribeConfigs response (KIP-569); 0 is a key that nobody knows. */
const typeIds: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

/** One line of a DescribeConfigs answer, in the field names of the response. */
export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: readonly ConfigSynonym[]
  readonly configType: number
  readonly documentation: string | null
}

/**
 * All of this broker's values: every public key, and every other one that was set. Those of the authorizer are in no
 * table of Apache's broker, so that they are among the others.
 */
export function describeBroker(config: BrokerConfig): ConfigEntry[] {
  const names = Object.entries(brokerDefinitions as Definitions)
    .filter(([name, definition]) => !definition.internal && !Object.hasOwn(authorizerDefinitions, name))
    .map(([name]) => name)
  const set = [config.static, config.dynamicProperties('cluster'), config.dynamicProperties('broker')]
  const all = new Set([...names, ...set.flatMap((properties) => [...properties.keys()])])
  return [...all].map((name) =>
    entryOf(name, brokerDefinition(name), config.canonicalText(name), brokerSynonymsOf(config, name), !isDynamic(name)),
  )
}

/** The dynamic defaults of the cluster: DescribeConfigs of the broker with the empty name. */
export function describeClusterDefaults(config: BrokerConfig): ConfigEntry[] {
  return [...config.dynamicProperties('cluster')].map(([name, text]) => {
    const synonyms = brokerSynonymsOf(config, name).filter(
      ({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
    )
    return entryOf(name, brokerDefinition(name), text, synonyms, !isDynamic(name))
  })
}

export function describeTopic(config: BrokerConfig, overrides: Properties): ConfigEntry[] {
  const entries = Object.entries(topicDefinitions as Definitions).filter(
    ([name, definition]) => !definition.internal || overrides.has(name),
  )
  return entries.map(([name, definition]) => {
    const broker = topicSynonyms[name as keyof typeof topicDefinitions]
    const inherited = inheritedText(config, broker) ?? definition.default
    const synonyms = broker ? brokerSynonymsOf(config, broker) : []
    return withOverride(name, definition, overrides, inherited, synonyms, ConfigSource.TOPIC_CONFIG)
  })
}

/** An internal key is shown where somebody set it, for the group or for the broker. */
export function describeGroup(config: BrokerConfig, overrides: Properties): ConfigEntry[] {
  const synonymOf = (name: string) => groupSynonyms[name as keyof typeof groupDefinitions]
  const entries = Object.entries(groupDefinitions as Definitions).filter(
    ([name, { internal }]) => !internal || overrides.has(name) || config.isSet(synonymOf(name) ?? name),
  )
  return entries.map(([name, definition]) => {
    const broker = synonymOf(name)
    const inherited = (broker && config.canonicalText(broker)) ?? definition.default
    const own = { name, value: definition.default, source: ConfigSource.DEFAULT_CONFIG }
    const synonyms = broker ? brokerSynonymsOf(config, broker) : definition.default === null ? [] : [own]
    return withOverride(name, definition, overrides, inherited, synonyms, ConfigSource.GROUP_CONFIG)
  })
}

function withOverride(
  name: string,
  definition: Definition,
  overrides: Properties,
  inherited: string | null,
  synonyms: readonly ConfigSynonym[],
  source: number,
): ConfigEntry {
  const own = overrides.get(name)
  if (own === undefined) return entryOf(name, definition, inherited, synonyms, false)
  const value = parseValue(name, definition, own).text
  return entryOf(name, definition, value, [{ name, value, source }, ...synonyms], false)
}

function entryOf(
  name: string,
  definition: Definition | undefined,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): ConfigEntry {
  // A key that nobody knows may hold a secret.
  const isSensitive = definition?.sensitive ?? true
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG,
    isSensitive,
    synonyms: isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    configType: definition ? typeIds[definition.type] : 0,
    documentation: definition?.documentation ?? null,
  }
}

/**
 * Every value that could apply, the one that does first: by source, and within a source by Kafka's order of names. As in
 * Kafka the list begins where the key's own name does, so that what only others say is left out.
 */
function brokerSynonymsOf(config: BrokerConfig, name: string): ConfigSynonym[] {
  const names = synonymNames(name)
  const found: ConfigSynonym[] = []
  const collect = (source: number, textOf: (name: string) => string | null | undefined) => {
    for (const synonym of names) {
      const value = textOf(synonym)
      if (value !== null && value !== undefined) found.push({ name: synonym, value, source })
    }
  }
  const dynamic = config.dynamicProperties('broker')
  const cluster = config.dynamicProperties('cluster')
  collect(ConfigSource.DYNAMIC_BROKER_CONFIG, (synonym) => dynamic.get(synonym))
  collect(ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, (synonym) => cluster.get(synonym))
  collect(ConfigSource.STATIC_BROKER_CONFIG, (synonym) => config.static.get(synonym))
  collect(ConfigSource.DEFAULT_CONFIG, (synonym) => {
    const definition = definitionIn(brokerDefinitions, synonym)
    return definition && config.defaultText(synonym, definition)
  })
  const first = found.findIndex((synonym) => synonym.name === name)
  return first === -1 ? [] : found.slice(first)
}

/** log.retention.hours is described with all three names of retention, whichever of them was asked for. */
function synonymNames(name: string): readonly string[] {
  if (hasListenerPrefix(name)) return [name, baseName(name)]
  for (const [strongest, synonyms] of Object.entries(brokerSynonyms)) {
    const names = synonyms.map((synonym) => synonym.name)
    const oneWay = strongest === 'log.flush.interval.ms' && name !== strongest
    if (names.includes(name as BrokerConfigName) && !oneWay) return names
  }
  return [name]
}
