/** Whole brokers that take signed tokens, with the JWKS document in a file and at an HTTP endpoint. */
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/messages/describe-cluster.ts'
import { connectToBrokers } from '../../src/client/peers.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { startBroker } from '../../src/index.ts'
import { signedTokens } from '../../src/security/sasl/signed-tokens.ts'

const environment = nodeEnvironment()
t.teardown(() => environment.compute.stop())

const own = await generateKeyPair('RS256')
const other = await generateKeyPair('RS256')
const DOCUMENT = JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256' }] })

const sign = (claims: object, key = own.privateKey): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  const all = { sub: 'alice', iss: 'https://tokens', aud: 'kafka', iat: now, exp: now + 600, ...claims }
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key)
}

const folder = t.testdir({ 'jwks.json': DOCUMENT, token: '' })

/** null, or why the login was refused. */
async function tryToken(port: number, token: string): Promise<string | null> {
  await writeFile(join(folder, 'token'), token)
  const config = new BrokerConfig({
    'security.inter.broker.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism.inter.broker.protocol': 'OAUTHBEARER',
    'sasl.oauthbearer.token.endpoint.url': `file://${join(folder, 'token')}`,
  })
  const limits = { connectTimeoutMs: 20_000, requestTimeoutMs: 20_000, maxResponseBytes: 100_000 }
  const connect = await connectToBrokers({ ...limits, config, environment, logger: silentLogger(), clientId: 'test' })
  try {
    const connection = await connect({ host: '127.0.0.1', port })
    await connection.request(DescribeClusterRequest, DescribeClusterResponse, {})
    connection.close()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

async function judge(t: Test, url: string): Promise<void> {
  const prefix = 'listener.name.sasl_plaintext.oauthbearer.sasl.oauthbearer'
  await using broker = await startBroker({
    config: {
      listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      [`${prefix}.jwks.endpoint.url`]: url,
      [`${prefix}.expected.audience`]: 'kafka',
      [`${prefix}.expected.issuer`]: 'https://tokens',
    },
  })
  const { port } = broker
  t.equal(await tryToken(port, await sign({})), null)
  t.match(await tryToken(port, await sign({}, other.privateKey)), /invalid_token/, 'of another key')
  t.match(await tryToken(port, await sign({ exp: 1_000_000 })), /invalid_token/, 'over')
  t.match(await tryToken(port, await sign({ aud: 'others' })), /invalid_token/, 'for others')
  t.match(await tryToken(port, await sign({ iss: 'https://elsewhere' })), /invalid_token/, 'of another issuer')
  const [, payload] = (await sign({})).split('.')
  const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
  t.match(await tryToken(port, `${header}.${payload}.`), /invalid_token/, 'of nobody')
}

/** BrokerJwtValidator of kafka-clients 4.4.0 was shown tokens with these claims, and has refused those that are false here. */
const JUDGED: readonly (readonly [boolean, (now: number) => object])[] = [
  [true, () => ({})],
  [false, () => ({ iat: undefined })],
  [false, () => ({ iat: -5 })],
  [true, (now) => ({ iat: now + 500 })],
  [false, (now) => ({ iat: now + 700 })],
  [false, (now) => ({ nbf: now + 20, exp: now + 10 })],
  [false, (now) => ({ nbf: now + 100 })],
  [false, (now) => ({ iat: now - 600, exp: now - 30 })],
  [true, (now) => ({ exp: now + 600.5 })],
  [false, () => ({ scope: '' })],
  [false, () => ({ scope: ['a', 'a'] })],
  [false, () => ({ scope: ['a', 5] })],
  [true, () => ({ scope: [] })],
  [true, () => ({ scope: 5 })],
  [true, () => ({ sub: ' alice ' })],
  [true, () => ({ aud: ['others', 'kafka'] })],
  [false, () => ({ iss: ['https://tokens'] })],
]

t.test('claims are judged as Apache judges them', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const validate = signedTokens(
    {
      audiences: ['kafka'],
      issuer: 'https://tokens',
      clockSkewSeconds: 30,
      principalClaim: 'sub',
      scopeClaim: 'scope',
      refreshMs: 3_600_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 10_000,
    },
    { load: async () => DOCUMENT, nowMs: () => now * 1000, monotonicMs: () => 0, onProblem: () => {} },
  )
  for (const [isValid, claimsAt] of JUDGED) {
    const claims = claimsAt(now)
    const judged = await Promise.resolve(validate(await sign({ iat: now, exp: now + 600, ...claims }))).catch(
      () => null,
    )
    const expected = { principalName: 'alice', expiresAtMs: (now + 600) * 1000 }
    t.same(judged, isValid ? expected : null, JSON.stringify(claims))
  }
})

t.test('a JWKS document in a file', (t) => judge(t, `file://${join(folder, 'jwks.json')}`))

t.test('a JWKS document at an HTTP endpoint', async (t) => {
  let asked = 0
  const endpoint = createServer((_, response) => {
    asked++
    response.end(DOCUMENT)
  }).listen(0, '127.0.0.1')
  t.teardown(() => endpoint.close())
  await new Promise((resolve) => endpoint.once('listening', resolve))
  await judge(t, `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/keys`)
  t.equal(asked, 1, 'the document is asked for once')
})

t.test('an endpoint that is not there: nobody gets in, and the broker goes on', async (t) => {
  await using broker = await startBroker({
    config: {
      listeners: 'SASL_PLAINTEXT://127.0.0.1:0,PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'OAUTHBEARER',
      'sasl.oauthbearer.jwks.endpoint.url': 'http://127.0.0.1:1/keys',
      'sasl.oauthbearer.allow.unverified.audience': true,
      'sasl.oauthbearer.allow.unverified.issuer': true,
    },
  })
  t.match(await tryToken(broker.port, await sign({})), /invalid_token/)
  t.match(await tryToken(broker.port, await sign({})), /invalid_token/)
})
