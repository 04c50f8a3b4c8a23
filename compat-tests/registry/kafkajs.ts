/** @kafkajs/confluent-schema-registry: schemas of all kinds, records through a topic, references, errors. */
import assert from 'node:assert/strict'
import { Kafka, logLevel } from 'kafkajs'
import type { Case } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'
import { npmClient } from './npm-client.ts'

interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface Registry {
  register(
    schema: { type: string; schema: string; references?: readonly Reference[] },
    options: { subject: string; compatibility?: string },
  ): Promise<{ id: number }>
  encode(id: number, value: unknown): Promise<Buffer>
  decode(bytes: Buffer): Promise<unknown>
  getLatestSchemaId(subject: string): Promise<number>
  getRegistryId(subject: string, version: number | string): Promise<number>
  getRegistryIdBySchema(subject: string, schema: { type: string; schema: string }): Promise<number>
}

interface Package {
  readonly SchemaRegistry: new (options: { host: string; retry?: { retries: number } }) => Registry
}

const avro = (...fields: object[]) =>
  JSON.stringify({
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [{ name: 'id', type: 'long' }, ...fields],
  })
const protobuf = 'syntax = "proto3"; package shop; message Order { int64 id = 1; string who = 2; }'
const json = JSON.stringify({ type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] })

export async function kafkajsCases(url: string): Promise<Case[]> {
  const found = await npmClient<Package>('@kafkajs/confluent-schema-registry', '4.1.0')
  if (found === null) return []
  const registry = new found.SchemaRegistry({ host: url, retry: { retries: 2 } })
  const kinds = [
    ['AVRO', avro({ name: 'who', type: 'string' }), { id: 1, who: 'a' }],
    ['PROTOBUF', protobuf, { id: 1, who: 'a' }],
    ['JSON', json, { id: 1 }],
  ] as const
  return [
    ...kinds.map(
      ([type, schema, value]): Case => ({
        name: `kafkajs: records with schemas of ${type} go through a topic`,
        async run(context) {
          const topic = context.unique('orders')
          const { id } = await registry.register({ type, schema }, { subject: `${topic}-value` })
          assert.equal((await registry.register({ type, schema }, { subject: `${topic}-value` })).id, id)
          assert.equal(await registry.getLatestSchemaId(`${topic}-value`), id)
          assert.equal(await registry.getRegistryId(`${topic}-value`, 1), id)
          assert.equal(await registry.getRegistryIdBySchema(`${topic}-value`, { type, schema }), id)
          const kafka = new Kafka({ brokers: [context.broker.bootstrapServers], logLevel: logLevel.NOTHING })
          const producer = kafka.producer()
          const consumer = kafka.consumer({ groupId: context.unique('group') })
          context.after(() => producer.disconnect())
          context.after(() => consumer.disconnect())
          await producer.connect()
          await producer.send({ topic, messages: [{ value: await registry.encode(id, value) }] })
          await consumer.connect()
          await consumer.subscribe({ topic, fromBeginning: true })
          let read: unknown = null
          // A client of its own has nothing in its cache.
          const other = new found.SchemaRegistry({ host: url })
          await consumer.run({ eachMessage: async ({ message }) => void (read = await other.decode(message.value!)) })
          const decoded = await eventually('the record', () => read)
          assert.deepEqual(JSON.parse(JSON.stringify(decoded)).id.toString(), '1')
        },
      }),
    ),
    {
      name: 'kafkajs: a level of compatibility, and what breaks it',
      async run(context) {
        const subject = context.unique('levels')
        await registry.register({ type: 'AVRO', schema: avro() }, { subject, compatibility: 'BACKWARD' })
        const added = avro({ name: 'who', type: 'string' })
        await assert.rejects(
          registry.register({ type: 'AVRO', schema: added }, { subject, compatibility: 'BACKWARD' }),
          /incompatible with an earlier schema/,
        )
        const optional = avro({ name: 'who', type: 'string', default: '' })
        await registry.register({ type: 'AVRO', schema: optional }, { subject, compatibility: 'BACKWARD' })
        assert.equal(await registry.getRegistryId(subject, 'latest'), await registry.getRegistryId(subject, 2))
        await assert.rejects(registry.getLatestSchemaId(context.unique('nobody')), /not found/i)
      },
    },
    {
      name: 'kafkajs: a schema of Avro and one of Protobuf refer to others',
      async run(context) {
        const [inner, outer] = [context.unique('inner'), context.unique('outer')]
        await registry.register(
          {
            type: 'AVRO',
            schema: '{"type":"record","name":"Inner","namespace":"n","fields":[{"name":"x","type":"int"}]}',
          },
          { subject: inner },
        )
        const references = [{ name: 'n.Inner', subject: inner, version: 1 }]
        const schema = '{"type":"record","name":"Outer","namespace":"n","fields":[{"name":"i","type":"n.Inner"}]}'
        const { id } = await registry.register({ type: 'AVRO', schema, references }, { subject: outer })
        const fresh = new found.SchemaRegistry({ host: url })
        const value = { i: { x: 7 } }
        assert.deepEqual(JSON.parse(JSON.stringify(await fresh.decode(await fresh.encode(id, value)))), value)
        const [common, using] = [context.unique('common'), context.unique('using')]
        await registry.register(
          { type: 'PROTOBUF', schema: 'syntax = "proto3"; package n; message Common { int32 x = 1; }' },
          { subject: common },
        )
        const user = await registry.register(
          {
            type: 'PROTOBUF',
            schema: 'syntax = "proto3"; package n; import "common.proto"; message User { Common c = 1; }',
            references: [{ name: 'common.proto', subject: common, version: 1 }],
          },
          { subject: using },
        )
        const bytes = await fresh.encode(user.id, { c: { x: 7 } })
        assert.deepEqual(JSON.parse(JSON.stringify(await fresh.decode(bytes))), { c: { x: 7 } })
      },
    },
  ]
}
