/** Whether a record has a schema that is registered for it: the judgment of brokers that validate what they are sent. */
import { versionOfRecord, versionsById } from './operations/lookups.ts'
import type { View } from './operations/operation.ts'
import type { Registry } from './registry.ts'
import { SCHEMA_TYPES } from './schema-types/schema-type.ts'
import type { SchemaVersion } from './state/registry-state.ts'
import { framedRecord, type Header, protobufPayload, type RecordPart, type SchemaOfRecord } from './wire-format.ts'

/** How serializers name the subject of a schema: by the topic, by the name of the record, or by both. */
export type SubjectNaming = 'topic' | 'record' | 'topic-record'

export interface RecordToJudge {
  readonly topic: string
  readonly part: RecordPart
  readonly naming: SubjectNaming
  readonly bytes: Buffer
  readonly headers: readonly Header[]
}

/** Resolves to null where the record has such a schema, else to why not. Rejects where the registry cannot be read. */
export async function whyInvalid(registry: Registry, record: RecordToJudge): Promise<string | null> {
  const { part, bytes, headers, naming } = record
  const framed = framedRecord(part, bytes, headers)
  if (framed === null) return `the ${part} names no schema: its first byte is not 0, followed by four of an id`
  const { schema, payload } = framed
  return registry.ask(
    (view) => {
      const version = versionOfRecord(view.state, schema)
      if (version === null) return `the ${part} has ${words(schema)}, which the registry does not know`
      const subject = naming === 'topic' ? `${record.topic}-${part}` : subjectByName(view, version, payload, record)
      if (subject === null) return `the ${part} is no message of the schema with ${words(schema)}`
      const registered = versionsById(view.state, version.id, version.subject, 'all') ?? []
      if (registered.some((each) => each.subject === subject)) return null
      return `the ${part} has ${words(schema)}, which is not registered under subject ${subject}`
    },
    () => (naming === 'topic' ? [] : SCHEMA_TYPES),
  )
}

const words = (schema: SchemaOfRecord): string => ('id' in schema ? `schema id ${schema.id}` : `schema ${schema.guid}`)

function subjectByName(
  { parser }: View,
  version: SchemaVersion,
  payload: Buffer,
  { naming, topic }: RecordToJudge,
): string | null {
  const place = version.schemaType === 'PROTOBUF' ? protobufPayload(payload) : { indexes: [] }
  const name = place === null ? null : parser.parseVersion(version).recordName(place.indexes)
  if (name === null) return null
  return naming === 'record' ? name : `${topic}-${name}`
}
