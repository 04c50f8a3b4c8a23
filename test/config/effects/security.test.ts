/** Keys of logins and of TLS: what a listener makes of them. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { BrokerConfig, checkBrokerConfig } from '../../../src/config/index.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { silentLogger } from '../../../src/env/silent-logger.ts'
import type { Credentials } from '../../../src/security/credentials.ts'
import { saslMechanisms } from '../../../src/security/sasl/sasl-mechanisms.ts'
import { TlsListener } from '../../../src/security/tls/tls-listener.ts'
import { readTlsSettings } from '../../../src/security/tls/tls-settings.ts'
import { subjectName } from '../../../src/security/tls/x500-name.ts'
import type { Values } from './bench.ts'

const STORES = join(import.meta.dirname, '../../golden/key-stores')
const store = (name: string) => join(STORES, name)
const pem = (name: string) => readFileSync(store(name), 'utf8')

/** Nobody has a password in the metadata. */
const credentials: Credentials = { scram: () => null, token: () => null }

/** The mechanisms of a listener, with a clock that a test moves and a document that it may withhold. */
async function login(values: Values, document: () => string = () => '') {
  const { clock, network, random } = nodeEnvironment()
  const time = { nowMs: Date.now(), reads: 0 }
  const environment = {
    clock: { ...clock, nowMs: () => time.nowMs, monotonicMs: () => time.nowMs },
    files: {
      ...nodeEnvironment().files,
      readFile: async () => {
        time.reads++
        return Buffer.from(document())
      },
    },
    network,
    random,
  }
  const config = new BrokerConfig({ listeners: 'SASL_PLAINTEXT://:1', ...values })
  const options = { config, environment, logger: silentLogger(), listenerName: 'SASL_PLAINTEXT', credentials }
  const [mechanism] = await saslMechanisms(options)
  if (mechanism === undefined) throw new Error('there is no mechanism')
  /** The name of who is let in; null for nobody. */
  const evaluate = async (message: string): Promise<string | null> => {
    try {
      return (await mechanism.newServer().evaluate(Buffer.from(message))).identity?.principal.name ?? null
    } catch {
      return null
    }
  }
  return { mechanism, evaluate, time }
}

const JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret";'

t.test('sasl.jaas.config names the users of PLAIN', async (t) => {
  const { evaluate } = await login({ 'sasl.enabled.mechanisms': 'PLAIN', 'sasl.jaas.config': JAAS })
  t.equal(await evaluate('\0alice\0secret'), 'alice')
  t.equal(await evaluate('\0alice\0other'), null)
})

t.test('connections.max.reauth.ms is how long a login is good for', async (t) => {
  const values = { 'sasl.enabled.mechanisms': 'PLAIN', 'sasl.jaas.config': JAAS }
  t.equal((await login(values)).mechanism.maxReauthMs(), 0)
  t.equal((await login({ ...values, 'connections.max.reauth.ms': '5000' })).mechanism.maxReauthMs(), 5000)
})

const keys = await generateKeyPair('RS256')
const other = await generateKeyPair('RS256')
const documentOf = async (kid: string, key = keys.publicKey) =>
  JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid, alg: 'RS256' }] })
const DOCUMENT = await documentOf('k1')

const OAUTH = {
  'sasl.enabled.mechanisms': 'OAUTHBEARER',
  'sasl.oauthbearer.jwks.endpoint.url': 'file:///keys.json',
  'sasl.oauthbearer.allow.unverified.audience': 'true',
  'sasl.oauthbearer.allow.unverified.issuer': 'true',
}

/** The first message of a client with a token; the claims have precedence over sensible ones. */
async function bearer(claims: object = {}, kid = 'k1', key = keys.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const all = { sub: 'alice', iss: 'issuer', aud: 'kafka', iat: now, exp: now + 3600, ...claims }
  const token = await new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid }).sign(key)
  return `n,,\x01auth=Bearer ${token}\x01\x01`
}

t.test('sasl.oauthbearer.jwks.endpoint.url names the keys that tokens are signed by', async (t) => {
  const { evaluate } = await login(OAUTH, () => DOCUMENT)
  t.equal(await evaluate(await bearer()), 'alice')
  t.equal(await evaluate(await bearer({}, 'k1', other.privateKey)), null)
})

