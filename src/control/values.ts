/**
 * Values of the broker as JSON, in the form of Kafka's own tools: int64 is a decimal string, bytes are base64. And back:
 * patches of responses, and patterns that a request is held against.
 */
import type { Json, JsonObject } from '../../protocol/json.ts'
import type { AnyField, Encodable, Fields, MessageSchema } from '../../protocol/schema.ts'
import { HIDDEN, HIDDEN_BYTES } from '../testing/secrets.ts'

/** Any value in that form. */
export function jsonOf(value: unknown): Json {
  if (typeof value === 'bigint') return String(value)
  if (value === HIDDEN_BYTES) return HIDDEN
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, jsonOf(each)]))
  }
  return value === undefined ? null : (value as Json)
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Throws where a pattern or a patch names a field that the message has in no version: it could never mean anything. */
export function checkFields(schema: MessageSchema, json: Json): void {
  checkStructure(schema.name.replace(/(Request|Response)$/, ' $1').toLowerCase(), schema.fields, json)
}

function checkStructure(where: string, fields: Fields, json: Json): void {
  if (!isObject(json)) return
  for (const [name, value] of Object.entries(json)) {
    const field = fields[name]
    if (field === undefined) {
      throw new TypeError(`There is no ${name} in a ${where}: there are ${Object.keys(fields).join(', ')}.`)
    }
    checkValue(`${where}'s ${name}`, field, value)
  }
}

const isNumber = (json: Json) => typeof json === 'number'
const isText = (json: Json) => typeof json === 'string'
const KIND_OF: Partial<Record<AnyField['type'], (json: Json) => boolean>> = {
  bool: (json) => typeof json === 'boolean',
  int8: isNumber,
  int16: isNumber,
  uint16: isNumber,
  int32: isNumber,
  uint32: isNumber,
  int64: (json) => Number.isSafeInteger(json) || /^-?\d+$/.test(String(json)),
  float64: isNumber,
  string: isText,
  uuid: isText,
  bytes: isText,
  records: isText,
  array: Array.isArray,
}

function checkValue(where: string, field: AnyField, json: Json): void {
  if (json === null) return
  const { element } = field
  if (field.type === 'struct') return checkStructure(where, field.fields ?? {}, json)
  if (!KIND_OF[field.type]?.(json)) throw new TypeError(`The ${where} is of the type ${field.type}: ${json} is not.`)
  if (element === undefined || !Array.isArray(json)) return
  for (const each of json) checkValue(where, element, each)
}

/**
 * Whether a value has all that the pattern names: of an object these fields, of a list these elements among others, of bytes
 * this text or this base64.
 */
export function matches(pattern: Json, value: unknown): boolean {
  if (typeof value === 'bigint') return String(pattern) === String(value)
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value)
    return typeof pattern === 'string' && (pattern === bytes.toString('utf8') || pattern === bytes.toString('base64'))
  }
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((each) => value.some((element) => matches(each, element)))
  }
  if (!isObject(pattern)) return pattern === value
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(pattern).every(([name, each]) => matches(each, Reflect.get(value, name)))
}

/**
 * The response with the patch over it (RFC 7396): objects are merged, everything else is put in the place of what was there.
 * Fields that an element of a list leaves out have their defaults.
 */
export function patched(
  schema: MessageSchema,
  real: Encodable<MessageSchema>,
  patch: JsonObject,
): Encodable<MessageSchema> {
  return merged(schema.fields, real, patch) as Encodable<MessageSchema>
}

function merged(fields: Fields, target: object, patch: JsonObject): object {
  const result: Record<string, unknown> = { ...target }
  for (const [name, json] of Object.entries(patch)) {
    const field = fields[name]
    if (field === undefined) continue
    const old = result[name]
    const isMerged = field.type === 'struct' && isObject(json) && typeof old === 'object' && old !== null
    result[name] = isMerged ? merged(field.fields ?? {}, old, json) : fieldOf(field, json)
  }
  return result
}

function fieldOf(field: AnyField, json: Json): unknown {
  if (json === null) return null
  const { element } = field
  if (field.type === 'int64') return BigInt(json as string | number)
  if (field.type === 'bytes' || field.type === 'records') return Buffer.from(String(json), 'base64')
  if (field.type === 'struct' && isObject(json)) return merged(field.fields ?? {}, {}, json)
  if (field.type === 'array' && element !== undefined && Array.isArray(json)) {
    return json.map((each) => fieldOf(element, each))
  }
  return json
}
