/** Metrics that clients push, on the page. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { apisByKey } from '../../../protocol/registry.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { TelemetryClient, TelemetryRow } from '../../../src/web/page/model.ts'
import { ask as askKafka } from '../../api/support/wire-client.ts'
import { open } from './support.ts'

const api = (name: string) => [...apisByKey.values()].find((each) => each.name === name)!
/** A push of Apache's classes. */
const cases: { name: string; steps: { metrics?: string }[] }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/telemetry/cases.json'), 'utf8'),
)
const pushed = cases.find(({ name }) => name === 'codecs')?.steps.find(({ metrics }) => metrics !== undefined)?.metrics

t.test('a client that pushes is listed, and its newest numbers are shown under its own labels', async (t) => {
  const { ask, broker, get } = await open(t)
  t.same(await get('/telemetry'), [], 'nobody has been asked')
  const configs = [{ name: 'metrics', configOperation: 0, value: '*' }]
  const alter = { resources: [{ resourceType: 16, resourceName: 'all', configs }] }
  await askKafka(broker.port, api('IncrementalAlterConfigs'), 1, alter)
  const asked = await askKafka(broker.port, api('GetTelemetrySubscriptions'), 0, { clientInstanceId: ZERO_UUID })
  const { clientInstanceId, subscriptionId } = asked
  const push = {
    clientInstanceId,
    subscriptionId,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.from(pushed ?? '', 'base64'),
  }
  t.match(await askKafka(broker.port, api('PushTelemetry'), 0, push), { errorCode: 0 })
  const [row, ...others] = await get<TelemetryRow[]>('/telemetry')
  t.match(row, { instanceId: clientInstanceId, clientId: 'wire-client', metrics: 15 })
  t.same(others, [])
  const client = await get<TelemetryClient>(`/telemetry/${clientInstanceId}`)
  t.match(
    client.series.find(({ name }) => name === 'org_apache_kafka_consumer_lag'),
    { type: 'gauge', value: 1.5, labels: { group_id: 'g', partition: '3' } },
  )
  t.notOk(client.series.some(({ labels }) => 'client_id' in labels || 'client_instance_id' in labels))
  t.match(await ask('GET', '/telemetry/none'), { status: 404, body: { error: 'RESOURCE_NOT_FOUND' } })
})

t.test('clients are nobody else’s business', async (t) => {
  const { ask, logIn } = await open(t, { users: { alice: 'secret' }, acls: ['alice:all:topic:*'] })
  await logIn('alice', 'secret')
  const denied = { status: 403, body: { error: 'CLUSTER_AUTHORIZATION_FAILED' } }
  for (const path of ['/telemetry', '/telemetry/x', '/connections', '/audit']) t.match(await ask('GET', path), denied)
})
