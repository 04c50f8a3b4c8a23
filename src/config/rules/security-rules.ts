import type { BrokerConfig } from '../broker-config.ts'
import { type Endpoint, interBrokerListenerName } from '../listeners.ts'
import { parseAcls, parseSuperUsers } from '../sources/acls.ts'
import { parseUsers } from '../sources/users.ts'
import type { BrokerConfigName } from '../tables.ts'
import { ConfigError } from '../values.ts'

const MECHANISMS: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']
const PASSWORD_MECHANISMS = MECHANISMS.slice(0, 3)

/** Java classes that samsa has in TypeScript; the older names are those of Kafka before 4. */
const OFFERED_CLASSES: ReadonlySet<string> = new Set([
  'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
  'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
  'org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerValidatorCallbackHandler',
  'org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler',
  'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
  'org.apache.kafka.common.security.oauthbearer.BrokerJwtValidator',
])

const CLASS_KEYS: readonly BrokerConfigName[] = [
  'principal.builder.class',
  'sasl.oauthbearer.jwt.validator.class',
  'sasl.server.callback.handler.class',
  'ssl.engine.factory.class',
]

/** Keys that samsa does not offer are refused at the start, and so are values with which no login could succeed. */
export function checkSecurity(
  config: BrokerConfig,
  listeners: readonly Endpoint[],
  ofControllers: readonly Endpoint[],
): void {
  parseUsers(config.get('samsa.users'))
  checkAuthorizer(config)
  for (const endpoint of [...listeners, ...ofControllers]) {
    if (endpoint.securityProtocol === 'PLAINTEXT') continue
    checkClasses(config, endpoint.listenerName)
    if (endpoint.securityProtocol.startsWith('SASL_')) {
      checkMechanisms(config, endpoint)
      checkExpectedClaims(config, endpoint)
    }
  }
  checkUsers(config, listeners)
}

/** The one authorizer that there is. */
export const AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

function checkAuthorizer(config: BrokerConfig): void {
  const name = config.get('authorizer.class.name')
  if (name !== '' && name !== AUTHORIZER) {
    throw new ConfigError(
      `authorizer.class.name is ${name}: classes of Java cannot be run here, only what Kafka has itself: ${AUTHORIZER}.`,
    )
  }
  parseSuperUsers(config.get('super.users'))
  const acls = parseAcls(config.get('samsa.acls'))
  if (acls.length > 0 && name === '') {
    throw new ConfigError(
      `samsa.acls has ACLs, but there is no authorizer: set authorizer.class.name to ${AUTHORIZER}.`,
    )
  }
}

function checkClasses(config: BrokerConfig, listenerName: string): void {
  for (const key of CLASS_KEYS) {
    for (const mechanism of MECHANISMS) {
      const name = config.getForMechanism(listenerName, mechanism, key)
      if (name === null || OFFERED_CLASSES.has(name as string)) continue
      throw new ConfigError(`${key} is ${name}: classes of Java cannot be run here, only what Kafka has itself.`)
    }
  }
}

function checkMechanisms(config: BrokerConfig, { listenerName, securityProtocol }: Endpoint): void {
  const enabled = config.getForListener(listenerName, 'sasl.enabled.mechanisms')
  const unknown = enabled.find((mechanism) => !MECHANISMS.includes(mechanism))
  if (unknown !== undefined || enabled.length === 0) {
    const isDefault = unknown === 'GSSAPI' && !config.isSet('sasl.enabled.mechanisms')
    const what = unknown === undefined ? 'none' : `${unknown}${isDefault ? " (Kafka's default)" : ''}`
    throw new ConfigError(
      `The listener ${listenerName} is ${securityProtocol} with the mechanism ${what}, which samsa does not offer: set sasl.enabled.mechanisms to some of ${MECHANISMS.join(', ')}.`,
    )
  }
  const key = 'sasl.mechanism.inter.broker.protocol'
  const isInterBroker = interBrokerListenerName(config) === listenerName
  if (isInterBroker && config.isSet(key) && !enabled.includes(config.get(key))) {
    throw new ConfigError(
      `${key} must be included in sasl.enabled.mechanisms when SASL is used for inter-broker communication`,
    )
  }
}

/** An issuer signs tokens for others as well: those are refused unless somebody says that they are not to be. */
function checkExpectedClaims(config: BrokerConfig, { listenerName }: Endpoint): void {
  const get = <Name extends BrokerConfigName>(name: Name) => config.getForMechanism(listenerName, 'OAUTHBEARER', name)
  if (!config.getForListener(listenerName, 'sasl.enabled.mechanisms').includes('OAUTHBEARER')) return
  if (get('sasl.oauthbearer.jwks.endpoint.url') === null) return
  const missing = (claim: 'audience' | 'issuer') =>
    new ConfigError(
      `sasl.oauthbearer.expected.${claim} must be set where sasl.oauthbearer.jwks.endpoint.url is, on the listener ${listenerName}: or set sasl.oauthbearer.allow.unverified.${claim}=true to take tokens of any ${claim}.`,
    )
  const hasAudience = get('sasl.oauthbearer.expected.audience').length > 0
  if (!hasAudience && !get('sasl.oauthbearer.allow.unverified.audience')) throw missing('audience')
  const hasIssuer = get('sasl.oauthbearer.expected.issuer') !== null
  if (!hasIssuer && !get('sasl.oauthbearer.allow.unverified.issuer')) throw missing('issuer')
}

/** Users whom nobody asks for a password would be let in without one. */
function checkUsers(config: BrokerConfig, listeners: readonly Endpoint[]): void {
  if (parseUsers(config.get('samsa.users')).size === 0) return
  const asked = listeners.some(
    ({ listenerName, securityProtocol }) =>
      securityProtocol.startsWith('SASL_') &&
      config
        .getForListener(listenerName, 'sasl.enabled.mechanisms')
        .some((mechanism) => PASSWORD_MECHANISMS.includes(mechanism)),
  )
  if (asked) return
  throw new ConfigError(
    'samsa.users names users, but no listener asks for a password: make one SASL_PLAINTEXT or SASL_SSL, with PLAIN or SCRAM in sasl.enabled.mechanisms.',
  )
}
