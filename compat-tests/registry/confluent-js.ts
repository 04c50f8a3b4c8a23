/** @confluentinc/schemaregistry: its client, and its serializers with schemas that they register themselves. */
import assert from 'node:assert/strict'
import type { Case } from '../support/suite.ts'
import { npmClient } from './npm-client.ts'

interface Client {
  register(subject: string, schema: object, normalize?: boolean): Promise<number>
  registerFullResponse(subject: string, schema: object): Promise<{ id?: number; version?: number; guid?: string }>
  getBySubjectAndId(subject: string, id: number): Promise<{ schema: string }>
  getByGuid(guid: string): Promise<{ schema: string }>
  getId(subject: string, schema: object): Promise<number>
  getLatestSchemaMetadata(subject: string): Promise<{ version?: number; schema: string }>
  getLatestWithMetadata(subject: string, metadata: object): Promise<{ version?: number }>
  getSchemaMetadata(subject: string, version: number): Promise<{ id: number }>
  getAllVersions(subject: string): Promise<number[]>
  getAllSubjects(): Promise<string[]>
  getVersion(subject: string, schema: object): Promise<number>
  testCompatibility(subject: string, schema: object): Promise<boolean>
  testSubjectCompatibility(subject: string, schema: object): Promise<boolean>
  getCompatibility(subject: string): Promise<string>
  updateCompatibility(subject: string, level: string): Promise<string>
  getConfig(subject: string): Promise<{ compatibilityLevel?: string }>
  updateConfig(subject: string, config: object): Promise<{ compatibility?: string }>
  getDefaultCompatibility(): Promise<string>
  deleteSubject(subject: string, permanent?: boolean): Promise<number[]>
  deleteSubjectVersion(subject: string, version: number, permanent?: boolean): Promise<number>
  clearCaches(): void
}

interface Serializer {
  serialize(topic: string, value: unknown): Promise<Buffer>
}
interface Deserializer {
  deserialize(topic: string, bytes: Buffer): Promise<unknown>
}

interface Package {
  readonly SchemaRegistryClient: { newClient(options: object): Client }
  readonly SerdeType: { readonly VALUE: unknown }
  readonly AvroSerializer: new (client: Client, type: unknown, options: object) => Serializer
  readonly AvroDeserializer: new (client: Client, type: unknown, options: object) => Deserializer
  readonly JsonSerializer: new (client: Client, type: unknown, options: object) => Serializer
  readonly JsonDeserializer: new (client: Client, type: unknown, options: object) => Deserializer
}

const record = (...fields: object[]) =>
  JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'int' }, ...fields] })

export async function confluentCases(url: string): Promise<Case[]> {
  const found = await npmClient<Package>('@confluentinc/schemaregistry', '1.10.1')
  if (found === null) return []
  const { SchemaRegistryClient, SerdeType, AvroSerializer, AvroDeserializer, JsonSerializer, JsonDeserializer } = found
  const client = () => SchemaRegistryClient.newClient({ baseURLs: [url], maxRetries: 0 })
  return [
    {
      name: 'confluent for JavaScript: versions, ids, guids, levels, metadata, deletion',
      async run(context) {
        const subject = context.unique('client')
        const one = client()
        const schema = { schemaType: 'AVRO', schema: record(), metadata: { properties: { owner: 'shop' } } }
        const { id, version, guid } = await one.registerFullResponse(subject, schema)
        assert.deepEqual([version, typeof id], [1, 'number'])
        assert.equal((await client().getBySubjectAndId(subject, id!)).schema, record())
        assert.equal((await client().getByGuid(guid!)).schema, record())
        assert.equal(await client().getId(subject, schema), id)
        assert.equal(await client().getVersion(subject, schema), 1)
        assert.equal((await one.getLatestWithMetadata(subject, { owner: 'shop' })).version, 1)
        assert.equal(await one.getDefaultCompatibility(), 'BACKWARD')
        await assert.rejects(one.getCompatibility(subject), /40408|does not have subject-level/)
        await one.updateCompatibility(subject, 'FORWARD')
        assert.equal(await one.getCompatibility(subject), 'FORWARD')
        assert.deepEqual(await one.updateConfig(subject, { compatibility: 'FULL', normalize: true }), {
          compatibility: 'FULL',
          normalize: true,
        })
        const next = { schemaType: 'AVRO', schema: record({ name: 'who', type: 'string', default: '' }) }
        assert.equal(await one.testSubjectCompatibility(subject, next), true)
        const bad = { schemaType: 'AVRO', schema: record({ name: 'who', type: 'string' }) }
        assert.equal(await one.testSubjectCompatibility(subject, bad), false)
        await one.register(subject, next)
        assert.deepEqual(await one.getAllVersions(subject), [1, 2])
        assert.equal(await one.deleteSubjectVersion(subject, 1), 1)
        assert.deepEqual(await one.getAllVersions(subject), [2])
        assert.deepEqual(await one.deleteSubject(subject), [2])
        assert.deepEqual(await one.deleteSubject(subject, true), [1, 2])
        assert.ok(!(await one.getAllSubjects()).includes(subject))
      },
    },
    {
      name: 'confluent for JavaScript: serializers register schemas of Avro and JSON, and others read them',
      async run(context) {
        const topic = context.unique('orders')
        const one = client()
        await one.register(`${topic}-value`, { schemaType: 'AVRO', schema: record() })
        const avro = new AvroSerializer(one, SerdeType.VALUE, { useLatestVersion: true })
        const bytes = await avro.serialize(topic, { id: 7 })
        const value = await new AvroDeserializer(client(), SerdeType.VALUE, {}).deserialize(topic, bytes)
        assert.deepEqual({ ...(value as object) }, { id: 7 })
        const jsonTopic = context.unique('json')
        const schema = JSON.stringify({ type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] })
        await one.register(`${jsonTopic}-value`, { schemaType: 'JSON', schema })
        const json = new JsonSerializer(one, SerdeType.VALUE, { useLatestVersion: true, validate: true })
        const jsonBytes = await json.serialize(jsonTopic, { id: 7 })
        const read = await new JsonDeserializer(client(), SerdeType.VALUE, {}).deserialize(jsonTopic, jsonBytes)
        assert.deepEqual(read, { id: 7 })
        await assert.rejects(json.serialize(jsonTopic, { id: 'seven' }))
      },
    },
  ]
}
