/** Validation of records in the broker: what a producer is told, and what is let through. */
import { Kafka, logLevel } from 'kafkajs'
import t, { type Test } from 'tap'
import { buildBatch } from '../../protocol/records/build.ts'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Broker } from '../../src/broker.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { OWN } from '../../src/web/caller.ts'
import { framed } from './support.ts'

const strategy = (name: string) =>
  `confluent.value.subject.name.strategy=io.confluent.kafka.serializers.subject.${name}`
const VALIDATED = 'confluent.value.schema.validation=true'

async function started(t: Test, topics: string[]) {
  const broker = await startBroker({ registry: true, topics })
  t.teardown(() => broker.stop())
  const register = async (subject: string, schema: string, schemaType = 'AVRO') => {
    const answer = await fetch(`${broker.schemaRegistryUrl}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema, schemaType }),
    })
    return (await answer.json()) as { id: number; guid: string }
  }
  return { broker, register }
}

/** The errors of single records in the answer to a batch of these values. */
async function recordErrors(
  broker: RunningBroker,
  name: string,
  values: readonly Buffer[],
  compression: CompressionType = CompressionType.NONE,
) {
  const { web, controller } = unchecked<Broker>(broker).parts
  const topicId = controller?.metadata.image.topics.get(name)?.id ?? ''
  const records = buildBatch(
    { compression },
    values.map((value) => ({ key: null, value, timestamp: 1 })),
  )
  const topicData = [{ name, topicId, partitionData: [{ index: 0, records }] }]
  const answer = await web?.callApi('Produce', { acks: -1, timeoutMs: 30_000, topicData }, OWN)
  return answer?.responses[0]?.partitionResponses[0]?.recordErrors
}

t.test('a value without a schema of its topic is refused by its place in the batch', async (t) => {
  const { broker, register } = await started(t, [`orders:1:${VALIDATED}`, 'free:1'])
  const { id } = await register('orders-value', '"string"')
  const other = await register('others-value', '"int"')
  const values = [framed(id, 2, 97), Buffer.from('text'), framed(999), framed(other.id)]
  await t.rejects(
    broker.produce(
      'orders',
      values.map((value) => ({ value })),
    ),
    { message: /INVALID_RECORD One or more records have been rejected due to 3 record errors in total/ },
  )
  t.same(await recordErrors(broker, 'orders', values), [
    {
      batchIndex: 1,
      batchIndexErrorMessage:
        'Record 1 is rejected: the value names no schema: its first byte is not 0, followed by four of an id',
    },
    {
      batchIndex: 2,
      batchIndexErrorMessage: 'Record 2 is rejected: the value has schema id 999, which the registry does not know',
    },
    {
      batchIndex: 3,
      batchIndexErrorMessage: `Record 3 is rejected: the value has schema id ${other.id}, which is not registered under subject orders-value`,
    },
  ])
  await broker.produce('orders', [{ value: framed(id, 2, 97) }, { value: null }, { key: 'any', value: framed(id) }])
  await broker.produce('free', ['anything'])
  t.equal((await broker.records('orders')).length, 3, 'a null is no schema, and keys are free')
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const producer = kafka.producer()
  t.teardown(() => producer.disconnect())
  await producer.connect()
  await t.rejects(producer.send({ topic: 'orders', messages: [{ value: 'text' }] }), { name: 'KafkaJSProtocolError' })
  const admin = kafka.admin()
  t.teardown(() => admin.disconnect())
  await admin.connect()
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: 2, name: 'orders', configEntries: [{ name: 'confluent.value.schema.validation', value: 'false' }] },
    ],
  })
  await producer.send({ topic: 'orders', messages: [{ value: 'text' }] })
})

t.test('keys, guids in headers, and the names of records and messages', async (t) => {
  const { broker, register } = await started(t, [
    'keyed:1:confluent.key.schema.validation=true',
    `named:1:${VALIDATED}:${strategy('RecordNameStrategy')}`,
    `both:1:${VALIDATED}:${strategy('TopicRecordNameStrategy')}`,
    `guids:1:${VALIDATED}`,
  ])
  const { id: ofKey } = await register('keyed-key', '"long"')
  await broker.produce('keyed', [{ key: framed(ofKey), value: 'free' }])
  await t.rejects(broker.produce('keyed', [{ key: 'text', value: framed(ofKey) }]), {
    message: /the key names no schema/,
  })
  const proto = 'syntax = "proto3"; package shop; message First { message In {} } message Second {}'
  const { id } = await register('shop.Second', proto, 'PROTOBUF')
  await broker.produce('named', [{ value: framed(id, 2, 2) }])
  await t.rejects(broker.produce('named', [{ value: framed(id, 0) }]), { message: /under subject shop.First/ })
  await t.rejects(broker.produce('named', [{ value: framed(id, 4, 0, 2) }]), { message: /is no message of the schema/ })
  await t.rejects(broker.produce('both', [{ value: framed(id, 2, 2) }]), { message: /under subject both-shop.Second/ })
  await register('both-shop.Second', proto, 'PROTOBUF')
  await broker.produce('both', [{ value: framed(id, 2, 2) }])
  const { guid } = await register('guids-value', '"bytes"')
  const header = Buffer.concat([Buffer.from([1]), Buffer.from(guid.replaceAll('-', ''), 'hex')])
  await broker.produce('guids', [{ value: 'bare', headers: { __value_schema_id: header } }])
  await t.rejects(startBroker({ topics: [`x:1:${strategy('Other')}`] }), { message: /subject.name.strategy/ })
})

t.test(
  'a compressed record that is too long for the log is refused by the log, before anybody asks for its schema',
  async (t) => {
    const { broker } = await started(t, [`orders:1:${VALIDATED}:max.decompressed.message.bytes=1000`])
    const value = Buffer.alloc(100_000, 'x')
    t.same(await recordErrors(broker, 'orders', [value], CompressionType.GZIP), [])
    t.equal((await recordErrors(broker, 'orders', [value.subarray(0, 100)], CompressionType.GZIP))?.length, 1)
    t.same(await broker.records('orders'), [])
  },
)

t.test('a topic without validation asks nothing of a registry', async (t) => {
  const broker = await startBroker({ topics: ['orders'] })
  t.teardown(() => broker.stop())
  await broker.produce('orders', ['text'])
  t.same(
    (await broker.topics()).map(({ name }) => name),
    ['orders'],
  )
})
