/** Compatible files of Protobuf are those by which protobufjs reads the same values at the same numbers. */
import fc from 'fast-check'
import protobuf from 'protobufjs'
import t from 'tap'
import { holdToReader } from './levels.ts'

/** Types by field number; null: there is no such field. The third is repeated. */
type Fields = readonly (string | null)[]

const SCALARS = ['int32', 'int64', 'uint32', 'sint32', 'sint64', 'fixed32', 'sfixed32', 'fixed64', 'float', 'double']
const MAP = 'map<string, int32>'
const type = fc.constantFrom(...SCALARS, 'string', 'bytes', 'E', 'N', MAP)
const field = fc.option(type, { freq: 3 })
const schemas: fc.Arbitrary<Fields> = fc.tuple(
  field,
  field,
  field.filter((each) => each !== MAP),
)

const line = (type: string | null, index: number): string =>
  type === null ? '' : `${index === 2 ? 'repeated ' : ''}${type} f${index + 1} = ${index + 1};`
const text = (fields: Fields): string =>
  `syntax = "proto3"; package p; message M { ${fields.map(line).join(' ')} } message N { int32 x = 1; } enum E { A = 0; B = 1; }`

/** 1 is itself in each kind of number that is read as another one, and another number where the kinds differ. */
function sampleOf(type: string): unknown {
  if (type === 'string') return 'x'
  if (type === 'bytes') return Buffer.from('x')
  if (type === 'N') return { x: 1 }
  return type === MAP ? { x: 1 } : 1
}

/** A value that was read, so that equal ones look equal whatever type they were read by. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) return { message: Object.entries(value) }
  return typeof value === 'string' ? value : Number(value)
}

function reads(reader: Fields, writer: Fields): boolean {
  const messageOf = (fields: Fields) => protobuf.parse(text(fields), { keepCase: true }).root.lookupType('p.M')
  const [mine, other] = [messageOf(reader), messageOf(writer)]
  const written: Record<string, unknown> = {}
  for (const [index, type] of writer.entries()) {
    if (type !== null) written[`f${index + 1}`] = index === 2 ? [sampleOf(type), sampleOf(type)] : sampleOf(type)
  }
  try {
    const found = mine.toObject(mine.decode(other.encode(other.fromObject(written)).finish()), {
      longs: Number,
      defaults: true,
    })
    return writer.every((type, index) => {
      const name = `f${index + 1}`
      if (type === null || reader[index] === null) return true
      return JSON.stringify(plain(found[name])) === JSON.stringify(plain(written[name]))
    })
  } catch {
    return false
  }
}

t.test('what is compatible is read as it was written, and what is not is read as something else', (t) =>
  holdToReader(t, { schemaType: 'PROTOBUF', schemas, text, reads }, 60),
)
