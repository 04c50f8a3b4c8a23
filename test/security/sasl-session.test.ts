import t from 'tap'
import { plainServer } from '../../src/security/sasl/plain.ts'
import type { SaslMechanism } from '../../src/security/sasl/sasl-mechanisms.ts'
import { SaslFailure } from '../../src/security/sasl/sasl-server.ts'
import { SaslSession, TooSoon } from '../../src/security/sasl/sasl-session.ts'

const PRODUCE = 0
const HANDSHAKE = 17
const API_VERSIONS = 18
const AUTHENTICATE = 36

const token = (user: string, password = 'secret') => Buffer.from(`\0${user}\0${password}`)

function session(maxReauthMs = 0) {
  const clock = { ms: 1_000_000 }
  const mechanism = (name: string): SaslMechanism => ({
    name,
    maxReauthMs: () => maxReauthMs,
    newServer: () => plainServer(() => 'secret'),
  })
  const made = new SaslSession([mechanism('PLAIN'), mechanism('OTHER')], {
    nowMs: () => clock.ms,
    monotonicMs: () => clock.ms,
  })
  return { session: made, clock }
}

/** Which of these requests would be handled now. */
const handled = (session: SaslSession, apis: number[]) => apis.filter((api) => session.refusal(api) === null)
const ALL = [PRODUCE, HANDSHAKE, API_VERSIONS, AUTHENTICATE]

t.test('a login, request by request', async (t) => {
  const { session: login } = session()
  t.same(handled(login, ALL), [HANDSHAKE, API_VERSIONS])
  t.equal(login.handshake('PLAIN', 1), true)
  t.same(handled(login, ALL), [AUTHENTICATE])
  t.equal(login.expectsBareToken, false)
  const { principal, sessionLifetimeMs } = await login.authenticate(token('alice'))
  t.same([principal, sessionLifetimeMs], [{ type: 'User', name: 'alice' }, 0])
  t.same(handled(login, ALL), ALL, 'others are judged by their handlers')
  t.equal(login.isAuthenticated, true)
})

t.test('bare tokens after a handshake of version 0', async (t) => {
  const { session: login } = session()
  login.handshake('PLAIN', 0)
  t.equal(login.expectsBareToken, true)
  await login.authenticate(token('alice'))
  t.equal(login.expectsBareToken, false)
})

t.test('who only asks for versions is not answered for ever', (t) => {
  const { session: login } = session()
  const answered = Array.from({ length: 10 }, () => login.refusal(API_VERSIONS)).filter((why) => why === null)
  t.equal(answered.length, 4)
  t.equal(login.refusal(HANDSHAKE), null)
  t.end()
})

t.test('a failure ends it, and says nothing of users', (t) => {
  const { session: login } = session()
  t.equal(login.handshake('UNKNOWN', 1), false)
  t.same(handled(login, ALL), [])
  const { session: other } = session()
  other.handshake('PLAIN', 1)
  t.throws(() => other.authenticate(token('alice', 'wrong')), SaslFailure)
  t.same(handled(other, ALL), [])
  t.throws(() => other.authenticate(token('alice')), SaslFailure, 'there is no second try')
  t.end()
})

t.test('a session ends, and a client logs in anew as who it was', async (t) => {
  const { session: login, clock } = session(60_000)
  login.handshake('PLAIN', 1)
  t.equal((await login.authenticate(token('alice'))).sessionLifetimeMs, 60_000)
  t.throws(() => login.handshake('PLAIN', 1), TooSoon)
  t.equal(login.isOpen, true, 'and the session goes on')
  clock.ms += 60_000
  t.equal(login.refusal(PRODUCE), null)
  clock.ms += 1
  t.match(login.refusal(PRODUCE), /session is over/)
  login.handshake('PLAIN', 1)
  t.match(login.refusal(PRODUCE), /during SASL authentication/)
  t.equal((await login.authenticate(token('alice'))).principal?.name, 'alice')
  t.equal(login.refusal(PRODUCE), null)

  clock.ms += 2000
  login.handshake('PLAIN', 1)
  t.throws(() => login.authenticate(token('bob')), {
    message: 'Cannot change principals during re-authentication from User.alice: User.bob',
  })
})

t.test('another mechanism is refused with the first token', async (t) => {
  const { session: login, clock } = session(60_000)
  login.handshake('PLAIN', 1)
  await login.authenticate(token('alice'))
  clock.ms += 2000
  t.equal(login.handshake('OTHER', 1), true)
  t.throws(() => login.authenticate(token('alice')), {
    message: "SASL mechanism 'OTHER' requested by client is not supported for re-authentication of mechanism 'PLAIN'",
  })
})