t.test('sasl.oauthbearer.expected.audience and expected.issuer refuse tokens for others', async (t) => {
  for (const [claim, value] of [
    ['audience', 'kafka'],
    ['issuer', 'issuer'],
  ] as const) {
    const verified = { ...OAUTH, [`sasl.oauthbearer.allow.unverified.${claim}`]: 'false' }
    const expecting = (text: string) =>
      login({ ...verified, [`sasl.oauthbearer.expected.${claim}`]: text }, () => DOCUMENT)
    t.equal(await (await expecting(value)).evaluate(await bearer()), 'alice', claim)
    t.equal(await (await expecting('somebody else')).evaluate(await bearer()), null, claim)
  }
})

t.test('sasl.oauthbearer.allow.unverified.audience and allow.unverified.issuer lift what is required', async (t) => {
  for (const claim of ['audience', 'issuer']) {
    const values = {
      ...OAUTH,
      listeners: 'SASL_PLAINTEXT://:1',
      [`sasl.oauthbearer.allow.unverified.${claim}`]: 'false',
    }
    const message = new RegExp(`sasl.oauthbearer.expected.${claim} must be set`)
    t.throws(() => checkBrokerConfig(new BrokerConfig(values)), { name: 'ConfigError', message })
    t.doesNotThrow(() =>
      checkBrokerConfig(new BrokerConfig({ ...values, [`sasl.oauthbearer.expected.${claim}`]: 'x' })),
    )
    // BrokerJwtValidator holds tokens to an audience and an issuer that are set nevertheless.
    const set = await login({ ...OAUTH, [`sasl.oauthbearer.expected.${claim}`]: 'somebody else' }, () => DOCUMENT)
    t.equal(await set.evaluate(await bearer()), null)
  }
})

t.test('sasl.oauthbearer.clock.skew.seconds is how wrong a clock may be', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const late = { iat: now - 3600, exp: now - 60 }
  t.equal(await (await login(OAUTH, () => DOCUMENT)).evaluate(await bearer(late)), null)
  const values = { ...OAUTH, 'sasl.oauthbearer.clock.skew.seconds': '120' }
  t.equal(await (await login(values, () => DOCUMENT)).evaluate(await bearer(late)), 'alice')
})

t.test('sasl.oauthbearer.sub.claim.name and scope.claim.name say which claims are looked at', async (t) => {
  const named = await login({ ...OAUTH, 'sasl.oauthbearer.sub.claim.name': 'email' }, () => DOCUMENT)
  t.equal(await named.evaluate(await bearer({ email: 'a@b.c' })), 'a@b.c')
  t.equal(await named.evaluate(await bearer()), null)
  const scoped = await login({ ...OAUTH, 'sasl.oauthbearer.scope.claim.name': 'roles' }, () => DOCUMENT)
  t.equal(await scoped.evaluate(await bearer({ roles: ['writer', ' '] })), null, 'a scope is a text that is not empty')
  t.equal(await scoped.evaluate(await bearer({ scope: ['writer', ' '] })), 'alice')
})

t.test('sasl.oauthbearer.jwks.endpoint.refresh.ms is how old the keys may be', async (t) => {
  const { evaluate, time } = await login(
    { ...OAUTH, 'sasl.oauthbearer.jwks.endpoint.refresh.ms': '20000' },
    () => DOCUMENT,
  )
  await evaluate(await bearer())
  time.nowMs += 19_000
  await evaluate(await bearer())
  t.equal(time.reads, 1)
  time.nowMs += 2000
  await evaluate(await bearer())
  t.equal(time.reads, 2)
})

t.test('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms doubles up to retry.backoff.max.ms', async (t) => {
  const values = {
    ...OAUTH,
    'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': '1000',
    'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': '3000',
  }
  let document = 'not yet'
  const { evaluate, time } = await login(values, () => document)
  const token = await bearer()
  /** How long nothing is read after an attempt that failed. */
  const silenceMs = async () => {
    const before = time.reads
    for (let ms = 0; ; ms += 100) {
      t.equal(await evaluate(token), null)
      if (time.reads > before) return ms
      time.nowMs += 100
    }
  }
  t.same([await silenceMs(), await silenceMs(), await silenceMs(), await silenceMs()], [0, 1000, 2000, 3000])
  document = DOCUMENT
  time.nowMs += 3000
  t.equal(await evaluate(token), 'alice')
})

