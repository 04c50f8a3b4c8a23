import { defaultText } from './broker-config.ts'
import type { ConfigType, Definition, Definitions, UpdateMode } from './definition.ts'
import {
  brokerDefinitions,
  clientMetricsDefinitions,
  dynamicOnlyDefinitions,
  groupDefinitions,
  topicDefinitions,
} from './tables.ts'
import { type ConfigScope, type Effectiveness, effectOf } from './without-effect.ts'

export interface CatalogueEntry extends Effectiveness {
  readonly scope: ConfigScope
  readonly name: string
  readonly type: ConfigType
  /** The value that holds where nobody sets the key; null: nothing. */
  readonly default: string | null
  /** The same in Apache Kafka; undefined for keys that only samsa has. */
  readonly apacheDefault: string | null | undefined
  /** Keys of topics, groups and client metrics can always be changed. */
  readonly update: UpdateMode | 'dynamic'
  /** Kafka does not show it in DescribeConfigs or in its documentation. */
  readonly internal: boolean
}

const tables: Readonly<Record<ConfigScope, Definitions>> = {
  broker: { ...brokerDefinitions, ...dynamicOnlyDefinitions },
  topic: topicDefinitions,
  group: groupDefinitions,
  'client-metrics': clientMetricsDefinitions,
}

export const CONFIG_SCOPES = Object.keys(tables) as readonly ConfigScope[]

/** Every configuration key that there is, by scope and name, with what it does here. */
export const catalogue = (): CatalogueEntry[] =>
  CONFIG_SCOPES.flatMap((scope) =>
    Object.keys(tables[scope])
      .sort()
      .map((name) => entryOf(scope, name, tables[scope][name] as Definition)),
  )

function entryOf(scope: ConfigScope, name: string, definition: Definition): CatalogueEntry {
  return {
    scope,
    name,
    type: definition.type,
    default: scope === 'broker' ? defaultText(name, definition) : definition.default,
    apacheDefault: /^(?:samsa|confluent)\./.test(name) ? undefined : definition.default,
    update: scope === 'broker' ? definition.updateMode : 'dynamic',
    internal: definition.internal,
    ...effectOf(scope, name),
  }
}
