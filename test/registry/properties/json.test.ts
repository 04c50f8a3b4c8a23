/** A compatible JSON Schema takes, by ajv, every document that the other one takes. */
import { Ajv } from 'ajv'
import fc from 'fast-check'
import t from 'tap'
import { holdToReader } from './levels.ts'

interface Model {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, object>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | object
}

const PROPERTIES: readonly object[] = [
  { type: 'integer' },
  { type: 'number' },
  { type: 'string' },
  { type: 'boolean' },
  { type: 'integer', minimum: 0 },
  { type: 'integer', minimum: 1, maximum: 9 },
  { type: 'string', maxLength: 1 },
  { type: 'string', minLength: 1 },
  { type: 'array', items: { type: 'integer' } },
]
const REST = [undefined, true, false, { type: 'integer' }] as const
const name = ['a', 'b'] as const

const schemas: fc.Arbitrary<Model> = fc
  .record({
    types: fc.tuple(...name.map(() => fc.option(fc.constantFrom(...PROPERTIES), { freq: 3 }))),
    required: fc.subarray([...name]),
    rest: fc.constantFrom(...REST),
  })
  .map(({ types, required, rest }) => {
    const properties = Object.fromEntries(name.flatMap((each, index) => (types[index] ? [[each, types[index]]] : [])))
    const known = required.filter((each) => each in properties)
    return {
      type: 'object',
      properties,
      ...(known.length > 0 ? { required: known } : {}),
      ...(rest === undefined ? {} : { additionalProperties: rest }),
    }
  })

const VALUES = [undefined, 0, 1, -1, 10, 1.5, '', 'x', 'xx', true, null, [1], ['x']]
/** Documents in which each of the values stands at each of the names. */
const DOCUMENTS = VALUES.flatMap((a) =>
  VALUES.flatMap((b) => [undefined, 1, 'x'].map((c) => JSON.parse(JSON.stringify({ a, b, c })) as object)),
)

const takers = new Map<string, readonly boolean[]>()
/** Which of the documents a schema takes. */
function taken(schema: Model): readonly boolean[] {
  const text = JSON.stringify(schema)
  let found = takers.get(text)
  if (found === undefined) {
    const validate = new Ajv({ strict: false }).compile(schema)
    found = DOCUMENTS.map((document) => validate(document))
    takers.set(text, found)
  }
  return found
}

function reads(reader: Model, writer: Model): boolean {
  const mine = taken(reader)
  return taken(writer).every((isTaken, index) => !isTaken || mine[index])
}

t.test('what is compatible takes every document of the other, and what is not refuses one', (t) =>
  holdToReader(t, { schemaType: 'JSON', schemas, text: (schema) => JSON.stringify(schema), reads }, 40),
)
