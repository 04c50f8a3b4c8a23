/**
 * An Avro schema with everything that its text says: documentation, aliases, properties of one's own. Readers such as avsc
 * need less; the registry keeps and compares all of it. Source: the Avro specification 1.12, and what Apache Avro makes of
 * it where that is silent.
 */
import { firstRepeated } from '../../../../protocol/collections/repeated.ts'
import { isArray, isObject, type Json, JsonNumber, type JsonObject } from '../lossless-json.ts'

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type Primitive = (typeof PRIMITIVES)[number]

/** Properties that Avro does not know, in the order of the text. */
type Properties = readonly (readonly [string, Json])[]

export interface Name {
  /** Without the namespace. */
  readonly name: string
  /** Empty: none. */
  readonly namespace: string
  readonly full: string
}

interface Named {
  readonly name: Name
  readonly doc: string | null
  /** Full names. */
  readonly aliases: readonly string[]
  readonly properties: Properties
}

export interface Field {
  readonly name: string
  readonly schema: AvroSchema
  readonly doc: string | null
  /** Absent: the field has no default, which is not the same as null. */
  readonly default?: Json
  readonly order: 'ascending' | 'descending' | 'ignore'
  readonly aliases: readonly string[]
  readonly properties: Properties
}

export interface PrimitiveSchema {
  readonly type: Primitive
  readonly properties: Properties
}
export interface RecordSchema extends Named {
  readonly type: 'record'
  readonly isError: boolean
  /** Filled in while it is parsed: a field may be of the record itself. */
  readonly fields: Field[]
}
export interface EnumSchema extends Named {
  readonly type: 'enum'
  readonly symbols: readonly string[]
  readonly default: string | null
}
export interface FixedSchema extends Named {
  readonly type: 'fixed'
  readonly size: number
}
export interface ArraySchema {
  readonly type: 'array'
  readonly items: AvroSchema
  readonly properties: Properties
}
export interface MapSchema {
  readonly type: 'map'
  readonly values: AvroSchema
  readonly properties: Properties
}
export interface UnionSchema {
  readonly type: 'union'
  readonly branches: readonly AvroSchema[]
}
export type NamedSchema = RecordSchema | EnumSchema | FixedSchema
export type AvroSchema = PrimitiveSchema | NamedSchema | ArraySchema | MapSchema | UnionSchema

export const isNamed = (schema: AvroSchema): schema is NamedSchema =>
  schema.type === 'record' || schema.type === 'enum' || schema.type === 'fixed'

const SCHEMA_WORDS = new Set([
  'doc',
  'fields',
  'items',
  'name',
  'namespace',
  'size',
  'symbols',
  'values',
  'type',
  'aliases',
])
const ENUM_WORDS = new Set([...SCHEMA_WORDS, 'default'])
const FIELD_WORDS = new Set(['default', 'doc', 'name', 'order', 'type', 'aliases'])
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** As Java counts letters and digits: signs beyond the basic plane are none. */
const NAME_OF_ANY_SCRIPT = /^(?!.*[\u{10000}-\u{10FFFF}])[\p{L}_][\p{L}\p{Nd}_]*$/u
const ORDERS = ['ascending', 'descending', 'ignore'] as const

/** Parses schemas one after another: a later one may refer to those that an earlier one defines. Throws a sentence. */
export class AvroParser {
  readonly #defined = new Map<string, NamedSchema>()
  #isNew = false

  /**
   * `isNew`: names are of ASCII alone, and namespaces and aliases are held to the rules of names too. Older schemas may
   * have letters of any script.
   */
  parse(json: Json, isNew = false): AvroSchema {
    this.#isNew = isNew
    return this.#schema(json, '')
  }

