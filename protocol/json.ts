import { type FieldLayout, isDefault, layout } from './layout.ts'
import { ProtocolError } from './protocol-error.ts'
import { type AnyField, type Decoded, type Encodable, type Fields, type MessageSchema, ZERO_UUID } from './schema.ts'

/**
 * Messages as JSON in the form of Kafka's JsonConverter classes, which Kafka's dump tools print: the fields of the
 * version in their order, tagged ones only when they are not the default. So that nothing is lost, int64 is a decimal
 * string, floats that JSON has no number for are strings, bytes and records are base64. Unknown tagged fields are left
 * out, as there.
 */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

type Values = Readonly<Record<string, unknown>>

export function toJson<S extends MessageSchema>(schema: S, version: number, value: Encodable<S>): JsonObject {
  return structToJson(schema.fields, value as Values, schema, version)
}

/** The message that `toJson` gave. Throws `ProtocolError` for a field that is missing or of another type. */
export function fromJson<S extends MessageSchema>(schema: S, version: number, json: JsonObject): Decoded<S> {
  return structFromJson(schema.fields, json, schema, version) as Decoded<S>
}

function structToJson(fields: Fields, values: Values, schema: MessageSchema, version: number): JsonObject {
  const json: JsonObject = {}
  for (const item of layout(fields, schema, version)) {
    const { name, field } = item
    const value = values[name] === undefined ? defaultValue(field) : values[name]
    if (!item.present) {
      if (!field.isIgnorable && !isDefault(field, value)) {
        throw new ProtocolError(
          'unwritable',
          `${name} is not the default, but ${schema.name} v${version} does not have it`,
        )
      }
    } else if (!item.tagged || !isDefault(field, value)) {
      json[name] = valueToJson(field, value, schema, version)
    }
  }
  return json
}

function valueToJson(field: AnyField, value: unknown, schema: MessageSchema, version: number): Json {
  if (value === null) return null
  switch (field.type) {
    case 'array':
      return (value as unknown[]).map((element) => valueToJson(field.element!, element, schema, version))
    case 'struct':
      return structToJson(field.fields!, value as Values, schema, version)
    case 'bytes':
    case 'records':
      return (Array.isArray(value) ? Buffer.concat(value) : (value as Buffer)).toString('base64')
    case 'int64':
      return String(value)
    case 'float64':
      return Number.isFinite(value) ? (value as number) : String(value)
    default:
      return value as Json
  }
}

function structFromJson(fields: Fields, json: JsonObject, schema: MessageSchema, version: number): Values {
  const values: Record<string, unknown> = {}
  for (const item of layout(fields, schema, version)) {
    const given = json[item.name]
    if (given === undefined && item.present && !item.tagged) {
      throw new ProtocolError('malformed', `${schema.name} v${version}: ${item.name} is missing in the JSON`)
    }
    values[item.name] =
      given === undefined ? defaultValue(item.field) : valueFromJson(item, item.field, given, schema, version)
  }
  return values
}

function valueFromJson(
  item: FieldLayout,
  field: AnyField,
  json: Json,
  schema: MessageSchema,
  version: number,
): unknown {
  const expect = (fits: boolean, what: string): void => {
    if (!fits)
      throw new ProtocolError('malformed', `${schema.name} v${version}: ${item.name} must be ${what} in the JSON`)
  }
  if (json === null) {
    expect(item.nullable || field.defaultValue === null, 'something, not null,')
    return null
  }
  switch (field.type) {
    case 'array':
      expect(Array.isArray(json), 'an array')
      return (json as Json[]).map((element) => valueFromJson(item, field.element!, element, schema, version))
    case 'struct':
      expect(typeof json === 'object' && !Array.isArray(json), 'an object')
      return structFromJson(field.fields!, json as JsonObject, schema, version)
    case 'bytes':
    case 'records':
      expect(typeof json === 'string', 'base64')
      return Buffer.from(json as string, 'base64')
    case 'int64':
      expect(typeof json === 'string' && /^-?\d+$/.test(json), 'a decimal string')
      return BigInt(json as string)
    case 'bool':
      expect(typeof json === 'boolean', 'true or false')
      return json
    case 'string':
    case 'uuid':
      expect(typeof json === 'string', 'a string')
      return json
    default:
      expect(typeof json === 'number' || (field.type === 'float64' && typeof json === 'string'), 'a number')
      return Number(json)
  }
}

function defaultValue(field: AnyField): unknown {
  if (field.defaultValue === null) return null
  switch (field.type) {
    case 'array':
      return []
    case 'struct':
      return Object.fromEntries(Object.entries(field.fields!).map(([name, inner]) => [name, defaultValue(inner)]))
    case 'uuid':
      return ZERO_UUID
    default:
      return field.defaultValue
  }
}
