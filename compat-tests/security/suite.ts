import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { type ApacheKafka, apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { type RunningBroker, startBroker } from '../../src/index.ts'
import { freePorts } from '../support/broker.ts'
import { runJava } from '../support/java.ts'
import { samsaVersion } from '../support/samsa.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'

const STORES = join(repositoryRoot, 'test/golden/key-stores')
const ca = readFileSync(join(STORES, 'ca.pem'), 'utf8')
const TOPIC = 'orders'
const LISTENERS = ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const

/** One broker with every kind of listener, for all cases. */
class SecureBroker {
  #ports: readonly number[] = []
  #broker: RunningBroker | null = null
  folder = ''

  async start(): Promise<void> {
    this.#ports = await freePorts(LISTENERS.length)
    this.folder = await mkdtemp(join(tmpdir(), 'samsa-security-'))
    this.#broker = await startBroker({
      topics: [TOPIC],
      users: { admin: 'admin-secret', dora: 'dora-secret', bob: 'bob-secret' },
      config: {
        listeners: LISTENERS.map((name, index) => `${name}://127.0.0.1:${this.#ports[index]}`).join(','),
        'ssl.keystore.location': join(STORES, 'chain.p12'),
        'ssl.keystore.password': 'secret1',
        'ssl.truststore.location': join(STORES, 'trust.jks'),
        'ssl.truststore.password': 'secret1',
        'listener.name.ssl.ssl.client.auth': 'required',
        'delegation.token.secret.key': 'token-secret',
      },
    })
  }

  at(listener: (typeof LISTENERS)[number]): string {
    return `127.0.0.1:${this.#ports[LISTENERS.indexOf(listener)]}`
  }

  async stop(): Promise<void> {
    await this.#broker?.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function produceByKafkajs(config: KafkaConfig): Promise<string | null> {
  const producer = new Kafka({ logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...config }).producer()
  try {
    await producer.connect()
    await producer.send({ topic: TOPIC, messages: [{ value: 'kafkajs' }] })
    return null
  } catch (error) {
    return String(error)
  } finally {
    await producer.disconnect()
  }
}

const login = (mechanism: string, username: string, password: string) =>
  ({ mechanism, username, password }) as KafkaConfig['sasl']

function kafkajsCases(broker: SecureBroker): Case[] {
  return (['SASL_PLAINTEXT', 'SASL_SSL'] as const).map((listener) => ({
    name: `kafkajs over ${listener}: PLAIN and SCRAM, right and wrong`,
    smoke: listener === 'SASL_SSL',
    only: 'samsa' as const,
    async run() {
      const ssl = listener === 'SASL_SSL' ? { ca } : undefined
      const brokers = [broker.at(listener)]
      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
        assert.equal(await produceByKafkajs({ brokers, ssl, sasl: login(mechanism, 'admin', 'admin-secret') }), null)
        const wrong = await produceByKafkajs({ brokers, ssl, sasl: login(mechanism, 'admin', 'wrong') })
        assert.match(String(wrong), /authentication failed/i)
      }
      if (ssl) assert.match(String(await produceByKafkajs({ brokers, ssl: true })), /certificate/)
    },
  }))
}

const module = {
  PLAIN: 'plain.PlainLoginModule',
  'SCRAM-SHA-256': 'scram.ScramLoginModule',
  'SCRAM-SHA-512': 'scram.ScramLoginModule',
}

function javaProperties(protocol: string, sasl?: [keyof typeof module, string, string]): Record<string, string> {
  const tls = { 'ssl.truststore.location': join(STORES, 'trust.jks'), 'ssl.truststore.password': 'secret1' }
  const properties = { 'security.protocol': protocol, ...(protocol.endsWith('SSL') && tls) }
  if (sasl === undefined) return properties
  const [mechanism, user, password] = sasl
  const jaas = `org.apache.kafka.common.security.${module[mechanism]} required username="${user}" password="${password}";`
  return { ...properties, 'sasl.mechanism': mechanism, 'sasl.jaas.config': jaas }
}

const CLASSES = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'org.apache.kafka.tools.ConfigCommand',
  tokens: 'org.apache.kafka.tools.DelegationTokenCommand',
}

