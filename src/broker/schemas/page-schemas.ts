/** Reads keys and values by the schemas of the topic `_schemas`, for the page: whoever wrote them, this broker's registry or another one. */
import type { Permissions } from '../../dispatch/access.ts'
import { SCHEMAS_TOPIC } from '../../registry/schemas-log.ts'
import type { SchemaReader } from '../../web/page/surroundings.ts'
import type { BuildOptions } from '../options.ts'
import type { Parts } from '../parts.ts'
import type { Readiness } from '../readiness.ts'
import { schemaRegistryOf } from './registry-of-broker.ts'

interface Surroundings {
  readonly parts: Parts
  readonly readiness: Readiness
  readonly permissions: Permissions
}

/** null: there are no schemas, or the caller may not read them. Nothing of the registry is loaded for that. */
export function schemaReaderOf(
  options: BuildOptions,
  { parts, readiness, permissions }: Surroundings,
): SchemaReader | null {
  if (parts.controller?.metadata.image.topics.get(SCHEMAS_TOPIC) === undefined) return null
  if (!permissions.allows('READ', 'TOPIC', SCHEMAS_TOPIC, true)) return null
  return async (part, bytes, headers) => {
    const decoded = await (await schemaRegistryOf(options, parts, readiness)).decode(part, bytes, headers)
    return decoded === null ? null : { id: decoded.schema.id, type: decoded.schema.schemaType, value: decoded.value }
  }
}
