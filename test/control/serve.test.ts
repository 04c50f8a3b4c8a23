/** The control API on its port: who is let in, and where it stands. */
import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { startBroker } from '../../src/index.ts'

t.setTimeout(120_000)

/** fetch sets Host and Origin itself: this sends what it is told. */
async function send(url: string, headers: Record<string, string>, method = 'GET') {
  const sent = request(url, { method, headers, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode as number, body: JSON.parse(text) as { error?: string; message?: string } }
}

t.test('a listener of its own, on any free port of this machine', async (t) => {
  await using broker = await startBroker({ topics: ['orders'], control: true })
  t.match(broker.controlUrl, /^http:\/\/127\.0\.0\.1:\d+\/control$/)
  const topics = (await (await fetch(`${broker.controlUrl}/topics`)).json()) as { name: string }[]
  t.match(topics, [{ name: 'orders' }])
  const { origin } = new URL(broker.controlUrl ?? '')
  for (const path of ['/ready', '/live', '/control/ready']) t.equal((await fetch(origin + path)).status, 200, path)
  const description = (await (await fetch(`${broker.controlUrl}/openapi.json`)).json()) as { paths: object }
  t.ok('/rules' in description.paths)
  t.equal(await startBroker().then((other) => other.stop().then(() => other.controlUrl)), null)
})

t.test('on the listener for HTTP, where the addresses are the same', async (t) => {
  const first = await startBroker({ config: { 'samsa.http.listeners': 'http://localhost:0' } })
  const { port } = new URL(first.httpUrls[0] ?? '')
  await first.stop()
  const config = { 'samsa.http.listeners': `http://localhost:${port}` }
  await using broker = await startBroker({ config, control: { port: Number(port) } })
  t.equal(broker.controlUrl, `http://127.0.0.1:${port}/control`)
  t.equal((await fetch(`${broker.controlUrl}/broker`)).status, 200)
  t.match(await (await fetch(`${broker.httpUrls[0]}/metrics`)).text(), /kafka_/)
})

t.test('a fork has its own, and ends with the broker where a request made it', async (t) => {
  await using broker = await startBroker({ control: true })
  await using fork = await broker.fork()
  t.not(fork.controlUrl, broker.controlUrl)
  t.equal((await fetch(`${fork.controlUrl}/broker`)).status, 200)
  const made = (await (await fetch(`${broker.controlUrl}/forks`, { method: 'POST' })).json()) as { control: string }
  t.equal((await fetch(`${broker.controlUrl}${made.control}/topics`)).status, 200)
})

t.test('pages of others are refused, and names that somebody else may send here', async (t) => {
  await using broker = await startBroker({ control: true })
  const url = `${broker.controlUrl}/broker`
  const refused: Record<string, string>[] = [
    { origin: 'http://evil.example.org' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { host: 'rebound.example.org' },
    { host: 'rebound.example.org', authorization: 'Bearer anything' },
  ]
  for (const headers of refused) {
    t.equal((await send(url, headers)).status, 403, JSON.stringify(headers))
    t.equal((await send(`${broker.controlUrl}/reset`, headers, 'POST')).status, 403)
  }
  t.equal((await send(url, {})).status, 200)
  t.equal(
    (await send(`${broker.controlUrl}/reset`, {}, 'POST')).status,
    200,
    'curl sends no length where there is no body',
  )
  const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
  const wrong = await send(`${broker.controlUrl}/rules`, chunked, 'POST')
  t.match(wrong, { status: 400, body: { error: /JSON/ } })
})

t.test('the token, where there is one', async (t) => {
  const config = { 'samsa.http.token': 'sesame', 'samsa.control.listener': '0.0.0.0:0' }
  await using broker = await startBroker({ config, users: { alice: 'secret' }, clock: 'manual' })
  const url = `${broker.controlUrl}/broker`
  t.match(await send(url, {}), { status: 401, body: { message: /samsa\.http\.token/ } })
  t.equal((await send(url, { authorization: 'Bearer wrong' })).status, 401, 'at once: the clock stands still')
  const alice = `Basic ${Buffer.from('alice:secret').toString('base64')}`
  t.equal((await send(url, { authorization: alice })).status, 401, 'a user of the broker is not its master')
  t.equal((await send(url, { authorization: 'Bearer sesame', host: 'ci.example.org' })).status, 200)
})

t.test('mistakes at the start', async (t) => {
  const wrong: [listener: string, message: RegExp][] = [
    ['0.0.0.0:0', /lets other machines in.*listen on 127\.0\.0\.1, or set samsa\.http\.token/],
    ['nowhere', /expected http:\/\/host:port/],
  ]
  for (const [listener, message] of wrong) {
    await t.rejects(startBroker({ config: { 'samsa.control.listener': listener } }), { message })
  }
  await using broker = await startBroker({ control: true })
  const port = Number(new URL(broker.controlUrl ?? '').port)
  await t.rejects(startBroker({ control: { port } }), { message: /already in use/ })
})
