/** Keys and values that the page reads by their schemas. */
import avro from 'avsc'
import t from 'tap'
import type { RecordPage, RecordRow } from '../../../src/web/page/model.ts'
import { framed } from '../../registry/support.ts'
import { open } from './support.ts'

const ORDER: avro.Schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

async function register(url: string, subject: string, schema: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(schema),
  })
  return ((await response.json()) as { id: number }).id
}

t.test('values and keys of all kinds of schemas are read, and what cannot be read says why', async (t) => {
  const { ask, broker, get } = await open(t, { registry: true, topics: ['orders:1'] })
  const url = broker.schemaRegistryUrl ?? ''
  const avroId = await register(url, 'orders-value', { schema: JSON.stringify(ORDER) })
  const jsonId = await register(url, 'json-value', { schemaType: 'JSON', schema: '{"type":"object"}' })
  const proto = 'syntax = "proto3"; message Line { string sku = 1; int64 count = 2; }'
  const protoId = await register(url, 'orders-key', { schemaType: 'PROTOBUF', schema: proto })
  const order = avro.Type.forSchema(ORDER).toBuffer({ id: 7, tags: ['a', '<b>'] })
  const values = [
    framed(avroId, ...order),
    framed(jsonId, ...Buffer.from('{"a":[1]}')),
    framed(avroId, 1),
    framed(4_711, 1),
    Buffer.from('plain text'),
  ]
  const key = framed(protoId, 0, 10, 1, 120, 16, 3)
  const records = values.map((value) => ({
    key: base64(key),
    keyEncoding: 'base64',
    value: base64(value),
    valueEncoding: 'base64',
  }))
  t.equal((await ask('POST', '/records/orders', { records })).status, 200)
  const page = (await ask('POST', '/records/orders/page', { from: 'oldest' })).body as RecordPage
  t.match(page.records[0]?.keySchema, { id: protoId, type: 'PROTOBUF', json: '{"sku":"x","count":"3"}', problem: null })
  t.match(
    page.records.map(({ valueSchema }) => valueSchema),
    [
      { id: avroId, type: 'AVRO', json: '{"id":7,"tags":["a","<b>"]}', problem: null },
      { id: jsonId, type: 'JSON', json: '{"a":[1]}' },
      { problem: new RegExp(`^The bytes of the value are not as schema ${avroId} says: .*\\.$`) },
      { problem: 'The registry knows no schema with id 4711.' },
      null,
    ],
  )
  t.match(await get<RecordRow>('/records/orders/0/0'), { valueSchema: { json: '{"id":7,"tags":["a","<b>"]}' } })
})

t.test('bytes that claim to be more than they are cost nothing, and say so', async (t) => {
  const { ask, broker, get } = await open(t, { registry: true, topics: ['orders:1'] })
  const url = broker.schemaRegistryUrl ?? ''
  const array = (items: unknown) => ({ schema: JSON.stringify({ type: 'array', items }) })
  const nulls = await register(url, 'nulls', array('null'))
  const ints = await register(url, 'ints', array('int'))
  const nested = await register(url, 'nested', array({ type: 'array', items: 'null' }))
  const json = await register(url, 'deep', { schemaType: 'JSON', schema: 'true' })
  /** A block of two thousand million items. */
  const block = [0xfe, 0xff, 0xff, 0xff, 0x0f]
  const wide = Buffer.from(Array.from({ length: 3_000 }, () => [0x02, 0xc0, 0x3e]).flat())
  const deep = Buffer.from('['.repeat(8_000) + ']'.repeat(8_000))
  const values = [
    framed(nulls, ...block),
    framed(ints, ...block),
    framed(nested, 0xf0, 0x2e, ...wide),
    framed(json, ...deep),
  ]
  const records = values.map((value) => ({ value: base64(value), valueEncoding: 'base64' }))
  t.equal((await ask('POST', '/records/orders', { records })).status, 200)
  const page = (await ask('POST', '/records/orders/page', { from: 'oldest' })).body as RecordPage
  for (const { valueSchema } of page.records.slice(0, 3))
    t.match(valueSchema, { problem: /more items than there are bytes/ })
  t.equal(page.records.length, 4)
  t.ok(page.records[3]?.valueSchema, 'however deep it is, there is an answer')
  const long = 'x'.repeat(100_000)
  const large = framed(json, ...Buffer.from(JSON.stringify({ long })))
  await ask('POST', '/records/orders', { records: [{ value: base64(large), valueEncoding: 'base64' }] })
  const [newest] = ((await ask('POST', '/records/orders/page', { from: 'newest', limit: 1 })).body as RecordPage)
    .records
  t.match(newest?.valueSchema, { problem: 'The value is read by its schema when all of it is shown.' })
  t.match(await get<RecordRow>('/records/orders/0/4'), { valueSchema: { json: JSON.stringify({ long }) } })
})

t.test('schemas are read by those who may read their topic, and no topic is made for looking', async (t) => {
  const users = { alice: 'secret', bob: 'other' }
  const { ask, broker, get, logIn } = await open(t, {
    registry: true,
    users,
    topics: ['orders:1'],
    acls: ['alice:read,describe,write:topic:orders', 'bob:all:topic:*', 'bob:create:cluster'],
  })
  await logIn('bob', 'other')
  const looked = async () =>
    ((await ask('POST', '/records/orders/page', { from: 'newest' })).body as RecordPage).records
  t.same(await looked(), [])
  t.notOk((await get<{ name: string }[]>('/topics')).some(({ name }) => name === '_schemas'))
  const authorization = `Basic ${Buffer.from('bob:other').toString('base64')}`
  const id = await register(broker.schemaRegistryUrl ?? '', 'orders-value', { schema: '"string"' }, { authorization })
  const value = base64(framed(id, 2, 120))
  await ask('POST', '/records/orders', { records: [{ value, valueEncoding: 'base64' }] })
  t.match(await looked(), [{ valueSchema: { json: '"x"' } }])
  await logIn('alice', 'secret')
  t.match(await looked(), [{ value, valueSchema: null }])
})
