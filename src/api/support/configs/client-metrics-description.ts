import type { Definitions } from '../../../config/definition.ts'
import type { ConfigEntry } from '../../../config/index.ts'
import { clientMetricsDefinitions } from '../../../config/tables.ts'
import { parseValue } from '../../../config/values.ts'
import type { ConfigMap } from '../../../metadata/image/configurations-image.ts'

const CLIENT_METRICS_SOURCE = 7
const DEFAULT_SOURCE = 5
const UNKNOWN_TYPE = 0
/** Kafka's ids of the types of values that occur here (KIP-569). */
const TYPE_IDS: Readonly<Record<string, number>> = { int: 3, list: 7 }

/** A subscription to client metrics (KIP-714) as DescribeConfigs shows it. */
export function describeClientMetrics(values: ConfigMap): ConfigEntry[] {
  return Object.entries(clientMetricsDefinitions as Definitions).map(([name, definition]) => {
    const own = values.get(name)
    const value = parseValue(name, { ...definition, validator: null }, own ?? definition.default).text
    const isOwn = own !== undefined
    return {
      name,
      value,
      readOnly: false,
      configSource: isOwn ? CLIENT_METRICS_SOURCE : DEFAULT_SOURCE,
      isSensitive: false,
      synonyms: isOwn ? [{ name, value, source: CLIENT_METRICS_SOURCE }] : [],
      configType: TYPE_IDS[definition.type] ?? UNKNOWN_TYPE,
      documentation: null,
    }
  })
}
