/** Keys of subscriptions to the metrics of clients (KIP-714). */
import t from 'tap'
import { quiet } from '../../../proof/log/support.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { brokerLoggers } from '../../../src/broker/loggers.ts'
import type { BuildOptions } from '../../../src/broker/options.ts'
import { LazyTelemetry } from '../../../src/broker/telemetry.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { EMPTY_IMAGE } from '../../../src/metadata/image/metadata-image.ts'
import { MetadataPublisher } from '../../../src/metadata/metadata-publisher.ts'
import { Bench, type Values } from './bench.ts'

/** A broker loads it when a client first asks. Loading takes real time, in which the virtual clock would run far. */
t.before(async () => {
  const options = { config: new BrokerConfig(), environment: {}, loggers: brokerLoggers(quiet) }
  await new LazyTelemetry(unchecked<BuildOptions>(options), new MetadataPublisher(EMPTY_IMAGE, quiet)).load()
})

const ask = (bench: Bench) => bench.ask('GetTelemetrySubscriptions', 0, { clientInstanceId: ZERO_UUID })

/** The answer to a client that calls itself `client`. */
async function asked(values: Values) {
  const bench = await Bench.start({})
  await bench.alter('CLIENT_METRICS', 'm', values)
  const { requestedMetrics, pushIntervalMs } = await ask(bench)
  return { requestedMetrics, pushIntervalMs }
}

t.test('metrics, interval.ms and match are what clients are asked for, how often, and which of them', async (t) => {
  t.same(await asked({}), { requestedMetrics: [], pushIntervalMs: 300_000 })
  t.same(await asked({ metrics: 'a,b' }), { requestedMetrics: ['a', 'b'], pushIntervalMs: 300_000 })
  t.same(await asked({ 'interval.ms': '1000' }), { requestedMetrics: [], pushIntervalMs: 1000 })
  t.same(await asked({ metrics: 'a', match: 'client_id=c.*t' }), { requestedMetrics: ['a'], pushIntervalMs: 300_000 })
  t.same(await asked({ metrics: 'a', match: 'client_id=c' }), { requestedMetrics: [], pushIntervalMs: 300_000 })
})

t.test('telemetry.max.bytes is the most that a client may push', async (t) => {
  const bench = await Bench.start({ 'telemetry.max.bytes': '10' })
  const { telemetryMaxBytes, clientInstanceId, subscriptionId } = await ask(bench)
  t.equal(telemetryMaxBytes, 10)
  const push = { clientInstanceId, subscriptionId, terminating: true, compressionType: 0 }
  t.match(await bench.ask('PushTelemetry', 0, { ...push, metrics: Buffer.alloc(11) }), { errorCode: 118 })
})
