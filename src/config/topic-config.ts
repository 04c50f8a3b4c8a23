import { unchecked } from '../../protocol/unchecked.ts'
import type { ConfigReader, Properties } from './config-reader.ts'
import { type Definition, type Definitions, definitionIn } from './definition.ts'
import { checkGroupBounds } from './rules/group-bounds.ts'
import {
  type BrokerConfigName,
  brokerSynonyms,
  type GroupConfigValues,
  groupDefinitions,
  groupSynonyms,
  type TopicConfigName,
  type TopicConfigValues,
  topicDefinitions,
  topicSynonyms,
} from './tables.ts'
import { ConfigError, type ConfigValue, parseValue } from './values.ts'

/** A topic's effective values by Kafka's names. Shared between topics without overrides, therefore never changed. */
export type TopicConfig = TopicConfigValues
export type GroupConfig = GroupConfigValues

const topicTable: Definitions = topicDefinitions
const groupTable: Definitions = groupDefinitions
// The objects below are filled from a table entry by entry, and are of the type that the table describes.

/** The configuration of a topic that sets nothing: the broker's values, in the topic's units. */
export function topicDefaults(broker: ConfigReader): TopicConfig {
  const values: Record<string, ConfigValue> = {}
  for (const [name, definition] of Object.entries(topicTable)) {
    const text = inheritedText(broker, topicSynonyms[name as TopicConfigName]) ?? definition.default
    values[name] = parseValue(name, { ...definition, validator: null }, text).value
  }
  return unchecked<TopicConfig>(values)
}

export function resolveTopicConfig(defaults: TopicConfig, overrides: Properties): TopicConfig {
  if (overrides.size === 0) return defaults
  const values: Record<string, unknown> = { ...defaults }
  for (const [name, text] of overrides) {
    const definition = definitionIn(topicTable, name)
    if (definition) values[name] = parseValue(name, definition, text).value
  }
  return unchecked<TopicConfig>(values)
}

/** A group's effective values (`kafka-configs --entity-type groups`). */
export function groupConfig(broker: ConfigReader, overrides: Properties): GroupConfig {
  const values: Record<string, ConfigValue> = {}
  for (const [name, definition] of Object.entries(groupTable)) {
    const own = overrides.get(name)
    const synonym = groupSynonyms[name as keyof GroupConfig]
    const inherited = (synonym && broker.canonicalText(synonym)) ?? definition.default
    values[name] = parseValue(
      name,
      own === undefined ? { ...definition, validator: null } : definition,
      own ?? inherited,
    ).value
  }
  return unchecked<GroupConfig>(values)
}

/**
 * The broker's value for `name` in that key's own unit, from the first of its synonyms that is set, as canonical
 * text: retention hours in milliseconds. null when none is set and none has a default.
 */
export function inheritedText(broker: ConfigReader, name: BrokerConfigName | null): string | null {
  if (name === null) return null
  for (const synonym of brokerSynonyms[name] ?? [{ name, factor: 1 }]) {
    const text = broker.canonicalText(synonym.name)
    if (text === null) continue
    if (synonym.factor === 1 && name !== 'log.retention.ms') return text
    const value = BigInt(text) * BigInt(synonym.factor)
    // Any negative retention means "for ever", which a topic writes as -1.
    return String(name === 'log.retention.ms' && value < 0n ? -1n : value)
  }
  return null
}

/**
 * Judges a topic's overrides as Kafka's controller does before it writes them. Throws `ConfigError`, which is
 * answered as INVALID_CONFIG.
 */
export function validateTopicConfigs(broker: ConfigReader, overrides: Properties): void {
  for (const [name, definition, text] of defined(topicTable, overrides, 'Unknown topic config name')) {
    parseValue(name, definition, text)
  }
  const topic = broker.topicConfig(overrides)
  const min = topic['min.compaction.lag.ms']
  const max = topic['max.compaction.lag.ms']
  if (min > max) {
    throw new ConfigError(
      `conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`,
    )
  }
  if (topic['remote.storage.enable'] && !broker.get('remote.log.storage.system.enable')) {
    throw new ConfigError(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  }
}

/** Judges a group's overrides. Throws `ConfigError`, which is answered as INVALID_CONFIG. */
export function validateGroupConfigs(broker: ConfigReader, overrides: Properties): void {
  for (const [name, definition, text] of defined(groupTable, overrides, 'Unknown group config name')) {
    const { value } = parseValue(name, definition, text)
    if (typeof value === 'number') checkGroupBounds(broker, name, value)
  }
  const group = groupConfig(broker, overrides)
  for (const kind of ['consumer', 'share', 'streams'] as const) {
    const [session, heartbeat] = [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`] as const
    if (group[session] <= group[heartbeat]) throw new ConfigError(`${session} must be greater than ${heartbeat}`)
  }
  if (group['errors.deadletterqueue.topic.name'].startsWith('__')) {
    throw new ConfigError("errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'")
  }
  const assignor = overrides.get('streams.assignor.name')
  const assignors = broker.get('group.streams.assignors')
  if (assignor !== undefined && !assignors.includes(assignor)) {
    const registered = `Registered assignors are: [${assignors.join(', ')}].`
    throw new ConfigError(`streams.assignor.name '${assignor}' is not a registered task assignor. ${registered}`)
  }
}

/** The overrides with their definitions. Kafka looks at all names before it looks at any value. */
function defined(table: Definitions, overrides: Properties, problem: string): [string, Definition, string][] {
  return [...overrides].map(([name, text]) => {
    const definition = definitionIn(table, name)
    if (definition === undefined) throw new ConfigError(`${problem}: ${name}`)
    return [name, definition, text]
  })
}
