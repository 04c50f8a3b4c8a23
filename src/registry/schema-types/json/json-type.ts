/** JSON Schema as a kind of schema: drafts 4, 6, 7, 2019-09 and 2020-12. */
import type { SchemaReference } from '../../state/log-records.ts'
import { isObject, type Json, parseJson, printJson, sameJson, toValue } from '../lossless-json.ts'
import type { CompatibilityPolicy, ParsedSchema, SchemaText, SchemaType } from '../schema-type.ts'
import { sortedReferences } from '../sorted-references.ts'
import { forgives, jsonMessage } from './json-difference.ts'
import { jsonDifferences } from './json-differences.ts'
import { checkReferences, JsonDocument } from './json-model.ts'
import { problemOfSchema } from './meta-schemas.ts'

export const jsonType: SchemaType = {
  name: 'JSON',
  parse({ schema, references, resolved }: SchemaText): ParsedJson {
    const others = new Map<string, JsonDocument>()
    for (const other of resolved) others.set(other.name, new JsonDocument(parseJson(other.schema), others))
    return new ParsedJson(parseJson(schema), references, others)
  },
}

class ParsedJson implements ParsedSchema {
  readonly type = 'JSON'
  readonly canonical: string
  readonly references: readonly SchemaReference[]
  readonly json: Json
  readonly document: JsonDocument
  readonly #others: ReadonlyMap<string, JsonDocument>

  constructor(json: Json, references: readonly SchemaReference[], others: ReadonlyMap<string, JsonDocument>) {
    this.json = json
    this.references = references
    this.#others = others
    this.document = new JsonDocument(json, others)
    this.canonical = printJson(json)
  }

  normalize(): ParsedJson {
    const sorted = parseJson(printJson(this.json, { sorted: true }))
    return new ParsedJson(sorted, sortedReferences(this.references), this.#others)
  }

  validate(strict: boolean): void {
    if (!isObject(this.json) && typeof this.json !== 'boolean')
      throw new Error('A JSON Schema is an object, true or false')
    const problem = problemOfSchema(toValue(this.json))
    if (problem !== null) throw new Error(problem)
    checkReferences(this.document, this.json)
    const reserved = strict ? this.#fields().find((name) => name.startsWith('$$')) : undefined
    if (reserved !== undefined) throw new Error(`Field names cannot start with $$ prefix (#/properties/${reserved})`)
  }

  formatted(): string {
    return this.canonical
  }

  incompatibilities(previous: ParsedSchema, policy: CompatibilityPolicy): string[] {
    if (!(previous instanceof ParsedJson)) return ['Incompatible because of different schema type']
    return jsonDifferences(previous.document.node, this.document.node, policy)
      .filter(({ type }) => !forgives(type, policy))
      .map(jsonMessage)
  }

  equivalent(other: ParsedSchema): boolean {
    return other instanceof ParsedJson && sameJson(this.json, other.json)
  }

  recordName(): string | null {
    const title = isObject(this.json) ? this.json.get('title') : undefined
    return typeof title === 'string' ? title : null
  }

  hasTopLevelField(name: string): boolean {
    return this.#fields().includes(name)
  }

  #fields(): string[] {
    const properties = isObject(this.json) ? this.json.get('properties') : undefined
    return isObject(properties) ? [...properties.keys()] : []
  }
}
