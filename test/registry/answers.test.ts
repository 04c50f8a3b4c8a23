/**
 * Requests and answers, error codes and texts among them, as the API's public description has them and as Confluent's
 * registry is known to answer. A story is a registry of its own; its requests come one after another.
 */
import t, { type Test } from 'tap'
import { type Ask, startedRegistry } from './support.ts'

type Step = readonly [request: string, body: unknown, status: number, expected: unknown]

const int = { schema: '"int"' }
const avro = (name: string, ...fields: object[]) => ({ schema: JSON.stringify({ type: 'record', name, fields }) })
const f = { name: 'f', type: 'int' }
const withDefault = { name: 'g', type: 'int', default: 0 }
const refused = (error_code: number, message: RegExp | string = /./) => ({ error_code, message })

const stories: Readonly<Record<string, readonly Step[]>> = {
  'what is not there': [
    ['GET /subjects', null, 200, []],
    ['GET /subjects?deleted=true', null, 200, []],
    ['GET /schemas', null, 200, []],
    ['GET /schemas/types', null, 200, ['JSON', 'PROTOBUF', 'AVRO']],
    ['GET /contexts', null, 200, ['.']],
    ['GET /', null, 200, {}],
    ['GET /nothing', null, 404, refused(404, 'HTTP 404 Not Found')],
    ['PUT /subjects', {}, 405, refused(405, 'HTTP 405 Method Not Allowed')],
    ['GET /subjects/a/versions', null, 404, refused(40401, "Subject 'a' not found.")],
    ['GET /subjects/a/versions/1', null, 404, refused(40401)],
    ['GET /subjects/a/versions/latest', null, 404, refused(40401)],
    ['GET /subjects/a/versions/1/schema', null, 404, refused(40401)],
    ['GET /subjects/a/versions/1/referencedby', null, 404, refused(40401)],
    ['GET /subjects/a/metadata', null, 404, refused(40401)],
    ['POST /subjects/a', int, 404, refused(40401)],
    ['DELETE /subjects/a', null, 404, refused(40401)],
    ['DELETE /subjects/a/versions/1', null, 404, refused(40401)],
    ['GET /schemas/ids/1', null, 404, refused(40403, 'Schema 1 not found')],
    ['GET /schemas/ids/1/schema', null, 404, refused(40403)],
    ['GET /schemas/ids/1/subjects', null, 404, refused(40403)],
    ['GET /schemas/ids/1/versions', null, 404, refused(40403)],
    ['GET /schemas/ids/x', null, 404, refused(404)],
    ['GET /schemas/guids/ef524ea1-b91e-7317-3d93-8ade36c1db32', null, 404, refused(40403)],
    ['GET /config/a', null, 404, refused(40408, "Subject 'a' does not have subject-level compatibility configured")],
    ['GET /mode/a', null, 404, refused(40409, "Subject 'a' does not have subject-level mode configured")],
    ['DELETE /config/a', null, 404, refused(40401)],
    ['DELETE /mode/a', null, 404, refused(40401)],
    ['GET /config/a?defaultToGlobal=true', null, 200, { compatibilityLevel: 'BACKWARD' }],
    ['GET /mode/a?defaultToGlobal=true', null, 200, { mode: 'READWRITE' }],
    ['POST /compatibility/subjects/a/versions/latest', int, 200, { is_compatible: true }],
    ['POST /compatibility/subjects/a/versions', int, 200, { is_compatible: true }],
    ['POST /compatibility/subjects/a/versions/1', int, 404, refused(40402)],
  ],
  'bodies that are none': [
    ['POST /subjects/a/versions', '', 422, refused(422)],
    ['POST /subjects/a/versions', '{', 400, refused(400)],
    ['POST /subjects/a/versions', '[]', 400, refused(400)],
    ['POST /subjects/a/versions', { schema: 1 }, 400, refused(400)],
    ['POST /subjects/a/versions', { schema: '"int"', references: {} }, 400, refused(400)],
    ['POST /subjects/a/versions', { schema: '"int"', id: 'x' }, 400, refused(400)],
    ['POST /subjects/a/versions', {}, 422, refused(42201, 'Empty schema')],
    ['POST /subjects/a/versions', { schema: ' ' }, 422, refused(42201)],
    ['POST /subjects/a/versions', { schema: '"nothing"' }, 422, refused(42201, /^Invalid schema/)],
    ['POST /subjects/a/versions', { schema: '{"type":"record"}' }, 422, refused(42201)],
    [
      'POST /subjects/a/versions',
      { schema: '"int"', schemaType: 'XML' },
      422,
      refused(42201, 'Invalid schema type XML'),
    ],
    ['POST /subjects/a/versions', { schema: 'message {', schemaType: 'PROTOBUF' }, 422, refused(42201)],
    ['POST /subjects/a/versions', { schema: '{"type":"nothing"}', schemaType: 'JSON' }, 422, refused(42201)],
    [
      'POST /subjects/a/versions',
      { schema: '"n.X"', references: [{ name: 'n.X', subject: 'x', version: 1 }] },
      422,
      refused(42201, /No schema reference found for subject "x" and version 1/),
    ],
    ['POST /subjects/__GLOBAL/versions', int, 422, refused(42208)],
    ['POST /subjects/__EMPTY/versions', int, 422, refused(42208)],
    ['POST /subjects/a%07/versions', int, 422, refused(42208)],
    ['PUT /config', { compatibility: 'SOME' }, 422, refused(42203, /^Invalid compatibility level/)],
    ['PUT /config/a', { compatibility: 'SOME' }, 422, refused(42203)],
    ['PUT /mode', { mode: 'SOME' }, 422, refused(42204, /^Invalid mode/)],
    ['PUT /mode/a', { mode: 'FORWARD' }, 422, refused(42204)],
    [
      'POST /subjects/a/versions',
      { ...int, ruleSet: { domainRules: [{ name: '', kind: 'CONDITION', mode: 'WRITE', type: 'CEL' }] } },
      422,
      refused(42210),
    ],
  ],
  'versions of a subject': [
    ['POST /subjects/a/versions', avro('R', f), 200, { id: 1 }],
    ['POST /subjects/a/versions', avro('R', f), 200, { id: 1 }],
    ['POST /subjects/a/versions', avro('R', f, withDefault), 200, { id: 2 }],
    ['POST /subjects/b/versions', avro('R', f), 200, { id: 1 }],
    ['POST /subjects/b/versions', int, 409, refused(409, /incompatible with an earlier schema for subject "b"/)],
    ['GET /subjects', null, 200, ['a', 'b']],
    ['GET /subjects?subjectPrefix=b', null, 200, ['b']],
    ['GET /subjects?offset=1', null, 200, ['b']],
    ['GET /subjects?limit=1', null, 200, ['a']],
    ['GET /subjects/a/versions', null, 200, [1, 2]],
    ['GET /subjects/a/versions?offset=1&limit=1', null, 200, [2]],
    ['GET /subjects/a/versions/1', null, 200, { subject: 'a', version: 1, id: 1, ...avro('R', f) }],
    ['GET /subjects/a/versions/latest', null, 200, { subject: 'a', version: 2, id: 2 }],
    ['GET /subjects/a/versions/-1', null, 200, { version: 2 }],
    ['GET /subjects/a/versions/1/schema', null, 200, JSON.parse(avro('R', f).schema)],
    ['GET /subjects/a/versions/3', null, 404, refused(40402, 'Version 3 not found.')],
    ['GET /subjects/a/versions/0', null, 422, refused(42202, /'0' is not a valid version id/)],
    ['GET /subjects/a/versions/-2', null, 422, refused(42202)],
    ['GET /subjects/a/versions/x', null, 422, refused(42202)],
    ['GET /subjects/a/versions/2147483648', null, 422, refused(42202)],
    ['POST /subjects/a', avro('R', f), 200, { subject: 'a', version: 1, id: 1 }],
    ['POST /subjects/a', int, 404, refused(40403, 'Schema not found')],
    ['POST /subjects/a', { schema: '"nothing"' }, 422, refused(42201)],
    ['GET /schemas/ids/1', null, 200, avro('R', f)],
    ['GET /schemas/ids/1?subject=a', null, 200, { subject: 'a', version: 1 }],
    ['GET /schemas/ids/1?fetchMaxId=true', null, 200, { maxId: 2 }],
    ['GET /schemas/ids/1/schema', null, 200, JSON.parse(avro('R', f).schema)],
    ['GET /schemas/ids/1/subjects', null, 200, ['a', 'b']],
    [
      'GET /schemas/ids/1/versions',
      null,
      200,
      [
        { subject: 'a', version: 1 },
        { subject: 'b', version: 1 },
      ],
    ],
    ['GET /schemas', null, 200, [{ subject: 'a', version: 1 }, { subject: 'a', version: 2 }, { subject: 'b' }]],
    [
      'GET /schemas?latestOnly=true',
      null,
      200,
      [
        { subject: 'a', version: 2 },
        { subject: 'b', version: 1 },
      ],
    ],
    ['GET /schemas?subjectPrefix=b', null, 200, [{ subject: 'b' }]],
    ['GET /schemas?offset=2&limit=1', null, 200, [{ subject: 'b' }]],
  ],
  'deletion, first softly': [
    ['POST /subjects/a/versions', avro('R', f), 200, { id: 1 }],
    ['POST /subjects/a/versions', avro('R', f, withDefault), 200, { id: 2 }],
    ['DELETE /subjects/a/versions/1?permanent=true', null, 404, refused(40407, /was not deleted first/)],
    ['DELETE /subjects/a/versions/1', null, 200, 1],
    ['DELETE /subjects/a/versions/1', null, 404, refused(40406, /was soft deleted/)],
    ['DELETE /subjects/a/versions/9', null, 404, refused(40402)],
    ['DELETE /subjects/a/versions/x', null, 422, refused(42202)],
    ['GET /subjects/a/versions', null, 200, [2]],
    ['GET /subjects/a/versions?deleted=true', null, 200, [1, 2]],
    ['GET /subjects/a/versions?deletedOnly=true', null, 200, [1]],
    ['GET /subjects/a/versions?deletedAsNegative=true', null, 200, [-1, 2]],
    ['GET /subjects/a/versions/1', null, 404, refused(40402)],
    ['GET /subjects/a/versions/1?deleted=true', null, 200, { version: 1, id: 1 }],
    ['GET /schemas/ids/1', null, 200, avro('R', f)],
    ['GET /schemas/ids/1/versions', null, 200, []],
    ['GET /schemas/ids/1/versions?deleted=true', null, 200, [{ subject: 'a', version: 1 }]],
    ['POST /subjects/a', avro('R', f), 404, refused(40403)],
    ['POST /subjects/a?deleted=true', avro('R', f), 200, { version: 1 }],
    ['DELETE /subjects/a?permanent=true', null, 404, refused(40405, /was not deleted first/)],
    ['DELETE /subjects/a', null, 200, [2]],
    ['DELETE /subjects/a', null, 404, refused(40404, /was soft deleted/)],
    ['GET /subjects', null, 200, []],
    ['GET /subjects?deleted=true', null, 200, ['a']],
    ['GET /subjects?deletedOnly=true', null, 200, ['a']],
    ['DELETE /subjects/a?permanent=true', null, 200, [1, 2]],
    ['GET /subjects?deleted=true', null, 200, []],
    ['GET /schemas/ids/1', null, 404, refused(40403)],
    ['POST /subjects/a/versions', int, 200, { id: 3 }],
  ],
  'references hold what they refer to': [
    ['POST /subjects/inner/versions', avro('Inner', f), 200, { id: 1 }],
    [
      'POST /subjects/outer/versions',
      { ...avro('Outer', { name: 'i', type: 'Inner' }), references: [{ name: 'Inner', subject: 'inner', version: 1 }] },
      200,
      { id: 2 },
    ],
    ['GET /subjects/inner/versions/1/referencedby', null, 200, [2]],
    ['GET /subjects/outer/versions/1/referencedby', null, 200, []],
    ['GET /subjects/outer/versions/1', null, 200, { references: [{ name: 'Inner', subject: 'inner', version: 1 }] }],
    ['DELETE /subjects/inner/versions/1', null, 422, refused(42206, /One or more references exist/)],
    ['DELETE /subjects/inner', null, 422, refused(42206)],
    ['DELETE /subjects/outer', null, 200, [1]],
    ['GET /subjects/inner/versions/1/referencedby', null, 200, []],
    ['DELETE /subjects/inner', null, 200, [1]],
    ['DELETE /subjects/inner?permanent=true', null, 422, refused(42206)],
    ['DELETE /subjects/outer?permanent=true', null, 200, [1]],
    ['DELETE /subjects/inner?permanent=true', null, 200, [1]],
  ],
  'levels and modes': [
    ['GET /config', null, 200, { compatibilityLevel: 'BACKWARD' }],
    ['PUT /config', { compatibility: 'full' }, 200, { compatibility: 'FULL' }],
    ['GET /config', null, 200, { compatibilityLevel: 'FULL' }],
    ['PUT /config/a', { compatibility: 'NONE' }, 200, { compatibility: 'NONE' }],
    ['GET /config/a', null, 200, { compatibilityLevel: 'NONE' }],
    ['DELETE /config/a', null, 200, { compatibilityLevel: 'NONE' }],
    ['GET /config/a', null, 404, refused(40408)],
    ['GET /config/a?defaultToGlobal=true', null, 200, { compatibilityLevel: 'FULL' }],
    ['DELETE /config', null, 200, { compatibilityLevel: 'FULL' }],
    ['GET /config', null, 200, { compatibilityLevel: 'BACKWARD' }],
    ['GET /mode', null, 200, { mode: 'READWRITE' }],
    ['POST /subjects/a/versions', { ...int, id: 5, version: 1 }, 422, refused(42205, /is not in import mode/)],
    ['PUT /mode/a', { mode: 'READONLY' }, 200, { mode: 'READONLY' }],
    ['GET /mode/a', null, 200, { mode: 'READONLY' }],
    ['POST /subjects/a/versions', int, 422, refused(42205, /is in read-only mode/)],
    ['PUT /config/a', { compatibility: 'NONE' }, 422, refused(42205)],
    ['DELETE /mode/a', null, 200, { mode: 'READONLY' }],
    ['PUT /mode/a', { mode: 'import' }, 200, { mode: /import/i }],
    ['POST /subjects/a/versions', int, 422, refused(42205, /is not in read-write mode/)],
    ['POST /subjects/a/versions', { ...int, id: 5, version: 3 }, 200, { id: 5 }],
    ['GET /subjects/a/versions/3', null, 200, { id: 5 }],
    ['POST /subjects/a/versions', { schema: '"long"', id: 5, version: 4 }, 422, refused(42205, /Overwrite new schema/)],
    ['PUT /mode', { mode: 'IMPORT' }, 422, refused(42205, /found existing subjects/)],
    ['PUT /mode?force=true', { mode: 'IMPORT' }, 200, { mode: 'IMPORT' }],
    ['PUT /mode?force=true', { mode: 'READWRITE' }, 200, { mode: 'READWRITE' }],
    ['DELETE /mode/a', null, 200, {}],
    ['POST /subjects/b/versions', { schema: '"string"' }, 200, { id: 6 }],
  ],
  'contexts and aliases': [
    ['POST /subjects/:.staging:a/versions', int, 200, { id: 1 }],
    ['POST /contexts/.staging/subjects/b/versions', { schema: '"long"' }, 200, { id: 2 }],
    ['POST /subjects/a/versions', { schema: '"long"' }, 200, { id: 1 }],
    ['GET /contexts', null, 200, ['.', '.staging']],
    ['GET /subjects', null, 200, [':.staging:a', ':.staging:b', 'a']],
    ['GET /subjects?subjectPrefix=:.staging:', null, 200, [':.staging:a', ':.staging:b']],
    ['GET /contexts/.staging/subjects', null, 200, [':.staging:a', ':.staging:b']],
    ['GET /schemas/ids/1?subject=:.staging:', null, 200, int],
    ['GET /contexts/.staging/schemas/ids/2', null, 200, { schema: '"long"' }],
    ['GET /schemas/ids/1', null, 200, { schema: '"long"' }],
    ['DELETE /contexts/.staging', null, 422, refused(42211, /is not empty/)],
    ['PUT /config/alias', { alias: 'a' }, 200, { alias: 'a' }],
    ['GET /subjects/alias/versions', null, 200, [1]],
    ['GET /subjects/alias/versions/1', null, 200, { subject: 'a' }],
  ],
}

