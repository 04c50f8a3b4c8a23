/** The page as an attacker meets it: other sites, borrowed sessions, methods that nobody meant, content that is meant to run. */
import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import type { RecordPage, Session } from '../../../src/web/page/model.ts'
import { open } from './support.ts'

t.setTimeout(120_000)

/** fetch sets Host, Origin and the method's case itself: this sends what it is told. */
async function send(url: string, headers: Record<string, string>, method = 'GET', body = '') {
  const sent = request(url, { method, headers, agent: false })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode as number, headers: response.headers as Record<string, string>, text }
}

const JSON_BODY = { 'content-type': 'application/json' }
const TOPIC = JSON.stringify({ name: 'made', partitions: 1, replicas: 1, configs: {} })

t.test('requests that other sites make a browser send are refused, whatever they ask for', async (t) => {
  const { url, ask } = await open(t, { control: true })
  const port = new URL(url).port
  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example.org' },
    { origin: 'null' },
    { origin: `http://evil.localhost:${port}` },
    { origin: `https://localhost:${port}x` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    // A name of the attacker's that leads here: for the browser it is one origin.
    { host: `rebound.example.org:${port}`, origin: `http://rebound.example.org:${port}` },
    { host: 'rebound.example.org.' },
    { host: 'evil.com', 'x-forwarded-host': 'localhost' },
  ]
  for (const headers of foreign) {
    const words = JSON.stringify(headers)
    for (const path of [
      '/page/api/topics',
      '/page/api/live',
      '/page/api/records/orders/export',
      '/page/api/faults/rules',
    ]) {
      t.equal((await send(url + path, headers)).status, 403, `GET ${path} ${words}`)
    }
    for (const path of ['/page/api/topics', '/page/api/faults/rules', '/session']) {
      t.equal(
        (await send(url + path, { ...JSON_BODY, ...headers }, 'POST', TOPIC)).status,
        403,
        `POST ${path} ${words}`,
      )
    }
  }
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/plain; application/json',
    '',
  ]) {
    t.equal((await send(`${url}/page/api/topics`, { 'content-type': type }, 'POST', TOPIC)).status, 400, type)
  }
  t.match(await ask('GET', '/topics/made'), { status: 404 })
})

t.test('a page that is read-only is so by every method and every spelling', async (t) => {
  const { url, ask } = await open(t, { control: true, config: { 'samsa.http.read.only': true } })
  const paths = [
    '/topics',
    '//topics',
    '/topics/',
    '/records/orders',
    '/records/orders/',
    '/records/page%2Fpage',
    '/records/orders/page/../../orders',
    '/records/orders/%2e%2e/orders',
    '/groups/g/offsets?x=/page/api/groups/g/preview',
    '/groups/preview/offsets#/preview',
    '/faults/rules',
  ]
  for (const path of paths) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const headers = { ...JSON_BODY, 'x-http-method-override': 'GET', 'x-original-method': 'GET' }
      const { status } = await send(`${url}/page/api${path}`, headers, method, method === 'DELETE' ? '' : TOPIC)
      t.ok(status === 403 || status === 404, `${method} ${path}: ${status}`)
    }
  }
  const get = await send(`${url}/page/api/topics`, { ...JSON_BODY, 'x-http-method-override': 'POST' })
  t.equal(get.status, 200)
  t.match(await ask('GET', '/topics/made'), { status: 404 })
  t.match(await ask('POST', '/records/orders/page', { from: 'newest' }), { status: 200, body: { records: [] } })
})

t.test('a session is nobody’s before its login, and nobody’s after its end', async (t) => {
  const { url, ask, logIn, cookie } = await open(t, { users: { alice: 'secret', bob: 'other' } })
  const session = async (key: string) => (await send(`${url}/page/api/session`, { cookie: key })).status
  const chosen = 'samsa-session=chosen-by-somebody-else'
  const login = JSON.stringify({ username: 'alice', password: 'secret' })
  const made = await send(
    `${url}/session`,
    { ...JSON_BODY, cookie: chosen, 'content-length': String(login.length) },
    'POST',
    login,
  )
  const set = String(made.headers['set-cookie'])
  t.match(set, /^samsa-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  t.equal(await session(chosen), 401, 'a key that somebody has chosen is never taken up')
  t.equal(await logIn('alice', 'secret'), 200)
  const first = cookie()
  t.equal(await session(first), 200)
  t.equal(await logIn('bob', 'other'), 200)
  t.not(cookie(), first)
  t.equal(await session(first), 401, 'the session before it is over')
  t.match(await ask('GET', '/session'), { body: { principal: 'User:bob' } satisfies Partial<Session> })
  t.equal((await send(`${url}/session`, { cookie: cookie() }, 'DELETE')).status, 204)
  t.equal(await session(cookie()), 401)
  t.equal(await session(`${set.split(';')[0]}x`), 401)
})

t.test('content that is meant to run is text of JSON, or a file that no browser opens', async (t) => {
  const { url, ask } = await open(t, { topics: ['orders:1'] })
  const hostile = '<script>alert(1)</script>'
  const headers = [{ key: hostile, value: hostile }]
  await ask('POST', '/records/orders', { records: [{ key: hostile, value: hostile, headers }, { value: null }] })
  const changes = [{ topic: 'orders', partition: 0, from: -1, to: 0, end: 1 }]
  await ask('POST', `/groups/${encodeURIComponent(hostile)}/offsets`, { changes })
  const safe = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': /^default-src 'none'; script-src 'self'; /,
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  }
  for (const path of [
    '/groups',
    `/groups/${encodeURIComponent(hostile)}`,
    '/records/orders/0/0',
    '/topics/%3Cscript%3E',
    '/audit',
  ]) {
    const { headers } = await send(`${url}/page/api${path}`, {})
    t.match(headers, { ...safe, 'content-type': /^application\/json/ }, path)
  }
  const file = await send(`${url}/page/api/records/orders/0/0/value`, {})
  t.match(file, {
    text: hostile,
    headers: {
      ...safe,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="orders-0-0.value"',
    },
  })
  t.equal((await send(`${url}/page/api/records/orders/0/1/value`, {})).status, 404, 'null is no file')
  t.equal((await send(`${url}/page/api/records/orders/0/0/headers`, {})).status, 404)
  const named = await send(
    `${url}/page/api/records/${encodeURIComponent('a"\r\nset-cookie: x=1')}/export?partitions=0`,
    {},
  ).catch(() => null)
  t.notOk(named?.headers['set-cookie'])
})

t.test('large values are cut, and had whole as a file', async (t) => {
  const { url, ask } = await open(t, { topics: ['orders:1:1:max.message.bytes=20000000'] })
  const value = 'x'.repeat(3_000_000)
  t.equal((await ask('POST', '/records/orders', { records: [{ value }] })).status, 200)
  const { records } = (await ask('POST', '/records/orders/page', { from: 'newest' })).body as RecordPage
  t.match(records, [{ valueSize: 3_000_000, value: String }])
  t.equal(records[0]?.value?.length, 21_848)
  const { body: whole } = await ask('GET', '/records/orders/0/0')
  t.match(whole, { valueSize: 3_000_000, value: String })
  t.equal((whole as RecordPage['records'][number]).value?.length, 1_398_104)
  t.equal((await send(`${url}/page/api/records/orders/0/0/value`, {})).text, value)
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  t.equal(
    (await send(`${url}/page/api/topics`, JSON_BODY, 'POST', deep)).status,
    400,
    'JSON that is no topic, however deep',
  )
  t.match(await ask('GET', '/session'), { status: 200 })
})
