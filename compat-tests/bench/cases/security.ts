import { join } from 'node:path'
import { repositoryRoot } from '../../../scripts/toolchain/lookup.ts'
import { freePorts } from '../../support/broker.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, fill, withTopic } from '../bench-case.ts'
import { logins } from '../load/logins.ts'
import { Meter } from '../load/meter.ts'
import { consumerPerformance, producerPerformance } from '../perf-tool.ts'
import { type Product, startTarget, type Target, whileRunning } from '../targets.ts'
import { aclsCase } from './acls.ts'

const STORES = join(repositoryRoot, 'test/golden/key-stores')
const PASSWORD = 'secret1'
const [USER, SECRET] = ['alice', 'alice-secret']
const RECORD_BYTES = 1_000
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_SSL'] as const
type Protocol = (typeof PROTOCOLS)[number]

const caseName = (work: string, protocol: Protocol) => `security/${work}-${protocol.toLowerCase().replace('_', '-')}`

/** Where the protocol is spoken; the port of the target itself is a plain one. */
interface Spoken {
  readonly target: Target
  readonly protocol: Protocol
  readonly port: number
}

/** The same records by the same Java clients over each of the protocols, to a broker of their own. */
export const securityCases: BenchCase[] = [
  ...PROTOCOLS.map((protocol) => ({
    name: caseName('produce', protocol),
    words: `ProducerPerformance over ${protocol}: 1 KB, acks=1, 1 partition`,
    isQuick: false,
    products: brokers,
    run: ({ product }: Target, bench: Bench) =>
      over(product, protocol, (spoken) => withTopic(spoken.target, bench, 1, (topic) => produce(spoken, topic, bench))),
  })),
  ...PROTOCOLS.map((protocol) => ({
    name: caseName('consume', protocol),
    words: `ConsumerPerformance over ${protocol}: 1 KB, from the beginning`,
    isQuick: false,
    products: brokers,
    run: ({ product }: Target, bench: Bench) =>
      over(product, protocol, (spoken) => withTopic(spoken.target, bench, 1, (topic) => consume(spoken, topic, bench))),
  })),
  {
    name: 'security/login',
    words: 'logins one after another: TLS, PLAIN, gone again',
    isQuick: false,
    products: brokers,
    run: ({ product }) => over(product, 'SASL_SSL', ({ port }) => logins({ port, user: USER, password: SECRET })),
  },
  aclsCase,
]

async function over<T>(product: Product, protocol: Protocol, work: (spoken: Spoken) => Promise<T>): Promise<T> {
  const ports = await freePorts(3)
  const [port, secure] = ports
  const target = await startTarget(product, brokerProperties(product, protocol, ports), { port })
  return whileRunning(target, () => work({ target, protocol, port: protocol === 'PLAINTEXT' ? port : secure }))
}

async function produce({ target, protocol, port }: Spoken, topic: string, bench: Bench): Promise<Metrics> {
  const records = Math.floor((bench.scale.bytes * 0.5) / RECORD_BYTES)
  const meter = new Meter(target.pid)
  const { mbPerS } = await producerPerformance(bench.kafka, {
    bootstrapServers: `127.0.0.1:${port}`,
    topic,
    recordBytes: RECORD_BYTES,
    records,
    warmUpRecords: Math.floor(records / 5),
    perSecond: -1,
    properties: { acks: '1', ...clientProperties(protocol) },
  })
  return { mbPerS, cpuSPerGb: meter.read(records * RECORD_BYTES).cpuSPerGb }
}

async function consume({ target, protocol, port }: Spoken, topic: string, bench: Bench): Promise<Metrics> {
  const records = Math.floor(bench.scale.bytes / RECORD_BYTES)
  await fill(target, bench, topic, records * RECORD_BYTES)
  const meter = new Meter(target.pid)
  const { mbPerS } = await consumerPerformance(bench.kafka, {
    bootstrapServers: `127.0.0.1:${port}`,
    topic,
    recordBytes: RECORD_BYTES,
    records,
    properties: clientProperties(protocol),
  })
  return { mbPerS, cpuSPerGb: meter.read(records * RECORD_BYTES).cpuSPerGb }
}

/** A plain listener, for what is not measured, and one of the protocol. */
function brokerProperties(product: Product, protocol: Protocol, ports: readonly number[]): Record<string, string> {
  const [port, secure, controller] = ports
  const client = `PLAINTEXT://127.0.0.1:${port}${protocol === 'PLAINTEXT' ? '' : `,${protocol}://127.0.0.1:${secure}`}`
  const ofApache = {
    listeners: `${client},CONTROLLER://127.0.0.1:${controller}`,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
  }
  return {
    listeners: client,
    'advertised.listeners': client,
    ...(product === 'apache' && ofApache),
    'ssl.keystore.location': join(STORES, 'chain.p12'),
    'ssl.keystore.password': PASSWORD,
    'ssl.key.password': PASSWORD,
    'ssl.keystore.type': 'PKCS12',
    ...(protocol === 'SASL_SSL' && {
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${PLAIN} user_${USER}="${SECRET}";`,
    }),
  }
}

function clientProperties(protocol: Protocol): Record<string, string> {
  return {
    'security.protocol': protocol,
    ...(protocol !== 'PLAINTEXT' && {
      'ssl.truststore.location': join(STORES, 'ca.pem'),
      'ssl.truststore.type': 'PEM',
    }),
    ...(protocol === 'SASL_SSL' && {
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${PLAIN} username="${USER}" password="${SECRET}";`,
    }),
  }
}