const tls = (values: Values) => {
  const config = new BrokerConfig({ listeners: 'SSL://:1', ...values })
  return readTlsSettings({ config, listenerName: 'SSL', files: nodeEnvironment().files }, 'SSL')
}
const P12 = { 'ssl.keystore.location': store('rsa.p12'), 'ssl.keystore.password': 'secret1' }

const subjects = (chain: readonly string[]) => chain.map((each) => subjectName(new X509Certificate(each).raw))

t.test('ssl.keystore.location and ssl.keystore.password name the certificate of a listener', async (t) => {
  t.same(subjects((await tls(P12)).identity.chain), ['CN=rsa'])
  await t.rejects(tls({ ...P12, 'ssl.keystore.password': 'other' }), { name: 'ConfigError', message: /another one/ })
  await t.rejects(tls({}), { message: /needs a certificate/ })
})

t.test('ssl.keystore.key, ssl.keystore.certificate.chain and ssl.key.password are the same as texts', async (t) => {
  const encrypted = pem('encrypted.pem')
  const texts = {
    'ssl.keystore.key': encrypted.slice(0, encrypted.indexOf('-----BEGIN CERT')),
    'ssl.keystore.certificate.chain': encrypted.slice(encrypted.indexOf('-----BEGIN CERT')),
    'ssl.key.password': 'keypass2',
  }
  t.same(subjects((await tls(texts)).identity.chain), ['CN=signed', 'CN=authority'])
  await t.rejects(tls({ ...texts, 'ssl.key.password': 'other' }), { message: /is ssl.key.password right/ })
})

t.test('ssl.truststore.location, its password, and ssl.truststore.certificates name who signs clients', async (t) => {
  const trusted = async (values: Values) => subjects((await tls({ ...P12, ...values })).trusted ?? []).sort()
  const location = { 'ssl.truststore.location': store('trust.p12') }
  t.same(await trusted({ ...location, 'ssl.truststore.password': 'secret1' }), ['CN=authority', 'CN=rsa'])
  await t.rejects(trusted({ ...location, 'ssl.truststore.password': 'other' }), { message: /another one/ })
  t.same(await trusted({ 'ssl.truststore.certificates': pem('ca.pem') }), ['CN=authority'])
  t.same(await trusted({}), [])
})

t.test('ssl.enabled.protocols, ssl.cipher.suites and ssl.client.auth say how a listener speaks', async (t) => {
  t.match(await tls(P12), { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', clientAuth: 'none' })
  const strict = {
    'ssl.enabled.protocols': 'TLSv1.3',
    'ssl.cipher.suites': 'TLS_AES_256_GCM_SHA384',
    'ssl.client.auth': 'required',
  }
  const settings = await tls({ ...P12, ...strict })
  t.match(settings, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', clientAuth: 'required' })
  t.match(settings.ciphers, 'TLS_AES_256_GCM_SHA384')
})

t.test('ssl.allow.dn.changes and ssl.allow.san.changes let a renewed certificate be another', async (t) => {
  const renewed = { 'ssl.keystore.location': store('ec.p12'), 'ssl.keystore.password': 'secret1' }
  for (const [allowed, outcome] of [
    ['false', /DistinguishedName does not match: existing=CN=rsa/],
    ['true', null],
  ] as const) {
    const values = { listeners: 'SSL://:1', 'ssl.allow.dn.changes': allowed, 'ssl.allow.san.changes': allowed }
    const listener = await TlsListener.open({
      config: new BrokerConfig({ ...values, ...P12 }),
      environment: nodeEnvironment(),
      logger: silentLogger(),
      listenerName: 'SSL',
      securityProtocol: 'SSL',
    })
    const change = listener.checkChange(new BrokerConfig({ ...values, ...renewed }))
    if (outcome === null) await change
    else await t.rejects(change, { name: 'ConfigError', message: outcome })
    listener.stop()
  }
})
