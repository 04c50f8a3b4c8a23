/** `/metrics` tells what clients push, whatever a hostile client does. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import protobuf from 'protobufjs/minimal.js'
import t from 'tap'
import { parseExposition } from '../../proof/exposition-parser.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { startBroker } from '../../src/index.ts'
import { Exposition } from '../../src/metrics/exposition.ts'
import { ClientSeries, type ReadSamples } from '../../src/telemetry/client-series.ts'
import { type OtlpSample, readOtlpMetrics } from '../../src/telemetry/otlp.ts'
import { ask } from '../api/support/wire-client.ts'

/** OTLP with a metric of each kind, written by the classes that Apache's clients use (test/golden/telemetry/Telemetry.java). */
const ofApache = pushOfApache()

function pushOfApache(): Buffer {
  const cases: { name: string; steps: { metrics?: string }[] }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, '../golden/telemetry/cases.json'), 'utf8'),
  )
  const first = cases.find(({ name }) => name === 'codecs')?.steps.find(({ metrics }) => metrics !== undefined)
  return Buffer.from(first?.metrics ?? '', 'base64')
}

/** The samples of what a client pushed. */
const of =
  (bytes: Buffer): ReadSamples =>
  (take) =>
    readOtlpMetrics(bytes, take)

function textOf(series: ClientSeries): string {
  const to = new Exposition()
  for (const { family, labels, value, suffix } of series.samples()) to.add(family, value, labels, suffix)
  return to.text()
}

const TOPIC = 'group_id="g",ok="true",partition="3",ratio="0.5",topic="t\\"\\n"'
/** `count`: so often the same was pushed; what is a delta has grown, what is not is the same. */
const expected = (count: number) => `# HELP org_apache_kafka_consumer_lag d
# TYPE org_apache_kafka_consumer_lag gauge
org_apache_kafka_consumer_lag{${TOPIC},client="c"} 1.5
# HELP org_apache_kafka_producer_record_send_total org.apache.kafka.producer.record.send, as clients push it
# TYPE org_apache_kafka_producer_record_send_total counter
org_apache_kafka_producer_record_send_total{group_id="g",client="c"} ${42 * count}
# HELP kafka_client_com_example_whole_total com.example.whole, as clients push it
# TYPE kafka_client_com_example_whole_total counter
kafka_client_com_example_whole_total{group_id="g",client="c"} 1099511627776
# HELP kafka_client_com_example_down com.example.down, as clients push it
# TYPE kafka_client_com_example_down gauge
kafka_client_com_example_down{group_id="g",client="c"} ${-5 * count}
# HELP kafka_client_com_example_sizes com.example.sizes, as clients push it
# TYPE kafka_client_com_example_sizes histogram
kafka_client_com_example_sizes_bucket{a="b",group_id="g",le="0.5",client="c"} ${count}
kafka_client_com_example_sizes_bucket{a="b",group_id="g",le="10",client="c"} ${3 * count}
kafka_client_com_example_sizes_bucket{a="b",group_id="g",le="+Inf",client="c"} ${6 * count}
kafka_client_com_example_sizes_sum{a="b",group_id="g",client="c"} ${12.5 * count}
kafka_client_com_example_sizes_count{a="b",group_id="g",client="c"} ${6 * count}
# HELP kafka_client_com_example_exponential com.example.exponential, as clients push it
# TYPE kafka_client_com_example_exponential histogram
kafka_client_com_example_exponential_bucket{group_id="g",le="+Inf",client="c"} 4
kafka_client_com_example_exponential_sum{group_id="g",client="c"} 9
kafka_client_com_example_exponential_count{group_id="g",client="c"} 4
# HELP kafka_client_com_example_summary com.example.summary, as clients push it
# TYPE kafka_client_com_example_summary summary
kafka_client_com_example_summary{group_id="g",quantile="0.99",client="c"} 3
kafka_client_com_example_summary_sum{group_id="g",client="c"} 16
kafka_client_com_example_summary_count{group_id="g",client="c"} 8
`

t.test('a metric of each kind becomes its series; deltas are added up, and the rest is as it was pushed last', (t) => {
  const series = new ClientSeries()
  series.take('one', { client: 'c' }, of(ofApache), 10)
  t.equal(textOf(series), expected(1))
  series.take('one', { client: 'c' }, of(ofApache), 20)
  t.equal(textOf(series), expected(2))
  t.ok(parseExposition(textOf(series)))
  t.equal(series.count, 15)
  series.sweep(19)
  t.equal(series.count, 15)
  series.sweep(20)
  t.equal(series.count, 0)
  t.equal(textOf(series), '')
  t.end()
})

