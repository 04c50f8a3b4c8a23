/** Records read by their schemas, and the commands about schemas: avsc and protobufjs write what is read here. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import avro from 'avsc'
import protobuf from 'protobufjs'
import t from 'tap'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Broker } from '../../src/broker.ts'
import { readingBySchema } from '../../src/cli/schemas/decoded-records.ts'
import { deleteSchemas } from '../../src/cli/schemas/delete.ts'
import { getSchema } from '../../src/cli/schemas/get.ts'
import { listSchemas } from '../../src/cli/schemas/list.ts'
import { checkSchema, registerSchema } from '../../src/cli/schemas/register.ts'
import { RegistryClient } from '../../src/cli/schemas/registry-client.ts'
import { startBroker } from '../../src/index.ts'
import { framed } from './support.ts'

t.test('values of all kinds of schemas, read in the broker and by the command line', async (t) => {
  const broker = await startBroker({ registry: true })
  t.teardown(() => broker.stop())
  const url = broker.schemaRegistryUrl ?? ''
  const client = new RegistryClient({ registry: url })
  const register = async (subject: string, schemaType: string, schema: string, references: object[] = []) => {
    const path = `subjects/${subject}/versions`
    return (await client.ask<{ id: number }>('POST', path, { schemaType, schema, references })).id
  }
  const inner = '{"type":"record","name":"Inner","namespace":"n","fields":[{"name":"n","type":"long"}]}'
  await register('inner', 'AVRO', inner)
  const outer = (type: string) =>
    `{"type":"record","name":"Outer","namespace":"n","fields":[{"name":"i","type":${type}},{"name":"b","type":"bytes"},{"name":"u","type":["null","string"],"default":null}]}`
  const avroId = await register('outer', 'AVRO', outer('"n.Inner"'), [
    { name: 'n.Inner', subject: 'inner', version: 1 },
  ])
  const written = avro.Type.forSchema(JSON.parse(outer(inner)))
  const common = 'syntax = "proto3"; package n; message Common { int64 at = 1; }'
  await register('common', 'PROTOBUF', common)
  const proto = `syntax = "proto3"; package n; import "common.proto"; import "google/protobuf/timestamp.proto";
    message First {} message Second { message In { Common common_at = 1; google.protobuf.Timestamp time = 2; repeated string words = 3; } }`
  const protoId = await register('proto', 'PROTOBUF', proto, [{ name: 'common.proto', subject: 'common', version: 1 }])
  const root = protobuf.parse(
    `${common.replace('syntax = "proto3"; package n;', 'syntax = "proto3"; package n; message W { Common common_at = 1; repeated string words = 3; }')}`,
  ).root
  const message = root.lookupType('n.W')
  const jsonId = await register('json', 'JSON', '{"type":"object"}')
  const cases: [Buffer, unknown][] = [
    [
      framed(avroId, ...written.toBuffer({ i: { n: 7 }, b: Buffer.from('x'), u: 'text' })),
      { i: { n: 7 }, b: 'eA==', u: 'text' },
    ],
    [
      framed(protoId, 4, 2, 0, ...message.encode({ commonAt: { at: 5 }, words: ['a', 'b'] }).finish()),
      { commonAt: { at: '5' }, words: ['a', 'b'] },
    ],
    [framed(jsonId, ...Buffer.from('{"a":[1]}')), { a: [1] }],
  ]
  const { schemaRegistry } = unchecked<Broker>(broker).parts
  const read = readingBySchema({ key: 'text', value: 'schema' }, { registry: url })
  const record = { topic: 't', partition: 0, offset: 3, timestampMs: 0, key: null, headers: [] }
  for (const [bytes, value] of cases) {
    t.same((await schemaRegistry?.decode('value', bytes, []))?.value, value)
    const shown = await read(unchecked({ ...record, value: bytes }))
    t.same(JSON.parse(String(shown.value)), value)
  }
  t.equal(await schemaRegistry?.decode('value', Buffer.from('text'), []), null)
  t.equal(String((await read(unchecked({ ...record, value: Buffer.from('text') }))).value), 'text')
  const broken = framed(avroId, 1)
  await t.rejects(schemaRegistry!.decode('value', broken, []), { message: /are not as schema \d+ says/ })
  await t.rejects(read(unchecked({ ...record, value: framed(999) })), {
    message: /^t-0 at offset 3: The registry knows no schema with id 999/,
  })
})

t.test('references that lead in a circle are followed once', async (t) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const references = [{ name: 'n.Other', subject: 'other', version: 1 }]
    response.end(JSON.stringify({ subject: 'other', version: 1, id: 1, schema: '"int"', references }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const client = new RegistryClient({ registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  t.match(await client.wholeSchema({ id: 1 }), { resolved: [{ name: 'n.Other', schema: '"int"' }] })
  t.same(asked, ['/schemas/ids/1', '/subjects/other/versions/1?deleted=true'])
})

t.test('references of a schema in a context are looked for in that context, through all of them', async (t) => {
  const broker = await startBroker({ registry: true })
  t.teardown(() => broker.stop())
  const client = new RegistryClient({ registry: broker.schemaRegistryUrl ?? '' })
  const record = (name: string, type: string) =>
    `{"type":"record","name":"${name}","namespace":"n","fields":[{"name":"f","type":"${type}"}]}`
  const register = (subject: string, schema: string, references: object[] = []) =>
    client.ask<{ id: number; guid: string }>('POST', `subjects/${subject}/versions`, { schema, references })
  const refersTo = (name: string, subject: string) => [{ name, subject, version: 1 }]
  // Subjects of the same names in the default context mean something else.
  await register('inner', record('Inner', 'string'))
  await register('middle', record('Middle', 'string'))
  await register(':.ctx:inner', record('Inner', 'int'))
  await register(':.ctx:middle', record('Middle', 'n.Inner'), refersTo('n.Inner', 'inner'))
  const { guid } = await register(':.ctx:outer', record('Outer', 'n.Middle'), refersTo('n.Middle', 'middle'))
  t.match(await client.wholeSchema({ guid: guid.replaceAll('-', '') }), {
    resolved: [
      { name: 'n.Inner', schema: record('Inner', 'int') },
      { name: 'n.Middle', schema: record('Middle', 'Inner') },
    ],
  })
  const across = await register('across', record('Across', 'n.Middle'), refersTo('n.Middle', ':.ctx:middle'))
  t.match(await client.wholeSchema({ id: across.id }), { resolved: [{ name: 'n.Inner' }, { name: 'n.Middle' }] })
})

t.test('schemas are registered, listed, printed, checked and deleted from files', async (t) => {
  const broker = await startBroker({ registry: true })
  t.teardown(() => broker.stop())
  const folder = await mkdtemp(join(tmpdir(), 'samsa-schemas-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const registry = new RegistryClient({ registry: broker.schemaRegistryUrl ?? '' })
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const proto = await file('a.proto', 'syntax = "proto3"; message A { int32 a = 1; }')
  const avsc = await file('a.avsc', '"int"')
  const wider = await file('b.avsc', '"string"')
  t.same((await registerSchema({ registry, words: ['p', proto], options: {} })).json, [{ subject: 'p', id: 1 }])
  t.same((await registerSchema({ registry, words: ['a', avsc], options: {} })).json, [{ subject: 'a', id: 2 }])
  t.same((await listSchemas({ registry, words: [], options: {} })).json, [
    { subject: 'a', versions: [1], type: 'AVRO', id: 2 },
    { subject: 'p', versions: [1], type: 'PROTOBUF', id: 1 },
  ])
  t.match(await getSchema({ registry, words: [], options: { id: 2 } }), { sections: [{ lines: ['"int"'] }] })
  t.match((await getSchema({ registry, words: ['p'], options: {} })).sections[0]?.lines, ['syntax = "proto3";'])
  t.match(await checkSchema({ registry, words: ['a', wider], options: {} }), {
    failures: ['The schema is not compatible with a', /TYPE_MISMATCH/],
  })
  t.equal((await checkSchema({ registry, words: ['a', avsc], options: {} })).failures, undefined)
  t.same((await deleteSchemas({ registry, words: ['a'], options: {} })).json, [
    { subject: 'a', versions: [1], permanent: false },
  ])
  await t.rejects(deleteSchemas({ registry, words: ['a'], options: {} }), { code: 40404 })
  await t.rejects(getSchema({ registry, words: ['p'], options: { id: 1 } }), { message: /Name a subject, or an id/ })
  await t.rejects(registerSchema({ registry, words: ['x', join(folder, 'none')], options: {} }), {
    message: /cannot be read/,
  })
  const nowhere = new RegistryClient({ registry: 'http://localhost:1' })
  await t.rejects(listSchemas({ registry: nowhere, words: [], options: {} }), { message: /No schema registry answers/ })
  t.throws(() => new RegistryClient({ registry: 'localhost:8081' }), { message: /no address of a schema registry/ })
})
