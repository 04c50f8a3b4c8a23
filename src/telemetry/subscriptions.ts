/**
 * Subscriptions to the metrics of clients (KIP-714), pure: what CLIENT_METRICS resources say, which of them a client
 * matches, and what it is asked for. Ids are those of Apache's ClientMetricsManager to the bit, so that a client that goes
 * from a broker of the one kind to one of the other goes on pushing.
 */
import { javaHashOrder, uuidBytes, uuidHashCode } from '../../protocol/hashes.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'
import type { Definitions } from '../config/definition.ts'
import { clientMetricsDefinitions } from '../config/tables.ts'
import { type ConfigValue, parseValue } from '../config/values.ts'
import { type ConfigMap, ConfigResourceType, type ConfigurationsImage } from '../metadata/image/configurations-image.ts'

/** The properties by which a subscription may select clients, with the names that `match` has for them; null: the client did not say. */
export interface ClientProperties {
  readonly client_instance_id: string
  readonly client_id: string | null
  readonly client_software_name: string
  readonly client_software_version: string
  readonly client_source_address: string
  readonly client_source_port: string
}

interface Subscription {
  readonly metrics: readonly string[]
  readonly intervalMs: number
  matches(client: ClientProperties): boolean
}

/** The metrics that a client is asked for; none: it pushes nothing. */
export interface Asked {
  readonly subscriptionId: number
  /** Prefixes of names in the order of Apache's answer; an asterisk alone stands for all metrics. */
  readonly metrics: readonly string[]
  readonly intervalMs: number
}

const ALL_METRICS = '*'
const DEFAULT_INTERVAL_MS = 300_000

export class Subscriptions {
  readonly #all: readonly Subscription[]

  constructor(configs: ConfigurationsImage) {
    const resources = [...configs].filter(([{ type }]) => type === ConfigResourceType.CLIENT_METRICS)
    const byName = new Map(resources.map(([{ name }, values]) => [name, values]))
    this.#all = javaHashOrder([...byName.keys()], 'at').map((name) => subscriptionOf(byName.get(name) ?? new Map()))
  }

  /** All that match are put together: their metrics, and the shortest of their intervals and of five minutes. */
  for(client: ClientProperties): Asked {
    const matching = this.#all.filter((subscription) => subscription.matches(client))
    const named = new Set(matching.flatMap(({ metrics }) => metrics))
    const metrics = named.has(ALL_METRICS) ? [ALL_METRICS] : javaHashOrder([...named])
    const intervalMs = Math.min(DEFAULT_INTERVAL_MS, ...matching.map((subscription) => subscription.intervalMs))
    return { subscriptionId: idOf(metrics, intervalMs, client.client_instance_id), metrics, intervalMs }
  }
}

function idOf(metrics: readonly string[], intervalMs: number, clientInstanceId: string): number {
  const checksum = crc32c(Buffer.from(`[${metrics.join(', ')}]${intervalMs}`)) | 0
  return checksum ^ uuidHashCode(uuidBytes(clientInstanceId))
}

function subscriptionOf(values: ConfigMap): Subscription {
  const value = (name: keyof typeof clientMetricsDefinitions): ConfigValue => {
    const definition = (clientMetricsDefinitions as Definitions)[name]
    if (definition === undefined) throw new Error(`${name} is no key of subscriptions to metrics`)
    return parseValue(name, definition, values.get(name) ?? definition.default).value
  }
  const patterns = new Map((value('match') as readonly string[]).map(patternOf))
  return {
    metrics: javaHashOrder([...new Set(value('metrics') as readonly string[])], 'at'),
    intervalMs: value('interval.ms') as number,
    matches: (client) =>
      [...patterns].every(([name, pattern]) => {
        const property = client[name]
        return property !== null && pattern.test(property)
      }),
  }
}

const NOBODY = /(?!)/

/**
 * The controller has judged it: a key that is known, and a whole pattern. A controller elsewhere judges patterns by Java's
 * language; one that means nothing here selects nobody.
 */
function patternOf(text: string): [keyof ClientProperties, RegExp] {
  const [name = '', pattern = ''] = text.split('=').map((part) => part.trim())
  try {
    return [name as keyof ClientProperties, new RegExp(`^(?:${pattern})$`)]
  } catch {
    return [name as keyof ClientProperties, NOBODY]
  }
}