/** A gauge, or a histogram without buckets, of a hostile client's choice. */
function metric(name: string, kind: 'gauge' | 'histogram', attributes: Record<string, string> = {}): Buffer {
  const writer = protobuf.Writer.create().uint32(10).fork().uint32(18).fork().uint32(18).fork()
  writer.uint32(10).string(name)
  const isGauge = kind === 'gauge'
  writer
    .uint32(isGauge ? 42 : 74)
    .fork()
    .uint32(10)
    .fork()
  for (const [key, value] of Object.entries(attributes)) {
    writer.uint32(isGauge ? 58 : 74).fork()
    writer.uint32(10).string(key).uint32(18).fork().uint32(10).string(value).ldelim().ldelim()
  }
  writer.uint32(33).fixed64(0).ldelim().ldelim()
  return Buffer.from(writer.ldelim().ldelim().ldelim().finish())
}

/** One gauge whose resource has so many attributes. */
function manyAttributes(count: number): Buffer {
  const writer = protobuf.Writer.create().uint32(10).fork().uint32(10).fork()
  for (let i = 0; i < count; i++) {
    writer.uint32(10).fork().uint32(10).string('k').uint32(18).fork().uint32(10).string('').ldelim().ldelim()
  }
  const point = writer.ldelim().uint32(18).fork().uint32(18).fork().uint32(10).string('x')
  point.uint32(42).fork().uint32(10).fork().uint32(33).fixed64(0)
  return Buffer.from(point.ldelim().ldelim().ldelim().ldelim().ldelim().finish())
}

t.test('a client takes a bounded number of series, and those that it has go on', (t) => {
  const series = new ClientSeries()
  const mine = { client_id: 'mine' }
  const gauges = (name: string, count: number) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => metric(name, 'gauge', { i: String(i) })))
  const greedy = gauges('org.apache.kafka.x', 1500)
  series.take('greedy', mine, of(greedy), 1)
  t.equal(series.count, 1000)
  t.equal(series.refused, 500)
  series.take('greedy', mine, of(metric('org.apache.kafka.x', 'gauge', { i: '7' })), 1)
  t.equal(series.refused, 500)
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`l${i}`, 'v']))
  series.take('labels', mine, of(metric('org.apache.kafka.y', 'gauge', many)), 1)
  t.equal(series.refused, 501)
  const thousand = gauges('x', 1000)
  for (let client = 0; client < 30; client++) series.take(`c${client}`, mine, of(thousand), 1)
  t.equal(series.count, 20_000)
  // ClientMetricsManager keeps a bounded number of instances, whatever ids their clients give themselves.
  for (let client = 0; client < 50; client++) series.take(`late${client}`, mine, of(metric('x', 'gauge')), 1)
  t.equal([...series.clients()].length, 20, 'a client without a series is not kept')
  const before = series.refused
  series.take('greedy', mine, of(Buffer.concat([greedy, greedy, greedy, greedy])), 1)
  t.equal(series.refused - before, 501, 'those without a place, up to 2,000 of a push, and once for the rest of it')
  t.end()
})

t.test('a small push of long texts, or of many attributes, is cut before anything is made of it', (t) => {
  const reads = (sample: Partial<OtlpSample>, count: number): ReadSamples => {
    const plain = { description: '', type: 'gauge', suffix: '', attributes: [], value: 1, isDelta: false } as const
    return (take) => {
      for (let i = 0; i < count; i++) take({ name: `x${i}`, ...plain, ...sample })
    }
  }
  const series = new ClientSeries()
  const long = 'v'.repeat(500_000)
  const before = process.memoryUsage().heapUsed
  series.take('long', {}, reads({ attributes: ['k', long], description: long.replace('v', 'd') }, 1000), 1)
  t.equal(series.count, 1000)
  t.ok(process.memoryUsage().heapUsed - before < 100_000_000, 'no text is kept whole')
  t.ok(textOf(series).includes(`{k="${'v'.repeat(256)}"} 1\n`))
  const samples: number[] = []
  readOtlpMetrics(manyAttributes(70_000), ({ attributes }) => samples.push(attributes.length))
  t.same(samples, [256], 'the rest is left out')
  t.end()
})

