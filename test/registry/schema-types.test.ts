/** Canonical texts, and which changes are compatible, kind by kind: the sides are reasoned from the specifications. */
import t from 'tap'
import { avroType } from '../../src/registry/schema-types/avro/avro-type.ts'
import { jsonType } from '../../src/registry/schema-types/json/json-type.ts'
import { protobufType } from '../../src/registry/schema-types/protobuf/protobuf-type.ts'
import type { ParsedSchema, SchemaType } from '../../src/registry/schema-types/schema-type.ts'

const parse = (type: SchemaType, schema: string, resolved: Record<string, string> = {}): ParsedSchema =>
  type.parse({
    schema,
    references: Object.keys(resolved).map((name) => ({ name, subject: name, version: 1 })),
    resolved: Object.entries(resolved).map(([name, text]) => ({ name, schema: text })),
    isNew: true,
  })

/** The kinds of what the second schema, as a reader, minds of the first. */
const minds = (type: SchemaType, writer: string, reader: string): string[] =>
  parse(type, reader)
    .incompatibilities(parse(type, writer), 'STRICT')
    .map((message) => /errorType:['"](\w+)/.exec(message)?.[1] ?? message)

t.test('Avro', async (t) => {
  const record = (fields: string, more = '') => `{"type":"record","name":"R"${more},"fields":[${fields}]}`
  const canonical = (text: string) => parse(avroType, text).canonical
  t.equal(canonical('  "string" '), '"string"')
  t.equal(canonical('{"type": "string"}'), '"string"')
  t.equal(
    canonical('{"fields":[{"type":"double","default":1.0,"name":"d"}],"name":"a.b.R","type":"record","doc":"x"}'),
    '{"type":"record","name":"R","namespace":"a.b","doc":"x","fields":[{"name":"d","type":"double","default":1.0}]}',
  )
  t.throws(() => canonical(record('{"name":"a","type":"unknown"}')), /unknown/)
  t.throws(() => canonical(record('{"name":"a","type":"int","default":"x"}')), /default/)
  t.throws(() => canonical(record('{"name":"a","type":"int"},{"name":"a","type":"int"}')), /Duplicate field/)
  const a = '{"name":"a","type":"int"}'
  t.same(minds(avroType, record(a), record(`${a},{"name":"b","type":"int"}`)), ['READER_FIELD_MISSING_DEFAULT_VALUE'])
  t.same(minds(avroType, record(a), record(`${a},{"name":"b","type":"int","default":0}`)), [])
  t.same(minds(avroType, record(a), record('{"name":"a","type":"long"}')), [])
  t.same(minds(avroType, record('{"name":"a","type":"long"}'), record(a)), ['TYPE_MISMATCH'])
  t.same(minds(avroType, '["null","int"]', '["null"]'), ['MISSING_UNION_BRANCH'])
  t.same(minds(avroType, '["null"]', '["null","int"]'), [])
  const letters = (symbols: string, more = '') => `{"type":"enum","name":"E","symbols":[${symbols}]${more}}`
  t.same(minds(avroType, letters('"A","B"'), letters('"A"')), ['MISSING_ENUM_SYMBOLS'])
  t.same(minds(avroType, letters('"A","B"'), letters('"A"', ',"default":"A"')), [])
  t.same(minds(avroType, '{"type":"fixed","name":"F","size":2}', '{"type":"fixed","name":"F","size":3}'), [
    'FIXED_SIZE_MISMATCH',
  ])
  t.same(minds(avroType, record(a), record(a, ',"namespace":"n"')), [])
  const list = record('{"name":"next","type":["null","R"],"default":null}')
  t.same(minds(avroType, list, list), [], 'a schema that refers to itself')
})

t.test('an Avro schema with references keeps them, and means the one that has them written out', async (t) => {
  const inner = '{"type":"record","name":"Inner","namespace":"n","fields":[{"name":"x","type":"int"}]}'
  const outer = (type: string) =>
    `{"type":"record","name":"Outer","namespace":"n","fields":[{"name":"i","type":${type}}]}`
  const referring = parse(avroType, outer('"n.Inner"'), { 'n.Inner': inner })
  t.equal(referring.canonical, outer('"Inner"'))
  t.equal(
    referring.formatted('resolved'),
    outer('{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"}]}'),
  )
  t.ok(parse(avroType, outer(inner)).equivalent(referring))
})

t.test('JSON Schema', async (t) => {
  const closed = (properties: string, more = '') =>
    `{"type":"object","properties":{${properties}},"additionalProperties":false${more}}`
  const open = (properties: string, more = '') => `{"type":"object","properties":{${properties}}${more}}`
  const a = '"a":{"type":"string"}'
  t.equal(parse(jsonType, '{ "type" : "number", "maximum": 1.0 }').canonical, '{"type":"number","maximum":1.0}')
  t.throws(() => parse(jsonType, '{"type":"unknown"}').validate(false))
  t.throws(() => parse(jsonType, '{"$ref":"#/definitions/nowhere"}').validate(false), /nowhere/)
  t.same(minds(jsonType, closed(a), closed(`${a},"b":{"type":"string"}`)), [])
  t.same(minds(jsonType, open(a), open(`${a},"b":{"type":"string"}`)), [
    'OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
  ])
  t.same(minds(jsonType, closed(`${a},"b":{"type":"string"}`), closed(a)), [
    'PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL',
  ])
  t.same(minds(jsonType, open(`${a},"b":{"type":"string"}`), open(a)), [])
  t.same(minds(jsonType, open(a), open(a, ',"required":["a"]')), ['REQUIRED_ATTRIBUTE_ADDED'])
  t.same(minds(jsonType, '{"type":"integer"}', '{"type":"number"}'), [])
  t.same(minds(jsonType, '{"type":"number"}', '{"type":"integer"}'), ['TYPE_NARROWED'])
  t.same(minds(jsonType, '{"type":"string"}', '{"type":["string","null"]}'), [])
  t.same(minds(jsonType, '{"type":"string"}', '{"type":"number"}'), ['TYPE_CHANGED'])
  t.same(minds(jsonType, '{"enum":["a","b"]}', '{"enum":["a"]}'), ['ENUM_ARRAY_NARROWED'])
  t.same(minds(jsonType, '{"type":"string","maxLength":5}', '{"type":"string","maxLength":4}'), [
    'MAX_LENGTH_DECREASED',
  ])
  t.same(minds(jsonType, '{"oneOf":[{"type":"string"},{"type":"null"}]}', '{"oneOf":[{"type":"string"}]}'), [
    'SUM_TYPE_NARROWED',
  ])
  const tree = '{"type":"object","properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":false}'
  t.same(minds(jsonType, tree, tree), [], 'a schema that refers to itself')
  t.same(minds(jsonType, 'true', '{"anyOf":[{"$ref":"#"}]}'), [], 'a schema that is nothing but itself')
})

t.test('Protobuf', async (t) => {
  const file = (body: string, head = '') => `syntax = "proto3";\npackage p;\n${head}message M {\n${body}}\n`
  t.equal(
    parse(
      protobufType,
      '// a comment\nsyntax="proto3"; message M{enum E{A=0;} int32 a=1[deprecated=true]; oneof o{string s=2;}}',
    ).canonical,
    'syntax = "proto3";\n\nmessage M {\n  int32 a = 1 [deprecated = true];\n\n  oneof o {\n    string s = 2;\n  }\n\n  enum E {\n    A = 0;\n  }\n}\n',
  )
  t.throws(() => parse(protobufType, 'syntax = "proto3"; message M { int32 a = ; }'), /line 1/)
  t.throws(() => parse(protobufType, file('Unknown u = 1;')).validate(false), /Unknown/)
  // An import that no reference stands for is passed over where no type is missing, as Confluent's provider does.
  t.doesNotThrow(() => parse(protobufType, file('', 'import "other.proto";\n')).validate(false))
  t.same(minds(protobufType, file('int32 a = 1;'), file('int32 a = 1; string b = 2;')), [])
  t.same(minds(protobufType, file('int32 a = 1; string b = 2;'), file('int32 a = 1;')), [])
  t.same(minds(protobufType, file('int32 a = 1;'), file('int64 renamed = 1;')), [])
  t.same(minds(protobufType, file('int32 a = 1;'), file('sint32 a = 1;')), ['FIELD_SCALAR_KIND_CHANGED'])
  t.same(minds(protobufType, file('int32 a = 1;'), file('M a = 1;')), ['FIELD_KIND_CHANGED'])
  t.same(minds(protobufType, file('int32 a = 1; int32 b = 2;'), file('oneof o { int32 a = 1; int32 b = 2; }')), [
    'MULTIPLE_FIELDS_MOVED_TO_ONEOF',
  ])
  t.same(minds(protobufType, file('oneof o { int32 a = 1; int32 b = 2; }'), file('oneof o { int32 a = 1; }')), [
    'ONEOF_FIELD_REMOVED',
  ])
  t.same(minds(protobufType, `${file('')}message N {}`, file('')), ['MESSAGE_REMOVED'])
  t.same(minds(protobufType, 'syntax = "proto3"; package q; message M {}', file('')), ['PACKAGE_CHANGED'])
})

// As Confluent's own client for Python registers what its PublicTestProto.proto is: an import, and nothing of its own.
t.test('a file of Protobuf that only imports', async (t) => {
  const imported = { 'm.proto': 'syntax = "proto3"; package p; message M { int32 a = 1; message In {} }' }
  const wrapper = (imports: string) => parse(protobufType, `syntax = "proto3"; package q; ${imports}`, imported)
  const only = wrapper('import public "m.proto";')
  t.doesNotThrow(() => only.validate(true))
  t.same([only.recordName([0]), only.recordName([0, 0]), only.recordName([1])], ['p.M', 'p.M.In', null])
  t.same([only.hasTopLevelField('a'), only.hasTopLevelField('b')], [true, false])
  const another = wrapper('import "m.proto";')
  t.doesNotThrow(() => another.validate(true), 'records are of none of its messages, and still it is a schema')
  t.equal(another.recordName([0]), null)
})

t.test('a comparison that would not come to an end is given up', (t) => {
  const branches = (count: number) =>
    JSON.stringify(
      Array.from({ length: count }, (_, i) => ({
        type: 'record',
        name: `R${i}`,
        fields: [{ name: 'x', type: 'int' }],
      })),
    )
  t.same(minds(avroType, branches(200), branches(201)), [])
  t.throws(() => minds(avroType, branches(1_100), branches(1_101)), /unions that are too large/)
  // Twelve schemas that lead to each other in twelve ways: few pairs, and paths of thousands of steps.
  const mutual = (name: string) => {
    const ways = (of: object) =>
      Array.from({ length: 12 }, (_, i) => ({
        type: 'object',
        properties: { [`${name}${i}`]: { $ref: '#/$defs/a' }, ...of },
      }))
    const a = { anyOf: ways({ z: { $ref: '#/$defs/b' } }) }
    const b = { anyOf: ways({ y: { $ref: '#/$defs/a' }, w: { $ref: '#/$defs/b' } }) }
    return JSON.stringify({ $ref: '#/$defs/a', $defs: { a, b } })
  }
  t.throws(() => minds(jsonType, mutual('k'), mutual('m')), /too deeply combined/)
  t.end()
})
