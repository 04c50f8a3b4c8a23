/** The audit on the page: denials, logins and changes, what the page itself changes included, for those who may see them. */
import t from 'tap'
import { apisByKey } from '../../../protocol/registry.ts'
import type { AuditRow } from '../../../src/web/page/model.ts'
import { ask as askKafka } from '../../api/support/wire-client.ts'
import { open } from './support.ts'

t.test('denials, logins and changes are seen by who may see the cluster, with the person who made them', async (t) => {
  const { ask, get, logIn } = await open(t, {
    users: { alice: 'secret', admin: 'other' },
    acls: [
      'alice:read,describe:topic:orders',
      'admin:all:topic:*',
      'admin:all:cluster',
      'admin:all:group:*',
      'admin:all:transactionalid:*',
    ],
  })
  await logIn('alice', 'wrong')
  await logIn('alice', 'secret')
  t.match(await ask('POST', '/records/orders', { records: [{ value: 'x' }] }), { status: 403 })
  t.match(await ask('GET', '/audit'), { status: 403, body: { error: 'CLUSTER_AUTHORIZATION_FAILED' } })
  await logIn('admin', 'other')
  const topic = { name: 'fresh', partitions: 1, replicas: 1, configs: {} }
  await ask('POST', '/topics', { ...topic, validateOnly: true })
  await ask('POST', '/topics', topic)
  t.match(await ask('POST', '/topics', topic), { status: 409 }, 'what was not done is no change')
  await ask('POST', '/records/fresh', { records: [{ value: 'x' }, { value: 'y' }] })
  await ask('POST', '/topics/fresh/partitions', { count: 2 })
  await ask('POST', '/topics/fresh/configs', { 'retention.ms': '1000' })
  await ask('POST', '/topics/fresh/empty', { before: { partition: 0, offset: 1 } })
  await ask('POST', '/access/users', { name: 'bob', mechanism: 'SCRAM-SHA-256', password: 'hidden words' })
  await ask('DELETE', '/topics/fresh')
  const events = await get<AuditRow[]>('/audit')
  const of = (kind: AuditRow['kind']) =>
    events
      .filter((event) => event.kind === kind)
      .map(({ principal, what }) => `${principal} ${what}`)
      .reverse()
  t.same(of('login'), ['User:alice logs in on HTTP', 'User:admin logs in on HTTP'])
  t.match(of('login-failed'), [/^ fails to log in on HTTP \(.*\)$/])
  t.ok(of('denied').some((line) => /^User:alice is denied WRITE on TOPIC:orders for Produce, by /.test(line)))
  t.ok(of('denied').some((line) => /^User:alice is denied DESCRIBE on CLUSTER:kafka-cluster for audit, by /.test(line)))
  t.same(of('change'), [
    'User:admin creates the topic fresh',
    'User:admin produces 2 records to fresh',
    'User:admin gives the topic fresh 2 partitions',
    'User:admin configures topic fresh: retention.ms',
    'User:admin deletes the records of fresh-0 below 1',
    'User:admin sets SCRAM credentials of bob',
    'User:admin deletes the topic fresh',
  ])
  t.notMatch(JSON.stringify(events), /hidden words|secret|wrong/)
  t.ok(events.every(({ address }) => address === '127.0.0.1' || address === '0:0:0:0:0:0:0:1'))
})

/** Commits an offset of the group, once its coordinator is there. */
async function committed(port: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 0n }]
  const request = { groupId: 'readers', topics: [{ name: 'orders', partitions }] }
  await askKafka(port, apisByKey.get(10)!, 4, { coordinatorKeys: ['readers'] })
  for (;;) {
    const answer = await askKafka(port, apisByKey.get(8)!, 8, request)
    if (JSON.stringify(answer).includes('"errorCode":0')) return
  }
}

t.test('what is done to groups is told too, and so is what fails on its way', async (t) => {
  const { ask, broker, get } = await open(t)
  await committed(broker.port)
  const changes = [{ topic: 'orders', partition: 0, from: 0, to: 2, end: 2 }]
  t.match(await ask('POST', '/groups/readers/offsets', { changes }), { status: 200 })
  t.match(await ask('DELETE', '/groups/readers/offsets/orders'), { status: 200 })
  await committed(broker.port)
  t.match(await ask('DELETE', '/groups/readers'), { status: 200 })
  t.match(await ask('POST', '/topics/orders/empty', { before: { partition: 0, offset: 7 } }), { status: 400 })
  const events = await get<AuditRow[]>('/audit')
  t.same(events.map(({ what }) => what).reverse(), [
    'resets offsets of the group readers: orders-0 0 → 2',
    'deletes the offsets of orders of the group readers',
    'deletes the group readers',
    'deletes the records of orders-0 below 7, which fails: OFFSET_OUT_OF_RANGE',
  ])
})

t.test('the overview of somebody without permissions asks for nothing that the audit would tell of', async (t) => {
  const { ask, cookie, logIn, url } = await open(t, {
    users: { alice: 'secret', admin: 'other' },
    acls: ['admin:all:cluster'],
  })
  await logIn('alice', 'secret')
  const response = await fetch(`${url}/page/api/live`, { headers: { cookie: cookie() } })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  while (!seen.includes('\n\n')) seen += (await reader.read()).value ?? ''
  await reader.cancel()
  const sample = JSON.parse(seen.slice(seen.indexOf('{'), seen.indexOf('\n')))
  t.match(sample, { topics: 0, broker: null, bytes: -1, diskTotal: -1 })
  await logIn('admin', 'other')
  const { body } = await ask('GET', '/audit')
  t.same(
    (body as AuditRow[]).filter(({ kind }) => kind === 'denied'),
    [],
  )
})
