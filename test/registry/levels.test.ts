/**
 * Every level of compatibility against changes of all kinds of schemas. The expected side is what the specification of Avro
 * and the published rules for Protobuf and JSON Schema say of each change: whether a reader with the new schema reads data
 * of the old one (backward), and one with the old schema data of the new one (forward).
 */
import t from 'tap'
import { startedRegistry } from './support.ts'

interface Change {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly backward: boolean
  readonly forward: boolean
}

const change = (what: string, from: string, to: string, backward: boolean, forward: boolean): Change => ({
  what,
  from,
  to,
  backward,
  forward,
})

const record = (fields: string, name = 'R') => `{"type":"record","name":"${name}","fields":[${fields}]}`
const field = (name: string, type: string, rest = '') => `{"name":"${name}","type":${type}${rest}}`
const letters = (...symbols: string[]) => `{"type":"enum","name":"E","symbols":${JSON.stringify(symbols)}}`
const a = field('a', '"int"')

const avro: readonly Change[] = [
  change(
    'a field with a default is added',
    record(a),
    record(`${a},${field('b', '"int"', ',"default":0')}`),
    true,
    true,
  ),
  change('a field without a default is added', record(a), record(`${a},${field('b', '"int"')}`), false, true),
  change('a field without a default is removed', record(`${a},${field('b', '"int"')}`), record(a), true, false),
  change('an int becomes a long', record(a), record(field('a', '"long"')), true, false),
  change('a double becomes a float', record(field('a', '"double"')), record(field('a', '"float"')), false, true),
  change('a string becomes bytes', record(field('a', '"string"')), record(field('a', '"bytes"')), true, true),
  change('an int becomes a string', record(a), record(field('a', '"string"')), false, false),
  change('a symbol is added', letters('A'), letters('A', 'B'), true, false),
  change('a branch is added to a union', '["null","int"]', '["null","int","string"]', true, false),
  change('a union takes in what stood alone', '"int"', '["null","int"]', true, false),
  change('a record has another name', record(a), record(a, 'S'), false, false),
  change(
    'the items of an array grow',
    '{"type":"array","items":"int"}',
    '{"type":"array","items":"long"}',
    true,
    false,
  ),
  change(
    'a fixed is larger',
    '{"type":"fixed","name":"F","size":2}',
    '{"type":"fixed","name":"F","size":3}',
    false,
    false,
  ),
  change('a doc is written', record(a), `{"type":"record","name":"R","doc":"d","fields":[${a}]}`, true, true),
]

const file = (body: string, rest = 'message Other {}') => `syntax = "proto3"; package p; message M { ${body} } ${rest}`
const protobuf: readonly Change[] = [
  change('a field is added', file('int32 a = 1;'), file('int32 a = 1; string b = 2;'), true, true),
  change('a field has another name', file('int32 a = 1;'), file('int32 b = 1;'), true, true),
  change('an int32 becomes an int64', file('int32 a = 1;'), file('int64 a = 1;'), true, true),
  change('an int32 becomes a sint32', file('int32 a = 1;'), file('sint32 a = 1;'), false, false),
  change('an int32 becomes a string', file('int32 a = 1;'), file('string a = 1;'), false, false),
  change('a scalar becomes a message', file('int32 a = 1;'), file('Other a = 1;'), false, false),
  change('a message is removed', file('int32 a = 1;'), file('int32 a = 1;', ''), false, true),
  change(
    'a value of an enum is added',
    file('E a = 1;', 'enum E { X = 0; }'),
    file('E a = 1;', 'enum E { X = 0; Y = 1; }'),
    true,
    true,
  ),
  change(
    'the package changes',
    file('int32 a = 1;'),
    file('int32 a = 1;').replace('package p', 'package q'),
    false,
    false,
  ),
]

