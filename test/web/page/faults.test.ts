/** The faults of the control API on the page. */
import t from 'tap'
import { apisByKey } from '../../../protocol/registry.ts'
import type { AuditRow, Session } from '../../../src/web/page/model.ts'
import { ask as askKafka } from '../../api/support/wire-client.ts'
import { open } from './support.ts'

const metadata = apisByKey.get(3)!

t.test('a rule that is made on the page happens to clients, spares the page, and is in the audit', async (t) => {
  const { ask, broker, get } = await open(t, { control: true })
  t.match(await get<Session>('/session'), { faults: true })
  t.match(await ask('POST', '/faults/rules', { api: 'Metadata', topic: 'orders', error: 'NOT_KNOWN' }), {
    status: 400,
    body: { error: 'INVALID_REQUEST', message: /^Kafka has no error NOT_KNOWN/ },
  })
  const made = await ask('POST', '/faults/rules', { api: 'Metadata', topic: 'orders', error: 'LEADER_NOT_AVAILABLE' })
  t.match(made, { status: 200, body: { hits: 0 } })
  const { id } = made.body as { id: string }
  t.match(await ask('GET', '/topics/orders'), { status: 200 })
  const asked = { topics: [{ topicId: null, name: 'orders' }] }
  t.match(await askKafka(broker.port, metadata, 9, asked), { topics: [{ errorCode: 5 }] })
  t.match(await get('/faults/rules'), [{ id, hits: 1 }])
  t.same(await (await fetch(`${broker.controlUrl}/rules`)).json(), await get('/faults/rules'), 'one list for both')
  t.match(await ask('POST', '/faults/network', { latencyMs: 1 }), { status: 200 })
  t.match(await get('/faults/conditions'), [{ id: '1', condition: 'network {"latencyMs":1}' }])
  t.match(await ask('POST', '/faults/cut', {}), { body: { count: 0 } })
  t.match(await ask('DELETE', `/faults/rules/${id}`), { status: 200 })
  t.match(await ask('DELETE', '/faults/faults'), { status: 200 })
  t.same([await get('/faults/rules'), await get('/faults/conditions')], [[], []])
  for (const path of ['/broker', '/topics', '/openapi.json', '/forks', '/rules/../clock', '/restart']) {
    t.match(await ask('GET', `/faults${path}`), { status: 404 }, `${path} is not lent`)
  }
  const changes = (await get<AuditRow[]>('/audit')).filter(({ kind }) => kind === 'change').map(({ what }) => what)
  t.same(changes.reverse(), [
    'makes faults: /rules {"api":"Metadata","topic":"orders","error":"LEADER_NOT_AVAILABLE"}',
    'makes faults: /network {"latencyMs":1}',
    'makes faults: /cut {}',
    `ends faults: /rules/${id}`,
    'ends faults: /faults',
  ])
})

t.test('only for those who may change the cluster, where the control API is on', async (t) => {
  const off = await open(t)
  t.match(await off.get<Session>('/session'), { faults: false })
  t.match(await off.ask('GET', '/faults/rules'), { status: 404 })
  const withUsers = await open(t, {
    control: true,
    users: { alice: 'secret', admin: 'other' },
    acls: ['alice:describe:cluster', 'admin:alter:cluster'],
  })
  t.match(await withUsers.ask('GET', '/faults/rules'), { status: 401 })
  await withUsers.logIn('alice', 'secret')
  const denied = { status: 403, body: { error: 'CLUSTER_AUTHORIZATION_FAILED' } }
  t.match(await withUsers.ask('GET', '/faults/rules'), denied)
  t.match(await withUsers.ask('POST', '/faults/rules', { api: 'Fetch' }), denied)
  await withUsers.logIn('admin', 'other')
  t.match(await withUsers.ask('POST', '/faults/rules', { api: 'Fetch' }), { status: 200 })
  const withToken = await open(t, { control: true, config: { 'samsa.http.token': 'a token' } })
  t.match(await withToken.ask('GET', '/faults/rules'), denied, 'as by the control API itself')
  const readOnly = await open(t, { control: true, config: { 'samsa.http.read.only': true } })
  t.match(await readOnly.ask('GET', '/faults/rules'), { status: 200, body: [] })
  t.match(await readOnly.ask('POST', '/faults/rules', { api: 'Fetch' }), {
    status: 403,
    body: { error: 'POLICY_VIOLATION' },
  })
  t.match(await readOnly.ask('DELETE', '/faults/faults'), { status: 403 })
})
