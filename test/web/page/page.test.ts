/** The endpoints of the web page: Kafka's requests in the name of who is logged in, and nothing that they would not do. */
import t from 'tap'
import type { RecordPage, RecordRow, Session, TopicRow } from '../../../src/web/page/model.ts'
import { open, text } from './support.ts'

const values = ({ records }: RecordPage) => records.map(({ value }) => text(value))

t.test('a topic is created, written, read from both ends, emptied and deleted', async (t) => {
  const { ask, get, url } = await open(t)
  t.same(
    await ask('POST', '/topics', { name: 'fresh', partitions: 1, replicas: 1, configs: { 'retention.ms': '1000000' } }),
    {
      status: 200,
      body: {},
    },
  )
  t.match(await ask('POST', '/topics', { name: 'fresh', partitions: 1, replicas: 1, configs: {} }), {
    status: 409,
    body: { error: 'TOPIC_ALREADY_EXISTS', message: /^fresh was not created/ },
  })
  const records = ['a', 'b', 'c', 'd'].map((value, index) => ({
    key: `k${index}`,
    value,
    timestamp: 1_000 + index,
    headers: [{ key: 'h', value: 'x' }],
  }))
  t.same(
    (await ask('POST', '/records/fresh', { records })).body,
    [0, 1, 2, 3].map((offset) => ({ partition: 0, offset })),
  )
  const page = async (asked: object) => (await ask('POST', '/records/fresh/page', asked)).body as RecordPage
  const newest = await page({ from: 'newest', limit: 3 })
  t.same(values(newest), ['d', 'c', 'b'])
  t.same(values(await page({ from: 'newest', limit: 3, next: newest.next })), ['a'])
  t.same([newest.scanned, newest.next], [3, { 0: 1 }])
  const oldest = await page({ from: 'oldest', limit: 1 })
  t.same([values(oldest), oldest.scanned, oldest.next], [['a'], 1, { 0: 1 }], 'the rest is looked at by who reads on')
  t.equal((await page({ from: 'oldest', limit: 5, next: oldest.next })).scanned, 3)
  t.same(values(await page({ from: { offset: 2 } })), ['c', 'd'])
  t.same(values(await page({ from: { timeMs: 1_001 }, limit: 2 })), ['b', 'c'])
  const filtered = await page({ from: 'oldest', key: 'k3' })
  t.same(values(filtered), ['d'])
  t.equal(filtered.scanned, 4)
  t.match(newest.records[0], { partition: 0, offset: 3, timestamp: 1_003, kind: 'record', keySize: 2, valueSize: 1 })
  t.same(
    newest.records[0]!.headers.map(({ key, value }) => [key, text(value)]),
    [['h', 'x']],
  )
  t.equal(text((await get<RecordRow>('/records/fresh/0/1')).value), 'b')
  const exported = (await (await fetch(`${url}/page/api/records/fresh/export?key=k1`)).text()).trim()
  t.match(JSON.parse(exported), { partition: 0, offset: 1, timestamp: 1_001, key: 'k1', value: 'b' })
  const [row] = (await get<TopicRow[]>('/topics')).filter(({ name }) => name === 'fresh')
  t.match(row, { partitions: 1, records: 4, retentionMs: 1_000_000, internal: false })
  t.equal((await ask('POST', '/topics/fresh/empty', {})).status, 200)
  t.same(values(await page({ from: 'newest' })), [])
  t.equal((await ask('DELETE', '/topics/fresh')).status, 200)
  t.match(await ask('GET', '/topics/fresh'), { status: 404, body: { error: 'UNKNOWN_TOPIC_OR_PARTITION' } })
})

t.test('the page and its files are there, and the worker that runs predicates may reach nothing', async (t) => {
  const { url } = await open(t)
  const document = await (await fetch(url)).text()
  const files = [...document.matchAll(/\/page\/[\w.-]+/g)].map(([path]) => path)
  t.match(files, [/predicate-.*\.js/, /icon\.svg/, /style-.*\.css/, /app-.*\.js/])
  let size = 0
  for (const path of files) {
    const response = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } })
    t.equal(response.status, 200, path)
    size += Number((await fetch(url + path)).headers.get('content-length') ?? 0)
    const policy = response.headers.get('content-security-policy')
    t.match(policy, path.includes('predicate') ? "default-src 'none'; script-src 'unsafe-eval'" : /script-src 'self';/)
  }
  t.ok(size < 150_000, `${size} bytes, compressed`)
  t.equal((await fetch(`${url}/page/nothing.js`)).status, 404)
})

