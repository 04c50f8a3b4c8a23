/** A proxy before a broker: clients are led to it alone, what nobody looks at passes as it is, and rules hold for the rest. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import kafkajs from 'kafkajs'
import t from 'tap'
import { serveProxyControl } from '../../src/control/serve-proxy.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { type RunningBroker, type StartBrokerOptions, startBroker, startProxy } from '../../src/index.ts'
import { KafkaProxy, type ProxyOptions } from '../../src/proxy/proxy.ts'
import type { TracedExchange } from '../../src/proxy/surroundings.ts'
import { parseTraceLine, type TraceLine, traceLine, traceText } from '../../src/proxy/trace.ts'
import { clientOf, consumeAll, produce } from '../testing/support.ts'

t.setTimeout(120_000)

async function before(broker: RunningBroker, options: Partial<ProxyOptions> = {}): Promise<KafkaProxy> {
  const proxy = new KafkaProxy({
    environment: nodeEnvironment(),
    logger: silentLogger(),
    // Another name than the broker's own: what it advertises gets a port of its own.
    upstream: [{ host: '127.0.0.1', port: broker.port }],
    listen: { host: 'localhost', port: 0 },
    ...options,
  })
  await proxy.start()
  return proxy
}

async function both(options: StartBrokerOptions = {}, more: Partial<ProxyOptions> = {}) {
  const broker = await startBroker({ topics: ['orders:2', 'users'], ...options })
  const proxy = await before(broker, more)
  const stop = async () => {
    await proxy.stop()
    await broker.stop()
  }
  return { broker, proxy, stop }
}

t.test('clients are led to the proxy alone', async (t) => {
  const { broker, proxy, stop } = await both()
  t.teardown(stop)
  await produce(proxy, 'orders', ['a', 'b'])
  t.same(await consumeAll(proxy, 'orders', { groupId: 'g', count: 2 }), ['a', 'b'])
  const producer = clientOf(proxy).producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: 'orders', messages: [{ value: 'c' }] })
  await transaction.commit()
  await producer.disconnect()
  const admin = clientOf(proxy).admin()
  await admin.connect()
  const { brokers } = await admin.describeCluster()
  await admin.disconnect()
  t.equal(brokers.length, 1)
  t.not(brokers[0]?.port, broker.port)
  await proxy.stop()
  await t.rejects(
    produce({ bootstrapServers: `localhost:${brokers[0]?.port}` }, 'orders', ['d']),
    /ECONNREFUSED|Connection error/,
  )
})

t.test('requests that nobody looks at are not decoded, and rules hold for those that they name', async (t) => {
  const { broker, proxy, stop } = await both()
  t.teardown(stop)
  using rule = proxy.faults.on('Produce', { topic: 'orders', partition: 0 }).error('NOT_LEADER_OR_FOLLOWER').times(2)
  const impatient = clientOf(proxy, { retry: { retries: 0 } }).producer({
    createPartitioner: kafkajs.Partitioners.LegacyPartitioner,
  })
  await impatient.connect()
  const messages = [
    { value: 'first', partition: 0 },
    { value: 'second', partition: 1 },
  ]
  await t.rejects(impatient.send({ topic: 'orders', messages }), /not the leader/)
  await impatient.disconnect()
  t.same(await broker.records('orders').then((all) => all.map(({ value }) => String(value))), ['second'])
  await produce(proxy, 'orders', ['third', 'fourth'])
  t.equal(rule.hits, 2)
  t.same(proxy.witness.requests(), [], 'nothing was remembered')
})

t.test('all kinds of rules', async (t) => {
  const { broker, proxy, stop } = await both()
  t.teardown(stop)
  const { faults } = proxy
  using held = faults.on('JoinGroup', { groupId: 'g' }).hold().times(1)
  const consumed = consumeAll(proxy, 'orders', { groupId: 'g', count: 1 })
  await held.hit()
  held.release()
  using _lost = faults.on('Produce').drop('response').times(1)
  await produce(proxy, 'orders', ['a'])
  t.equal((await broker.records('orders')).length, 2, 'carried out, lost, and sent again')
  await consumed
  using throttled = faults.on('Produce').throttle(30).times(1)
  using late = faults.on('Metadata').delay(20).times(1)
  using wrong = faults
    .on('Metadata')
    .reply((_request, real) => ({ ...real, controllerId: -1 }))
    .times(1)
  await produce(proxy, 'users', ['b'])
  t.same([throttled.hits, late.hits, wrong.hits], [1, 1, 1])
  using slow = faults.network({ latencyMs: 30 })
  const before = performance.now()
  await produce(proxy, 'users', ['c'])
  t.ok(performance.now() - before > 60, 'each answer is late')
  slow[Symbol.dispose]()
  const producer = clientOf(proxy, { clientId: 'billing' }).producer()
  await producer.connect()
  await producer.send({ topic: 'users', messages: [{ value: 'd' }] })
  t.ok(faults.cut({ clientId: 'billing' }) > 0)
  await producer.send({ topic: 'users', messages: [{ value: 'e' }] })
  await producer.disconnect()
  t.equal((await broker.records('users')).length, 4)
})

t.test('a broker that reads late gets all that came in the meantime', async (t) => {
  const FRAMES = 60
  const frame = Buffer.alloc(200_000)
  frame.writeInt32BE(frame.length - 4)
  // An API that nobody knows: its bytes pass as they are.
  frame.writeInt16BE(30_000, 4)
  let received = 0
  const upstream = createServer((socket) => {
    socket.pause()
    setTimeout(() => socket.resume(), 100)
    socket.on('data', (chunk) => (received += chunk.length))
    socket.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  await using proxy = await startProxy({ upstream: `127.0.0.1:${port}` })
  const client = connect(Number(proxy.bootstrapServers.split(':')[1]), 'localhost')
  t.teardown(() => {
    client.destroy()
    upstream.close()
  })
  client.write(Buffer.concat(Array.from({ length: FRAMES }, () => frame)))
  const deadline = performance.now() + 20_000
  while (received < FRAMES * frame.length && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  t.equal(received, FRAMES * frame.length)
})

t.test('a produce without an answer, behind and before others', async (t) => {
  for (const remembers of [false, true]) {
    const { broker, proxy, stop } = await both({}, { remembers })
    const producer = clientOf(proxy).producer({ createPartitioner: kafkajs.Partitioners.LegacyPartitioner })
    await producer.connect()
    for (const acks of [-1, 0, 1, 0, -1]) {
      await producer.send({ topic: 'users', acks, messages: [{ value: String(acks) }] })
    }
    await producer.disconnect()
    const values = await broker.records('users', { count: 5 })
    t.same(
      values.map(({ value }) => String(value)),
      ['-1', '0', '1', '0', '-1'],
    )
    t.equal(proxy.witness.requests({ api: 'Produce' }).length, remembers ? 5 : 0)
    await stop()
  }
})

t.test('a client logs in through it, also where the way on is TLS', async (t) => {
  const { broker, proxy, stop } = await both({ users: { alice: 'secret' } })
  t.teardown(stop)
  // kafkajs keeps a way to log in, with its password, in the object that it is given.
  const sasl = (password: string) => ({ mechanism: 'scram-sha-256' as const, username: 'alice', password })
  const admin = clientOf(proxy, { sasl: sasl('secret') }).admin()
  await admin.connect()
  t.same((await admin.listTopics()).sort(), ['orders', 'users'])
  await admin.disconnect()
  const wrong = clientOf(proxy, { sasl: sasl('wrong'), retry: { retries: 0 } }).admin()
  await t.rejects(wrong.connect(), /authentication failed/)
  const users = broker.requests({ api: 'Metadata' }).map(({ user }) => user)
  t.same([...new Set(users)], ['alice'])
})

t.test('a client that speaks TLS is told what to do', async (t) => {
  const warnings: string[] = []
  const logger = { ...silentLogger(), warn: (...args: unknown[]) => void warnings.push(String(args.at(-1))) }
  const { proxy, stop } = await both({}, { logger })
  t.teardown(stop)
  const admin = clientOf(proxy, { ssl: { rejectUnauthorized: false }, retry: { retries: 0 } }).admin()
  await t.rejects(admin.connect())
  t.match(warnings.join('\n'), /the client speaks TLS.*--command-config/)
})

t.test('a rule whose answer cannot be written closes the connection', async (t) => {
  const warnings: string[] = []
  const logger = { ...silentLogger(), warn: (...args: unknown[]) => void warnings.push(String(args.at(-1))) }
  const { broker, proxy, stop } = await both({}, { logger })
  t.teardown(stop)
  using wrong = proxy.faults
    .on('Metadata')
    .reply((_request, real) => ({ ...real, brokers: [null as never] }))
    .times(1)
  await produce(proxy, 'orders', ['a'])
  t.equal(wrong.hits, 1)
  t.match(warnings, [/^Closing /])
  t.equal((await broker.records('orders')).length, 1)
})

t.test('what is not known here passes as it is, and so does all that needs no other address', async (t) => {
  const seen: Buffer[] = []
  const upstream = createServer((socket) => {
    socket.on('data', (chunk) => {
      seen.push(chunk)
      // The correlation id, and bytes that are no response of Kafka's.
      const answer = Buffer.concat([Buffer.from([0, 0, 0, 7]), chunk.subarray(8, 12), Buffer.from('abc')])
      // The end of the connection comes with it.
      socket.end(answer)
    })
  })
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as AddressInfo
  for (const [apiKey, version] of [
    [3, 99],
    [4711, 0],
    [0, 9],
  ] as const) {
    const proxy = new KafkaProxy({
      environment: nodeEnvironment(),
      logger: silentLogger(),
      upstream: [{ host: '127.0.0.1', port }],
      listen: { host: 'localhost', port: 0 },
    })
    await proxy.start()
    const request = Buffer.from([0, 0, 0, 13, apiKey >> 8, apiKey & 255, 0, version, 1, 2, 3, 4, 0, 1, 120, 9, 9])
    const client = connect(proxy.port, '127.0.0.1')
    client.write(request)
    const chunks: Buffer[] = []
    client.on('data', (chunk) => chunks.push(chunk))
    await once(client, 'close')
    t.same(seen.at(-1), request, `API ${apiKey} v${version} arrives byte for byte`)
    t.same(Buffer.concat(chunks), Buffer.from([0, 0, 0, 7, 1, 2, 3, 4, 97, 98, 99]))
    await proxy.stop()
  }
})

t.test('a recording: what came, what was answered, no secrets, and lines that a person reads', async (t) => {
  const lines: TraceLine[] = []
  const onExchange = (exchange: TracedExchange) =>
    void lines.push(traceLine(exchange, 1_700_000_000_000, exchange.begunMs + 2))
  const { proxy, stop } = await both({ users: { alice: 'very-secret' } }, { onExchange })
  t.teardown(stop)
  const sasl = { mechanism: 'plain' as const, username: 'alice', password: 'very-secret' }
  const producer = clientOf(proxy, { sasl, clientId: 'billing' }).producer()
  await producer.connect()
  proxy.faults.on('Produce', { topic: 'users' }).error('NOT_LEADER_OR_FOLLOWER').times(1)
  await producer.send({ topic: 'users', messages: [{ value: 'a' }] })
  await producer.disconnect()
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  t.match(text, /"authBytes":"\(hidden\)"/)
  t.notOk(text.includes(Buffer.from('\0alice\0very-secret').toString('base64')))
  t.notOk(text.includes('very-secret'))
  const parsed = text.split('\n').map((line) => parseTraceLine(line) as TraceLine)
  t.same(parsed, JSON.parse(JSON.stringify(lines)))
  const shown = parsed.map(traceText)
  t.match(shown.join('\n'), /22:13:19\.998 {2}billing → 127\.0\.0\.1:\d+ {2}Metadata v\d+ {2}users {2}ok {2}2\.0 ms/)
  t.match(
    shown.filter((line) => line.includes('Produce')),
    [/ users-0 {2}NOT_LEADER_OR_FOLLOWER/, / users-0 {2}ok/],
  )
  t.equal(parseTraceLine('{"half": '), null)
  t.equal(parseTraceLine(JSON.stringify({ ...parsed[0], tookMs: undefined })), null)
})

t.test('the control of a proxy makes rules, for programs of this machine', async (t) => {
  const environment = nodeEnvironment()
  const { proxy, stop } = await both({}, { remembers: true })
  const control = await serveProxyControl({ proxy, text: '127.0.0.1:0', environment })
  t.teardown(async () => {
    await control.stop()
    await stop()
  })
  const rule = { api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER', times: 1 }
  const headers = { 'content-type': 'application/json' }
  await fetch(`${control.url}/rules`, { method: 'POST', headers, body: JSON.stringify(rule) })
  await produce(proxy, 'users', ['a'])
  t.match(await (await fetch(`${control.url}/rules/1`)).json(), { hits: 1 })
  t.match(await (await fetch(`${control.url}/requests?api=Produce`)).text(), /NOT_LEADER_OR_FOLLOWER|"errorCode":6/)
  const { paths } = (await (await fetch(`${control.url}/openapi.json`)).json()) as { paths: object }
  t.ok('/rules' in paths && !('/reset' in paths))
  await t.rejects(serveProxyControl({ proxy, text: '0.0.0.0:0', environment }), /programs of this machine/)
  t.throws(() => proxy.faults.disk({ error: 'ENOSPC' }), /no disk/)
  const byUser = { api: 'Produce', user: 'alice', error: 'NOT_LEADER_OR_FOLLOWER' }
  const refused = await fetch(`${control.url}/rules`, { method: 'POST', headers, body: JSON.stringify(byUser) })
  t.equal(refused.status, 400)
  t.match(await refused.json(), { error: /knows no users: match requests by `clientId`/ })
})

t.test('startProxy', async (t) => {
  await using broker = await startBroker({ topics: ['orders'] })
  await using proxy = await startProxy({ upstream: broker.bootstrapServers })
  using lost = proxy.faults.on('Produce').drop('response').times(1)
  await produce(proxy, 'orders', ['a'])
  await lost.hit()
  t.equal((await broker.records('orders')).length, 2)
  t.equal(proxy.requests({ api: 'Produce' }).length, 2)
  await t.rejects(startProxy({ upstream: 'nowhere' }), /host:port/)
})
