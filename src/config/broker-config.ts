import type { ConfigReader, Properties } from './config-reader.ts'
import { isForOneNode, samsaDefault } from './defaults.ts'
import type { Definition } from './definition.ts'
import {
  type BrokerConfigName,
  type BrokerConfigValues,
  baseName,
  brokerDefinition,
  brokerDefinitions,
} from './tables.ts'
import { resolveTopicConfig, type TopicConfig, topicDefaults } from './topic-config.ts'
import { ConfigError, type ParsedValue, parseValue } from './values.ts'

/** A set of dynamic values: this broker's own, or the cluster's default for every broker. */
export type DynamicLevel = 'broker' | 'cluster'

const NOTHING: Properties = new Map()

/**
 * The configuration of this broker. A value is looked for, in Kafka's order, among this broker's dynamic values, the
 * cluster's dynamic defaults, the static properties and the defaults.
 */
export class BrokerConfig implements ConfigReader {
  /** The properties with which the broker was started. */
  readonly static: Properties
  #dynamic: Record<DynamicLevel, Properties> = { broker: NOTHING, cluster: NOTHING }
  /** Parsed on first use: most keys of most brokers are never read. */
  readonly #parsed = new Map<string, ParsedValue>()
  readonly #subscribers = new Set<(changed: ReadonlySet<string>) => void>()
  #topicBase: TopicConfig | null = null

  /** Throws `ConfigError` for the first value that cannot stand. Unknown keys are kept, as Kafka keeps them. */
  constructor(properties: Properties | Readonly<Record<string, string>> = NOTHING) {
    this.static = properties instanceof Map ? properties : new Map(Object.entries(properties))
    for (const [name, text] of this.static) {
      const definition = brokerDefinition(name)
      if (definition) parseValue(name, definition, text)
    }
  }

  get<Name extends BrokerConfigName>(name: Name): BrokerConfigValues[Name] {
    return this.#parse(name, brokerDefinitions[name]).value as BrokerConfigValues[Name]
  }

  /** The value for one listener: `listener.name.{listener}.{name}` before `{name}` itself. */
  getForListener<Name extends BrokerConfigName>(listenerName: string, name: Name): BrokerConfigValues[Name] {
    const prefixed = `listener.name.${listenerName.toLowerCase()}.${name}`
    if (this.#text(prefixed) === null) return this.get(name)
    return this.#parse(prefixed, brokerDefinitions[name]).value as BrokerConfigValues[Name]
  }

  /**
   * The value for a SASL mechanism of a listener: `listener.name.{listener}.{mechanism}.{name}` before the listener's.
   */
  getForMechanism<Name extends BrokerConfigName>(
    listenerName: string,
    mechanism: string,
    name: Name,
  ): BrokerConfigValues[Name] {
    const prefixed = `listener.name.${listenerName.toLowerCase()}.${mechanism.toLowerCase()}.${name}`
    if (this.#text(prefixed) === null) return this.getForListener(listenerName, name)
    return this.#parse(prefixed, brokerDefinitions[name]).value as BrokerConfigValues[Name]
  }

  /** The canonical text of a known key's value, or the raw text of any other key; null when it is not set. */
  canonicalText(name: string): string | null {
    const definition = brokerDefinition(name)
    return definition ? this.#parse(name, definition).text : this.#text(name)
  }

  /** True when somebody set it, statically or dynamically. */
  isSet(name: string): boolean {
    return this.#dynamic.broker.has(name) || this.#dynamic.cluster.has(name) || this.static.has(name)
  }

  dynamicProperties(level: DynamicLevel): Properties {
    return this.#dynamic[level]
  }

  /** The directories of the data: `log.dirs`, or `log.dir` where that is not set. */
  get logDirs(): readonly string[] {
    return this.get('log.dirs') ?? this.get('log.dir')
  }

  /** Runs `fn` after dynamic values changed, with the names whose effective value is another now. */
  subscribe(fn: (changed: ReadonlySet<string>) => void): () => void {
    this.#subscribers.add(fn)
    return () => this.#subscribers.delete(fn)
  }

  /**
   * Replaces all dynamic values of one level. A value that does not parse is left out, as Kafka does with one that an
   * older version let through; the sentences that say so are returned for the log.
   */
  setDynamic(level: DynamicLevel, properties: Properties): string[] {
    const problems: string[] = []
    const accepted = new Map<string, string>()
    for (const [name, text] of properties) {
      const definition = brokerDefinition(name)
      try {
        if (definition) parseValue(name, definition, text)
        accepted.set(name, text)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        problems.push(error.message)
      }
    }
    const touched = [...new Set([...this.#dynamic[level].keys(), ...accepted.keys()])]
    const before = touched.map((name) => this.#text(name))
    this.#dynamic = { ...this.#dynamic, [level]: accepted }
    const changed = new Set(touched.filter((name, index) => this.#text(name) !== before[index]))
    if (changed.size > 0) this.#announce(changed)
    return problems
  }

  /** The effective values of a topic with these overrides, which must have passed `validateTopicConfigs`. */
  topicConfig(overrides: Properties | Readonly<Record<string, string>> = NOTHING): TopicConfig {
    this.#topicBase ??= topicDefaults(this)
    return resolveTopicConfig(
      this.#topicBase,
      overrides instanceof Map ? overrides : new Map(Object.entries(overrides)),
    )
  }

  /**
   * The default of a key for this broker, as text: samsa's where it differs from Apache's. Defaults that are what they are
   * because there is one node are Apache's in a broker of a cluster (`process.roles=broker`).
   */
  defaultText(name: string, definition: Definition): string | null {
    const isInCluster = this.static.get('process.roles')?.trim() === 'broker'
    return isInCluster && isForOneNode(name) ? definition.default : defaultText(name, definition)
  }

  #announce(changed: ReadonlySet<string>): void {
    for (const name of changed) this.#parsed.delete(name)
    this.#topicBase = null
    for (const fn of this.#subscribers) fn(changed)
  }

  #parse(name: string, definition: Definition): ParsedValue {
    let parsed = this.#parsed.get(name)
    if (!parsed) {
      const set = this.#text(name)
      const text = set ?? (name === baseName(name) ? this.defaultText(name, definition) : null)
      // A default is not validated: Apache's own are allowed what a person is not (a required key's null).
      parsed =
        set === null ? parseValue(name, { ...definition, validator: null }, text) : parseValue(name, definition, set)
      this.#parsed.set(name, parsed)
    }
    return parsed
  }

  #text(name: string): string | null {
    return this.#dynamic.broker.get(name) ?? this.#dynamic.cluster.get(name) ?? this.static.get(name) ?? null
  }
}

/** The default of a broker key as text: samsa's where it differs, else Apache's. */
export const defaultText = (name: string, definition: Definition): string | null =>
  samsaDefault(name) ?? definition.default