function javaCases(broker: SecureBroker, kafka: ApacheKafka): Case[] {
  /** A JVM of its own: what a tool has cached of one login must not help the next. */
  const run = async (tool: keyof typeof CLASSES, args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runJava(kafka, CLASSES[tool], args)
    assert.equal(exitCode, 0, `${tool}: ${stdout}${stderr}`)
    return stdout
  }
  const propertiesFile = async (name: string, properties: Record<string, string>): Promise<string> => {
    const file = join(broker.folder, `${name}.properties`)
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
    await writeFile(file, lines.join(''))
    return file
  }
  const listTopics = async (listener: (typeof LISTENERS)[number], properties: Record<string, string>) => {
    const file = await propertiesFile('client', properties)
    return run('topics', ['--bootstrap-server', broker.at(listener), '--command-config', file, '--list'])
  }
  return [
    {
      name: 'Java: kafka-delegation-tokens makes, shows, renews and ends tokens, by which clients log in',
      only: 'samsa',
      timeoutMs: 180_000,
      async run() {
        const as = async (user: string) => {
          const file = await propertiesFile(user, javaProperties('SASL_SSL', ['PLAIN', user, `${user}-secret`]))
          return (...args: string[]) =>
            run('tokens', ['--bootstrap-server', broker.at('SASL_SSL'), '--command-config', file, ...args])
        }
        const [dora, bob] = [await as('dora'), await as('bob')]
        const shown = await dora('--create', '--max-life-time-period', '-1', '--renewer-principal', 'User:bob')
        const [, id = '', hmac = ''] = /(\S{22})\s+(\S{88})\s+User:dora\s+User:dora\s+\[User:bob\]/.exec(shown) ?? []
        assert.ok(hmac, shown)
        assert.match(await bob('--describe', '--owner-principal', 'User:dora'), new RegExp(`${id}\\s+`))
        const login = (mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password: string) => {
          const properties = javaProperties('SASL_SSL', [mechanism, id, password])
          const jaas = properties['sasl.jaas.config']?.replace(/;$/, ' tokenauth="true";') ?? ''
          return { ...properties, 'sasl.jaas.config': jaas }
        }
        for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
          assert.match(await listTopics('SASL_SSL', login(mechanism, hmac)), new RegExp(TOPIC))
          await assert.rejects(
            listTopics('SASL_SSL', login(mechanism, 'wrong')),
            /invalid credentials with SASL mechanism/,
          )
        }
        // A client that has logged in by a token gets no other token.
        const byToken = await propertiesFile('token', login('SCRAM-SHA-256', hmac))
        const another = ['--bootstrap-server', broker.at('SASL_SSL'), '--command-config', byToken, '--create']
        await assert.rejects(
          run('tokens', [...another, '--max-life-time-period', '-1']),
          /Delegation Token requests are not allowed/,
        )
        assert.match(
          await bob('--renew', '--renew-time-period', '1000000', '--hmac', hmac),
          /Completed renew operation/,
        )
        assert.match(await dora('--expire', '--expiry-time-period', '-1', '--hmac', hmac), /Completed expire operation/)
        assert.doesNotMatch(await dora('--describe', '--owner-principal', 'User:dora'), new RegExp(id))
        await assert.rejects(dora('--renew', '--renew-time-period', '-1', '--hmac', hmac), /[Tt]oken.*not found/)
        await assert.rejects(listTopics('SASL_SSL', login('SCRAM-SHA-256', hmac)), /SASL mechanism/)
      },
    },
    {
      name: 'Java: a SCRAM user made by kafka-configs logs in, and not with a wrong password',
      only: 'samsa',
      timeoutMs: 180_000,
      async run() {
        const properties = javaProperties('SASL_SSL', ['PLAIN', 'admin', 'admin-secret'])
        const admin = await propertiesFile('admin', properties)
        const user = ['--entity-type', 'users', '--entity-name', 'alice']
        for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
          const credential = `${mechanism}=[iterations=8192,password=alice-secret]`
          const server = ['--bootstrap-server', broker.at('SASL_SSL'), '--command-config', admin]
          await run('configs', [...server, '--alter', '--add-config', credential, ...user])
          const listed = await listTopics('SASL_SSL', javaProperties('SASL_SSL', [mechanism, 'alice', 'alice-secret']))
          assert.match(listed, new RegExp(TOPIC))
          const wrong = listTopics('SASL_SSL', javaProperties('SASL_SSL', [mechanism, 'alice', 'wrong']))
          await assert.rejects(wrong, /invalid credentials with SASL mechanism/)
        }
      },
    },
    {
      name: 'Java: client certificates of JKS and PKCS12 stores, and none',
      only: 'samsa',
      timeoutMs: 180_000,
      async run() {
        const own = (store: string) => ({
          ...javaProperties('SSL'),
          'ssl.keystore.location': join(STORES, store),
          'ssl.keystore.password': 'secret1',
          'ssl.key.password': 'secret1',
        })
        for (const store of ['chain.p12', 'rsa.p12']) {
          assert.match(await listTopics('SSL', own(store)), new RegExp(TOPIC), store)
        }
        await assert.rejects(listTopics('SSL', own('ec.jks')), /^AssertionError/, 'an unknown one')
        await assert.rejects(listTopics('SSL', javaProperties('SSL')), /^AssertionError/, 'none')
      },
    },
  ]
}

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'security', skipped: lookup.reason }
  const broker = new SecureBroker()
  await broker.start()
  return {
    client: 'security',
    version: samsaVersion(),
    cases: [...kafkajsCases(broker), ...javaCases(broker, lookup.tool)],
    only: { product: 'samsa', reason: 'the broker of these cases is started by the suite' },
    close: () => broker.stop(),
  }
}
