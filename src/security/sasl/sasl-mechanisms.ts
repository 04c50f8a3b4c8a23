/** The SASL mechanisms of one listener, as its keys configure them. */
import type { BrokerConfig } from '../../config/broker-config.ts'
import { parseUsers } from '../../config/sources/users.ts'
import type { BrokerConfigName } from '../../config/tables.ts'
import { ConfigError } from '../../config/values.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { Credentials } from '../credentials.ts'
import type { JaasEntry } from '../jaas.ts'
import { jaasEntries } from './jaas-entries.ts'
import { oauthBearerServer, type TokenValidator } from './oauthbearer.ts'
import { jaasPasswords, type PasswordOf, plainServer } from './plain.ts'
import type { SaslServer } from './sasl-server.ts'
import { scramServer } from './scram.ts'
import {
  credentialOf,
  SCRAM_MECHANISMS,
  type ScramCredential,
  type ScramMechanism,
  saltedPassword,
} from './scram-keys.ts'
import { signedTokens } from './signed-tokens.ts'
import { unsecuredTokens } from './unsecured-tokens.ts'

export interface SaslOptions {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network' | 'random'>
  readonly logger: Logger
  readonly listenerName: string
  readonly credentials: Credentials
}

export interface SaslMechanism {
  readonly name: string
  /** The longest that a login is good for; 0: for ever (KIP-368). */
  readonly maxReauthMs: () => number
  readonly newServer: () => SaslServer
}

/** In the order of `sasl.enabled.mechanisms`. Throws `ConfigError`. */
export async function saslMechanisms(options: SaslOptions): Promise<readonly SaslMechanism[]> {
  const { config, environment, listenerName } = options
  const mechanisms: SaslMechanism[] = []
  for (const name of new Set(config.getForListener(listenerName, 'sasl.enabled.mechanisms'))) {
    const jaas = await jaasEntries({ config, files: environment.files, listenerName }, name)
    const maxReauthMs = () => config.getForMechanism(listenerName, name, 'connections.max.reauth.ms')
    mechanisms.push({ name, maxReauthMs, newServer: newServer(options, name, jaas) })
  }
  return mechanisms
}

function newServer(options: SaslOptions, name: string, jaas: readonly JaasEntry[]): () => SaslServer {
  if (name === 'PLAIN') {
    const passwordOf = passwords(options, jaas)
    return () => plainServer(passwordOf)
  }
  if (name === 'OAUTHBEARER') {
    const validate = tokenValidator(options, jaas)
    return () => oauthBearerServer(validate)
  }
  const mechanism = SCRAM_MECHANISMS.find((each) => each.name === name)
  if (mechanism === undefined) throw new ConfigError(`The SASL mechanism ${name} is not known`)
  return scramServers(options, mechanism)
}

/** Passwords of `samsa.users` before those of a JAAS text. */
function passwords({ config, listenerName }: SaslOptions, jaas: readonly JaasEntry[]): PasswordOf {
  const users = parseUsers(config.get('samsa.users'))
  if (users.size === 0 && jaas.length === 0) {
    throw new ConfigError(
      `PLAIN on the listener ${listenerName} has no users: set listener.name.${listenerName.toLowerCase()}.plain.sasl.jaas.config, or samsa.users.`,
    )
  }
  const fromJaas = jaasPasswords(jaas)
  return (user) => users.get(user) ?? fromJaas(user)
}

/** Users of `samsa.users` are no records: who is not named any more is gone with the next start. */
function scramServers(options: SaslOptions, mechanism: ScramMechanism): () => SaslServer {
  const { config, credentials, environment } = options
  const { random } = environment
  const users = parseUsers(config.get('samsa.users'))
  const made = new Map<string, ScramCredential>()
  const configured = (user: string): ScramCredential | null => {
    const password = users.get(user)
    if (password === undefined) return null
    let credential = made.get(user)
    if (credential === undefined) {
      const salt = random.bytes(SALT_BYTES)
      credential = credentialOf(mechanism, saltedPassword(mechanism, password, salt, ITERATIONS), salt, ITERATIONS)
      made.set(user, credential)
    }
    return credential
  }
  return () =>
    scramServer({
      mechanism,
      credentialOf: (user) => configured(user) ?? credentials.scram(mechanism, user),
      tokenOf: (tokenId) => credentials.token(mechanism, tokenId),
      newNonce: () => random.bytes(NONCE_BYTES).toString('base64url'),
    })
}

const SALT_BYTES = 16
const NONCE_BYTES = 18
const ITERATIONS = 4096

/** A JWKS document is a few keys. */
const MAX_JWKS_BYTES = 1024 * 1024
const JWKS_TIMEOUT_MS = 10_000

/** Signed tokens where a JWKS document is named, else those of everybody's making, for development. */
function tokenValidator(options: SaslOptions, jaas: readonly JaasEntry[]): TokenValidator {
  const { config, environment, listenerName, logger } = options
  const { clock, files, network } = environment
  const get = <Name extends BrokerConfigName>(name: Name) => config.getForMechanism(listenerName, 'OAUTHBEARER', name)
  const url = get('sasl.oauthbearer.jwks.endpoint.url')
  if (url === null) {
    logger.warn(
      `OAUTHBEARER on the listener ${listenerName} takes unsecured tokens, which anybody can make: set sasl.oauthbearer.jwks.endpoint.url for signed ones.`,
    )
    return unsecuredTokens(jaas, () => clock.nowMs())
  }
  const load = async (): Promise<string> => {
    const bytes = url.startsWith('file:')
      ? await files.readFile(decodeURIComponent(new URL(url).pathname))
      : await network.download(url, { timeoutMs: JWKS_TIMEOUT_MS, maxBytes: MAX_JWKS_BYTES })
    return bytes.toString('utf8')
  }
  return signedTokens(
    {
      // Where they are set they count, whatever sasl.oauthbearer.allow.unverified.* says: that lets them be left out.
      audiences: get('sasl.oauthbearer.expected.audience'),
      issuer: get('sasl.oauthbearer.expected.issuer'),
      clockSkewSeconds: get('sasl.oauthbearer.clock.skew.seconds'),
      principalClaim: get('sasl.oauthbearer.sub.claim.name'),
      scopeClaim: get('sasl.oauthbearer.scope.claim.name'),
      refreshMs: get('sasl.oauthbearer.jwks.endpoint.refresh.ms'),
      retryBackoffMs: get('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms'),
      retryBackoffMaxMs: get('sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms'),
    },
    {
      load,
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      onProblem: (err) => logger.warn({ err }, `The JWKS document ${url} could not be read`),
    },
  )
}