for (const [name, steps] of Object.entries(stories)) {
  t.test(name, async (t) => {
    const { ask } = await startedRegistry()
    for (const step of steps) await take(t, ask, step)
  })
}

async function take(t: Test, ask: Ask, [request, body, status, expected]: Step): Promise<void> {
  const answered = await ask(request, body ?? undefined)
  t.equal(answered.status, status, `${request}: ${JSON.stringify(answered.body)}`)
  if (Array.isArray(expected)) t.equal(answered.body?.length, expected.length, request)
  t.match(answered.body, expected as object, request)
}

t.test('content types', async (t) => {
  const { ask } = await startedRegistry()
  const v1 = 'application/vnd.schemaregistry.v1+json'
  const cases = [
    [undefined, 200, v1],
    ['*/*', 200, v1],
    ['application/json', 200, 'application/json'],
    ['application/vnd.schemaregistry+json', 200, 'application/vnd.schemaregistry+json'],
    [`application/json; q=0.5, ${v1}; q=0.9`, 200, v1],
    ['text/html', 406, v1],
  ] as const
  for (const [accept, status, type] of cases) {
    const answered = await ask('GET /subjects', undefined, accept === undefined ? {} : { accept })
    t.same([answered.status, answered.type], [status, type], String(accept))
  }
  for (const [type, status] of [
    ['application/json', 200],
    [v1, 200],
    ['application/json; charset=utf-8', 200],
    ['text/plain', 415],
  ] as const) {
    const answered = await ask('POST /subjects/a/versions', { schema: '"int"' }, { 'content-type': type })
    t.equal(answered.status, status, type)
  }
})
