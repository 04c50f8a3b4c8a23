/**
 * How a command comes into a cluster. Each setting is looked for in the options, in -X, in --command-config, in the
 * profile's own words and properties and in the profile's command-config, in this order; all of them become properties of
 * Kafka's clients.
 */

import { parseBootstrapServers } from '../../client/addresses.ts'
import { ClusterClient } from '../../client/cluster-client.ts'
import type { Properties } from '../../config/config-reader.ts'
import { parseProperties } from '../../config/sources/properties-file.ts'
import { ConfigError } from '../../config/values.ts'
import type { Environment } from '../../env/index.ts'
import type { ClientSecurity } from '../../security/client-security.ts'
import { splitAssignment } from '../definition/values.ts'
import { askSecret } from '../print/ask.ts'
import type { CommonOptions } from './context.ts'
import { chooseProfile, type Profile, readProfiles } from './profiles.ts'

export interface ClusterSettings {
  readonly bootstrapServers: string
  readonly properties: Properties
}

type Words = Pick<Profile, 'user' | 'password' | 'mechanism' | 'tls' | 'tlsCa' | 'tlsCert' | 'tlsKey'>

const DEFAULT_SERVERS = 'localhost:9092'
const DEFAULT_MECHANISM = 'SCRAM-SHA-512'
const LOGIN_MODULES: Readonly<Record<string, string>> = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule',
}

/** A client of the cluster that the options name. Throws `ConfigError`, or `ClientError` for an address that is none. */
export async function openCluster(options: CommonOptions, environment: Environment): Promise<ClusterClient> {
  const { bootstrapServers, properties } = await clusterSettings(options, environment)
  return new ClusterClient({
    environment,
    security: await securityOf(properties, environment),
    bootstrapServers: parseBootstrapServers(bootstrapServers),
    clientId: properties.get('client.id') ?? 'samsa',
    apiTimeoutMs: options.timeout,
    requestTimeoutMs: options.timeout,
    connectTimeoutMs: options.timeout,
  })
}

export async function clusterSettings(options: CommonOptions, environment: Environment): Promise<ClusterSettings> {
  const { files } = environment
  const profile = chooseProfile(await readProfiles(files, process.env), options.profile ?? process.env.SAMSA_PROFILE)
  const inProfile = await propertiesIn(profile.commandConfig, environment, 'the profile')
  const properties = new Map([
    ...inProfile,
    ...(await propertiesOfWords(profile, environment, inProfile)),
    ...profile.properties,
    ...(await propertiesIn(options.commandConfig, environment, '--command-config')),
    ...(options.property ?? []).map(splitAssignment),
  ])
  for (const [key, value] of await propertiesOfOptions(options, properties, environment)) properties.set(key, value)
  const bootstrapServers =
    options.bootstrapServer ?? properties.get('bootstrap.servers') ?? profile.bootstrapServers ?? DEFAULT_SERVERS
  return { bootstrapServers, properties }
}

/** null: PLAINTEXT. */
export async function securityOf(properties: Properties, environment: Environment): Promise<ClientSecurity | null> {
  if ((properties.get('security.protocol') ?? 'PLAINTEXT').toUpperCase() === 'PLAINTEXT') return null
  const { clientPropertiesSecurity } = await import('../../security/client-security.ts')
  const warn = (...args: unknown[]) => process.stderr.write(`samsa: ${args.at(-1)}\n`)
  const logger = { debug: () => {}, info: () => {}, warn, error: warn }
  return clientPropertiesSecurity(properties, { environment, logger })
}

/** The properties of a file; `of` says whose it is. */
export async function propertiesIn(path: string | undefined, { files }: Environment, of: string): Promise<Properties> {
  if (path === undefined) return new Map()
  const bytes = await files.readFile(path).catch((error: Error) => {
    throw new ConfigError(`The file ${path} of ${of} cannot be read: ${error.message}`)
  })
  return parseProperties(bytes.toString('utf8'))
}

async function propertiesOfOptions(options: CommonOptions, known: Properties, environment: Environment) {
  const { user: login, ...others } = options
  if (login === undefined) return propertiesOfWords(others, environment, known)
  const colon = login.indexOf(':')
  const user = colon < 0 ? login : login.slice(0, colon)
  const password =
    colon < 0 ? (process.env.SAMSA_PASSWORD ?? (await askSecret(`Password of ${user}: `))) : login.slice(colon + 1)
  return propertiesOfWords({ ...others, user, password }, environment, known)
}

/** Kafka's properties for the short words of options and profiles. */
async function propertiesOfWords(
  words: Words,
  environment: Pick<Environment, 'files'>,
  known: Properties,
): Promise<Map<string, string>> {
  const { user, password = process.env.SAMSA_PASSWORD, mechanism } = words
  const properties = await tlsProperties(words, environment)
  const asksTls = words.tls === true || properties.size > 0
  const asksLogin = user !== undefined || mechanism !== undefined
  if (!asksTls && !asksLogin) return properties
  const before = (known.get('security.protocol') ?? 'PLAINTEXT').toUpperCase()
  const isTls = asksTls || before.endsWith('SSL')
  const isLogin = asksLogin || before.startsWith('SASL_')
  properties.set('security.protocol', isLogin ? (isTls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : 'SSL')
  if (!asksLogin) return properties
  const chosen = mechanism ?? known.get('sasl.mechanism') ?? DEFAULT_MECHANISM
  properties.set('sasl.mechanism', chosen)
  if (user !== undefined) properties.set('sasl.jaas.config', jaasConfig(chosen, user, password))
  return properties
}

function jaasConfig(mechanism: string, user: string, password: string | undefined): string {
  const loginModule = LOGIN_MODULES[mechanism]
  if (loginModule === undefined) {
    throw new ConfigError(`A user and a password are not for ${mechanism}: set sasl.jaas.config`)
  }
  if (password === undefined) {
    throw new ConfigError(`The user ${user} has no password: set SAMSA_PASSWORD, or give --user ${user}:PASSWORD`)
  }
  return `${loginModule} required username="${quoted(user)}" password="${quoted(password)}";`
}

async function tlsProperties({ tlsCa, tlsCert, tlsKey }: Words, { files }: Pick<Environment, 'files'>) {
  const read = async (path: string, option: string) => {
    const bytes = await files.readFile(path).catch((error: Error) => {
      throw new ConfigError(`The file ${path} of ${option} cannot be read: ${error.message}`)
    })
    return bytes.toString('utf8')
  }
  const properties = new Map<string, string>()
  if (tlsCa !== undefined) {
    properties.set('ssl.truststore.type', 'PEM')
    properties.set('ssl.truststore.certificates', await read(tlsCa, '--tls-ca'))
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new ConfigError('Give --tls-cert and --tls-key together')
  if (tlsCert !== undefined && tlsKey !== undefined) {
    properties.set('ssl.keystore.type', 'PEM')
    properties.set('ssl.keystore.certificate.chain', await read(tlsCert, '--tls-cert'))
    properties.set('ssl.keystore.key', await read(tlsKey, '--tls-key'))
  }
  return properties
}

const quoted = (text: string): string => text.replace(/["\\]/g, '\\$&')
