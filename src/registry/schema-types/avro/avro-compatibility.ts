/**
 * Whether a reader's schema resolves against a writer's, and where not, as the Avro specification says under "Schema
 * Resolution". Kinds, places and messages are those of Apache Avro's SchemaCompatibility.
 */
import type { AvroSchema, EnumSchema, Field, FixedSchema, NamedSchema, RecordSchema } from './avro-schema.ts'

export type AvroIncompatibilityType =
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH'

export interface AvroIncompatibility {
  readonly type: AvroIncompatibilityType
  /** A pointer into the reader's schema: `/fields/0/type`. */
  readonly location: string
  readonly message: string
}

/** The types of writers that a reader takes beside its own. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

/** More pairs than any schema of people has: each branch of a union may be compared with each of another one. */
const MOST_COMPARISONS = 500_000

export function avroIncompatibilities(reader: AvroSchema, writer: AvroSchema): readonly AvroIncompatibility[] {
  return new Resolution().compare(reader, writer, [])
}

const NONE: readonly AvroIncompatibility[] = []
type Path = readonly string[]

const pointer = (path: Path): string =>
  `/${path.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`

class Resolution {
  /** Pairs that were compared; while one is under way it counts as compatible, which ends recursion. */
  readonly #known = new Map<AvroSchema, Map<AvroSchema, readonly AvroIncompatibility[]>>()
  #count = 0

  compare(reader: AvroSchema, writer: AvroSchema, path: Path): readonly AvroIncompatibility[] {
    let ofReader = this.#known.get(reader)
    if (ofReader === undefined) this.#known.set(reader, (ofReader = new Map()))
    const known = ofReader.get(writer)
    if (known !== undefined) return known
    if (++this.#count > MOST_COMPARISONS) throw new Error('The schemas have unions that are too large to be compared')
    ofReader.set(writer, NONE)
    const found = this.#compare(reader, writer, path)
    ofReader.set(writer, found)
    return found
  }

  #compare(reader: AvroSchema, writer: AvroSchema, path: Path): readonly AvroIncompatibility[] {
    if (writer.type === 'union') return this.#writtenUnion(reader, writer.branches, path)
    if (reader.type === 'union') {
      const reads = reader.branches.some((branch) => this.compare(branch, writer, path).length === 0)
      return reads ? NONE : [lacking(writer, path)]
    }
    if (reader.type === 'array' && writer.type === 'array')
      return this.compare(reader.items, writer.items, [...path, 'items'])
    if (reader.type === 'map' && writer.type === 'map')
      return this.compare(reader.values, writer.values, [...path, 'values'])
    if (reader.type === 'record' && writer.type === 'record') return this.#records(reader, writer, path)
    if (reader.type === 'enum' && writer.type === 'enum')
      return [...names(reader, writer, path), ...symbols(reader, writer, path)]
    if (reader.type === 'fixed' && writer.type === 'fixed')
      return [...names(reader, writer, path), ...sizes(reader, writer, path)]
    const takes = reader.type === writer.type || PROMOTIONS[reader.type]?.includes(writer.type) === true
    if (takes) return NONE
    const message = `reader type: ${shown(reader)} not compatible with writer type: ${shown(writer)}`
    return [{ type: 'TYPE_MISMATCH', location: pointer(path), message }]
  }

  #writtenUnion(reader: AvroSchema, branches: readonly AvroSchema[], path: Path): readonly AvroIncompatibility[] {
    if (reader.type !== 'union') return branches.flatMap((branch) => this.compare(reader, branch, path))
    return branches.flatMap((branch, index) => {
      const at = [...path, String(index)]
      return this.compare(reader, branch, at).length === 0 ? NONE : [lacking(branch, at)]
    })
  }

  #records(reader: RecordSchema, writer: RecordSchema, path: Path): readonly AvroIncompatibility[] {
    const found = [...names(reader, writer, path)]
    reader.fields.forEach((field, index) => {
      const at = [...path, 'fields', String(index)]
      const written = writtenField(field, writer)
      if (written !== null) found.push(...this.compare(field.schema, written.schema, [...at, 'type']))
      else if (field.default === undefined) found.push(...this.#withoutDefault(field, writer, at))
    })
    return found
  }

  /** A field that nobody wrote and that has no default: an enum may have one of its own. */
  #withoutDefault(field: Field, writer: RecordSchema, at: Path): readonly AvroIncompatibility[] {
    if (field.schema.type === 'enum' && field.schema.default !== null) {
      return this.compare(field.schema, writer, [...at, 'type'])
    }
    return [{ type: 'READER_FIELD_MISSING_DEFAULT_VALUE', location: pointer(at), message: field.name }]
  }
}

function writtenField({ name, aliases }: Field, writer: RecordSchema): Field | null {
  for (const each of [name, ...aliases]) {
    const found = writer.fields.find((field) => field.name === each)
    if (found !== undefined) return found
  }
  return null
}

function names(reader: NamedSchema, writer: NamedSchema, path: Path): readonly AvroIncompatibility[] {
  if (reader.name.name === writer.name.name || reader.aliases.includes(writer.name.full)) return NONE
  return [{ type: 'NAME_MISMATCH', location: pointer([...path, 'name']), message: `expected: ${writer.name.full}` }]
}

function sizes(reader: FixedSchema, writer: FixedSchema, path: Path): readonly AvroIncompatibility[] {
  if (reader.size === writer.size) return NONE
  const message = `expected: ${writer.size}, found: ${reader.size}`
  return [{ type: 'FIXED_SIZE_MISMATCH', location: pointer([...path, 'size']), message }]
}

function symbols(reader: EnumSchema, writer: EnumSchema, path: Path): readonly AvroIncompatibility[] {
  const known = new Set(reader.symbols)
  const missing = [...new Set(writer.symbols)].filter((symbol) => !known.has(symbol)).sort()
  if (missing.length === 0 || reader.default !== null) return NONE
  return [{ type: 'MISSING_ENUM_SYMBOLS', location: pointer([...path, 'symbols']), message: `[${missing.join(', ')}]` }]
}

const lacking = (writer: AvroSchema, path: Path): AvroIncompatibility => ({
  type: 'MISSING_UNION_BRANCH',
  location: pointer(path),
  message: `reader union lacking writer type: ${shown(writer)}`,
})

const shown = ({ type }: AvroSchema): string => type.toUpperCase()

/** How clients are told: the first `%s` is the reader, the second the writer. */
export function avroMessage({ type, location, message }: AvroIncompatibility): string {
  return `{errorType:'${type}', description:'${description(type, location, message)}', additionalInfo:'${message}'}`
}

function description(type: AvroIncompatibilityType, path: string, message: string): string {
  switch (type) {
    case 'FIXED_SIZE_MISMATCH':
      return `The size of FIXED type field at path '${path}' in the %s schema does not match with the %s schema`
    case 'TYPE_MISMATCH':
      return `The type (path '${path}') of a field in the %s schema does not match with the %s schema`
    case 'NAME_MISMATCH':
      return `The name of the schema has changed (path '${path}')`
    case 'MISSING_ENUM_SYMBOLS':
      return `The %s schema is missing enum symbols '${message}' at path '${path}' in the %s schema`
    case 'MISSING_UNION_BRANCH':
      return `The %s schema is missing a type inside a union field at path '${path}' in the %s schema`
    case 'READER_FIELD_MISSING_DEFAULT_VALUE':
      return `The field '${message}' at path '${path}' in the %s schema has no default value and is missing in the %s schema`
  }
}
