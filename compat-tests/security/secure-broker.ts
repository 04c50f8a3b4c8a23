/** The broker of all cases: a listener for each way to come in, the same properties for both products. */
import { join } from 'node:path'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { Suite } from '../support/suite.ts'
import type { Access, Mechanism } from './attempts.ts'
import { ALLOWED_URLS } from './clients.ts'
import type { SignedTokens } from './signed-tokens.ts'

export const STORES = join(repositoryRoot, 'test/golden/key-stores')
export const store = (name: string): string => join(STORES, name)
export const STORE_PASSWORD = 'secret1'

/** `PLAINTEXT` is there too: who comes that way is a super user. */
export const LISTENERS = {
  /** Clients show certificates. */
  SSL: 'SSL',
  SASL_PLAINTEXT: 'SASL_PLAINTEXT',
  SASL_SSL: 'SASL_SSL',
  /** OAUTHBEARER with tokens that are signed. */
  SIGNED: 'SASL_SSL',
  /** Sessions end soon. */
  REAUTH: 'SASL_SSL',
  /** The broker's certificate is over. */
  EXPIRED: 'SSL',
} as const
export type ListenerName = keyof typeof LISTENERS

export const PASSWORD_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
/** Users with their passwords: in JAAS texts for PLAIN, as records for SCRAM. */
export const USERS = { admin: 'admin-secret', alice: 'alice-secret', bob: 'bob-secret', dora: 'dora-secret' }
export type User = keyof typeof USERS

export const SESSION_MS = 2_000

const MODULE = 'org.apache.kafka.common.security'
const users = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`)
const JAAS: Readonly<Record<Mechanism, string>> = {
  PLAIN: `${MODULE}.plain.PlainLoginModule required ${users.join(' ')};`,
  'SCRAM-SHA-256': `${MODULE}.scram.ScramLoginModule required;`,
  'SCRAM-SHA-512': `${MODULE}.scram.ScramLoginModule required;`,
  OAUTHBEARER: `${MODULE}.oauthbearer.OAuthBearerLoginModule required;`,
}

function saslProperties(listener: ListenerName, mechanisms: readonly Mechanism[]): Record<string, string> {
  const prefix = `listener.name.${listener.toLowerCase()}`
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: mechanisms.join(','),
    ...Object.fromEntries(mechanisms.map((each) => [`${prefix}.${each.toLowerCase()}.sasl.jaas.config`, JAAS[each]])),
  }
}

export function brokerOptions(tokens: SignedTokens): Pick<Suite, 'listeners' | 'properties' | 'systemProperties'> {
  const protocols = Object.entries({ CONTROLLER: 'PLAINTEXT', PLAINTEXT: 'PLAINTEXT', ...LISTENERS })
  const every: readonly Mechanism[] = [...PASSWORD_MECHANISMS, 'OAUTHBEARER']
  return {
    listeners: Object.keys(LISTENERS),
    systemProperties: { [ALLOWED_URLS]: tokens.jwksUrl },
    properties: {
      'listener.security.protocol.map': protocols.map(([name, protocol]) => `${name}:${protocol}`).join(','),
      'ssl.keystore.location': store('chain.p12'),
      'ssl.keystore.password': STORE_PASSWORD,
      'ssl.truststore.location': store('trust.jks'),
      'ssl.truststore.password': STORE_PASSWORD,
      'listener.name.ssl.ssl.client.auth': 'required',
      'listener.name.expired.ssl.keystore.location': store('expired.p12'),
      'listener.name.expired.ssl.keystore.password': STORE_PASSWORD,
      ...saslProperties('SASL_PLAINTEXT', every),
      ...saslProperties('SASL_SSL', every),
      ...saslProperties('REAUTH', ['PLAIN', 'SCRAM-SHA-256']),
      'listener.name.reauth.plain.connections.max.reauth.ms': `${SESSION_MS}`,
      'listener.name.reauth.scram-sha-256.connections.max.reauth.ms': `${SESSION_MS}`,
      ...saslProperties('SIGNED', ['OAUTHBEARER']),
      ...tokens.properties('listener.name.signed.oauthbearer'),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:admin',
      'allow.everyone.if.no.acl.found': 'true',
      'delegation.token.secret.key': 'token-secret',
    },
  }
}

type At = Pick<Access, 'address' | 'protocol' | 'ca'>

/** The way to a listener, for a client that trusts its authority. */
export const at = (broker: { addressOf(listener: string): string }, listener: ListenerName): At => ({
  address: broker.addressOf(listener),
  protocol: LISTENERS[listener],
  ...(LISTENERS[listener].endsWith('SSL') && { ca: store('ca.pem') }),
})

export const login = (mechanism: Mechanism, username: User, password: string = USERS[username]) => ({
  mechanism,
  username,
  password,
})
