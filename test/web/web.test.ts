/** The HTTP room: who gets in, who does not, and what every answer has. */
import { once } from 'node:events'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { connect } from 'node:net'
import { Hono } from 'hono'
import t from 'tap'
import { type BrokerOptions, createBroker } from '../../src/broker.ts'
import { loadConfig } from '../../src/config/index.ts'
import { type Http, NetworkError } from '../../src/env/index.ts'
import { memoryEnvironment } from '../../src/env/memory/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { startBroker } from '../../src/index.ts'
import type { WebEnv } from '../../src/web/web.ts'
import { MemoryLogger } from '../server/support.ts'

const HTTP = { 'samsa.http.listeners': 'http://localhost:0', 'connection.failed.authentication.delay.ms': 1 }

async function brokerWithWeb(given: Record<string, string | number>, more: Partial<BrokerOptions> = {}) {
  const environment = memoryEnvironment(nodeEnvironment())
  const { config } = loadConfig({
    given: new Map(
      Object.entries({ listeners: 'PLAINTEXT://localhost:0', 'log.dirs': '/memory', ...given }).map(([k, v]) => [
        k,
        String(v),
      ]),
    ),
  })
  const logger = new MemoryLogger()
  const broker = createBroker({ config, environment, logger: logger.logger, ...more })
  await broker.start()
  return { broker, logger, web: broker.parts.web!, url: broker.httpUrls[0] ?? '' }
}

/** fetch sets Host and Origin itself: this sends what it is told. */
async function send(url: string, headers: Record<string, string>, method = 'GET', body = '') {
  const sent = request(url, { method, headers, agent: false })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode as number, headers: response.headers, text }
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

t.test('without users a program of this machine is let in, and asks the broker as nobody in particular', async (t) => {
  const { broker, web, url } = await brokerWithWeb({ ...HTTP, 'samsa.create.topics': 'orders:3' })
  t.teardown(() => broker.stop())
  web.mount('/topics', () =>
    new Hono<WebEnv>().get('/:name', async (c) => {
      const request = { topics: [{ name: c.req.param('name') }] }
      const { topics } = await web.callApi('Metadata', request, c.env.caller)
      return c.json({ partitions: topics[0]?.partitions.length, by: c.env.caller.by })
    }),
  )
  t.same(await (await fetch(`${url}/topics/orders`)).json(), { partitions: 3, by: 'loopback' })
  t.same(await (await fetch(`${url}/session`)).json(), { principal: 'User:ANONYMOUS', by: 'loopback' })
  t.equal((await fetch(`${url}/topics/orders/x`)).status, 404)
  t.equal((await fetch(`${url}/nothing`)).status, 404)
})