t.test('no name, label or type of a client breaks the page, or takes the place of somebody else', (t) => {
  const series = new ClientSeries()
  const own = (client_id: string) => ({ client_id })
  series.take('a', own('a'), of(metric('kafka_log_log_size', 'gauge', { topic: 'orders' })), 1)
  series.take('a', own('a'), of(metric('org.apache.kafka.sizes', 'histogram')), 1)
  series.take('a', own('a'), of(metric('org.apache.kafka.sizes.count', 'gauge')), 1)
  series.take('b', own('b'), of(metric('org.apache.kafka.sizes', 'gauge')), 1)
  series.take('b', own('b'), of(metric('org.apache.kafka.sizes.sum', 'gauge')), 1)
  series.take(
    'b',
    own('b'),
    of(metric('ä\n{}', 'gauge', { client_id: 'a', __name__: 'x', '1st': 'y', 'é"': '\\"\n' })),
    1,
  )
  series.take('b', own('b'), of(metric(`long${'x'.repeat(10_000)}`, 'gauge', { v: 'y'.repeat(10_000) })), 1)
  const families = parseExposition(textOf(series))
  t.same(
    [...families].map(([name, { type, samples }]) => [
      name.slice(0, 40),
      type,
      samples.map(({ labels }) => labels.client_id),
    ]),
    [
      ['kafka_client_kafka_log_log_size', 'gauge', ['a']],
      ['org_apache_kafka_sizes', 'histogram', ['a', 'a', 'a']],
      ['kafka_client__', 'gauge', ['b']],
      [`kafka_client_long${'x'.repeat(23)}`, 'gauge', ['b']],
    ],
  )
  t.ok(textOf(series).length < 3_000)
  t.end()
})

t.test('bytes that are no metrics are refused, and nothing else happens', (t) => {
  const series = new ClientSeries()
  const takes = (bytes: Buffer) => {
    try {
      series.take('fuzz', {}, of(bytes), 1)
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    parseExposition(textOf(series))
    return series.count <= 1000
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => takes(Buffer.from(bytes))))
  const changes = fc.array(fc.tuple(fc.nat(ofApache.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(changes, fc.nat(ofApache.length), (list, length) => {
      const bytes = Buffer.from(ofApache)
      for (const [at, value] of list) bytes[at] = value
      return takes(bytes.subarray(0, length))
    }),
  )
  t.end()
})

const api = (name: string) => {
  const found = [...apisByKey.values()].find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`There is no API ${name}`)
  return found
}

t.test('a broker asks clients for what subscriptions say, and shows it', async (t) => {
  await using broker = await startBroker({ config: { 'samsa.http.listeners': 'http://localhost:0' } })
  const { port } = broker
  const alter = (value: string) => ({
    resources: [
      {
        resourceType: 16,
        resourceName: 'all',
        configs: [
          { name: 'metrics', configOperation: 0, value },
          { name: 'interval.ms', configOperation: 0, value: '100' },
        ],
      },
    ],
  })
  const scrape = async () => parseExposition(await (await fetch(`${broker.httpUrls[0]}/metrics`)).text())
  const value = async (name: string) => (await scrape()).get(name)?.samples[0]?.value
  t.equal(await value('kafka_server_client_metrics_instance_count'), undefined, 'nothing of it before a client asks')
  t.match(await ask(port, api('IncrementalAlterConfigs'), 1, alter('*')), { responses: [{ errorCode: 0 }] })
  const asked = await ask(port, api('GetTelemetrySubscriptions'), 0, { clientInstanceId: ZERO_UUID })
  t.match(asked, {
    errorCode: 0,
    requestedMetrics: ['*'],
    pushIntervalMs: 100,
    acceptedCompressionTypes: [4, 3, 1, 2],
    telemetryMaxBytes: 1_048_576,
    deltaTemporality: true,
  })
  const { clientInstanceId, subscriptionId } = asked
  const push = { clientInstanceId, subscriptionId, terminating: true, compressionType: 0, metrics: ofApache }
  t.match(await ask(port, api('PushTelemetry'), 0, push), { errorCode: 0 })
  const families = await scrape()
  t.match(families.get('org_apache_kafka_producer_record_send_total')?.samples, [
    { value: 42, labels: { client_instance_id: clientInstanceId, client_id: 'wire-client', group_id: 'g' } },
  ])
  t.equal(families.get('kafka_server_client_metrics_plugin_export_count')?.samples[0]?.value, 1)
  t.equal(families.get('samsa_client_metrics_series')?.samples[0]?.value, 15)
  t.equal(await value('kafka_server_client_metrics_instance_count'), 0, 'each request has had a connection of its own')
  t.match(await ask(port, api('PushTelemetry'), 0, { ...push, subscriptionId: 1 }), { errorCode: 117 })
  t.equal(await value('kafka_server_client_metrics_unknown_subscription_request_count'), 1)
})
