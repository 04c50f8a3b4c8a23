/**
 * samsa in a program: a whole broker in this process, for tests and tools.
 *
 *     await using broker = await startBroker({ port: 0 })
 *     new Kafka({ brokers: [broker.bootstrapServers] })
 */

import { first } from '../protocol/elements.ts'
import { type Broker, createBroker } from './broker.ts'
import {
  AUTHORIZER,
  bootstrapServer,
  easyProtocol,
  formatAcls,
  formatTopicsToCreate,
  formatUsers,
  loadConfig,
  PASSWORD_MECHANISMS,
} from './config/index.ts'
import type { Environment } from './env/index.ts'
import type { Logger } from './env/logger.ts'
import { nodeEnvironment } from './env/node/index.ts'
import { makeTemporaryDirectory } from './env/node/temporary-directory.ts'
import { silentLogger } from './env/silent-logger.ts'

export { ConfigError } from './config/index.ts'
export type { Logger } from './env/logger.ts'

export interface StartBrokerOptions {
  /** On loopback; 0 (the default) takes any free one. Ignored when `config` has `listeners`. */
  port?: number
  /** A directory for the data, kept when the broker stops. Without it: a temporary one, removed with the broker. */
  data?: string
  /** Topics to create where they do not exist yet: `name`, or `name:partitions[:replicas][:key=value]…`. */
  topics?: readonly string[]
  /**
   * Name → password: only these get in, by PLAIN or SCRAM, and the listener is SASL_PLAINTEXT, or SASL_SSL with `tls`.
   */
  users?: Readonly<Record<string, string>>
  /**
   * The permissions of users, where nothing else is allowed: `alice:read,write:topic:orders*`, or with `deny:` before it.
   * The names are those of `users`. An empty list allows nothing but to the `super.users` of `config`.
   */
  acls?: readonly string[]
  /** The listener speaks TLS, with a certificate made for this broker: `RunningBroker.tls` has what clients need. */
  tls?: boolean
  /** Kafka's broker configuration keys, over the options above. The process's environment is never looked at. */
  config?: Readonly<Record<string, string | number | boolean>>
  /** Silent by default. */
  logger?: Logger
}

export interface RunningBroker extends AsyncDisposable {
  /** `host:port` of the first listener, as clients take it. */
  readonly bootstrapServers: string
  readonly port: number
  /** The directory that holds the data. */
  readonly data: string
  /** null: `tls` was not asked for. */
  readonly tls: BrokerTls | null
  /** Answers what is in flight and stops; temporary data is removed. A second call waits for the first. */
  stop(): Promise<void>
}

/** The throw-away certificates of a broker. All of it is PEM. */
export interface BrokerTls {
  /** The certificates that a client has to trust. */
  readonly ca: string
  /** A certificate for a client of this name, for listeners with `ssl.client.auth`; its principal is `User:CN=name`. */
  clientCertificate(name: string): Promise<{ key: string; cert: string }>
}

/**
 * Starts a broker and resolves when it answers. Rejects with one clear sentence: a `ConfigError` for a bad
 * configuration, or what is wrong with the port or the data directory.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  const { port = 0, topics = [], users, logger = silentLogger() } = options
  const environment = nodeEnvironment()
  const temporary = options.data === undefined ? await makeTemporaryDirectory(environment) : null
  const data = options.data ?? temporary!
  let broker: Broker | null = null
  let tls: BrokerTls | null = null
  const end = async () => {
    await broker?.stop()
    await environment.compute.stop()
    if (temporary !== null) await environment.files.removeTree(temporary)
  }
  try {
    const made = options.tls === true ? await makeCertificates(environment) : null
    tls = made?.tls ?? null
    const protocol = easyProtocol({ hasUsers: users !== undefined, hasTls: tls !== null })
    const given = new Map([
      ['listeners', `${protocol}://localhost:${port}`],
      ...(made?.properties ?? []),
      ...(users === undefined ? [] : userProperties(users)),
      ...(options.acls === undefined ? [] : aclProperties(options.acls)),
      ['log.dirs', data],
      ['samsa.create.topics', formatTopicsToCreate(topics)],
      ...Object.entries(options.config ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
    ])
    const { config, warnings } = loadConfig({ given })
    for (const warning of warnings) logger.warn(warning)
    broker = createBroker({ config, environment, logger })
    await broker.start()
  } catch (error) {
    await end()
    throw error
  }
  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => {
    stopped ??= end()
    return stopped
  }
  const listener = first(broker.addresses)
  return {
    bootstrapServers: bootstrapServer(listener),
    port: listener.port,
    data,
    tls,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const userProperties = (users: Readonly<Record<string, string>>): [string, string][] => [
  ['samsa.users', formatUsers(users)],
  ['sasl.enabled.mechanisms', PASSWORD_MECHANISMS],
]

const aclProperties = (acls: readonly string[]): [string, string][] => [
  ['authorizer.class.name', AUTHORIZER],
  ['samsa.acls', formatAcls(acls)],
]

/** Names by which a program on this machine may reach its broker. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1']

async function makeCertificates({ clock, random }: Environment) {
  const { createAuthority } = await import('./security/tls/certificates.ts')
  const authority = await createAuthority({ nowMs: clock.nowMs(), random })
  const { key, chain } = await authority.issue({ commonName: 'localhost', hosts: LOCAL_HOSTS })
  const properties: [string, string][] = [
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.key', key],
    ['ssl.keystore.certificate.chain', chain.join('')],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.certificates', authority.certificate],
  ]
  const clientCertificate = async (name: string) => {
    const issued = await authority.issue({ commonName: name })
    return { key: issued.key, cert: issued.chain.join('') }
  }
  const tls: BrokerTls = { ca: authority.certificate, clientCertificate }
  return { properties, tls }
}
