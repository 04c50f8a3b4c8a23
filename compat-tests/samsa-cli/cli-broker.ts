/** The broker of all cases: a listener for each way to come in, the same properties for both products. */
import { join } from 'node:path'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { Suite } from '../support/suite.ts'

export const store = (name: string): string => join(repositoryRoot, 'test/golden/key-stores', name)
export const STORE_PASSWORD = 'secret1'

const MODULE = 'org.apache.kafka.common.security'
const LISTENERS = { SSL: 'SSL', SASL_PLAINTEXT: 'SASL_PLAINTEXT', SASL_SSL: 'SASL_SSL', EXPIRED: 'SSL', STRICT: 'SSL' }
const protocols = Object.entries({ CONTROLLER: 'PLAINTEXT', PLAINTEXT: 'PLAINTEXT', ...LISTENERS })

const sasl = (listener: string): Record<string, string> => ({
  [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
  [`listener.name.${listener}.plain.sasl.jaas.config`]: `${MODULE}.plain.PlainLoginModule required user_admin="admin-secret";`,
  [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${MODULE}.scram.ScramLoginModule required;`,
  [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: `${MODULE}.scram.ScramLoginModule required;`,
})

/** A client that comes by PLAINTEXT is a super user; no other may do what no ACL allows, but for what no ACL speaks of. */
export const brokerOptions: Pick<Suite, 'listeners' | 'properties'> = {
  listeners: Object.keys(LISTENERS),
  properties: {
    'listener.security.protocol.map': protocols.map(([name, protocol]) => `${name}:${protocol}`).join(','),
    'ssl.keystore.location': store('chain.p12'),
    'ssl.keystore.password': STORE_PASSWORD,
    'ssl.truststore.location': store('trust.jks'),
    'ssl.truststore.password': STORE_PASSWORD,
    'listener.name.expired.ssl.keystore.location': store('expired.p12'),
    'listener.name.expired.ssl.keystore.password': STORE_PASSWORD,
    'listener.name.strict.ssl.client.auth': 'required',
    ...sasl('sasl_plaintext'),
    ...sasl('sasl_ssl'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:admin',
    'allow.everyone.if.no.acl.found': 'true',
    'auto.create.topics.enable': 'false',
  },
}