const object = (properties: object, rest: object = {}) => JSON.stringify({ type: 'object', properties, ...rest })
const integer = { type: 'integer' }
const closed = { additionalProperties: false }
const json: readonly Change[] = [
  change(
    'a property is added to an open model',
    object({ a: integer }),
    object({ a: integer, b: integer }),
    false,
    true,
  ),
  change(
    'a property is added to a closed model',
    object({ a: integer }, closed),
    object({ a: integer, b: integer }, closed),
    true,
    false,
  ),
  change('a property is required', object({ a: integer }), object({ a: integer }, { required: ['a'] }), false, true),
  change('an integer becomes a number', object({ a: integer }), object({ a: { type: 'number' } }), true, false),
  change('an integer becomes a string', object({ a: integer }), object({ a: { type: 'string' } }), false, false),
  change('a text may be longer', '{"type":"string","maxLength":5}', '{"type":"string","maxLength":6}', true, false),
  change('a number may be greater', '{"type":"number","maximum":5}', '{"type":"number","maximum":6}', true, false),
  change('a value is added to an enum', '{"enum":["a"]}', '{"enum":["a","b"]}', true, false),
  change('a model is closed', object({ a: integer }), object({ a: integer }, closed), false, true),
  change('a list may be shorter', '{"type":"array","minItems":2}', '{"type":"array","minItems":1}', true, false),
  change('a title is written', object({ a: integer }), object({ a: integer }, { title: 'T' }), true, true),
]

const LEVELS = ['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']

function isAllowed(level: string, { backward, forward }: Pick<Change, 'backward' | 'forward'>): boolean {
  if (level.startsWith('BACKWARD')) return backward
  if (level.startsWith('FORWARD')) return forward
  return level === 'NONE' || (backward && forward)
}

const kinds = { AVRO: avro, PROTOBUF: protobuf, JSON: json }
for (const [schemaType, changes] of Object.entries(kinds)) {
  t.test(`${schemaType}: what each level allows, asked and registered`, async (t) => {
    const { ask } = await startedRegistry()
    for (const [at, each] of changes.entries()) {
      for (const level of LEVELS) {
        const subject = `${schemaType}-${at}-${level}`
        await ask(`POST /subjects/${subject}/versions`, { schemaType, schema: each.from })
        await ask(`PUT /config/${subject}`, { compatibility: level })
        const expected = isAllowed(level, each)
        const words = `${level}: ${each.what}`
        const body = { schemaType, schema: each.to }
        const asked = await ask(`POST /compatibility/subjects/${subject}/versions/latest?verbose=true`, body)
        t.match(asked.body, { is_compatible: expected }, words)
        t.equal(asked.body.messages.length > 0, !expected, `${words}: reasons`)
        const registered = await ask(`POST /subjects/${subject}/versions`, body)
        t.same([registered.status, registered.body.error_code], expected ? [200, undefined] : [409, 409], words)
      }
    }
  })
}

t.test('transitive levels look at all versions, others at the last', async (t) => {
  const { ask } = await startedRegistry()
  // The second version is compatible with both others, which are not with each other.
  const steps = {
    BACKWARD: [record(''), record(field('a', '"int"', ',"default":0')), record(a)],
    FORWARD: [record(a), record(field('a', '"int"', ',"default":0')), record('')],
  }
  for (const [direction, [first, second, third]] of Object.entries(steps)) {
    for (const [level, status] of [
      [direction, 200],
      [`${direction}_TRANSITIVE`, 409],
      ['FULL_TRANSITIVE', 409],
    ] as const) {
      const subject = `${direction}-${level}`
      await ask(`PUT /config/${subject}`, { compatibility: level })
      t.equal((await ask(`POST /subjects/${subject}/versions`, { schema: first })).status, 200)
      t.equal((await ask(`POST /subjects/${subject}/versions`, { schema: second })).status, 200, `${subject}: second`)
      t.equal((await ask(`POST /subjects/${subject}/versions`, { schema: third })).status, status, `${subject}: third`)
    }
  }
})
