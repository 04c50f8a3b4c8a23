/**
 * Misconfigurations are planted one by one, and each has to be named: by its name for programs and in a sentence. Nothing
 * else may be found beside it, and nothing at all where nothing is wrong.
 */
import { createServer, type Server as HttpServer } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { examine } from '../../../src/cli/doctor/examine.ts'
import type { Finding } from '../../../src/cli/doctor/finding.ts'
import { parseBootstrapServers } from '../../../src/client/addresses.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NetworkError } from '../../../src/env/index.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import { withMethods } from '../../../src/env/with-methods.ts'
import { startBroker, startCluster } from '../../../src/index.ts'
import { clientPropertiesSecurity } from '../../../src/security/client-security.ts'
import { fakeNetwork } from '../../client/fake-broker.ts'

const HOUR_MS = 3_600_000

interface Visit {
  /** As a `client.properties` has them. */
  readonly properties?: Readonly<Record<string, string>>
  readonly topics?: readonly string[]
  readonly groups?: readonly string[]
  readonly environment?: Environment
  readonly timeoutMs?: number
}

async function findingsAt(server: string, visit: Visit = {}): Promise<Finding[]> {
  const { properties = {}, topics = [], groups = [], environment = nodeEnvironment(), timeoutMs = 5_000 } = visit
  const security = await clientPropertiesSecurity(new Map(Object.entries(properties)), {
    environment,
    logger: silentLogger(),
  })
  const patient = { environment, clientId: 'patient', timeoutMs, security }
  const findings: Finding[] = []
  for await (const finding of examine(patient, { addresses: parseBootstrapServers(server), topics, groups })) {
    findings.push(finding)
  }
  return findings
}

const troubles = (findings: readonly Finding[]) => findings.flatMap(({ trouble }) => trouble ?? [])

/** The one trouble, and its sentence. */
async function names(
  t: Test,
  server: string,
  visit: Visit,
  trouble: Finding['trouble'],
  says: RegExp,
): Promise<Finding | undefined> {
  const findings = await findingsAt(server, visit)
  t.same(troubles(findings), [trouble], JSON.stringify(findings, null, 1))
  const found = findings.find((each) => each.trouble === trouble)
  t.match(found?.says, says)
  t.match(found?.remedy, /^[A-Z].*\.$/, 'and what to do')
  return found
}

const jaas = (module: string, user: string, password: string) =>
  `org.apache.kafka.common.security.${module} required username="${user}" password="${password}";`

const scram = (password: string, protocol = 'SASL_PLAINTEXT') => ({
  'security.protocol': protocol,
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.jaas.config': jaas('scram.ScramLoginModule', 'alice', password),
})

t.test('nothing is found where nothing is wrong', async (t) => {
  await using broker = await startBroker({ topics: ['orders:3'], config: { 'samsa.legacy.protocol': false } })
  const findings = await findingsAt(broker.bootstrapServers, { topics: ['orders'], groups: ['billing'] })
  t.same(troubles(findings), [])
  t.same(
    findings.map(({ check, verdict }) => `${check} ${verdict}`),
    ['name', 'port', 'protocol', 'versions', 'cluster', 'clock', 'advertised', 'topic', 'group'].map(
      (each) => `${each} fine`,
    ),
  )
  t.match(findings.find(({ check }) => check === 'versions')?.says, /its cluster is at 4\.\d-IV\d .*before 2\.1/)
})

