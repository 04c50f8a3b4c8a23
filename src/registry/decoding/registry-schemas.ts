import { versionOfRecord } from '../operations/lookups.ts'
import type { Registry } from '../registry.ts'
import { isSchemaType } from '../schema-types/types.ts'
import type { SchemaOfRecord } from '../wire-format.ts'
import type { WholeSchema } from './whole-schema.ts'

/** A schema of a registry in this process, for `RecordDecoder`. */
export const wholeSchemaOf = (registry: Registry, schema: SchemaOfRecord): Promise<WholeSchema | null> =>
  registry.ask(({ state, parser }) => {
    const version = versionOfRecord(state, schema)
    if (version === null || !isSchemaType(version.schemaType)) return null
    const { id, schemaType, schema: text, references } = version
    return { id, schemaType, schema: text, references, resolved: parser.referencesOf(version) }
  })
