/**
 * The text of an Avro schema as Apache Avro prints it, which is kept. In its normal form properties of one's own and
 * aliases stand in order, so that schemas which differ in spelling alone have one text.
 */
import { compareText } from '../../subject-name.ts'
import { type Json, printJson } from '../lossless-json.ts'
import { type AvroSchema, type Field, isNamed, isPrimitive, type Name, type NamedSchema } from './avro-schema.ts'

/** A part of an object's text: `"name":value`. */
type Part = string

const part = (name: string, text: string): Part => `${JSON.stringify(name)}:${text}`
const quoted = (text: string): string => JSON.stringify(text)
const object = (parts: readonly Part[]): string => `{${parts.join(',')}}`

/** As Apache Avro's `Schema.toString` has it; `known` are full names that need no definition. */
export const canonicalText = (schema: AvroSchema, known: Iterable<string> = []): string =>
  new CanonicalText(new Set(known), false).of(schema, '')

export const normalText = (schema: AvroSchema, known: Iterable<string> = []): string =>
  new CanonicalText(new Set(known), true).of(schema, '')

class CanonicalText {
  readonly #known: Set<string>
  readonly #isNormal: boolean

  constructor(known: Set<string>, isNormal: boolean) {
    this.#known = known
    this.#isNormal = isNormal
  }

  of(schema: AvroSchema, namespace: string): string {
    switch (schema.type) {
      case 'union':
        return `[${schema.branches.map((branch) => this.of(branch, namespace)).join(',')}]`
      case 'array':
        return object([
          part('type', '"array"'),
          part('items', this.of(schema.items, namespace)),
          ...this.#own(schema.properties),
        ])
      case 'map':
        return object([
          part('type', '"map"'),
          part('values', this.of(schema.values, namespace)),
          ...this.#own(schema.properties),
        ])
      default:
        if (isNamed(schema)) return this.#named(schema, namespace)
        if (schema.properties.length === 0) return quoted(schema.type)
        return object([part('type', quoted(schema.type)), ...this.#own(schema.properties)])
    }
  }

  #named(schema: NamedSchema, namespace: string): string {
    const { name, doc, properties, aliases } = schema
    if (this.#known.has(name.full)) return quoted(within(name, namespace))
    this.#known.add(name.full)
    const head = [
      part('type', quoted(schema.type === 'record' && schema.isError ? 'error' : schema.type)),
      part('name', quoted(name.name)),
    ]
    if (name.namespace !== namespace) head.push(part('namespace', quoted(name.namespace)))
    if (doc !== null && !(this.#isNormal && doc === '')) head.push(part('doc', quoted(doc)))
    return object([
      ...head,
      ...this.#body(schema),
      ...this.#own(properties),
      ...this.#aliases(shortened(aliases, name.namespace)),
    ])
  }

  #body(schema: NamedSchema): Part[] {
    switch (schema.type) {
      case 'record':
        return [
          part('fields', `[${schema.fields.map((field) => this.#field(field, schema.name.namespace)).join(',')}]`),
        ]
      case 'enum':
        return [
          part('symbols', `[${schema.symbols.map(quoted).join(',')}]`),
          ...(schema.default === null ? [] : [part('default', quoted(schema.default))]),
        ]
      case 'fixed':
        return [part('size', String(schema.size))]
    }
  }

  #field({ name, schema, doc, default: byDefault, order, aliases, properties }: Field, namespace: string): string {
    return object([
      part('name', quoted(name)),
      part('type', this.of(schema, namespace)),
      ...(doc === null ? [] : [part('doc', quoted(doc))]),
      ...(byDefault === undefined ? [] : [part('default', printJson(byDefault, { sorted: this.#isNormal }))]),
      ...(order === 'ascending' ? [] : [part('order', quoted(order))]),
      ...this.#aliases(aliases),
      ...this.#own(properties, false),
    ])
  }

  #aliases(aliases: readonly string[]): Part[] {
    if (aliases.length === 0) return []
    const shown = this.#isNormal ? [...new Set(aliases)].sort() : aliases
    return [part('aliases', `[${shown.map(quoted).join(',')}]`)]
  }

  /** `isOfType`: the properties of a type, where those of a logical type go first. */
  #own(properties: readonly (readonly [string, Json])[], isOfType = true): Part[] {
    const entries = this.#isNormal ? inOrder(properties, isOfType) : properties
    return entries.map(([name, value]) => part(name, printJson(value, { sorted: this.#isNormal })))
  }
}

const LOGICAL_FIRST = ['logicalType', 'precision', 'scale']

function inOrder(properties: readonly (readonly [string, Json])[], isOfType: boolean): (readonly [string, Json])[] {
  const isLogical = isOfType && properties.some(([name]) => name === 'logicalType')
  const rank = (name: string) => (isLogical && LOGICAL_FIRST.includes(name) ? LOGICAL_FIRST.indexOf(name) : 3)
  return [...properties].sort(([a], [b]) => rank(a) - rank(b) || compareText(a, b))
}

/** Aliases in the namespace of their schema are written without it. */
const shortened = (aliases: readonly string[], namespace: string): string[] =>
  aliases.map((alias) => {
    const dot = alias.lastIndexOf('.')
    return (dot < 0 ? '' : alias.slice(0, dot)) === namespace ? alias.slice(dot + 1) : alias
  })

/** The name as a reference in the namespace: short where that cannot be taken for a primitive. */
const within = (name: Name, namespace: string): string =>
  name.namespace === namespace && !isPrimitive(name.name) ? name.name : name.full
