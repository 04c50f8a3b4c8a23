import type { BrokerConfigName, BrokerConfigValues, TopicConfigValues } from './tables.ts'

/** Properties as they were given: a key without a value here is not set. */
export type Properties = ReadonlyMap<string, string>

/** The values of a broker as the rules for topics and groups ask for them. */
export interface ConfigReader {
  get<Name extends BrokerConfigName>(name: Name): BrokerConfigValues[Name]
  /** The value as text in Kafka's form; null: it is not set, and has no default. */
  canonicalText(name: string): string | null
  topicConfig(overrides: Properties): TopicConfigValues
}
