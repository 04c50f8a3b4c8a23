/** The registry as a broker serves it: who gets in, what refusals look like, and what is there after a start. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import t from 'tap'
import { registryLogins } from '../../src/broker/schemas/registry-logins.ts'
import { loadConfig } from '../../src/config/index.ts'
import { startBroker } from '../../src/index.ts'

const register = (url: string, subject: string, schema: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json', ...headers },
    body: JSON.stringify({ schema }),
  })

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})

t.test('a broker without users serves everybody, and keeps the schemas in its own topic', async (t) => {
  const broker = await startBroker({ registry: true })
  t.teardown(() => broker.stop())
  const url = broker.schemaRegistryUrl ?? ''
  t.match(url, /^http:\/\/localhost:\d+$/)
  t.same(await broker.topics(), [], 'nobody has asked it, and nothing is made')
  const answer = await register(url, 'orders-value', '"string"')
  t.equal(answer.headers.get('content-type'), 'application/vnd.schemaregistry.v1+json')
  t.match(await answer.json(), { id: 1, version: 1, schemaType: 'AVRO', schema: '"string"' })
  t.match(await broker.records('_schemas', { count: 1 }), [{ key: /"keytype":"SCHEMA","subject":"orders-value"/ }])
  const fork = await broker.fork()
  t.teardown(() => fork.stop())
  t.not(fork.schemaRegistryUrl, url)
  t.same(await (await fetch(`${fork.schemaRegistryUrl}/subjects`)).json(), ['orders-value'])
  await broker.reset()
  t.same(await (await fetch(`${url}/subjects`)).json(), [], 'the registry goes back with its broker')
  const elsewhere = await fetch(`${url}/subjects`, { headers: { origin: 'https://example.org' } })
  t.equal(elsewhere.status, 403)
  t.match(await elsewhere.json(), { error_code: 403, message: /page of https:\/\/example.org/ })
  const large = await register(url, 'large', `"${'x'.repeat(5_000_000)}"`)
  t.match(await large.json(), { error_code: 413 })
})

t.test('where nobody logs in, no header of a page opens the registry under a name of its own', async (t) => {
  const config = { 'samsa.schema.registry.authentication.method': 'NONE' }
  const broker = await startBroker({ registry: true, config })
  t.teardown(() => broker.stop())
  const statusFor = async (headers: Record<string, string>) => {
    const asked = request(`${broker.schemaRegistryUrl}/subjects`, { headers }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  const host = 'evil.example.org'
  t.equal(await statusFor({}), 200)
  t.equal(await statusFor({ authorization: 'any' }), 200)
  t.equal(await statusFor({ host }), 403)
  for (const authorization of ['any', 'Bearer any', 'Basic YTpi'])
    t.equal(await statusFor({ host, authorization }), 403)
})

t.test('a broker with users asks for their passwords, and its ACLs say who may read and change', async (t) => {
  const broker = await startBroker({
    registry: true,
    users: { alice: 'a', bob: 'b', carol: 'c' },
    acls: ['alice:read,write:topic:_schemas', 'bob:read:topic:_schemas'],
    config: { 'connection.failed.authentication.delay.ms': 1 },
  })
  t.teardown(() => broker.stop())
  const url = broker.schemaRegistryUrl ?? ''
  for (const headers of [{}, basic('alice', 'wrong')]) {
    const refused = await fetch(`${url}/subjects`, { headers })
    t.equal(refused.status, 401)
    t.match(await refused.json(), { error_code: 401, message: /^(Log in|The user name)/ })
  }
  t.match(await (await register(url, 's', '"int"', basic('alice', 'a'))).json(), { id: 1 })
  t.same(await (await fetch(`${url}/subjects`, { headers: basic('bob', 'b') })).json(), ['s'])
  const denied = await register(url, 's', '"long"', basic('bob', 'b'))
  t.equal(denied.status, 403)
  t.match(await denied.json(), { error_code: 40301, message: 'User is denied operation Write on topic _schemas' })
  t.match(await (await fetch(`${url}/subjects`, { headers: basic('carol', 'c') })).json(), { error_code: 40301 })
  const lookUp = await fetch(`${url}/subjects/s`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...basic('bob', 'b') },
    body: JSON.stringify({ schema: '"int"' }),
  })
  t.match(await lookUp.json(), { id: 1, version: 1 }, 'a question with a body changes nothing')
})

t.test(
  'clients log in where no listener of the broker lets them in without, or as the configuration says',
  async (t) => {
    const [PLAIN, SASL, LOCAL, ANY] = ['PLAINTEXT', 'SASL_PLAINTEXT', 'localhost:0', '0.0.0.0:0']
    const served = async (listeners: readonly string[], method?: string) => {
      const broker = await startBroker({
        registry: true,
        users: { alice: 'a' },
        config: {
          listeners: listeners.join(','),
          'connection.failed.authentication.delay.ms': 1,
          ...(method !== undefined && { 'samsa.schema.registry.authentication.method': method }),
        },
      })
      t.teardown(() => broker.stop())
      const url = `${broker.schemaRegistryUrl}/subjects`
      const shown = [{}, basic('alice', 'a'), basic('alice', 'wrong')]
      return Promise.all(shown.map(async (headers) => (await fetch(url, { headers })).status))
    }
    t.same(await served([`${SASL}://${LOCAL}`]), [401, 200, 401])
    t.same(await served([`${PLAIN}://${LOCAL}`, `${SASL}://${LOCAL}`]), [200, 200, 401])
    t.same(await served([`${PLAIN}://${ANY}`, `${SASL}://${LOCAL}`]), [200, 200, 401])
    t.same(await served([`${PLAIN}://${LOCAL}`, `${SASL}://${LOCAL}`], 'BASIC'), [401, 200, 401])
    t.same(await served([`${SASL}://${LOCAL}`], 'NONE'), [200, 200, 200])
    const withoutUsers = { registry: true, config: { 'samsa.schema.registry.authentication.method': 'BASIC' } }
    await t.rejects(startBroker(withoutUsers), { message: /BASIC needs users, and no listener of this broker has any/ })
  },
)

t.test('a listener on loopback alone lets nobody in from elsewhere', (t) => {
  const loginsOf = (listeners: string, more: Record<string, string> = {}) => {
    const given = new Map(Object.entries({ listeners, ...more }))
    const logins = registryLogins(loadConfig({ given }).config)
    const peer = { scheme: 'http', localAddress: '10.0.0.1', localPort: 8081, tls: null } as const
    return ['127.0.0.1', '10.0.0.2'].map((remoteAddress) => logins({ ...peer, remoteAddress }))
  }
  const asked = 'required where there are users'
  t.same(loginsOf('PLAINTEXT://localhost:9092'), ['optional', asked])
  t.same(loginsOf('PLAINTEXT://:9092'), ['optional', 'optional'])
  t.same(loginsOf('SSL://:9092'), ['optional', 'optional'])
  t.same(loginsOf('SSL://:9092', { 'ssl.client.auth': 'required' }), [asked, asked])
  t.same(loginsOf('SASL_SSL://:9092', { 'sasl.enabled.mechanisms': 'PLAIN' }), [asked, asked])
  t.end()
})

t.test('a topic that loses records with time takes no schemas, and levels come from the configuration', async (t) => {
  const broker = await startBroker({
    registry: true,
    topics: ['_schemas:1'],
    config: { 'samsa.schema.registry.compatibility.level': 'full' },
  })
  t.teardown(() => broker.stop())
  const url = broker.schemaRegistryUrl ?? ''
  t.same(await (await fetch(`${url}/config`)).json(), { compatibilityLevel: 'FULL' })
  const refused = await register(url, 's', '"int"')
  t.equal(refused.status, 500)
  t.match(await refused.json(), { error_code: 50001, message: /cleanup.policy=delete.*set it to compact/ })
})

t.test('what cannot be served is said at once', async (t) => {
  const broker = await startBroker()
  t.teardown(() => broker.stop())
  t.equal(broker.schemaRegistryUrl, null)
  await t.rejects(startBroker({ config: { 'samsa.schema.registry.listeners': 'localhost:8081' } }), {
    message: /samsa.schema.registry.listeners: expected http/,
  })
  await t.rejects(startBroker({ config: { 'samsa.schema.registry.compatibility.level': 'some' } }), {
    message: /compatibility.level/,
  })
  const taken = await startBroker({ registry: true })
  t.teardown(() => taken.stop())
  const url = taken.schemaRegistryUrl ?? ''
  await t.rejects(startBroker({ config: { 'samsa.schema.registry.listeners': url } }), { message: /already in use/ })
})