t.test('health is for everybody', async (t) => {
  const { broker, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  const live = await send(`${url}/live`, { host: 'probe.example.org' })
  t.same([live.status, live.text], [200, 'alive\n'])
  const ready = await send(`${url}/ready`, { host: 'probe.example.org' })
  t.same([ready.status, ready.text], [200, 'ready\n'])
})

t.test('a broker that starts says that it is alive, and why it is not ready', async (t) => {
  const environment = memoryEnvironment(nodeEnvironment())
  const { config } = loadConfig({
    given: new Map([
      ['listeners', 'PLAINTEXT://localhost:0'],
      ['log.dirs', '/memory'],
      ['samsa.http.listeners', 'http://localhost:0'],
    ]),
  })
  let seen: unknown
  const broker = createBroker({
    config,
    environment,
    logger: new MemoryLogger().logger,
    startController: async (options) => {
      const url = broker.httpUrls[0]
      const [live, ready] = await Promise.all([fetch(`${url}/live`), fetch(`${url}/ready`)])
      seen = [live.status, ready.status, await ready.text()]
      const { startController } = await import('../../src/controller/index.ts')
      return startController(options)
    },
  })
  t.teardown(() => broker.stop())
  await broker.start()
  t.same(seen, [200, 503, 'Not ready: it is starting, and loads the metadata.\n'])
})

t.test('every answer has the headers that keep a browser from harm', async (t) => {
  const { broker, web, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  web.mount('/own', () =>
    new Hono<WebEnv>().get('/', (c) => c.text('x', 200, { 'content-security-policy': "script-src 'self'" })),
  )
  for (const path of ['/', '/live', '/nothing']) {
    const { headers } = await fetch(url + path)
    t.match(headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('referrer-policy'), 'no-referrer')
  }
  t.equal((await fetch(`${url}/own`)).headers.get('content-security-policy'), "script-src 'self'")
})

t.test('pages of others are refused, and so are names that somebody else may send here', async (t) => {
  const { broker, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  const { host } = new URL(url)
  const refused: Record<string, string>[] = [
    { origin: 'http://evil.example.org' },
    { origin: 'null' },
    { origin: `http://localhost:1` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { host: 'evil.example.org' },
    { host: 'evil.example.org:80' },
    { host: '127.0.0.1.evil.example.org' },
  ]
  for (const headers of refused)
    t.equal((await send(`${url}/session`, { host, ...headers })).status, 403, JSON.stringify(headers))
  for (const none of ['[::1].evil.example.org', '[::1', 'a b'])
    t.equal((await send(`${url}/session`, { host: none })).status, 400, none)
  const welcome: Record<string, string>[] = [
    {},
    { origin: `http://${host}` },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    { 'sec-fetch-site': 'none' },
    { host: '127.0.0.1' },
    { host: '[::1]:9644' },
    { host: 'samsa' },
    { host: 'host.docker.internal' },
  ]
  for (const headers of welcome)
    t.equal((await send(`${url}/session`, { host, ...headers })).status, 200, JSON.stringify(headers))
})

t.test('a body has a limit, of which a room may have another', async (t) => {
  const { broker, web, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  const app = () => new Hono<WebEnv>().post('/', async (c) => c.text(String((await c.req.text()).length)))
  web.mount('/usual', app)
  web.mount('/small', app, { maxBodyBytes: 10 })
  const post = (path: string, length: number) => fetch(url + path, { method: 'POST', body: 'x'.repeat(length) })
  t.equal(await (await post('/usual', 1024 * 1024)).text(), String(1024 * 1024))
  t.equal((await post('/usual', 1024 * 1024 + 1)).status, 413)
  t.equal((await post('/small', 10)).status, 200)
  t.equal((await post('/small', 11)).status, 413)
  const chunked = (path: string, chunks: number) => {
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < chunks; i++) controller.enqueue(Buffer.from('x'))
        controller.close()
      },
    })
    return fetch(url + path, { method: 'POST', body, duplex: 'half' } as RequestInit)
  }
  t.equal(await (await chunked('/small', 10)).text(), '10')
  t.equal(await (await chunked('/usual', 0)).text(), '0')
  const answer = await chunked('/small', 20)
  t.equal(answer.status, 413, 'without a length too')
  const short = new Blob(['xyz']).stream()
  const taken = await fetch(`${url}/small`, { method: 'POST', body: short, duplex: 'half' } as RequestInit)
  t.equal(await taken.text(), '3', 'a body without a length, as its app reads it')
  web.mount('/gone', () => new Hono<WebEnv>().delete('/', async (c) => c.text('gone')))
  t.equal(await (await fetch(`${url}/gone`, { method: 'DELETE' })).text(), 'gone', 'a method that has no body')
})

t.test('a broker with users asks who one is, by the mechanisms of its listeners', async (t) => {
  const logger = new MemoryLogger()
  const broker = await startBroker({
    users: { alice: 'secret', bob: 'other' },
    acls: ['alice:describe:cluster', 'alice:describe:topic:*'],
    topics: ['orders'],
    config: HTTP,
    logger: logger.logger,
  })
  t.teardown(() => broker.stop())
  const url = broker.httpUrls[0]!
  const nobody = await fetch(`${url}/session`)
  t.equal(nobody.status, 401)
  t.equal(nobody.headers.get('www-authenticate'), 'Basic realm="samsa"')
  t.equal((await fetch(`${url}/live`)).status, 200)

  const alice = await fetch(`${url}/session`, { headers: basic('alice', 'secret') })
  t.same(await alice.json(), { principal: 'User:alice', by: 'password' })
  for (const [user, password] of [
    ['alice', 'wrong'],
    ['alice', ''],
    ['nobody', 'secret'],
    ['', ''],
    ['a=b,c', 'x'],
  ] as const) {
    t.equal((await fetch(`${url}/session`, { headers: basic(user, password) })).status, 401, `${user}:${password}`)
  }
  t.match(logger.lines.join('\n'), /Failed authentication with .* on HTTP/)
  t.notMatch(logger.lines.join('\n'), /wrong/)

  t.test('and keeps who one is in a session', async (t) => {
    const login = (body: unknown) => fetch(`${url}/session`, { method: 'POST', body: JSON.stringify(body) })
    t.equal((await login({ username: 'alice', password: 'wrong' })).status, 401)
    t.equal((await login({ username: 'alice' })).status, 400)
    t.equal((await login({ username: 'alice', password: 'x'.repeat(5000) })).status, 400)
    const made = await login({ username: 'bob', password: 'other' })
    t.same(await made.json(), { principal: 'User:bob', by: 'session' })
    const cookie = made.headers.get('set-cookie')!
    t.match(cookie, /^samsa-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const headers = { cookie: cookie.split(';', 1).join() }
    t.same(await (await fetch(`${url}/session`, { headers })).json(), { principal: 'User:bob', by: 'session' })
    t.equal((await fetch(`${url}/session`, { headers: { cookie: 'samsa-session=x' } })).status, 401)
    t.equal((await fetch(`${url}/session`, { method: 'DELETE', headers })).status, 204)
    t.equal((await fetch(`${url}/session`, { headers })).status, 401)
  })
})

t.test('who calls is judged as a client is, and is audited; the holder of the token may do everything', async (t) => {
  const { broker, web, logger, url } = await brokerWithWeb({
    ...HTTP,
    listeners: 'SASL_PLAINTEXT://localhost:0',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'samsa.users': 'alice:secret,bob:other',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'samsa.acls': 'alice:create:cluster',
    'samsa.http.token': 'open sesame'.replace(' ', '-'),
  })
  t.teardown(() => broker.stop())
  web.mount('/create', () =>
    new Hono<WebEnv>().post('/:name', async (c) => {
      const request = { topics: [{ name: c.req.param('name'), numPartitions: 1, replicationFactor: 1 }] }
      const { topics } = await web.callApi('CreateTopics', request, c.env.caller)
      return c.json(topics[0]?.errorCode)
    }),
  )
  web.mount('/secret', () => new Hono<WebEnv>().get('/', (c) => c.text('42')), { access: 'operator' })
  const create = async (name: string, headers: Record<string, string>) =>
    (await fetch(`${url}/create/${name}`, { method: 'POST', headers })).json()
  t.equal(await create('a', basic('alice', 'secret')), 0)
  t.equal(await create('b', basic('bob', 'other')), 29, 'TOPIC_AUTHORIZATION_FAILED')
  t.match(logger.lines.join('\n'), /User:bob at 127.0.0.1 is Denied CREATE/)
  const token = { authorization: 'Bearer open-sesame' }
  t.equal(await create('c', token), 0)
  t.equal(await (await fetch(`${url}/secret`, { headers: token })).text(), '42')
  t.equal((await fetch(`${url}/secret`, { headers: basic('alice', 'secret') })).status, 403)
  t.equal((await fetch(`${url}/secret`, { headers: { authorization: 'Bearer open' } })).status, 401)
  t.equal((await fetch(`${url}/profile/cpu?seconds=0.05`)).status, 401)
  const profile = await (await fetch(`${url}/profile/cpu?seconds=0.05`, { headers: token })).json()
  t.ok((profile as { nodes: unknown[] }).nodes.length > 0)
})

t.test('quotas hold for who calls', async (t) => {
  const { broker, web } = await brokerWithWeb({ ...HTTP, 'samsa.create.topics': 'orders' })
  t.teardown(() => broker.stop())
  const caller = {
    principal: { type: 'User', name: 'ANONYMOUS' },
    isOperator: false,
    by: 'loopback',
    address: '::1',
  } as const
  const entries = [
    {
      entity: [{ entityType: 'user', entityName: 'ANONYMOUS' }],
      ops: [{ key: 'controller_mutation_rate', value: 0.1, remove: false }],
    },
  ]
  const { entries: set } = await web.callApi('AlterClientQuotas', { entries, validateOnly: false }, caller)
  t.equal(set[0]?.errorCode, 0)
  const topics = (name: string) => ({ topics: [{ name, numPartitions: 5, replicationFactor: 1 }], timeoutMs: 1000 })
  const first = await web.callApi('CreateTopics', topics('a'), caller)
  const second = await web.callApi('CreateTopics', topics('b'), caller)
  t.same([first.topics[0]?.errorCode, second.topics[0]?.errorCode], [0, 89], 'THROTTLING_QUOTA_EXCEEDED')
})

t.test('what fails is answered in words, and the log has the rest', async (t) => {
  const { broker, web, logger, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  const app = new Hono<WebEnv>()
    .get('/bug', () => {
      throw new TypeError('oh')
    })
    .get('/call', async (c) => c.json(await web.callApi('Vote', {}, c.env.caller)))
  web.mount('/fails', () => app)
  let attempts = 0
  web.mount('/late', () => {
    if (attempts++ === 0) throw new Error('not yet')
    return new Hono<WebEnv>().get('/', (c) => c.text('now'))
  })
  const bug = await fetch(`${url}/fails/bug`)
  t.equal(bug.status, 500)
  t.notMatch(await bug.text(), /oh/)
  t.match(logger.lines.join('\n'), /\/fails\/bug failed unexpectedly/)
  const call = await fetch(`${url}/fails/call`)
  t.equal(call.status, 503)
  t.match(await call.json(), { message: /This broker does not serve Vote/ })
  t.equal((await fetch(`${url}/late`)).status, 500)
  t.equal(await (await fetch(`${url}/late`)).text(), 'now')
})

t.test('a client that goes away while it is answered is no failure', async (t) => {
  const { broker, web, logger, url } = await brokerWithWeb({ ...HTTP })
  t.teardown(() => broker.stop())
  const ends: (() => void)[] = []
  const isGone = new Promise<void>((resolve) => ends.push(resolve))
  const app = new Hono<WebEnv>().get('/', async (c) => {
    const { signal } = c.req.raw
    socket.destroy()
    await once(signal, 'abort')
    ends.forEach((end) => void setImmediate(end))
    throw signal.reason
  })
  web.mount('/waits', () => app)
  const { host, hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET /waits HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  await isGone
  t.equal(await (await fetch(`${url}/live`)).text(), 'alive\n')
  t.notMatch(logger.lines.join('\n'), /failed unexpectedly/)
})

t.test('a default listener is at the next port where its own is taken; a configured one is an error', async (t) => {
  const first = await brokerWithWeb({}, { hasDefaultHttp: true })
  t.teardown(() => first.broker.stop())
  const second = await brokerWithWeb({}, { hasDefaultHttp: true })
  t.teardown(() => second.broker.stop())
  t.match(second.url, /^http:\/\/localhost:96\d\d$/)
  t.not(second.url, first.url)
  t.equal((await fetch(`${second.url}/live`)).status, 200)
  const told = second.logger.lines.filter((line) => line.includes('9644'))
  t.match(told, [
    `http://localhost:9644 is taken, by another broker perhaps: the page and the metrics of this one are at ${second.url}.`,
  ])
  t.equal(told.length, 1)
  await t.rejects(brokerWithWeb({ 'samsa.http.listeners': first.url }), { message: /already in use/ })
  await t.rejects(brokerWithWeb({ 'samsa.http.listeners': 'tcp://localhost:1' }), {
    message: /expected http:\/\/host:port/,
  })
  const none = await brokerWithWeb({ 'samsa.http.listeners': '' }, { hasDefaultHttp: true })
  t.teardown(() => none.broker.stop())
  t.same(none.broker.httpUrls, [])
})

t.test('where none of the default ports is to be had the broker serves its clients without HTTP', async (t) => {
  for (const [code, attempts] of [
    ['EADDRINUSE', 10],
    ['EACCES', 1],
  ] as const) {
    const environment = memoryEnvironment(nodeEnvironment())
    const asked: number[] = []
    const listen: Http['listen'] = async ({ port }) => {
      asked.push(port)
      throw new NetworkError(code, `port ${port} is not for us`)
    }
    const http = { ...environment.http!, listen }
    const { config } = loadConfig({
      given: new Map([
        ['listeners', 'PLAINTEXT://localhost:0'],
        ['log.dirs', '/memory'],
      ]),
    })
    const logger = new MemoryLogger()
    const broker = createBroker({
      config,
      environment: { ...environment, http },
      logger: logger.logger,
      hasDefaultHttp: true,
    })
    await broker.start()
    t.teardown(() => broker.stop())
    t.same(broker.httpUrls, [])
    t.equal(asked.length, attempts)
    t.match(logger.lines.join('\n'), /HTTP is not served.*set samsa.http.listeners to another address.*is not for us/)
  }
})

t.test('a stop ends connections that say nothing, and answers what is in flight', async (t) => {
  const { broker, web, url } = await brokerWithWeb({ ...HTTP })
  let begin!: () => void
  let release!: () => void
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  web.mount('/slow', () =>
    new Hono<WebEnv>().get('/', async (c) => {
      begin()
      await released
      return c.text('done')
    }),
  )
  const idle = connect(Number(new URL(url).port), '127.0.0.1')
  idle.on('error', () => {})
  await once(idle, 'connect')
  const slow = fetch(`${url}/slow`)
  await begun
  const stopped = broker.stop()
  release()
  t.equal(await (await slow).text(), 'done')
  await stopped
  if (!idle.destroyed) await once(idle, 'close')
})

t.test('https has the certificate of the listener named HTTP, or that of all', async (t) => {
  const broker = await startBroker({
    tls: true,
    config: { ...HTTP, 'samsa.http.listeners': 'https://localhost:0' },
  })
  t.teardown(() => broker.stop())
  const url = broker.httpUrls[0]!
  t.match(url, /^https:\/\/localhost:\d+$/)
  const sent = secureRequest(`${url}/live`, { ca: broker.tls!.ca, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  t.equal(response.statusCode, 200)
  response.resume()
  const plain = connect(Number(new URL(url).port), '127.0.0.1')
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await once(plain, 'close')
  await t.rejects(startBroker({ config: { 'samsa.http.listeners': 'https://localhost:0' } }), {
    message: /The listener HTTP needs a certificate/,
  })
})
