/** The views for who watches: the audit, faults, metrics that clients push, records that schemas read, hostile names. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import avro from 'avsc'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { type Body, Connection } from '../diff/connection.ts'
import { apiNamed } from '../diff/session.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { LOOKS, type Look, Visit } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { shoot } from './views.ts'
import type { Visiting } from './visiting.ts'

const HTTP = { 'samsa.http.listeners': 'http://localhost:0', 'connection.failed.authentication.delay.ms': 1 }
const ORDER: avro.Schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: { type: 'record', name: 'Customer', fields: [{ name: 'name', type: 'string' }] } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}
const TIMEOUT_MS = 20_000

async function asked(
  broker: RunningBroker,
  name: string,
  version: number,
  body: object,
  clientId = 'shop',
): Promise<Body> {
  const connection = new Connection(broker.port)
  const outcome = await connection.send(apiNamed(name), version, body, { timeoutMs: TIMEOUT_MS, clientId })
  connection.close()
  assert.equal(outcome.kind, 'answer', name)
  return outcome.kind === 'answer' ? outcome.body : {}
}

/** A client with this id pushes metrics that Apache's classes have written. */
async function push(broker: RunningBroker, clientId: string): Promise<void> {
  const file = join(repositoryRoot, 'test/golden/telemetry/cases.json')
  const cases: { name: string; steps: { metrics?: string }[] }[] = JSON.parse(readFileSync(file, 'utf8'))
  const steps = cases.find(({ name }) => name === 'codecs')?.steps ?? []
  const metrics = steps.find((step) => step.metrics !== undefined)?.metrics ?? ''
  const { clientInstanceId, subscriptionId } = await asked(
    broker,
    'GetTelemetrySubscriptions',
    0,
    { clientInstanceId: ZERO_UUID },
    clientId,
  )
  const body = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0 }
  const { errorCode } = await asked(
    broker,
    'PushTelemetry',
    0,
    { ...body, metrics: Buffer.from(metrics, 'base64') },
    clientId,
  )
  assert.equal(errorCode, 0)
}

