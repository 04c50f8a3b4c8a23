/** Whole brokers with security, as kafkajs and plain sockets see them. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import t from 'tap'
import { type Logger, startBroker } from '../../src/index.ts'

const log: string[] = []
const note = (...args: unknown[]) => void log.push(String(args.at(-1)))
const logger: Logger = { debug: note, info: note, warn: note, error: note }
const logged = async (pattern: RegExp): Promise<void> => {
  while (!log.some((line) => pattern.test(line))) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** null, or the error's name and message. */
async function tryProduce(config: KafkaConfig): Promise<string | null> {
  const kafka = new Kafka({ logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...config })
  const producer = kafka.producer()
  try {
    await producer.connect()
    await producer.send({ topic: 'orders', messages: [{ value: 'x' }] })
    return null
  } catch (error) {
    return String(error)
  } finally {
    await producer.disconnect()
  }
}

const password = (mechanism: string, username: string, password: string) =>
  ({ mechanism, username, password }) as KafkaConfig['sasl']

t.test('users over TLS: kafkajs by every mechanism, right and wrong', async (t) => {
  await using broker = await startBroker({
    users: { alice: 'secret', bob: 'pass,word\\' },
    tls: true,
    topics: ['orders'],
    logger,
  })
  const { ca } = broker.tls!
  const brokers = [broker.bootstrapServers]
  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
    const ssl = { ca }
    t.equal(await tryProduce({ brokers, ssl, sasl: password(mechanism, 'alice', 'secret') }), null, mechanism)
    t.equal(await tryProduce({ brokers, ssl, sasl: password(mechanism, 'bob', 'pass,word\\') }), null, mechanism)
    t.match(await tryProduce({ brokers, ssl, sasl: password(mechanism, 'alice', 'Secret') }), /authentication failed/i)
    t.match(await tryProduce({ brokers, ssl, sasl: password(mechanism, 'nobody', 'x') }), /authentication failed/i)
  }
  t.match(await tryProduce({ brokers, ssl: { ca } }), /KafkaJS/, 'nobody gets in without a login')
  t.match(await tryProduce({ brokers, ssl: true, sasl: password('plain', 'alice', 'secret') }), /certificate/)
  t.match(await tryProduce({ brokers, sasl: password('plain', 'alice', 'secret') }), /KafkaJS/)
  await logged(/has TLS: the client does not speak TLS/)
  t.notOk(
    log.some((line) => /secret|pass,word/i.test(line)),
    'no password is logged',
  )
})

t.test('OAUTHBEARER with unsecured tokens, without TLS', async (t) => {
  await using broker = await startBroker({
    topics: ['orders'],
    config: { listeners: 'SASL_PLAINTEXT://localhost:0', 'sasl.enabled.mechanisms': 'OAUTHBEARER' },
  })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sasl = (exp: number): KafkaConfig['sasl'] => ({
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: `${part({ alg: 'none' })}.${part({ sub: 'carol', exp })}.` }),
  })
  const brokers = [broker.bootstrapServers]
  t.equal(await tryProduce({ brokers, sasl: sasl(Date.now() / 1000 + 100) }), null)
  // This client does not read why its token is refused: it goes on in the middle of the login.
  t.match(await tryProduce({ brokers, sasl: sasl(Date.now() / 1000 - 1) }), /not valid given the current SASL state/)
})

t.test('client certificates', async (t) => {
  await using broker = await startBroker({
    tls: true,
    topics: ['orders'],
    config: { 'ssl.client.auth': 'required', 'ssl.principal.mapping.rules': 'RULE:^CN=(alice|bob)$/$1/' },
    logger,
  })
  const { ca } = broker.tls!
  const brokers = [broker.bootstrapServers]
  t.equal(await tryProduce({ brokers, ssl: { ca, ...(await broker.tls!.clientCertificate('alice')) } }), null)
  t.not(await tryProduce({ brokers, ssl: { ca } }), null, 'without one')
  t.not(await tryProduce({ brokers, ssl: { ca, ...(await broker.tls!.clientCertificate('mallory')) } }), null)
  await logged(/no rule of ssl.principal.mapping.rules applies/)
})

