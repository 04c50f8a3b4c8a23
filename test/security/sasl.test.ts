import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { parseJaasConfig } from '../../src/security/jaas.ts'
import { oauthBearerServer } from '../../src/security/sasl/oauthbearer.ts'
import { jaasPasswords, plainServer } from '../../src/security/sasl/plain.ts'
import { SaslFailure, type SaslServer, type SaslStep } from '../../src/security/sasl/sasl-server.ts'
import { scramServer } from '../../src/security/sasl/scram.ts'
import {
  credentialOf,
  hmac,
  MAX_SCRAM_ITERATIONS,
  MIN_SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
  type ScramMechanism,
  saltedPassword,
} from '../../src/security/sasl/scram-keys.ts'
import { unsecuredTokens } from '../../src/security/sasl/unsecured-tokens.ts'
import { facts } from '../support/facts.ts'
import { repetitions } from '../support/repetitions.ts'

const [SHA_256, SHA_512] = SCRAM_MECHANISMS
const say = (server: SaslServer, text: string): SaslStep => server.evaluate(Buffer.from(text)) as SaslStep

const scramOf = (mechanism: ScramMechanism, salt: Buffer, password: string, iterations: number, nonce: string) => {
  const credential = credentialOf(mechanism, saltedPassword(mechanism, password, salt, iterations), salt, iterations)
  return scramServer({
    mechanism,
    credentialOf: (user) => (user === 'user' ? credential : null),
    tokenOf: (id) => (id === 'token' ? { credential, owner: { type: 'User', name: 'owner' }, expiresAtMs: 42 } : null),
    newNonce: () => nonce,
  })
}

