/** Delegation tokens of a whole broker: asked for by hand, and used to log in by kafkajs. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import t from 'tap'
import { codec } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../protocol/messages/create-delegation-token.ts'
import {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from '../../protocol/messages/describe-delegation-token.ts'
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../protocol/messages/expire-delegation-token.ts'
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../protocol/messages/renew-delegation-token.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { Writer } from '../../protocol/writer.ts'
import { startBroker } from '../../src/index.ts'

const { SCRAM, DIGESTS } = createRequire(import.meta.url)('kafkajs/src/broker/saslAuthenticator/scram')

/** Requests, one after another. */
class Connection {
  readonly #socket: Socket
  #received = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('error', () => {})
  }

  static async open(port: number, user?: string): Promise<Connection> {
    const connection = new Connection(connect(port, '127.0.0.1'))
    if (user === undefined) return connection
    await connection.#exchange(Buffer.concat([header(17, 0), Buffer.from('\0\x05PLAIN')]))
    await connection.#exchange(Buffer.from(`\0${user}\0${user}-secret`))
    return connection
  }

  async ask<Q extends MessageSchema, R extends MessageSchema>(
    [query, response]: readonly [Q, R],
    request: Encodable<Q>,
    version = 1,
  ): Promise<Decoded<R>> {
    const writer = new Writer()
    codec(query, version).encode(writer, request)
    // Headers of flexible versions end with their tagged fields: none.
    const tags = Buffer.alloc(version < 2 ? 0 : 1)
    const answer = await this.#exchange(Buffer.concat([header(query.apiKey!, version), tags, writer.toBuffer()]))
    return codec(response, version).decode(new Reader(answer.subarray(4 + tags.length))) as Decoded<R>
  }

  close(): void {
    this.#socket.destroy()
  }

  async #exchange(body: Buffer): Promise<Buffer> {
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length)
    this.#socket.write(Buffer.concat([size, body]))
    while (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE()) {
      const [chunk] = await once(this.#socket, 'data')
      this.#received = Buffer.concat([this.#received, chunk])
    }
    const end = 4 + this.#received.readInt32BE()
    const answer = this.#received.subarray(4, end)
    this.#received = this.#received.subarray(end)
    return answer
  }
}

function header(api: number, version: number): Buffer {
  const bytes = Buffer.alloc(10)
  bytes.writeInt16BE(api, 0)
  bytes.writeInt16BE(version, 2)
  bytes.writeInt16BE(-1, 8)
  return bytes
}

const CREATE = [CreateDelegationTokenRequest, CreateDelegationTokenResponse] as const
const RENEW = [RenewDelegationTokenRequest, RenewDelegationTokenResponse] as const
const EXPIRE = [ExpireDelegationTokenRequest, ExpireDelegationTokenResponse] as const
const DESCRIBE = [DescribeDelegationTokenRequest, DescribeDelegationTokenResponse] as const

async function errorsOfAll(connection: Connection): Promise<number[]> {
  return [
    (await connection.ask(CREATE, {})).errorCode,
    (await connection.ask(RENEW, {})).errorCode,
    (await connection.ask(EXPIRE, {})).errorCode,
    (await connection.ask(DESCRIBE, {})).errorCode,
  ]
}

/** kafkajs with Java's `tokenauth="true"`; null, or the error. */
async function login(brokers: string[], id: string, hmac: Buffer, digest: 'SHA256' | 'SHA512'): Promise<string | null> {
  class TokenScram extends SCRAM {
    firstMessageBare(): string {
      return `${super.firstMessageBare()},tokenauth=true`
    }
  }
  const credentials = { username: id, password: hmac.toString('base64') }
  const sasl = {
    mechanism: `scram-sha-${digest.slice(3)}`,
    // biome-ignore lint/suspicious/noExplicitAny: kafkajs does not say what its own mechanisms are made of.
    authenticationProvider: ({ host, port, logger, saslAuthenticate }: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: the same.
      new (TokenScram as any)(credentials, host, port, logger, saslAuthenticate, DIGESTS[digest]),
  }
  const kafka = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    sasl: unchecked<KafkaConfig['sasl']>(sasl),
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.listTopics()
    return null
  } catch (error) {
    return String(error)
  } finally {
    await admin.disconnect()
  }
}

const users = { alice: 'alice-secret', bob: 'bob-secret', carol: 'carol-secret' }
const tokens = { 'delegation.token.secret.key': 'key', 'connection.failed.authentication.delay.ms': 1 }

