import type { Proof } from './proof.ts'

/** Proofs of the keys of logins and of TLS, by the file that they are in. */
export const securityProofs: Readonly<Record<string, readonly Proof[]>> = {
  'test/config/effects/security.test.ts': [
    { title: 'sasl.jaas.config names the users of PLAIN', keys: { broker: ['sasl.jaas.config'] } },
    {
      title: 'connections.max.reauth.ms is how long a login is good for',
      keys: { broker: ['connections.max.reauth.ms'] },
    },
    {
      title: 'sasl.oauthbearer.jwks.endpoint.url names the keys that tokens are signed by',
      keys: { broker: ['sasl.oauthbearer.jwks.endpoint.url'] },
    },
    {
      title: 'sasl.oauthbearer.expected.audience and expected.issuer refuse tokens for others',
      keys: { broker: ['sasl.oauthbearer.expected.audience', 'sasl.oauthbearer.expected.issuer'] },
    },
    {
      title: 'sasl.oauthbearer.allow.unverified.audience and allow.unverified.issuer lift what is required',
      keys: { broker: ['sasl.oauthbearer.allow.unverified.audience', 'sasl.oauthbearer.allow.unverified.issuer'] },
    },
    {
      title: 'sasl.oauthbearer.clock.skew.seconds is how wrong a clock may be',
      keys: { broker: ['sasl.oauthbearer.clock.skew.seconds'] },
    },
    {
      title: 'sasl.oauthbearer.sub.claim.name and scope.claim.name say which claims are looked at',
      keys: { broker: ['sasl.oauthbearer.sub.claim.name', 'sasl.oauthbearer.scope.claim.name'] },
    },
    {
      title: 'sasl.oauthbearer.jwks.endpoint.refresh.ms is how old the keys may be',
      keys: { broker: ['sasl.oauthbearer.jwks.endpoint.refresh.ms'] },
    },
    {
      title: 'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms doubles up to retry.backoff.max.ms',
      keys: {
        broker: [
          'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms',
          'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms',
        ],
      },
    },
    {
      title: 'ssl.keystore.location and ssl.keystore.password name the certificate of a listener',
      keys: { broker: ['ssl.keystore.location', 'ssl.keystore.password'] },
    },
    {
      title: 'ssl.keystore.key, ssl.keystore.certificate.chain and ssl.key.password are the same as texts',
      keys: { broker: ['ssl.keystore.key', 'ssl.keystore.certificate.chain', 'ssl.key.password'] },
    },
    {
      title: 'ssl.truststore.location, its password, and ssl.truststore.certificates name who signs clients',
      keys: { broker: ['ssl.truststore.location', 'ssl.truststore.password', 'ssl.truststore.certificates'] },
    },
    {
      title: 'ssl.enabled.protocols, ssl.cipher.suites and ssl.client.auth say how a listener speaks',
      keys: { broker: ['ssl.enabled.protocols', 'ssl.cipher.suites'] },
    },
    {
      title: 'ssl.allow.dn.changes and ssl.allow.san.changes let a renewed certificate be another',
      keys: { broker: ['ssl.allow.dn.changes', 'ssl.allow.san.changes'] },
    },
  ],
  'test/security/broker.test.ts': [
    { title: 'client certificates', keys: { broker: ['ssl.client.auth', 'ssl.principal.mapping.rules'] } },
    { title: 'OAUTHBEARER with unsecured tokens, without TLS', keys: { broker: ['sasl.enabled.mechanisms'] } },
    {
      title: 'before a login nothing else is answered, and nothing large is read',
      keys: { broker: ['sasl.server.max.receive.size', 'connection.failed.authentication.delay.ms'] },
    },
  ],
}