/** DefaultKafkaPrincipalBuilder makes `User:` of X500Principal's empty name, and lets the client in. */
t.test('a client certificate with an empty subject', async (t) => {
  const pem = readFileSync(join(import.meta.dirname, '../golden/key-stores/nameless.pem'), 'utf8')
  await using broker = await startBroker({
    tls: true,
    topics: ['orders'],
    config: { 'ssl.client.auth': 'required', 'ssl.truststore.certificates': pem.slice(pem.indexOf('-----BEGIN CERT')) },
    logger,
  })
  const brokers = [broker.bootstrapServers]
  t.equal(await tryProduce({ brokers, ssl: { ca: broker.tls!.ca, key: pem, cert: pem } }), null)
  await logged(/^User: has logged in on /)
})

/** Sends bytes and collects what comes until the end. */
async function exchange(port: number, ...frames: Buffer[]): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  for (const frame of frames) socket.write(frame)
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks)
}

const framed = (body: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}
/** API key, version, correlation id 1, no client id, then the body. */
const request = (api: number, version: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(10)
  header.writeInt16BE(api, 0)
  header.writeInt16BE(version, 2)
  header.writeInt32BE(1, 4)
  header.writeInt16BE(-1, 8)
  return framed(Buffer.concat([header, body]))
}
const handshake = (version: number, mechanism: string) => {
  const length = Buffer.alloc(2)
  length.writeInt16BE(mechanism.length)
  return request(17, version, Buffer.concat([length, Buffer.from(mechanism)]))
}

t.test('before a login nothing else is answered, and nothing large is read', async (t) => {
  const config = { 'connection.failed.authentication.delay.ms': 1, 'samsa.authentication.timeout.ms': 300 }
  await using broker = await startBroker({ users: { alice: 'secret' }, config, logger })
  const { port } = broker
  t.equal((await exchange(port, request(3, 1, Buffer.alloc(4)))).length, 0, 'Metadata')
  t.equal((await exchange(port, request(36, 1, Buffer.alloc(4)))).length, 0, 'a token without a handshake')
  t.equal((await exchange(port, framed(Buffer.alloc(524_289)))).length, 0, 'a frame above sasl.server.max.receive.size')
  const refused = await exchange(port, handshake(1, 'GSSAPI'))
  t.equal(refused.readInt16BE(8), 33, 'UNSUPPORTED_SASL_MECHANISM')
  t.match(refused.toString('latin1'), /PLAIN.*SCRAM-SHA-256.*SCRAM-SHA-512/s)
  t.equal((await exchange(port)).length, 0, 'who says nothing is not waited for')
  await logged(/has not logged in within/)

  const apiVersions = request(18, 0, Buffer.alloc(0))
  const bare = await exchange(
    port,
    handshake(0, 'PLAIN'),
    framed(Buffer.from('\0alice\0secret')),
    apiVersions,
    framed(Buffer.alloc(2)),
  )
  const [first, second] = [bare.readInt32BE(0) + 4, 4]
  t.equal(bare.readInt16BE(8), 0, 'the handshake of version 0')
  t.equal(bare.readInt32BE(first), 0, 'the token is answered bare')
  t.equal(bare.readInt32BE(first + second + 4), 1, 'and then requests are')
  const late = await exchange(port, handshake(1, 'PLAIN'), request(18, 0, Buffer.alloc(0)))
  t.equal(late.readInt16BE(first + 8), 34, 'after a handshake other requests hear ILLEGAL_SASL_STATE, and no more')
  await logged(/Unexpected Kafka request of type 18 during SASL authentication/)
  const broken = await exchange(port, handshake(1, 'PLAIN'), request(3, 1, Buffer.from('no list of topics')))
  t.equal(broken.length, first, 'bytes that are no request are not answered')
  const wrong = await exchange(port, handshake(0, 'PLAIN'), framed(Buffer.from('\0alice\0wrong')))
  t.equal(wrong.length, first, 'a wrong bare token ends the connection')
})

t.test('TLS and HTTP on a port without TLS, HTTP on one with it', async () => {
  await using plain = await startBroker({ logger })
  const socket = tlsConnect({ port: plain.port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('close', resolve))
  await logged(/the client speaks TLS, and listener PLAINTEXT/)
  await using broker = await startBroker({ tls: true, logger })
  await exchange(broker.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await logged(/listener SSL, which has TLS: the client speaks HTTP, not TLS/)
})
