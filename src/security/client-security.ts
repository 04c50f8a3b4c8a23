/**
 * The security of connections that this side opens: to the listener of another node, with the keys and the login that the
 * node's own listener of that name is configured with, as in Kafka; or those of a `client.properties`. Loaded for
 * connections that are not PLAINTEXT.
 */
import { BrokerConfig } from '../config/broker-config.ts'
import type { Properties } from '../config/config-reader.ts'
import type { SecurityProtocol } from '../config/listeners.ts'
import type { BrokerConfigName } from '../config/tables.ts'
import { ConfigError } from '../config/values.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { TlsClientSettings } from '../env/tls.ts'
import type { JaasEntry } from './jaas.ts'
import { jaasEntries } from './sasl/jaas-entries.ts'
import { oauthBearerClient } from './sasl/oauthbearer-client.ts'
import { ownTokens } from './sasl/own-tokens.ts'
import { PLAIN_LOGIN_MODULE } from './sasl/plain.ts'
import { plainClient } from './sasl/plain-client.ts'
import type { SaslLogin } from './sasl/sasl-client.ts'
import { SASL_MECHANISMS } from './sasl/sasl-server.ts'
import { scramClient } from './sasl/scram-client.ts'
import { SCRAM_MECHANISMS } from './sasl/scram-keys.ts'
import { OAUTHBEARER_LOGIN_MODULE } from './sasl/unsecured-tokens.ts'
import { TlsClient } from './tls/tls-client.ts'

export interface ClientSecurity {
  /** The TLS of a connection to this host; null: connections are not TLS. */
  readonly tls: ((host: string) => Promise<TlsClientSettings>) | null
  /** null: nobody logs in. */
  readonly login: SaslLogin | null
}

/** The listener that is connected to, and by which mechanism. */
export interface ClientSecurityTarget {
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  readonly mechanism: string
}

export interface ClientSecurityServices {
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network' | 'random'>
  readonly logger: Logger
}

interface Options extends ClientSecurityTarget, ClientSecurityServices {
  readonly config: BrokerConfig
}

/** Throws `ConfigError` with a sentence that names the key to be changed. */
export async function openClientSecurity(options: Options): Promise<ClientSecurity> {
  const { config, environment, listenerName, logger, securityProtocol } = options
  const login = securityProtocol.startsWith('SASL_') ? await openLogin(options) : null
  if (!securityProtocol.endsWith('SSL')) return { tls: null, login }
  const { files, network } = environment
  const client = await TlsClient.open({ config, files, network, logger, listenerName })
  return { tls: (host) => client.settingsFor(host), login }
}

const PROTOCOLS: readonly string[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']
/** The keys of clients about security have the names, types and defaults of a broker's. */
const SECURITY_KEY = /^(?:ssl|sasl)\./

/** The security that a `client.properties` of Kafka's clients asks for; null: PLAINTEXT. Throws `ConfigError`. */
export async function clientPropertiesSecurity(
  properties: Properties,
  services: ClientSecurityServices,
): Promise<ClientSecurity | null> {
  const securityProtocol = (properties.get('security.protocol') ?? 'PLAINTEXT').toUpperCase()
  if (!PROTOCOLS.includes(securityProtocol)) {
    throw new ConfigError(`security.protocol is ${securityProtocol}: expected one of ${PROTOCOLS.join(', ')}`)
  }
  if (securityProtocol === 'PLAINTEXT') return null
  return openClientSecurity({
    ...services,
    config: new BrokerConfig(new Map([...properties].filter(([name]) => SECURITY_KEY.test(name)))),
    listenerName: '',
    securityProtocol: securityProtocol as SecurityProtocol,
    mechanism: properties.get('sasl.mechanism') ?? 'GSSAPI',
  })
}

async function openLogin(options: Options): Promise<SaslLogin> {
  const { config, environment, listenerName, mechanism } = options
  const entries = await jaasEntries({ config, files: environment.files, listenerName }, mechanism)
  const newClient = clientOf(options, entries)
  if (newClient !== null) return { mechanism, newClient }
  throw new ConfigError(`A login by ${mechanism} is not possible: choose one of ${SASL_MECHANISMS.join(', ')}`)
}

function clientOf(options: Options, entries: readonly JaasEntry[]): SaslLogin['newClient'] | null {
  const { environment, mechanism } = options
  if (mechanism === 'PLAIN') {
    const { username, password } = credentials(options, entries, PLAIN_LOGIN_MODULE)
    return () => plainClient(username, password)
  }
  if (mechanism === 'OAUTHBEARER') return bearerClient(options, entries)
  const scram = SCRAM_MECHANISMS.find(({ name }) => name === mechanism)
  if (scram === undefined) return null
  const { username, password, options: more } = credentials(options, entries, SCRAM_LOGIN_MODULE)
  const isToken = more.get('tokenauth')?.toLowerCase() === 'true'
  const newNonce = () => environment.random.bytes(NONCE_BYTES).toString('base64url')
  return () => scramClient({ mechanism: scram, username, password, isToken, newNonce })
}

const SCRAM_LOGIN_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const NONCE_BYTES = 18

function credentials({ mechanism, listenerName }: Options, entries: readonly JaasEntry[], loginModule: string) {
  const entry = entries.find((each) => each.loginModule === loginModule)
  const [username, password] = [entry?.options.get('username'), entry?.options.get('password')]
  if (entry === undefined || username === undefined || password === undefined) {
    const prefix = listenerName === '' ? '' : `listener.name.${listenerName.toLowerCase()}.${mechanism.toLowerCase()}.`
    throw new ConfigError(
      `A login by ${mechanism} needs a name and a password: set ${prefix}sasl.jaas.config to ${loginModule} required username="…" password="…";`,
    )
  }
  return { username, password, options: entry.options }
}

const EXTENSION = /^(?:unsecuredLoginExtension|extension)_([A-Za-z]+)$/

function bearerClient({ config, environment, listenerName }: Options, entries: readonly JaasEntry[]) {
  const jaas = entries.find(({ loginModule }) => loginModule === OAUTHBEARER_LOGIN_MODULE) ?? null
  const { clock, files, network } = environment
  const get = <Name extends BrokerConfigName>(name: Name) => config.getForMechanism(listenerName, 'OAUTHBEARER', name)
  const options = {
    url: get('sasl.oauthbearer.token.endpoint.url'),
    clientId: get('sasl.oauthbearer.client.credentials.client.id'),
    clientSecret: get('sasl.oauthbearer.client.credentials.client.secret'),
    scope: get('sasl.oauthbearer.scope'),
    refreshFactor: get('sasl.login.refresh.window.factor'),
    jaas,
  }
  const token = ownTokens(options, { files, network, nowMs: () => clock.nowMs() })
  const extensions = new Map<string, string>()
  for (const [name, value] of jaas?.options ?? []) {
    const extension = EXTENSION.exec(name)?.[1]
    if (extension !== undefined) extensions.set(extension, value)
  }
  return () => oauthBearerClient(token, extensions)
}
