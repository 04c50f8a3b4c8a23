/** The TLS of a listener that goes on: changed by requests, and by its files. */
import { X509Certificate } from 'node:crypto'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { Kafka, logLevel } from 'kafkajs'
import t from 'tap'
import { BrokerConfig } from '../../src/config/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { type Logger, startBroker } from '../../src/index.ts'
import { TlsListener } from '../../src/security/tls/tls-listener.ts'

const STORES = join(import.meta.dirname, '../golden/key-stores')
const SIGNED = join(STORES, 'chain.p12')
const OTHER = join(STORES, 'rsa.p12')

/** The subject of the certificate that a new connection is shown. */
async function shown(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

t.test('a key store that cannot be used is refused, and the listener goes on', async (t) => {
  await using broker = await startBroker({
    config: {
      'node.id': 1,
      listeners: 'SSL://127.0.0.1:0,PLAINTEXT://127.0.0.1:0',
      'ssl.keystore.location': SIGNED,
      'ssl.keystore.password': 'secret1',
      'inter.broker.listener.name': 'SSL',
      'ssl.allow.san.changes': true,
    },
  })
  const kafka = new Kafka({
    brokers: [broker.bootstrapServers],
    ssl: { rejectUnauthorized: false },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const set = async (values: Record<string, string>): Promise<string | null> => {
    const configEntries = Object.entries(values).map(([name, value]) => ({ name: `listener.name.ssl.${name}`, value }))
    try {
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: 4, name: '1', configEntries }] })
      return null
    } catch (error) {
      return (error as { type?: string }).type ?? String(error)
    }
  }
  t.equal(await shown(broker.port), 'signed')
  const problems: [string, Record<string, string>][] = [
    ['a file that is not there', { 'ssl.keystore.location': '/nowhere.p12' }],
    ['a wrong password', { 'ssl.keystore.location': SIGNED, 'ssl.keystore.password': 'wrong' }],
    ['a file that is no key store', { 'ssl.keystore.location': join(STORES, 'make.sh') }],
    ['a certificate of somebody else', { 'ssl.keystore.location': OTHER }],
    ['a trust store that is none', { 'ssl.truststore.location': join(STORES, 'make.sh') }],
  ]
  for (const [what, values] of problems) {
    t.equal(await set(values), 'INVALID_REQUEST', what)
    t.equal(await shown(broker.port), 'signed', what)
  }
  t.equal(await set({ 'ssl.keystore.location': join(STORES, 'signed.pem') }), 'INVALID_REQUEST', 'no key in it')
  t.equal(await set({ 'ssl.keystore.location': join(STORES, 'encrypted.pem'), 'ssl.key.password': 'keypass2' }), null)
  t.equal(await shown(broker.port), 'signed')
})

t.test('a file that changes is read again; one that cannot be used leaves what there was', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'samsa-tls-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const location = join(folder, 'store.p12')
  await copyFile(SIGNED, location)
  const environment = nodeEnvironment()
  const looks: (() => void)[] = []
  const clock = {
    ...environment.clock,
    schedule(_delayMs: number, fn: () => void) {
      looks.push(fn)
      return { cancel() {} }
    },
  }
  const said: string[] = []
  const note = (...args: unknown[]) => void said.push(String(args.at(-1)))
  const logger: Logger = { ...silentLogger(), info: note, warn: note }
  const config = new BrokerConfig({
    'ssl.keystore.location': location,
    'ssl.keystore.password': 'secret1',
    'ssl.allow.dn.changes': 'true',
    'ssl.allow.san.changes': 'true',
  })
  const services = { files: environment.files, network: environment.network, clock }
  const listener = await TlsListener.open({
    config,
    environment: services,
    logger,
    listenerName: 'SSL',
    securityProtocol: 'SSL',
  })
  t.teardown(() => listener.stop())
  const subject = () => new X509Certificate(listener.settings().identity.chain[0]!).subject
  const look = async () => {
    looks.shift()!()
    await until(() => looks.length > 0)
  }
  t.match(subject(), /CN=signed/)
  await look()
  t.same(said, [], 'nothing has changed')
  await copyFile(OTHER, location)
  await look()
  t.match(subject(), /CN=rsa/)
  t.match(said, [/uses its renewed TLS settings/])
  await writeFile(location, 'half a key sto')
  await look()
  t.match(subject(), /CN=rsa/)
  t.match(said.at(-1), /goes on with the TLS settings that it has: ssl\.keystore\.location .* cannot be used/)
  await copyFile(SIGNED, location)
  await look()
  t.match(subject(), /CN=signed/)
})
