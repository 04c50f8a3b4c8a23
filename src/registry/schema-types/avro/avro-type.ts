/** Avro as a kind of schema. */
import type { SchemaReference } from '../../state/log-records.ts'
import { parseJson } from '../lossless-json.ts'
import type { ParsedSchema, SchemaText, SchemaType } from '../schema-type.ts'
import { sortedReferences } from '../sorted-references.ts'
import { avroIncompatibilities, avroMessage } from './avro-compatibility.ts'
import { checkDefaults } from './avro-defaults.ts'
import { AvroParser, type AvroSchema, isNamed, PRIMITIVES } from './avro-schema.ts'
import { canonicalText, normalText } from './avro-text.ts'

export const avroType: SchemaType = {
  name: 'AVRO',
  parse: (text) => parse(text),
}

function parse({ schema, references, resolved, isNew }: SchemaText): ParsedAvro {
  const parser = new AvroParser()
  const known = resolved.map((reference) => parser.parse(jsonOf(reference.schema)))
  const parsed = parser.parse(jsonOf(schema), isNew)
  if (isNew) checkDefaults(parsed)
  return new ParsedAvro(parsed, known, references)
}

/** A text such as `string` is a schema too, though it is no JSON. */
function jsonOf(text: string) {
  const word = text.trim()
  return PRIMITIVES.some((primitive) => primitive === word && word !== 'null')
    ? word
    : word === 'null'
      ? 'null'
      : parseJson(text)
}

class ParsedAvro implements ParsedSchema {
  readonly type = 'AVRO'
  readonly canonical: string
  readonly references: readonly SchemaReference[]
  readonly schema: AvroSchema
  /** Schemas that are referred to. */
  readonly #known: readonly AvroSchema[]

  constructor(schema: AvroSchema, known: readonly AvroSchema[], references: readonly SchemaReference[], text?: string) {
    this.schema = schema
    this.#known = known
    this.references = references
    this.canonical = text ?? canonicalText(schema, namesOf(known))
  }

  normalize(): ParsedAvro {
    return new ParsedAvro(
      this.schema,
      this.#known,
      sortedReferences(this.references),
      normalText(this.schema, namesOf(this.#known)),
    )
  }

  validate(strict: boolean): void {
    if (!strict || this.schema.type !== 'record') return
    const reserved = this.schema.fields.find(({ name }) => name.startsWith('$$'))
    if (reserved !== undefined) throw new Error('Field names cannot start with $$ prefix')
  }

  formatted(format: string): string {
    return format === 'resolved' ? canonicalText(this.schema) : this.canonical
  }

  incompatibilities(previous: ParsedSchema): string[] {
    if (!(previous instanceof ParsedAvro)) return ['Incompatible because of different schema type']
    return avroIncompatibilities(this.schema, previous.schema).map(avroMessage)
  }

  equivalent(other: ParsedSchema): boolean {
    return other instanceof ParsedAvro && normalText(this.schema) === normalText(other.schema)
  }

  recordName(): string | null {
    return isNamed(this.schema) ? this.schema.name.full : this.schema.type
  }

  hasTopLevelField(name: string): boolean {
    return this.schema.type === 'record' && this.schema.fields.some((field) => field.name === name)
  }
}

const namesOf = (schemas: readonly AvroSchema[]): string[] =>
  schemas.flatMap((schema) => (isNamed(schema) ? [schema.name.full] : []))