t.test('the exchange of RFC 7677', (t) => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const server = scramOf(SHA_256, salt, 'pencil', 4096, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0')
  const first = say(server, 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  t.equal(
    first.challenge.toString(),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  )
  t.equal(first.identity, null)
  const final = say(
    server,
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  )
  t.equal(final.challenge.toString(), 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  t.same(final.identity, { principal: { type: 'User', name: 'user' }, expiresAtMs: null })
  t.end()
})

t.test("the salted password of RFC 5802's example, by the hash of this mechanism", (t) => {
  // Hi() is PBKDF2: RFC 7914 gives this vector for SHA-256.
  const hi = saltedPassword(SHA_256, 'passwd', Buffer.from('salt'), 1)
  t.equal(hi.toString('hex'), '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc')
  t.equal(saltedPassword(SHA_512, 'passwd', Buffer.from('salt'), 1).length, 64)
  t.end()
})

interface Fact {
  code: number
  name: string
  hash: string
  minIterations: number
  maxIterations: number
}

t.test("mechanisms and iterations are Kafka's", (t) => {
  for (const folder of ['kafka', 'kafka-4.4']) {
    const [, ...known]: Fact[] = facts('..', folder, 'scram.json')
    t.same(
      known.map(({ code, name, hash }) => ({ id: code, name, hash: hash.replace('-', '').toLowerCase() })),
      SCRAM_MECHANISMS.map((mechanism) => ({ ...mechanism })),
    )
    for (const { minIterations, maxIterations } of known) {
      t.equal(minIterations, MIN_SCRAM_ITERATIONS)
      t.equal(maxIterations, MAX_SCRAM_ITERATIONS)
    }
  }
  t.end()
})

/** A client of its own: what it proves is made from the password, not from the server's code. */
function clientFinal(mechanism: ScramMechanism, password: string, bare: string, serverFirst: string, header = 'n,,') {
  const [, nonce, salt, iterations] = /^r=(.*),s=(.*),i=(\d+)$/.exec(serverFirst)!
  const salted = saltedPassword(mechanism, password, Buffer.from(salt, 'base64'), Number(iterations))
  const clientKey = hmac(mechanism.hash, salted, 'Client Key')
  const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${nonce}`
  const stored = createHash(mechanism.hash).update(clientKey).digest()
  const signature = hmac(mechanism.hash, stored, `${bare},${serverFirst},${withoutProof}`)
  return `${withoutProof},p=${Buffer.from(clientKey.map((byte, i) => byte ^ signature[i])).toString('base64')}`
}

t.test('a login by SCRAM: right, wrong, unknown, as somebody else, with a token', (t) => {
  for (const mechanism of SCRAM_MECHANISMS) {
    const login = (password: string, bare: string, header = 'n,,', repeated = header): SaslStep => {
      const server = scramOf(mechanism, Buffer.from('some salt'), 'pencil', 4096, 'server')
      const first = say(server, header + bare).challenge.toString()
      return say(server, clientFinal(mechanism, password, bare, first, repeated))
    }
    t.equal(login('pencil', 'n=user,r=abc').identity?.principal.name, 'user')
    t.equal(login('pencil', 'n=user,r=abc', 'n,a=user,').identity?.principal.name, 'user')
    t.same(login('pencil', 'n=token,r=abc,tokenauth=true').identity, {
      principal: { type: 'User', name: 'owner', tokenAuthenticated: true },
      expiresAtMs: 42,
    })
    t.throws(() => login('pencil', 'n=user,r=abc,tokenauth=true'), /Invalid tokenId/)
    t.throws(() => login('Pencil', 'n=user,r=abc'), { isForClient: false, message: 'Invalid client credentials' })
    t.throws(() => login('pencil', 'n=nobody,r=abc'), /Invalid user credentials/)
    t.throws(() => login('pencil', 'n=user,r=abc', 'n,a=other,'), /different from username/)
    t.throws(() => login('pencil', 'n=user,r=abc', 'n,,', 'y,,'), SaslFailure)
  }
  t.end()
})

t.test('a credential with too few iterations is not used', (t) => {
  t.throws(() => say(scramOf(SHA_256, Buffer.from('salt'), 'p', 4095, 'x'), 'n,,n=user,r=abc'), /less than the minimum/)
  t.end()
})

t.test('PLAIN', (t) => {
  const entries = parseJaasConfig(
    'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret" user_müller="größe";',
  )
  const server = plainServer(jaasPasswords(entries))
  t.equal(say(server, '\0alice\0secret').identity?.principal.name, 'alice')
  t.equal(say(server, 'alice\0alice\0secret').identity?.principal.name, 'alice')
  const refused: [string, RegExp][] = [
    ['\0alice\0Secret', /Invalid username or password/],
    ['\0bob\0secret', /Invalid username or password/],
    ['\0bob\0\0', /expected 3 tokens, got 4/],
    ['alice\0secret', /expected 3 tokens, got 2/],
    ['\0\0secret', /username not specified/],
    ['\0alice\0', /password not specified/],
    ['bob\0alice\0secret', /different from username/],
  ]
  for (const [text, problem] of refused) t.throws(() => say(server, text), { message: problem, isForClient: true })
  t.end()
})

const unsecured = (claims: object, header: object = { alg: 'none' }): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.`
}

t.test('OAUTHBEARER with unsecured tokens', (t) => {
  const entries = parseJaasConfig(
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredValidatorRequiredScope="read write";',
  )
  const nowMs = 1_000_000_000
  const server = () => oauthBearerServer(unsecuredTokens(entries, () => nowMs))
  const first = (token: string, header = 'n,,') => `${header}\x01auth=Bearer ${token}\x01traceId=7\x01\x01`
  const good = { sub: 'alice', iat: 999_999, exp: 1_000_100, scope: 'write read' }
  t.same(say(server(), first(unsecured(good))).identity, {
    principal: { type: 'User', name: 'alice' },
    expiresAtMs: 1_000_100_000,
  })
  t.throws(() => say(server(), first(unsecured(good), 'n,a=bob,')), /authorization id \(bob\)/)
  const refused: [object, string][] = [
    [{ ...good, exp: 1_000_000 }, '{"status":"invalid_token"}'],
    [{ ...good, iat: 1_000_001 }, '{"status":"invalid_token"}'],
    [{ ...good, sub: undefined }, '{"status":"invalid_token"}'],
    [{ ...good, exp: undefined }, '{"status":"invalid_token"}'],
    [{ ...good, scope: ['read'] }, '{"status":"insufficient_scope", "scope":"read write"}'],
  ]
  for (const [claims, answer] of refused) {
    const asked = server()
    t.same(say(asked, first(unsecured(claims))), { challenge: Buffer.from(answer), identity: null })
    t.throws(() => say(asked, '\x01'), { message: answer, isForClient: true }, 'the client has acknowledged')
  }
  t.equal(say(server(), first(`${unsecured(good)}c2ln`)).identity, null, 'a signature that nobody checks')
  t.equal(say(server(), first(unsecured(good, { alg: 'HS256' }))).identity, null)
  for (const text of ['', '\x01', 'n,,\x01\x01', 'n,,\x01auth=Basic abc\x01\x01', 'y,,\x01auth=Bearer a\x01\x01']) {
    t.throws(() => say(server(), text), SaslFailure)
  }
  t.end()
})

t.test('what nobody has taught them, no mechanism lets in or breaks at', (t) => {
  const scram = () => scramOf(SHA_256, Buffer.from('salt'), 'pencil', 4096, 'server')
  const servers = [
    () => plainServer((user) => (user === 'alice' ? 'secret' : null)),
    scram,
    () => {
      const server = scram()
      say(server, 'n,,n=user,r=abc')
      return server
    },
    () => oauthBearerServer(unsecuredTokens([], () => 0)),
  ]
  const pieces = fc.constantFrom(
    'n,,',
    '\0',
    '\x01',
    'n=user,',
    'r=abc',
    'c=biws,',
    ',p=',
    '==',
    'auth=Bearer ',
    'alice',
    '.',
  )
  const mixed = fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }).map((parts) => Buffer.from(parts.join('')))
  fc.assert(
    fc.property(fc.constantFrom(...servers), fc.oneof(fc.uint8Array({ maxLength: 400 }), mixed), (make, bytes) => {
      try {
        return (make().evaluate(Buffer.from(bytes)) as SaslStep).identity === null
      } catch (error) {
        return error instanceof SaslFailure
      }
    }),
    { numRuns: repetitions(5000) },
  )
  t.end()
})