/** A broker whose topic `orders` has records that a schema reads, with clients that push metrics. */
async function watched(context: CaseContext): Promise<RunningBroker> {
  const broker = await startBroker({ topics: ['orders:1'], registry: true, control: true, config: HTTP })
  context.after(() => broker.stop())
  const made = await fetch(`${broker.schemaRegistryUrl}/subjects/orders-value/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema: JSON.stringify(ORDER) }),
  })
  const { id } = (await made.json()) as { id: number }
  const type = avro.Type.forSchema(ORDER)
  for (let index = 0; index < 20; index++) {
    const frame = Buffer.alloc(5)
    frame.writeInt32BE(id, 1)
    const order = { id: 100 + index, customer: { name: HOSTILE[index % HOSTILE.length] }, tags: ['new', 'paid'] }
    await broker.produce('orders', [{ key: `order-${index}`, value: Buffer.concat([frame, type.toBuffer(order)]) }])
  }
  const metrics = [{ name: 'metrics', configOperation: 0, value: '*' }]
  const resources = [{ resourceType: 16, resourceName: 'all', configs: metrics }]
  await asked(broker, 'IncrementalAlterConfigs', 1, { resources, validateOnly: false })
  for (const clientId of ['shop-checkout', 'shop-search', HOSTILE[1]]) await push(broker, clientId)
  return broker
}

/** A broker with users, denials, logins and changes. */
async function audited(context: CaseContext): Promise<RunningBroker> {
  const broker = await startBroker({
    users: { alice: 'secret', root: 'other' },
    acls: ['alice:read,describe:topic:orders', 'root:all:cluster', 'root:all:topic:*', 'root:all:group:*'],
    topics: ['orders', 'payroll'],
    config: HTTP,
  })
  context.after(() => broker.stop())
  const url = broker.httpUrls[0] ?? ''
  const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })
  const ask = (user: string, method: string, path: string, body?: object) =>
    fetch(`${url}/page/api${path}`, {
      method,
      headers: { ...basic(user), 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  await ask('alice:wrong', 'GET', '/topics')
  await ask('alice:secret', 'GET', '/topics/payroll')
  await ask('alice:secret', 'POST', '/records/orders', { records: [{ value: 'x' }] })
  for (const hostile of HOSTILE) await ask('alice:secret', 'GET', `/groups/${encodeURIComponent(hostile)}`)
  await ask('root:other', 'POST', '/topics', { name: 'invoices', partitions: 3, replicas: 1, configs: {} })
  await ask('root:other', 'POST', '/topics/invoices/configs', { 'retention.ms': '60000' })
  await ask('root:other', 'POST', '/access/users', { name: HOSTILE[1], mechanism: 'SCRAM-SHA-256', password: 'p' })
  return broker
}

export const watchingCases = ({ browser }: Visiting): Case[] => [
  {
    name: 'the audit shows denials, logins and changes, and faults are made, seen and ended',
    timeoutMs: 120_000,
    async run(context) {
      const broker = await audited(context)
      const visit = await Visit.open(browser(), broker.httpUrls[0] ?? '')
      await logIn(visit, 'root', 'other')
      await visit.go('audit')
      await visit.row('is denied WRITE on TOPIC:orders for Produce', 'alice').waitFor()
      await visit.row('fails to log in on HTTP', 'nobody').waitFor()
      await visit.row('creates the topic invoices', 'root').waitFor()
      await visit.choose('Kind of events', 'change')
      await visit.row('is denied').waitFor({ state: 'detached' })
      await visit.fill('Filter the audit', 'retention.ms')
      await visit.page.getByText(/^1 event of this broker/).waitFor()
      await visit.close()
      const other = await watched(context)
      const faults = await Visit.open(browser(), other.httpUrls[0] ?? '')
      await faults.go('faults')
      await faults.button('Rule').click()
      await faults.fill('Requests of', 'Metadata')
      await faults.fill('Error', 'LEADER_NOT_AVAILABLE')
      await faults.fill('Topic', 'orders')
      await faults.confirm('Make')
      const named = { topics: [{ topicId: null, name: 'orders' }] }
      const answer = await asked(other, 'Metadata', 9, named)
      assert.equal(answer.topics[0].errorCode, 5)
      await faults
        .row('Metadata { topic: orders } that answers LEADER_NOT_AVAILABLE')
        .getByText('1', { exact: true })
        .waitFor()
      await faults.button('Rule').click()
      await faults.fill('Requests of', 'Nothing')
      await faults.fill('Error', 'X')
      await faults.dialog.getByRole('button', { name: 'Make' }).click()
      await faults.dialog.getByText('Kafka has no API Nothing.').waitFor()
      await faults.dialog.getByRole('button', { name: 'Cancel' }).click()
      await faults.button('Network').click()
      await faults.fill('Latency', '5')
      await faults.confirm('Make')
      await faults.row('network {"latencyMs":5}').waitFor()
      await faults.button('End all').click()
      await faults.page.getByText('0 faults').waitFor()
      assert.equal((await asked(other, 'Metadata', 9, named)).topics[0].errorCode, 0)
      await faults.close()
    },
  },
  {
    name: 'values are read by their schemas, and clients show what they push',
    timeoutMs: 120_000,
    async run(context) {
      const broker = await watched(context)
      const visit = await Visit.open(browser(), broker.httpUrls[0] ?? '')
      await visit.go('topics/orders/records')
      await visit.row('{"id":119,').locator('.row-link').click()
      const panel = visit.page.getByRole('complementary', { name: 'Record' })
      await panel
        .locator('.part-head .small')
        .filter({ hasText: /^AVRO \d+$/ })
        .waitFor()
      await panel.locator('.json-key').filter({ hasText: '"customer"' }).waitFor()
      await visit.choose('How to read Value', 'hex')
      await panel.getByText(/^000000 {2}00 00 00/).waitFor()
      await visit.page.keyboard.press('Escape')
      await visit.button('JavaScript').click()
      await visit.fill('JavaScript predicate', 'value.id === 105')
      await visit.button('Read').click()
      await visit.page.locator('.record-status').getByText('1 record of 20 looked at').waitFor()
      await visit.go('connections/telemetry')
      await visit.row('shop-search').waitFor()
      await visit.row(HOSTILE[1]).waitFor()
      await visit.row('shop-checkout').locator('.row-link').click()
      await visit.row('org_apache_kafka_consumer_lag', '1.5').waitFor()
      await visit.fill('Filter metrics', 'nothing like it')
      await visit.page.getByText('No metric is like that.').waitFor()
      await visit.close()
    },
  },
  ...LOOKS.map((look) => ({
    name: `the views for who watches are good for all people and fit, ${look.theme}, ${look.width} px`,
    timeoutMs: 240_000,
    run: (context: CaseContext) => seen(context, browser, look),
  })),
]

async function seen(context: CaseContext, browser: Visiting['browser'], look: Look): Promise<void> {
  const broker = await watched(context)
  const url = broker.httpUrls[0] ?? ''
  for (const rule of [
    { api: 'Produce', topic: 'orders', error: 'NOT_LEADER_OR_FOLLOWER', times: 3 },
    { api: ['JoinGroup', 'SyncGroup'], groupId: HOSTILE[1], hold: true },
  ]) {
    await fetch(`${broker.controlUrl}/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    })
  }
  broker.faults.network({ latencyMs: 1, jitterMs: 0, bytesPerSecond: 1e9 })
  const clients = (await (await fetch(`${url}/page/api/telemetry`)).json()) as { instanceId: string }[]
  const visit = await Visit.open(browser(), url, look)
  const places = {
    telemetry: 'connections/telemetry',
    'client-metrics': `connections/telemetry/${clients[0]?.instanceId}`,
    faults: 'faults',
    'records-by-schema': 'topics/orders/records',
  }
  for (const [name, place] of Object.entries(places)) {
    await visit.go(place)
    if (name === 'records-by-schema') await visit.page.locator('.table-row .row-link').nth(2).click()
    await shoot(visit, name, place, look)
  }
  await visit.go('faults')
  await visit.button('Rule').click()
  await shoot(visit, 'make-a-rule', 'faults, its dialog', look)
  await visit.close()
  const withUsers = await audited(context)
  const other = await Visit.open(browser(), withUsers.httpUrls[0] ?? '', look)
  await logIn(other, 'root', 'other')
  await other.go('audit')
  await shoot(other, 'audit', 'audit', look)
  await other.close()
}

async function logIn(visit: Visit, user: string, password: string): Promise<void> {
  await visit.go('topics')
  await visit.fill('User', user)
  await visit.fill('Password', password)
  await visit.button('Log in').click()
  await visit.row('orders').waitFor()
}