  #schema(json: Json, namespace: string): AvroSchema {
    if (typeof json === 'string') return this.#reference(json, namespace)
    if (isArray(json)) return this.#union(json, namespace)
    if (!isObject(json)) throw new Error(`A schema is a name, an object or a list, not ${shown(json)}`)
    const type = json.get('type')
    if (typeof type !== 'string') throw new Error(`No type: ${shown(json)}`)
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(json, namespace, type === 'error')
      case 'enum':
        return this.#enum(json, namespace)
      case 'fixed':
        return this.#fixed(json, namespace)
      case 'array':
        return {
          type,
          items: this.#schema(needed(json, 'items'), namespace),
          properties: properties(json, SCHEMA_WORDS),
        }
      case 'map':
        return {
          type,
          values: this.#schema(needed(json, 'values'), namespace),
          properties: properties(json, SCHEMA_WORDS),
        }
      default:
        return isPrimitive(type)
          ? { type, properties: properties(json, SCHEMA_WORDS) }
          : this.#reference(type, namespace)
    }
  }

  #reference(text: string, namespace: string): AvroSchema {
    if (isPrimitive(text)) return { type: text, properties: [] }
    const { full } = nameOf(text, namespace)
    const found = this.#defined.get(full) ?? this.#defined.get(text)
    if (found === undefined) throw new Error(`"${text}" is not a defined name`)
    return found
  }

  #union(json: readonly Json[], namespace: string): UnionSchema {
    const branches = json.map((branch) => this.#schema(branch, namespace))
    const seen = new Set<string>()
    for (const branch of branches) {
      if (branch.type === 'union') throw new Error('A union may not stand in a union')
      const kind = isNamed(branch) ? branch.name.full : branch.type
      if (seen.has(kind)) throw new Error(`Duplicate in union: ${kind}`)
      seen.add(kind)
    }
    return { type: 'union', branches }
  }

  #record(json: JsonObject, namespace: string, isError: boolean): RecordSchema {
    const record: RecordSchema = { type: 'record', isError, fields: [], ...this.#named(json, namespace, SCHEMA_WORDS) }
    this.#define(record)
    const fields = json.get('fields')
    if (!isArray(fields)) throw new Error(`Record has no fields: ${shown(json)}`)
    const names = new Set<string>()
    for (const field of fields) {
      const parsed = this.#field(field, record)
      if (names.has(parsed.name)) throw new Error(`Duplicate field ${parsed.name} in record ${record.name.full}`)
      names.add(parsed.name)
      record.fields.push(parsed)
    }
    return record
  }

  #field(json: Json, record: RecordSchema): Field {
    if (!isObject(json)) throw new Error(`A field of ${record.name.full} is no object: ${shown(json)}`)
    const name = this.#validName(neededText(json, 'name'))
    const type = json.get('type')
    if (type === undefined) throw new Error(`No field type: field ${name} of ${record.name.full}`)
    const order = String(json.get('order') ?? 'ascending').toLowerCase()
    const known = ORDERS.find((each) => each === order)
    if (known === undefined) throw new Error(`Field ${name} has an unknown order: ${order}`)
    const given = json.get('default')
    return {
      name,
      schema: this.#schema(type, record.name.namespace),
      doc: textOrNull(json, 'doc'),
      ...(given === undefined ? {} : { default: given }),
      order: known,
      aliases: texts(json, 'aliases'),
      properties: properties(json, FIELD_WORDS),
    }
  }

  #enum(json: JsonObject, namespace: string): EnumSchema {
    const symbols = json.get('symbols')
    if (!isArray(symbols)) throw new Error(`Enum has no symbols: ${shown(json)}`)
    const names = symbols.map((symbol) => this.#validName(typeof symbol === 'string' ? symbol : shown(symbol)))
    const twice = firstRepeated(names)
    if (twice !== undefined) throw new Error(`Duplicate enum symbol: ${twice}`)
    const byDefault = textOrNull(json, 'default')
    if (byDefault !== null && !names.includes(byDefault)) {
      throw new Error(`The Enum Default: ${byDefault} is not in the enum symbol set: [${names.join(', ')}]`)
    }
    const named = this.#named(json, namespace, ENUM_WORDS)
    return this.#define({ type: 'enum', symbols: names, default: byDefault, ...named })
  }

  #fixed(json: JsonObject, namespace: string): FixedSchema {
    const size = json.get('size')
    if (!(size instanceof JsonNumber) || !/^\d+$/.test(size.text)) throw new Error(`Invalid or no size: ${shown(json)}`)
    return this.#define({ type: 'fixed', size: size.value, ...this.#named(json, namespace, SCHEMA_WORDS) })
  }

  #named(json: JsonObject, namespace: string, words: ReadonlySet<string>): Named {
    const own = textOrNull(json, 'namespace')
    const name = nameOf(neededText(json, 'name'), own ?? namespace)
    const aliases = texts(json, 'aliases').map((alias) => nameOf(alias, name.namespace))
    this.#validName(name.name)
    if (this.#isNew) {
      if (name.namespace !== '') for (const part of name.namespace.split('.')) this.#validName(part)
      for (const alias of aliases) this.#validName(alias.name)
    }
    return {
      name,
      doc: textOrNull(json, 'doc'),
      aliases: aliases.map(({ full }) => full),
      properties: properties(json, words),
    }
  }

  #validName(name: string): string {
    if (name === '') throw new Error('Empty name')
    if (!(this.#isNew ? NAME : NAME_OF_ANY_SCRIPT).test(name)) throw new Error(`Illegal character in: ${name}`)
    return name
  }

  #define<Schema extends NamedSchema>(schema: Schema): Schema {
    const { full } = schema.name
    if (isPrimitive(full)) throw new Error(`Schemas may not be named after primitives: ${full}`)
    if (this.#defined.has(full)) throw new Error(`Can't redefine: ${full}`)
    this.#defined.set(full, schema)
    return schema
  }
}

export const isPrimitive = (text: string): text is Primitive => PRIMITIVES.some((primitive) => primitive === text)

function nameOf(text: string, namespace: string): Name {
  const dot = text.lastIndexOf('.')
  const [space, name] = dot < 0 ? [namespace, text] : [text.slice(0, dot), text.slice(dot + 1)]
  return { name, namespace: space, full: space === '' ? name : `${space}.${name}` }
}

function needed(json: JsonObject, name: string): Json {
  const value = json.get(name)
  if (value === undefined) throw new Error(`No ${name}: ${shown(json)}`)
  return value
}

function neededText(json: JsonObject, name: string): string {
  const value = json.get(name)
  if (typeof value !== 'string') throw new Error(`No ${name} in schema: ${shown(json)}`)
  return value
}

function textOrNull(json: JsonObject, name: string): string | null {
  const value = json.get(name)
  return typeof value === 'string' ? value : null
}

function texts(json: JsonObject, name: string): string[] {
  const value = json.get(name)
  if (value === undefined) return []
  if (!isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new Error(`${name} is not a list of names: ${shown(value)}`)
  }
  return value as string[]
}

const properties = (json: JsonObject, words: ReadonlySet<string>): Properties =>
  [...json].filter(([name]) => !words.has(name))

export function shown(json: Json | undefined): string {
  if (json === undefined) return 'nothing'
  if (json instanceof JsonNumber) return json.text
  if (isArray(json)) return `[${json.map(shown).join(', ')}]`
  if (isObject(json)) return `{${[...json].map(([name, value]) => `"${name}": ${shown(value)}`).join(', ')}}`
  return JSON.stringify(json)
}
