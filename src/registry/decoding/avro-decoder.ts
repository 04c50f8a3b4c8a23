import avro from 'avsc'
import { avroType } from '../schema-types/avro/avro-type.ts'
import { boundedType, withItems } from './bounded-collections.ts'
import type { Decode, WholeSchema } from './whole-schema.ts'

/** Whole numbers of 64 bits, which JavaScript's own numbers do not have exactly. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer(value: bigint) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** Throws where the text is no schema. */
export function avroDecoder({ schema, references, resolved }: WholeSchema): Decode {
  const whole = avroType.parse({ schema, references, resolved, isNew: false }).formatted('resolved')
  // Defaults are only of use to writers and to readers of other schemas, and those of longs would have to be bigints.
  const options = { registry: { long: LONG }, typeHook: boundedType }
  const type = avro.Type.forSchema(withoutDefaults(JSON.parse(whole)) as avro.Schema, options)
  return (payload) => withItems(payload.length, () => plain(type.fromBuffer(payload)))
}

function withoutDefaults(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDefaults)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).filter(([name]) => name !== 'default')
  return Object.fromEntries(entries.map(([name, part]) => [name, withoutDefaults(part)]))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}
