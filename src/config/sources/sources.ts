import { BrokerConfig } from '../broker-config.ts'
import type { Properties } from '../config-reader.ts'
import { advertisedListeners, brokerListeners } from '../listeners.ts'
import { nearestName } from '../nearest-name.ts'
import { isRemovedKey, namesOfRemovedKeys } from '../removed-keys.ts'
import { isObserver } from '../roles.ts'
import { checkBrokerConfig } from '../rules/broker-rules.ts'
import {
  type BrokerConfigName,
  brokerDefinition,
  brokerDefinitions,
  hasListenerPrefix,
  topicSynonyms,
} from '../tables.ts'
import { ConfigError } from '../values.ts'
import { warningWithoutEffect } from '../without-effect.ts'
import { type EnvironmentProperties, listeningWhereAdvertised } from './environment-variables.ts'

export interface ConfigSources {
  /** The properties of a file. */
  readonly file?: Properties
  readonly environment?: EnvironmentProperties
  /** Properties from the command line or a program: somebody has just written them, so an unknown one is a mistake. */
  readonly given?: Properties
}

export interface LoadedConfig {
  readonly config: BrokerConfig
  /** Sentences for the log. */
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

const NOTHING: Properties = new Map()
const NO_VARIABLES: EnvironmentProperties = { properties: NOTHING, variableOf: new Map(), services: [] }

/**
 * Merges the sources, the later ones of `ConfigSources` over the earlier, and checks all of it. Throws `ConfigError`.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { file = NOTHING, environment = NO_VARIABLES, given = NOTHING } = sources
  for (const name of given.keys()) {
    if (!isKnown(name)) throw new ConfigError(unknownKey(name))
  }
  const saysWhereToListen = file.has('listeners') || given.has('listeners')
  const inherited = saysWhereToListen ? environment.properties : listeningWhereAdvertised(environment.properties)
  // Each source by itself: a stronger one that names either id has decided for both.
  const layers = [file, inherited, given].map(withBothIds)
  const config = new BrokerConfig(new Map(layers.flatMap((layer) => [...layer])))
  checkBrokerConfig(config)
  const warnings = warningsOfUnknown(file, environment, given)
  const idle = warningWithoutEffect('broker', config.static.keys(), isObserver(config))
  if (idle !== null) warnings.push(idle)
  warnings.push(...warningsOfPorts(config))
  return { config, warnings, notes: notesOn(environment) }
}

/** `broker.id` is the older name of `node.id`: Kafka takes either for the other where only one is there. */
function withBothIds(layer: Properties): Properties {
  const brokerId = layer.get('broker.id')
  const nodeId = layer.get('node.id')
  if (nodeId === undefined && brokerId !== undefined) return new Map([...layer, ['node.id', brokerId]])
  if (brokerId === undefined && nodeId !== undefined) return new Map([...layer, ['broker.id', nodeId]])
  return layer
}

/** A sentence for each name that looks misspelt, and one for each other kind of name that is no configuration. */
function warningsOfUnknown(file: Properties, environment: EnvironmentProperties, given: Properties): string[] {
  const isIgnored = (name: string) => !isKnown(name) && !given.has(name)
  const names = [...new Set([...file.keys(), ...environment.properties.keys()])].filter(isIgnored)
  const removed = names.filter(isRemovedKey)
  const rest = names.filter((name) => !isRemovedKey(name))
  const misspelt = rest.filter((name) => meantBy(name) !== null)
  const foreign = rest.filter((name) => meantBy(name) === null)
  const warnings = misspelt.map((name) => `${unknownKey(name)} It is ignored.`)
  if (removed.length > 0) warnings.push(`Removed in Kafka 4, and ignored: ${namesOfRemovedKeys(removed)}.`)
  const lines = foreign.filter((name) => file.has(name))
  if (lines.length > 0) warnings.push(`There is no configuration ${lines.join(', no ')}: ignored.`)
  const variables = foreign.filter((name) => !file.has(name)).map((name) => environment.variableOf.get(name) ?? name)
  if (variables.length > 0) {
    warnings.push(`Variables that name no configuration of Kafka, and are ignored: ${variables.join(', ')}.`)
  }
  return warnings
}

/** A port may be forwarded to the one that is opened. Where nobody has said what to open, it was probably forgotten. */
function warningsOfPorts(config: BrokerConfig): string[] {
  if (config.isSet('listeners')) return []
  const advertised = advertisedListeners(config)
  return brokerListeners(config).flatMap(({ listenerName, port }) => {
    const told = advertised.get(listenerName)
    if (told === undefined || told === 'auto' || told.port === port) return []
    return `advertised.listeners sends clients to port ${told.port}, and port ${port} is listened on: set listeners as well, unless the one is forwarded to the other.`
  })
}

function notesOn({ services }: EnvironmentProperties): string[] {
  if (services.length === 0) return []
  return [`Variables that describe services of the network configure nothing here: ${services.join(', ')}.`]
}

const isKnown = (name: string): boolean => brokerDefinition(name) !== undefined || hasListenerPrefix(name)

/** The configuration that was probably meant by a name that is none; null where none is like it. */
function meantBy(name: string): string | null {
  const synonym: BrokerConfigName | null = topicSynonyms[name as keyof typeof topicSynonyms] ?? null
  return synonym ?? nearestName(name, Object.keys(brokerDefinitions))
}

function unknownKey(name: string): string {
  if (isRemovedKey(name)) return `Removed in Kafka 4: ${namesOfRemovedKeys([name])}.`
  const meant = meantBy(name)
  if (topicSynonyms[name as keyof typeof topicSynonyms]) {
    return `${name} is a configuration of topics; the broker's is ${meant}.`
  }
  return `There is no configuration ${name}${meant ? `; did you mean ${meant}?` : '.'}`
}
