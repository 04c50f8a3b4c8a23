/** Every client over each kind of listener: right and wrong passwords, tokens and certificates. */
import type { BrokerProcess } from '../support/broker.ts'
import type { Case } from '../support/suite.ts'
import { type Access, attempt, expectOutcome, type Outcome, type SecurityClient } from './attempts.ts'
import { at, login, PASSWORD_MECHANISMS, SESSION_MS, store } from './secure-broker.ts'
import { type SignedTokens, type TokenKind, unsecuredToken } from './signed-tokens.ts'

export const TOPIC = 'orders'
const CASE_LIMIT_MS = 300_000

/**
 * A broker's refusal of a certificate comes when the client has done its part of a TLS 1.3 handshake: some clients tell
 * the reason, others only that the connection was closed.
 */
const REFUSED_BY_BROKER: readonly Outcome[] = ['tls', 'closed']
/** kafkajs and aiokafka do not read why a token is refused: they go on with requests that may not come then. */
const REFUSED_TOKEN: Readonly<Record<string, readonly Outcome[]>> = { kafkajs: ['other'], aiokafka: ['other'] }

const tried = async (client: SecurityClient, access: Access, expected: Outcome | readonly Outcome[], what: string) =>
  expectOutcome(await attempt(client, access, TOPIC), expected, what)

export function loginCases(client: SecurityClient, signed: SignedTokens): Case[] {
  const { name } = client
  return [
    passwords(client, 'SASL_PLAINTEXT'),
    passwords(client, 'SASL_SSL'),
    {
      name: `${name} over SSL: certificates known and unknown, and over`,
      timeoutMs: CASE_LIMIT_MS,
      run: async ({ broker }) => certificates(client, broker),
    },
    {
      name: `${name} over SASL_SSL: signed tokens, right and wrong`,
      timeoutMs: CASE_LIMIT_MS,
      run: async ({ broker }) => tokens(client, broker, signed),
    },
    {
      name: `${name}: sessions that end, and logins anew`,
      timeoutMs: CASE_LIMIT_MS,
      run: async ({ broker }) => sessions(client, broker),
    },
  ]
}

function passwords(client: SecurityClient, listener: 'SASL_PLAINTEXT' | 'SASL_SSL'): Case {
  return {
    name: `${client.name} over ${listener}: PLAIN, SCRAM and OAUTHBEARER, right and wrong`,
    smoke: client.name === 'kafkajs' && listener === 'SASL_SSL',
    timeoutMs: CASE_LIMIT_MS,
    async run({ broker }) {
      const there = at(broker, listener)
      for (const mechanism of PASSWORD_MECHANISMS) {
        await tried(client, { ...there, ...login(mechanism, 'alice') }, 'ok', mechanism)
        await tried(client, { ...there, ...login(mechanism, 'alice', 'wrong') }, 'authentication', `${mechanism} wrong`)
      }
      const nobody = { ...login('SCRAM-SHA-256', 'alice'), username: 'nobody' }
      await tried(client, { ...there, ...nobody }, 'authentication', 'an unknown user')
      const bearer = { mechanism: 'OAUTHBEARER', username: 'alice', token: unsecuredToken('alice') } as const
      await tried(client, { ...there, ...bearer }, 'ok', 'OAUTHBEARER')
    },
  }
}

async function certificates(client: SecurityClient, broker: BrokerProcess): Promise<void> {
  const there = at(broker, 'SSL')
  const own = { ...there, identity: store('client.pem') }
  await tried(client, own, 'ok', 'a known client')
  await tried(client, there, REFUSED_BY_BROKER, 'no certificate')
  await tried(client, { ...there, identity: store('stranger.pem') }, REFUSED_BY_BROKER, 'an unknown client')
  await tried(client, { ...there, identity: store('expired.pem') }, REFUSED_BY_BROKER, 'a certificate that is over')
  await tried(client, { ...own, ca: store('stranger.pem') }, 'tls', 'another authority')
  await tried(client, { ...own, address: broker.addressOf('EXPIRED') }, 'tls', "a broker's certificate that is over")
}

async function tokens(client: SecurityClient, broker: BrokerProcess, signed: SignedTokens): Promise<void> {
  const there = at(broker, 'SIGNED')
  const refused = REFUSED_TOKEN[client.name] ?? 'authentication'
  for (const [kind, token] of Object.entries(signed.tokens)) {
    const expected = (kind as TokenKind) === 'right' ? 'ok' : refused
    await tried(client, { ...there, mechanism: 'OAUTHBEARER', ...token }, expected, kind)
  }
  const unsigned = { token: unsecuredToken('alice') }
  if (client.name !== 'Java') {
    await tried(client, { ...there, mechanism: 'OAUTHBEARER', ...unsigned }, refused, 'unsigned')
  }
}

/** A session goes on beyond its end, for those that log in anew and for those that connect again. */
async function sessions(client: SecurityClient, broker: BrokerProcess): Promise<void> {
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256'] as const) {
    const access = { ...at(broker, 'REAUTH'), ...login(mechanism, 'alice') }
    expectOutcome(await client.open(access, TOPIC), 'ok', mechanism)
    try {
      const endsMs = performance.now() + 3 * SESSION_MS
      for (let index = 0; performance.now() < endsMs; index++) {
        expectOutcome(await client.send(TOPIC, `${mechanism} ${index}`), 'ok', `${mechanism}, record ${index}`)
        await new Promise((resolve) => setTimeout(resolve, SESSION_MS / 10))
      }
    } finally {
      await client.close()
    }
  }
}
