import { BrokerConfig, type Properties } from './broker-config.ts'
import { controllerListeners } from './listeners.ts'
import { nearestName } from './nearest-name.ts'
import { checkBrokerConfig } from './rules.ts'
import {
  type BrokerConfigName,
  brokerDefinition,
  brokerDefinitions,
  hasListenerPrefix,
  topicSynonyms,
} from './tables.ts'
import { ConfigError } from './values.ts'
import { isWithoutEffect } from './without-effect.ts'

export interface ConfigSources {
  /** Of a properties file. */
  readonly file?: Properties
  /** Of environment variables. */
  readonly environment?: Properties
  /** Of the command line or of a program: somebody has just written them, so an unknown one is a mistake. */
  readonly given?: Properties
}

export interface LoadedConfig {
  readonly config: BrokerConfig
  /** Sentences for the log. */
  readonly warnings: readonly string[]
  readonly notes: readonly string[]
}

/** Merges the sources, the later ones of `ConfigSources` over the earlier, and checks all of it. Throws `ConfigError`. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { file = new Map(), environment = new Map(), given = new Map() } = sources
  for (const name of given.keys()) {
    if (!isKnown(name)) throw new ConfigError(unknownKey(name))
  }
  const warnings = [...new Set([...file.keys(), ...environment.keys()])]
    .filter((name) => !isKnown(name) && !given.has(name))
    .map((name) => `${unknownKey(name)} It is ignored.`)
  const config = new BrokerConfig(new Map([...file, ...environment, ...given]))
  checkBrokerConfig(config)

  const idle = [...config.static.keys()].filter(isWithoutEffect).sort()
  if (idle.length > 0) warnings.push(`Without effect in samsa, which has one node and no JVM: ${idle.join(', ')}.`)
  if (!config.get('process.roles').includes('controller')) {
    warnings.push('process.roles has no controller: samsa does not join a cluster yet, it is its own controller.')
  }
  return { config, warnings, notes: notesOn(config) }
}

/** The listener of a separate controller is never bound: samsa's is in the same process. */
function notesOn(config: BrokerConfig): string[] {
  return controllerListeners(config).map(
    ({ listenerName, port }) =>
      `The listener ${listenerName} on port ${port} is not opened: the controller is within this process.`,
  )
}

const isKnown = (name: string): boolean => brokerDefinition(name) !== undefined || hasListenerPrefix(name)

function unknownKey(name: string): string {
  const synonym: BrokerConfigName | null = topicSynonyms[name as keyof typeof topicSynonyms] ?? null
  if (synonym) return `${name} is a configuration of topics; the broker's is ${synonym}.`
  const nearest = nearestName(name, Object.keys(brokerDefinitions))
  return `There is no configuration ${name}${nearest ? `; did you mean ${nearest}?` : '.'}`
}