t.test('a page that is read-only changes nothing, whoever asks', async (t) => {
  const { ask } = await open(t, { config: { 'samsa.http.read.only': true } })
  const refused = { status: 403, body: { error: 'POLICY_VIOLATION' } }
  t.match(await ask('POST', '/topics', { name: 'x', partitions: 1, replicas: 1, configs: {} }), refused)
  t.match(await ask('DELETE', '/topics/orders'), refused)
  t.match(await ask('POST', '/records/orders', { records: [{ value: 'x' }] }), refused)
  t.match(await ask('POST', '/groups/g/offsets', { changes: [] }), refused)
  t.match(await ask('POST', '/topics/orders/configs', { 'retention.ms': '1' }), refused)
  for (const name of ['page', 'preview']) {
    t.match(await ask('POST', `/records/${name}`, { records: [{ value: 'x' }] }), refused)
    t.match(await ask('POST', `/groups/${name}/offsets`, { changes: [] }), refused)
    t.match(await ask('DELETE', `/topics/${name}`), refused)
    t.match(await ask('DELETE', `/groups/${name}`), refused)
    t.match(await ask('DELETE', `/groups/g/offsets/${name}`), refused)
  }
  t.match(await ask('POST', '/groups/none/preview', { to: 'latest' }), { status: 404 }, 'a preview only reads')
  t.match(await ask('GET', '/session'), { status: 200, body: { readOnly: true } })
  t.match(await ask('POST', '/records/orders/page', { from: 'newest' }), { status: 200, body: { records: [] } })
})

t.test('who is logged in has the rights that they have as a client, and no others', async (t) => {
  const { ask, get, logIn, url } = await open(t, {
    users: { alice: 'secret', admin: 'other' },
    acls: ['alice:read,describe:topic:orders', 'admin:all:topic:*', 'admin:all:cluster', 'admin:all:group:*'],
  })
  t.equal((await fetch(url)).status, 200, 'the page itself says nothing')
  t.match(await ask('GET', '/session'), { status: 401 })
  t.equal(await logIn('alice', 'wrong'), 401)
  t.equal(await logIn('alice', 'secret'), 200)
  t.match(await get<Session>('/session'), { principal: 'User:alice', by: 'session', operations: [] })
  t.same(
    (await get<TopicRow[]>('/topics')).map(({ name, bytes }) => [name, bytes]),
    [['orders', -1]],
  )
  const denied = (what: string) => ({ status: 403, body: { error: `${what}_AUTHORIZATION_FAILED` } })
  t.match(await ask('POST', '/topics', { name: 'x', partitions: 1, replicas: 1, configs: {} }), denied('TOPIC'))
  t.match(await ask('POST', '/records/orders', { records: [{ value: 'x' }] }), denied('TOPIC'))
  t.match(await ask('DELETE', '/topics/orders'), denied('TOPIC'))
  t.match(await ask('GET', '/access/acls'), denied('CLUSTER'))
  t.match(await ask('GET', '/connections'), denied('CLUSTER'))
  t.equal(await logIn('admin', 'other'), 200)
  t.equal((await ask('POST', '/records/orders', { records: [{ value: 'x' }] })).status, 200)
  t.match(await ask('GET', '/access/acls'), { status: 200 })
})

t.test('a form of another site can change nothing, and what is no JSON is refused in words', async (t) => {
  const { url } = await open(t)
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`${url}/page/api/topics`, { method: 'POST', headers, body })
  const form = await post({ 'content-type': 'text/plain' }, '{"name":"x"}')
  t.match([form.status, await form.json()], [400, { error: 'INVALID_REQUEST' }])
  const broken = await post({ 'content-type': 'application/json' }, '{"name":')
  t.match([broken.status, await broken.json()], [400, { message: /is not JSON/ }])
  t.equal((await post({ 'content-type': 'application/json', origin: 'http://evil.example.org' }, '{}')).status, 403)
})
