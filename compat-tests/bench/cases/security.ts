import { join } from 'node:path'
import { repositoryRoot } from '../../../scripts/toolchain/lookup.ts'
import { freePorts } from '../../support/broker.ts'
import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, withTopic } from '../bench-case.ts'
import { Meter } from '../load/meter.ts'
import { producerPerformance } from '../perf-tool.ts'
import { type Product, startTarget, type Target, whileRunning } from '../targets.ts'

const STORES = join(repositoryRoot, 'test/golden/key-stores')
const PASSWORD = 'secret1'
const [USER, SECRET] = ['alice', 'alice-secret']
const RECORD_BYTES = 1_000
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

type Protocol = 'PLAINTEXT' | 'SSL' | 'SASL_SSL'

/** The same records by the same Java producer over each of the protocols, to a broker of their own. */
export const securityCases: BenchCase[] = (['PLAINTEXT', 'SSL', 'SASL_SSL'] as const).map((protocol) => ({
  name: `security/produce-${protocol.toLowerCase().replace('_', '-')}`,
  words: `ProducerPerformance over ${protocol}: 1 KB, acks=1, 1 partition`,
  isQuick: false,
  products: brokers,
  run: ({ product }, bench) => produceOver(product, protocol, bench),
}))

async function produceOver(product: Product, protocol: Protocol, bench: Bench): Promise<Metrics> {
  const ports = await freePorts(3)
  const [port, secure] = ports
  const target = await startTarget(product, brokerProperties(product, protocol, ports), port)
  return whileRunning(target, () =>
    withTopic(target, bench, 1, (topic) =>
      produce(target, protocol === 'PLAINTEXT' ? port : secure, protocol, topic, bench),
    ),
  )
}

async function produce(
  target: Target,
  port: number,
  protocol: Protocol,
  topic: string,
  bench: Bench,
): Promise<Metrics> {
  const records = Math.floor((bench.scale.bytes * 0.5) / RECORD_BYTES)
  const meter = new Meter(target.pid)
  const { mbPerS } = await producerPerformance(bench.kafka, {
    bootstrapServers: `127.0.0.1:${port}`,
    topic,
    recordBytes: RECORD_BYTES,
    records,
    warmUpRecords: Math.floor(records / 5),
    perSecond: -1,
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
    acks: '1',
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
