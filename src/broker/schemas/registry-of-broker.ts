import type { BuildOptions } from '../options.ts'
import type { Parts } from '../parts.ts'
import type { Readiness } from '../readiness.ts'
import type { SchemaRegistryOfBroker } from './schema-registry.ts'

/** The one registry of this broker, made when listeners are to serve it, or records are first held to its schemas. */
export async function schemaRegistryOf(
  options: BuildOptions,
  parts: Parts,
  readiness: Readiness,
): Promise<SchemaRegistryOfBroker> {
  if (parts.schemaRegistry !== undefined) return parts.schemaRegistry
  const { SchemaRegistryOfBroker } = await import('./schema-registry.ts')
  parts.schemaRegistry ??= new SchemaRegistryOfBroker(options, parts, () => readiness.whyNot())
  return parts.schemaRegistry
}
