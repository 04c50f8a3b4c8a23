/** Connections from node to node, each to a whole broker with that listener; the broker's side is held to Apache's clients elsewhere. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/messages/describe-cluster.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { BrokerConnection } from '../../src/client/connection.ts'
import { connectToBrokers, connectToControllers, whenNeeded } from '../../src/client/peers.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { startBroker } from '../../src/index.ts'
import { scramClient } from '../../src/security/sasl/scram-client.ts'
import { SCRAM_MECHANISMS } from '../../src/security/sasl/scram-keys.ts'

const STORES = join(import.meta.dirname, '../golden/key-stores')
const environment = nodeEnvironment()
const warnings: string[] = []
const note = (...args: unknown[]) => void warnings.push(String(args.at(-1)))
const logger = { debug: () => {}, info: () => {}, warn: note, error: note }

const MODULES: Readonly<Record<string, string>> = {
  PLAIN: 'plain.PlainLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
}
const jaas = (mechanism: string, password: string): string =>
  `org.apache.kafka.common.security.${MODULES[mechanism]} required username="admin" password="${password}";`

const TLS = {
  'ssl.keystore.location': join(STORES, 'chain.p12'),
  'ssl.keystore.password': 'secret1',
  'ssl.truststore.location': join(STORES, 'trust.jks'),
  'ssl.truststore.password': 'secret1',
}

function peerOptions(config: Record<string, string>) {
  const limits = { connectTimeoutMs: 20_000, requestTimeoutMs: 20_000, maxResponseBytes: 1_000_000 }
  return { ...limits, config: new BrokerConfig(config), environment, logger, clientId: 'peer' }
}

const atBrokers = (protocol: string, keys: Record<string, string>) =>
  connectToBrokers(peerOptions({ 'security.inter.broker.protocol': protocol, ...keys }))

async function clusterIdAt(connect: Awaited<ReturnType<typeof atBrokers>>, host: string, port: number) {
  const connection = await connect({ host, port })
  try {
    return (await connection.request(DescribeClusterRequest, DescribeClusterResponse, {})).clusterId
  } finally {
    connection.close()
  }
}

t.teardown(() => environment.compute.stop())

t.test('SASL_SSL: each mechanism, right and wrong', async (t) => {
  await using broker = await startBroker({
    users: { admin: 'admin-secret' },
    config: {
      ...TLS,
      listeners: 'SASL_SSL://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    },
  })
  for (const mechanism of Object.keys(MODULES)) {
    const keys = (password: string) => ({
      ...TLS,
      'sasl.mechanism.inter.broker.protocol': mechanism,
      [`listener.name.sasl_ssl.${mechanism.toLowerCase()}.sasl.jaas.config`]: jaas(mechanism, password),
    })
    const right = await atBrokers('SASL_SSL', keys('admin-secret'))
    t.ok(await clusterIdAt(right, '127.0.0.1', broker.port), mechanism)
    await t.rejects((await atBrokers('SASL_SSL', keys('wrong')))({ host: '127.0.0.1', port: broker.port }), {
      reason: 'refused',
      message: /The login at 127.0.0.1:\d+ failed: Authentication failed/,
    })
  }
  await t.rejects(atBrokers('SASL_SSL', TLS), { message: /A login by GSSAPI is not possible: choose one of PLAIN/ })
  await t.rejects(atBrokers('SASL_SSL', { ...TLS, 'sasl.mechanism.inter.broker.protocol': 'PLAIN' }), {
    message: /set listener.name.sasl_ssl.plain.sasl.jaas.config to /,
  })
})

t.test('SSL: the own certificate is shown, and the other is checked', async (t) => {
  await using broker = await startBroker({
    config: { ...TLS, listeners: 'SSL://localhost:0', 'ssl.client.auth': 'required' },
  })
  const { port } = broker
  t.ok(await clusterIdAt(await atBrokers('SSL', TLS), 'localhost', port))
  const { 'ssl.keystore.location': _, 'ssl.keystore.password': __, ...trustOnly } = TLS
  await t.rejects(clusterIdAt(await atBrokers('SSL', trustOnly), 'localhost', port), { name: 'ClientError' })
  const strangers = { ...TLS, 'ssl.truststore.location': join(STORES, 'ec.p12') }
  await t.rejects((await atBrokers('SSL', strangers))({ host: 'localhost', port }), {
    reason: 'refused',
    message: /the TLS handshake failed with localhost/,
  })
  await t.rejects(atBrokers('SSL', { ...TLS, 'ssl.truststore.password': 'wrong' }), { name: 'ConfigError' })
})

t.test('another name than the certificate has', async (t) => {
  await using broker = await startBroker({ config: { ...TLS, listeners: 'SSL://127.0.0.2:0' } })
  const address = { host: '127.0.0.2', port: broker.port }
  await t.rejects((await atBrokers('SSL', TLS))(address), { reason: 'refused', message: /does not match|altnames/ })
  const unchecked = { ...TLS, 'ssl.endpoint.identification.algorithm': '' }
  t.ok(await clusterIdAt(await atBrokers('SSL', unchecked), address.host, address.port))
})

t.test('a controller listener with SASL, and logins anew', async (t) => {
  const keys = {
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:SASL_PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': `${jaas('PLAIN', 'admin-secret').slice(0, -1)} user_admin="admin-secret";`,
  }
  const port = await freePort()
  await using broker = await startBroker({
    config: {
      ...keys,
      listeners: `PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:${port}`,
      'connections.max.reauth.ms': 1500,
    },
  })
  const connect = await connectToControllers(peerOptions(keys))
  const connection = await connect({ host: '127.0.0.1', port })
  const ask = () =>
    connection
      .request(DescribeClusterRequest, DescribeClusterResponse, { endpointType: 2 })
      .then((answer) => answer.clusterId)
  const id = await ask()
  t.ok(id)
  // Beyond the end of the first session and of the second, several requests at once.
  const endsMs = Date.now() + 4000
  while (Date.now() < endsMs) {
    t.strictSame(await Promise.all([ask(), ask(), ask()]), [id, id, id])
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  connection.close()
  t.ok(broker.port)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

t.test('OAUTHBEARER: tokens made here, of a file, and of an endpoint for client credentials', async (t) => {
  await using broker = await startBroker({
    config: { listeners: 'SASL_PLAINTEXT://127.0.0.1:0', 'sasl.enabled.mechanisms': 'OAUTHBEARER' },
  })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'none' })}.${part({ sub: 'admin', exp: Date.now() / 1000 + 1000 })}.`
  const asked: string[] = []
  const endpoint = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      asked.push(`${request.method} ${request.headers.authorization} ${body}`)
      response.end(JSON.stringify({ access_token: token }))
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => endpoint.close())
  await new Promise((resolve) => endpoint.once('listening', resolve))
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`
  const file = join(t.testdir({ token: `${token}\n` }), 'token')
  const mechanism = { 'sasl.mechanism.inter.broker.protocol': 'OAUTHBEARER' }
  const bearer = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const key = 'listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config'
  const credentials = {
    'sasl.oauthbearer.client.credentials.client.id': 'id',
    'sasl.oauthbearer.client.credentials.client.secret': 's',
    'sasl.oauthbearer.scope': 'a b',
  }
  const ways = {
    unsecured: { [key]: `${bearer} unsecuredLoginStringClaim_sub="admin" unsecuredLoginExtension_traceId="1";` },
    file: { [key]: `${bearer};`, 'sasl.oauthbearer.token.endpoint.url': `file://${file}` },
    endpoint: { [key]: `${bearer};`, 'sasl.oauthbearer.token.endpoint.url': url, ...credentials },
  }
  for (const [way, keys] of Object.entries(ways)) {
    const connect = await atBrokers('SASL_PLAINTEXT', { ...mechanism, ...keys })
    for (let each = 0; each < 2; each++) t.ok(await clusterIdAt(connect, '127.0.0.1', broker.port), way)
  }
  t.strictSame(asked, ['POST Basic aWQ6cw== grant_type=client_credentials&scope=a%20b'], 'once for two connections')
  const late = { [key]: `${bearer} unsecuredLoginStringClaim_sub="admin" unsecuredLoginLifetimeSeconds="-5";` }
  const connect = await atBrokers('SASL_PLAINTEXT', { ...mechanism, ...late })
  await t.rejects(connect({ host: '127.0.0.1', port: broker.port }), { reason: 'refused', message: /invalid_token/ })
})

t.test("SCRAM's client: the example of RFC 7677, and servers that are not to be believed", (t) => {
  const [mechanism] = SCRAM_MECHANISMS
  const client = () =>
    scramClient({
      mechanism: mechanism!,
      username: 'user',
      password: 'pencil',
      isToken: false,
      newNonce: () => 'rOprNGfwEbeRWgbNEkqO',
    })
  const serverFirst = (nonce: string, iterations: number) =>
    Buffer.from(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${iterations}`)
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const right = client()
  t.equal(String(right.first()), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  t.equal(
    String(right.respond(serverFirst(nonce, 4096))),
    `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  )
  t.equal(right.respond(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')), null)
  const other = client()
  other.respond(serverFirst(nonce, 4096))
  t.throws(() => other.respond(Buffer.from('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')), { name: 'SaslRefused' })
  t.throws(() => client().respond(serverFirst('another', 4096)), { message: /nonce/ })
  t.throws(() => client().respond(serverFirst('rOprNGfwEbeRWgbNEkqO', 4096)), { message: /nonce/ })
  t.throws(() => client().respond(serverFirst(nonce, 4095)), { message: /4095 iterations/ })
  t.throws(() => client().respond(serverFirst(nonce, 99_999_999)), { message: /iterations/ })
  t.throws(() => client().respond(Buffer.from('e=no')), { name: 'SaslRefused' })
  t.end()
})

t.test('keys that could not be read are read again by whoever connects next', async (t) => {
  let attempts = 0
  const connected: string[] = []
  const connect = whenNeeded(async () => {
    attempts++
    if (attempts === 1) throw new Error('no such file')
    return async ({ host }) => {
      connected.push(host)
      return unchecked<BrokerConnection>(null)
    }
  })
  t.equal(attempts, 0)
  await t.rejects(connect({ host: 'a', port: 1 }), { message: 'no such file' })
  await Promise.all([connect({ host: 'b', port: 1 }), connect({ host: 'c', port: 1 })])
  t.equal(attempts, 2)
  t.strictSame(connected, ['b', 'c'])
})
