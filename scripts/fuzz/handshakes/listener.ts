/**
 * A SASL listener of samsa without sockets: frames go to the login of a connection and to the handlers behind it, as
 * `server/connection` passes them on. Time does not pass: delays are over at once.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unchecked } from '../../../protocol/unchecked.ts'
import { apiVersionsHandler } from '../../../src/api/api-versions.ts'
import { saslAuthenticateHandler } from '../../../src/api/sasl-authenticate.ts'
import { saslHandshakeHandler } from '../../../src/api/sasl-handshake.ts'
import { formatUsers, loadConfig } from '../../../src/config/index.ts'
import { Dispatcher } from '../../../src/dispatch/dispatcher.ts'
import type { ConnectionContext } from '../../../src/dispatch/handler.ts'
import { HandlerRegistry } from '../../../src/dispatch/registry.ts'
import { CLOSE, Pending, type Reply } from '../../../src/dispatch/reply.ts'
import type { Clock, Connection } from '../../../src/env/index.ts'
import type { Logger } from '../../../src/env/logger.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { ListenerSecurity } from '../../../src/security/listener-security.ts'
import { Login } from '../../../src/server/login.ts'
import { USER } from './conversations.ts'

const ROOM_BYTES = 1 << 20

export interface FuzzedListener {
  connect(): FuzzedConnection
  /** Errors that are bugs, as the broker would log them. */
  readonly bugs: readonly string[]
  stop(): Promise<void>
}

export interface FuzzedConnection {
  /** The answer without its size; null: the connection is closed. */
  send(frame: Buffer): Promise<Buffer | null>
  readonly isLoggedIn: boolean
}

export async function fuzzedListener(password: string): Promise<FuzzedListener> {
  const folder = mkdtempSync(join(tmpdir(), 'samsa-fuzz-'))
  const environment = nodeEnvironment()
  const bugs: string[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (...args: unknown[]) => void bugs.push(args.map(textOf).join(' ')),
  }
  const { config } = loadConfig({ given: new Map(settings(folder, password)) })
  const credentials = { scram: () => null, token: () => null }
  const endpoint = { listenerName: 'SASL', securityProtocol: 'SASL_PLAINTEXT', host: 'localhost', port: 9092 } as const
  const security = await ListenerSecurity.open(endpoint, { config, environment, logger, credentials })
  const clock = timeless(environment.clock)
  const dispatcher = dispatcherOf(clock, logger)
  return {
    bugs,
    connect: () => new InProcess(security, dispatcher, clock, logger),
    async stop() {
      security.stop()
      await environment.compute.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const textOf = (value: unknown): string => {
  const { err } = value as { err?: Error }
  return err?.stack ?? (value instanceof Error ? (value.stack ?? value.message) : String(value))
}

function settings(folder: string, password: string): [string, string][] {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwks = join(folder, 'jwks.json')
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key', alg: 'ES256' }] }))
  return [
    ['listeners', 'SASL://localhost:9092'],
    ['listener.security.protocol.map', 'SASL:SASL_PLAINTEXT'],
    ['inter.broker.listener.name', 'SASL'],
    ['sasl.mechanism.inter.broker.protocol', 'PLAIN'],
    ['sasl.enabled.mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER'],
    ['sasl.oauthbearer.jwks.endpoint.url', `file://${jwks}`],
    ['sasl.oauthbearer.expected.audience', 'samsa'],
    ['sasl.oauthbearer.expected.issuer', 'issuer'],
    ['samsa.users', formatUsers({ [USER]: password })],
  ]
}

function dispatcherOf(clock: Clock, logger: Logger): Dispatcher {
  const registry = new HandlerRegistry([
    saslHandshakeHandler(),
    saslAuthenticateHandler({ clock, logger, failureDelayMs: () => 0 }),
  ])
  registry.add(
    apiVersionsHandler({
      identity: { clusterId: 'cluster', nodeId: 1 },
      apis: () => registry.all(),
      features: () => ({ supported: [], finalized: [], finalizedEpoch: -1n }),
    }),
  )
  return new Dispatcher(registry, logger)
}

function timeless(clock: Clock): Clock {
  return {
    ...clock,
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    schedule(delayMs, task) {
      if (delayMs === 0) queueMicrotask(task)
      return { cancel: () => {} }
    },
    defer: (task) => queueMicrotask(task),
  }
}

const limits = {
  maxFrameBytes: () => ROOM_BYTES,
  timeoutMs: () => 60_000,
  failureDelayMs: () => 0,
  began: () => {},
  settled: () => {},
}

class InProcess implements FuzzedConnection {
  readonly #login: Login
  readonly #dispatcher: Dispatcher
  #context: ConnectionContext
  #isOpen = true

  constructor(security: ListenerSecurity, dispatcher: Dispatcher, clock: Clock, logger: Logger) {
    const services = { clock, logger, loginLimits: limits }
    const close = () => void (this.#isOpen = false)
    this.#login = new Login(security, unchecked<Connection>({}), services, { became: () => {}, tooSlow: close })
    this.#dispatcher = dispatcher
    this.#context = {
      id: 'fuzz',
      listenerName: 'SASL',
      listenerType: 'broker',
      securityProtocol: 'SASL_PLAINTEXT',
      localAddress: '127.0.0.1',
      localPort: 9092,
      remoteAddress: '127.0.0.1',
      remotePort: 50_000,
      onClose: () => () => {},
      sasl: this.#login.session,
      peer: { principal: { type: 'User', name: 'ANONYMOUS' }, softwareName: 'unknown', softwareVersion: 'unknown' },
    }
  }

  get isLoggedIn(): boolean {
    return this.#context.sasl?.isAuthenticated === true || this.#context.peer.principal.name !== 'ANONYMOUS'
  }

  async send(frame: Buffer): Promise<Buffer | null> {
    if (!this.#isOpen) return null
    const answered =
      this.#login.dispatch(this.#context, frame, this.#dispatcher) ??
      this.#dispatcher.dispatch(this.#context, frame, ROOM_BYTES)
    const reply: Reply = answered instanceof Pending ? await answered.reply : answered
    if (reply.peer !== null) this.#context = { ...this.#context, peer: reply.peer }
    if (reply === CLOSE || reply.closes) this.#isOpen = false
    return reply.frame === null ? null : Buffer.concat(reply.frame).subarray(4)
  }
}
