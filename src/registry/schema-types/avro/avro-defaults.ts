/** Whether defaults of fields are values of their schemas, which the registry asks of new schemas unless it is told not to. */
import { isArray, isObject, type Json, JsonNumber } from '../lossless-json.ts'
import type { AvroSchema, Field, RecordSchema } from './avro-schema.ts'

const INT = [-(2n ** 31n), 2n ** 31n - 1n] as const
const LONG = [-(2n ** 63n), 2n ** 63n - 1n] as const

/** Throws a sentence at the first default that is none. */
export function checkDefaults(schema: AvroSchema, seen: Set<AvroSchema> = new Set()): void {
  if (seen.has(schema)) return
  seen.add(schema)
  switch (schema.type) {
    case 'record':
      for (const field of schema.fields) {
        checkDefaults(field.schema, seen)
        checkDefault(field, schema)
      }
      break
    case 'array':
      return checkDefaults(schema.items, seen)
    case 'map':
      return checkDefaults(schema.values, seen)
    case 'union':
      for (const branch of schema.branches) checkDefaults(branch, seen)
  }
}

function checkDefault({ name, schema, default: byDefault }: Field, record: RecordSchema): void {
  if (byDefault === undefined || isValue(schema, byDefault)) return
  throw new Error(`Invalid default for field ${record.name.full}.${name}: not a ${schema.type}`)
}

function isValue(schema: AvroSchema, json: Json): boolean {
  switch (schema.type) {
    case 'null':
      return json === null
    case 'boolean':
      return typeof json === 'boolean'
    case 'int':
      return isInteger(json, INT)
    case 'long':
      return isInteger(json, LONG)
    case 'float':
    case 'double':
      return json instanceof JsonNumber || json === 'NaN' || json === 'Infinity' || json === '-Infinity'
    case 'string':
    case 'bytes':
    case 'fixed':
    case 'enum':
      return typeof json === 'string'
    case 'array':
      return isArray(json) && json.every((item) => isValue(schema.items, item))
    case 'map':
      return isObject(json) && [...json.values()].every((value) => isValue(schema.values, value))
    case 'union':
      return schema.branches.some((branch) => isValue(branch, json))
    case 'record':
      return isObject(json) && schema.fields.every((field) => hasValue(field, json.get(field.name)))
  }
}

const hasValue = ({ schema, default: byDefault }: Field, json: Json | undefined): boolean => {
  const value = json ?? byDefault
  return value !== undefined && isValue(schema, value)
}

function isInteger(json: Json, [least, most]: readonly [bigint, bigint]): boolean {
  if (!(json instanceof JsonNumber) || !/^-?\d+$/.test(json.text)) return false
  const value = BigInt(json.text)
  return value >= least && value <= most
}