t.test('names and ports', async (t) => {
  const port = await closedPort()
  const strange = onNetwork({
    resolve: async (host) => {
      throw new NetworkError('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`)
    },
  })
  await names(
    t,
    'brokr-1:9092',
    { environment: strange },
    'name-unknown',
    /does not know the name brokr-1 \(ENOTFOUND\)/,
  )
  await names(t, `127.0.0.1:${port}`, {}, 'port-closed', /^Nobody listens there/)
  const firewall = onNetwork({
    connect: async () => {
      throw new NetworkError('ETIMEDOUT', 'no answer')
    },
  })
  await names(t, '127.0.0.1:9092', { environment: firewall }, 'port-silent', /^Nothing answers there within 5000 ms/)
  await using broker = await startBroker({ config: { listeners: 'PLAINTEXT://127.0.0.1:0' } })
  const twoAddresses = onNetwork({ resolve: async () => ['::1', '127.0.0.1'] })
  const findings = await findingsAt(`localhost:${broker.port}`, { environment: twoAddresses })
  t.match(findings.find(({ trouble }) => trouble === 'port-partly-closed')?.says, /but not at ::1/)
})

t.test('others than Kafka', async (t) => {
  const http = createServer((_, response) => response.end('hello'))
  const greeter = createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n'))
  const mute = createTcpServer((socket) => socket.on('error', () => {}))
  t.teardown(() => {
    for (const each of [http, greeter, mute]) each.close()
  })
  await names(t, await listening(http), {}, 'not-kafka', /^It speaks HTTP/)
  await names(t, await listening(greeter), {}, 'not-kafka', /^It is no Kafka: "SSH-2\.0-OpenSSH_9\.6"/)
  await names(t, await listening(mute), { timeoutMs: 50 }, 'no-answer', /^It takes connections and does not answer/)
})

t.test('versions of long ago, and controllers', async (t) => {
  const ancient = [0, 1, 2, 3, 10, 18].map((apiKey) => ({ apiKey, minVersion: 0, maxVersion: apiKey === 18 ? 0 : 1 }))
  const { network } = fakeNetwork(['old:9092'], ({ peer, ...request }) => {
    // A broker of 0.10 knows version 0 of ApiVersions alone.
    const answer = { errorCode: request.version === 0 ? 0 : 35, apiKeys: ancient }
    peer.answer({ peer, ...request }, answer, 0)
  })
  const past = onNetwork({ connect: (options) => network.connect(options), resolve: async () => ['old'] })
  await names(t, 'old:9092', { environment: past }, 'version-too-old', /^It speaks Produce in versions 0 to 1/)
  await using cluster = await startCluster({ brokers: 1 })
  await names(t, cluster.controller.bootstrapControllers, {}, 'controller-listener', /listener of a controller/)
})

const STORES = join(import.meta.dirname, '../../golden/key-stores')
const store = (name: string): string => join(STORES, name)

/** A broker with TLS, whose certificate is in a key store. */
const secure = (keyStore: string, more: Readonly<Record<string, string>> = {}) =>
  startBroker({
    config: {
      listeners: 'SSL://localhost:0',
      'ssl.keystore.location': store(keyStore),
      'ssl.keystore.password': 'secret1',
      ...more,
    },
  })

t.test('TLS and certificates', async (t) => {
  await using broker = await secure('chain.p12')
  const server = broker.bootstrapServers
  const ssl = { 'security.protocol': 'SSL', 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': store('ca.pem') }
  t.same(troubles(await findingsAt(server, { properties: ssl })), [])
  await names(t, server, {}, 'tls-expected', /^It speaks TLS, and this client does not/)
  const trustingOthers = { properties: { 'security.protocol': 'SSL' } }
  await names(t, server, trustingOthers, 'certificate-authority-unknown', /signed by "authority", whom this client/)
  const elsewhere = onNetwork({
    connect: (options) => nodeEnvironment().network.connect({ ...options, host: 'localhost' }),
    resolve: async () => ['127.0.0.1'],
  })
  const [other] = await findingsOfTrouble(`kafka.test:${broker.port}`, { properties: ssl, environment: elsewhere })
  t.match(other, {
    trouble: 'certificate-for-another-name',
    says: /is for localhost, 127\.0\.0\.1, and not for kafka\.test/,
  })
  await using expired = await secure('expired.p12')
  await names(
    t,
    expired.bootstrapServers,
    { properties: ssl },
    'certificate-expired',
    /^Its certificate has expired on 2020-01-02/,
  )
  const clientAuth = {
    'ssl.client.auth': 'required',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': store('ca.pem'),
  }
  await using strict = await secure('chain.p12', clientAuth)
  await names(
    t,
    strict.bootstrapServers,
    { properties: ssl },
    'tls-certificate-expected',
    /^It wants a certificate of the client/,
  )
  await using plain = await startBroker()
  await names(
    t,
    plain.bootstrapServers,
    { properties: ssl },
    'tls-not-spoken',
    /without TLS, and this client wants TLS/,
  )
})

t.test('logins', async (t) => {
  await using broker = await startBroker({ users: { alice: 'secret' } })
  const server = broker.bootstrapServers
  t.same(troubles(await findingsAt(server, { properties: scram('secret') })), [])
  const expected = await names(t, server, {}, 'login-expected', /asks for a login \(.*SCRAM-SHA-512.*\)/)
  t.match(expected?.remedy, /--mechanism/)
  await names(
    t,
    server,
    { properties: scram('wrong') },
    'login-refused',
    /refuses the login by SCRAM-SHA-512: .*[Aa]uthentication failed/,
  )
  const bearer = {
    ...scram('secret'),
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.jaas.config': `${OAUTH} required unsecuredLoginStringClaim_sub="alice";`,
  }
  await names(t, server, { properties: bearer }, 'login-mechanism', /It takes logins by .*, and not by OAUTHBEARER/)
  await using open = await startBroker()
  await names(t, open.bootstrapServers, { properties: scram('secret') }, 'login-not-expected', /asks for no login/)
})

const OAUTH = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'

t.test('addresses that brokers advertise', async (t) => {
  const port = await closedPort()
  const advertising = (address: string) =>
    startBroker({ config: { listeners: 'PLAINTEXT://127.0.0.1:0', 'advertised.listeners': `PLAINTEXT://${address}` } })
  await using closed = await advertising(`127.0.0.1:${port}`)
  const found = await names(
    t,
    `127.0.0.1:${closed.port}`,
    {},
    'advertised-unreachable',
    /and there they fail: Nobody listens/,
  )
  t.equal(found?.cause, 'port-closed')
  await using other = await startBroker()
  await using lost = await advertising(`127.0.0.1:${other.port}`)
  await names(t, `127.0.0.1:${lost.port}`, {}, 'advertised-elsewhere', /where another cluster is/)
  // As a broker in a container, or on another machine, that says localhost of itself.
  const remote = onNetwork({
    resolve: async (host) => (host === 'kafka.test' ? ['192.0.2.7'] : ['127.0.0.1']),
    connect: (options) => nodeEnvironment().network.connect({ ...options, host: '127.0.0.1' }),
  })
  await names(t, `kafka.test:${other.port}`, { environment: remote }, 'advertised-loopback', /not kafka\.test\.$/)
})

t.test('topics, groups, permissions and clocks', async (t) => {
  await using broker = await startBroker({
    topics: ['orders', 'secrets', 'careful:1:min.insync.replicas=2'],
    users: { alice: 'secret' },
    acls: [
      'alice:read:topic:orders',
      'alice:read,write:topic:careful',
      'alice:read,write:topic:missing',
      'alice:describe:group:billing',
    ],
  })
  const server = broker.bootstrapServers
  const properties = scram('secret')
  const visit = (more: Visit): Visit => ({ properties, ...more })
  const [, , ...rest] = await findingsAt(server, visit({ topics: ['orders'] }))
  t.match(rest.at(-1), { verdict: 'fine', says: /may read and not write the topic orders/ })
  t.match(
    rest.find(({ check }) => check === 'clock'),
    { verdict: 'unknown' },
    'who may not ask for the clock is told so',
  )
  await names(t, server, visit({ topics: ['secrets'] }), 'topic-forbidden', /may not see the topic secrets/)
  await names(t, server, visit({ topics: ['missing'] }), 'topic-unknown', /There is no topic missing \(UNKNOWN_TOPIC/)
  await names(t, server, visit({ groups: ['billing'] }), 'group-forbidden', /may not read with the group billing/)
  await names(t, server, visit({ groups: ['others'] }), 'group-forbidden', /may not read with the group others/)
  await using open = await startBroker({ topics: ['careful:1:min.insync.replicas=2'] })
  await names(
    t,
    open.bootstrapServers,
    { topics: ['careful'] },
    'topic-under-min-isr',
    /1 replica in sync where .* asks for 2/,
  )
  const { clock } = nodeEnvironment()
  const late = { ...nodeEnvironment(), clock: withMethods(clock, { nowMs: () => clock.nowMs() + 3 * HOUR_MS }) }
  await names(
    t,
    open.bootstrapServers,
    { environment: late },
    'clock-differs',
    /is 3 hours ahead of that of the cluster/,
  )
})

function onNetwork(methods: Partial<Environment['network']>): Environment {
  const environment = nodeEnvironment()
  return { ...environment, network: withMethods(environment.network, methods) }
}

async function findingsOfTrouble(server: string, visit: Visit): Promise<Finding[]> {
  return (await findingsAt(server, visit)).filter(({ trouble }) => trouble !== undefined)
}

async function listening(server: Server | HttpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const address = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return Number(address.split(':')[1])
}
