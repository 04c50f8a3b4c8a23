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