t.test('made by one, described and renewed by another, used to log in, and ended', async (t) => {
  await using broker = await startBroker({ users, config: tokens })
  const { port } = broker
  const brokers = [broker.bootstrapServers]
  const alice = await Connection.open(port, 'alice')
  const bob = await Connection.open(port, 'bob')
  const carol = await Connection.open(port, 'carol')
  const renewers = [{ principalType: 'User', principalName: 'bob' }]
  const { errorCode, tokenId, hmac: sent, ...created } = await alice.ask(CREATE, { renewers, maxLifetimeMs: -1n })
  const hmac = Buffer.from(sent)
  t.equal(errorCode, ErrorCode.NONE)
  t.match(created, { principalType: 'User', principalName: 'alice' })
  const group = [{ principalType: 'Group', principalName: 'g' }]
  t.equal((await alice.ask(CREATE, { renewers: group })).errorCode, ErrorCode.INVALID_PRINCIPAL_TYPE)

  t.same((await alice.ask(DESCRIBE, { owners: [] })).tokens, [], 'none was asked for')
  for (const [who, owners] of [
    [bob, null],
    [alice, [{ principalType: 'User', principalName: 'bob' }]],
  ] as const) {
    const described = await who.ask(DESCRIBE, { owners: owners === null ? null : [...owners] })
    t.match(described.tokens, [
      { tokenId, hmac, principalName: 'alice', renewers, expiryTimestamp: created.expiryTimestampMs },
    ])
  }
  t.same((await alice.ask(DESCRIBE, { owners: [{ principalType: 'User', principalName: 'carol' }] })).tokens, [])

  for (const digest of ['SHA256', 'SHA512'] as const) {
    t.equal(await login(brokers, tokenId, hmac, digest), null, digest)
    t.match(await login(brokers, tokenId, Buffer.alloc(64), digest), /authentication failed/i)
    t.match(await login(brokers, 'alice', Buffer.from('alice-secret', 'base64'), digest), /authentication failed/i)
  }
  t.equal((await carol.ask(RENEW, { hmac, renewPeriodMs: 1n })).errorCode, ErrorCode.DELEGATION_TOKEN_OWNER_MISMATCH)
  const renewed = await bob.ask(RENEW, { hmac, renewPeriodMs: 60_000n })
  t.equal(renewed.errorCode, ErrorCode.NONE)
  t.ok(renewed.expiryTimestampMs < created.expiryTimestampMs)
  t.equal((await bob.ask(EXPIRE, { hmac, expiryTimePeriodMs: -1n })).errorCode, ErrorCode.NONE)
  t.match(await login(brokers, tokenId, hmac, 'SHA256'), /authentication failed/i)
  t.equal((await bob.ask(RENEW, { hmac })).errorCode, ErrorCode.DELEGATION_TOKEN_NOT_FOUND)
  for (const connection of [alice, bob, carol]) connection.close()
})

t.test('there are none without a secret key', async (t) => {
  await using broker = await startBroker({ users })
  const alice = await Connection.open(broker.port, 'alice')
  for (const errorCode of await errorsOfAll(alice)) t.equal(errorCode, ErrorCode.DELEGATION_TOKEN_AUTH_DISABLED)
  alice.close()
})

t.test('clients whom nobody knows ask for none', async (t) => {
  for (const tls of [false, true]) {
    await using broker = await startBroker({ tls, config: tokens })
    const socket = tls
      ? tlsConnect({ port: broker.port, host: '127.0.0.1', ca: broker.tls!.ca })
      : connect(broker.port, '127.0.0.1')
    const anonymous = new Connection(socket)
    for (const errorCode of await errorsOfAll(anonymous)) {
      t.equal(errorCode, ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED)
    }
    anonymous.close()
  }
})

t.test('with an authorizer: tokens for others, and those of others', async (t) => {
  const acls = ['alice:create_tokens:user:User:carol', 'bob:describe_tokens:user:User:carol']
  await using broker = await startBroker({ users, acls, config: tokens })
  const [alice, bob, carol] = [
    await Connection.open(broker.port, 'alice'),
    await Connection.open(broker.port, 'bob'),
    await Connection.open(broker.port, 'carol'),
  ]
  const of = (name: string) => ({ ownerPrincipalType: 'User', ownerPrincipalName: name })
  t.match(await alice.ask(CREATE, of('bob'), 3), {
    errorCode: ErrorCode.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
    principalName: 'bob',
    tokenRequesterPrincipalName: 'alice',
    issueTimestampMs: -1n,
  })
  const made = [await alice.ask(CREATE, of('carol'), 3), await alice.ask(CREATE, of('alice'), 3)]
  t.same(
    made.map(({ errorCode, principalName, tokenRequesterPrincipalName }) => [
      errorCode,
      principalName,
      tokenRequesterPrincipalName,
    ]),
    [
      [0, 'carol', 'alice'],
      [0, 'alice', 'alice'],
    ],
  )
  const ownersSeenBy = async (connection: Connection) =>
    (await connection.ask(DESCRIBE, { owners: null }, 3)).tokens.map(({ principalName }) => principalName).sort()
  t.same(await ownersSeenBy(alice), ['alice', 'carol'], 'whoever has asked for a token may see it')
  t.same(await ownersSeenBy(bob), ['carol'])
  t.same(await ownersSeenBy(carol), ['carol'])
  for (const connection of [alice, bob, carol]) connection.close()
})
