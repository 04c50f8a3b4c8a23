/** Changes that either registry is asked for: schemas of three kinds with references, versions, deletions, configs. */
import assert from 'node:assert/strict'
import { ask } from './http.ts'

/** `refused`: the status of a change that is none. */
interface Change {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly refused?: number
}

type Reference = readonly [name: string, subject: string, version: number]

const record = (name: string, fields: readonly object[], more: object = {}) =>
  JSON.stringify({ type: 'record', name, ...more, fields })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })

function register(subject: string, schema: string, schemaType = 'AVRO', ...references: Reference[]): Change {
  const asked = references.map(([name, to, version]) => ({ name, subject: to, version }))
  const kind = schemaType === 'AVRO' ? {} : { schemaType }
  const body = { schema, ...kind, ...(asked.length > 0 ? { references: asked } : {}) }
  return { method: 'POST', path: `/subjects/${encodeURIComponent(subject)}/versions`, body }
}

const remove = (path: string, refused?: number): Change => ({ method: 'DELETE', path, refused })
const removeSubject = (subject: string): Change => remove(`/subjects/${subject}`)
const forget = (path: string): Change => remove(`/subjects/${path}?permanent=true`)
const configure = (subject: string | null, compatibility: string): Change => ({
  method: 'PUT',
  path: subject === null ? '/config' : `/config/${subject}`,
  body: { compatibility },
})

const id = field('id', 'long')
const note = field('note', ['null', 'string'], { default: null })
const order = (...more: object[]) => record('Order', [id, ...more])
const inT = { namespace: 't' }
const one = (name: string) => record(name, [field('x', 'int')])

const customer = `syntax = "proto3";
package a1;
message Customer {
  string name = 1;
  // a comment
  int64 id=2;
}
`
const message = (imports: string, fields: string) => `syntax = "proto3";
package a1;
import "cust.proto";
${imports}message M {
  a1.Customer c = 1;
  enum E { A = 0; B = 1; }
  E e = 2;
  map<string, int32> m = 3;
  oneof o { string s = 4; bytes b = 5; }
${fields}}
`
const stamps = '  optional string q = 6;\n  repeated google.protobuf.Timestamp t = 7;\n'
const proto2 = `syntax = "proto2";
option java_package = "x.y";
message Q { required string a = 1 [deprecated = true]; optional int32 d = 2 [default = 5]; extensions 100 to 199; }
extend Q { optional int32 z = 120; }
service S { rpc Do (Q) returns (stream Q); }
`
const object = (properties: object) => JSON.stringify({ type: 'object', properties, additionalProperties: false })
const draft7 = `{"$schema":"http://json-schema.org/draft-07/schema#","type":"object",
 "properties":{"z":{"type":"integer","minimum":1.50,"maximum":10e3},"a":{"const":"ü"}}}`

/** Karapace refuses references of JSON Schema, so that those here are of Avro and of Protobuf. */
const CHANGES: readonly Change[] = [
  register('orders-value', order()),
  register('orders-value', order(note)),
  register('orders-value', order(note, field('n', 'int', { default: 3 }))),
  // The same schema under other subjects, once spelled otherwise.
  register('copy', order()),
  register('copy2', '{ "name":"Order",\n "fields":[{"type":"long","name":"id"}],  "type":"record" }'),
  register('prim', '"string"'),
  register('prim2', '{"type":"string"}'),
  register('forgotten', '"float"'),
  register('doc', record('Doc', [field('id', 'long', { doc: 'é ü 中' })], { namespace: 'a.b', doc: 'x' })),
  register('country', record('Country', [field('name', 'string')], inT)),
  register('address', record('Address', [field('c', 't.Country')], inT), 'AVRO', ['t.Country', 'country', 1]),
  register('job', record('Job', [field('a', 't.Address')], inT), 'AVRO', ['t.Address', 'address', -1]),
  register('cust.proto', customer, 'PROTOBUF'),
  register('pref', message('', ''), 'PROTOBUF', ['cust.proto', 'cust.proto', 1]),
  register('pref', message('import "google/protobuf/timestamp.proto";\n', stamps), 'PROTOBUF', [
    'cust.proto',
    'cust.proto',
    1,
  ]),
  register('svc', proto2, 'PROTOBUF'),
  register('js', object({ a: { type: 'string' } }), 'JSON'),
  register('js', object({ a: { type: 'string' }, b: { type: 'number', default: 1.0 } }), 'JSON'),
  register('js2', draft7, 'JSON'),
  configure(null, 'FULL'),
  configure('orders-value', 'NONE'),
  configure('js', 'FORWARD_TRANSITIVE'),
  remove('/config/js'),
  configure('config-only', 'BACKWARD_TRANSITIVE'),
  register('orders-value', '"long"'),
  remove('/subjects/orders-value/versions/2'),
  remove('/subjects/orders-value/versions/1'),
  forget('orders-value/versions/1'),
  remove('/subjects/country/versions/1', 422),
  removeSubject('job'),
  removeSubject('copy'),
  removeSubject('prim'),
  forget('prim'),
  removeSubject('forgotten'),
  forget('forgotten'),
  // One that comes back after a deletion, and one that comes back after it was forgotten.
  register('back', one('Back')),
  removeSubject('back'),
  register('back', one('Back')),
  register('anew', one('Anew')),
  removeSubject('anew'),
  forget('anew'),
  register('anew', one('Anew')),
  register('latest', '"bytes"'),
  remove('/subjects/latest/versions/latest'),
  register('with/slash', '"int"'),
]

/** All subjects that are written about, and one that is not. */
export const SUBJECTS: readonly string[] = [
  ...new Set(
    CHANGES.map(({ path }) => /^\/(?:subjects|config)\/([^/?]+)/.exec(path)?.[1]).filter((name) => name !== undefined),
  ),
  'nobody',
]

export async function change(url: string): Promise<void> {
  for (const { method, path, body, refused } of CHANGES) {
    const { status, body: words } = await ask(url, method, path, body)
    assert.equal(status, refused ?? 200, `${method} ${path}: ${JSON.stringify(words)}`)
  }
}
