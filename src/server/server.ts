import type { Listener as ListenerType } from '../../protocol/schema.ts'
import { type BrokerConfig, brokerListeners, controllerListeners, type Endpoint } from '../config/index.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { ConnectionContext } from '../dispatch/handler.ts'
import { type Connection, type Environment, type Listener, NetworkError } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { ClientTraffic } from '../metrics/client-traffic.ts'
import { ListenerMetrics } from '../metrics/listener-metrics.ts'
import type { AuditTrail } from '../security/audit-trail.ts'
import type { ListenerSecurity } from '../security/listener-security.ts'
import { type AcceptingListener, type ConnectionServices, ServerConnection } from './connection.ts'
import { ConnectionQuotas } from './connection-quotas.ts'
import { ReceiveMemory } from './frame-reader.ts'
import { IdleSweeper } from './idle-sweeper.ts'
import { RequestQueue } from './request-queue.ts'
import { Strangers } from './strangers.ts'
import { UnreadAnswers } from './unread-answers.ts'

export interface ServerOptions {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'network'>
  readonly dispatcher: Dispatcher
  readonly logger: Logger
  /** null, or absent: nobody would look at it. */
  readonly audit?: AuditTrail | null
  /** By listener name; a listener that is not here is PLAINTEXT. */
  readonly security?: ReadonlyMap<string, ListenerSecurity>
  /** Counts clients by their ids; null, or absent: nobody reads it. */
  readonly clientTraffic?: ClientTraffic | null
}

/** A listener as it is bound: the real port where 0 was asked for, the host that it fell back to. */
export interface BoundListener extends Endpoint {}

interface OpenListener {
  readonly endpoint: BoundListener
  readonly type: ListenerType
  readonly listener: Listener
}

/** The number of connections that may wait for a slot; the next one is closed, as a full backlog would refuse it. */
const MAX_WAITING = 1000
/** The time that a closed connection's peer has to close too, so that no reset cuts off what was sent last. */
const LINGER_MS = 500

/** Refused connections are spoken of this often. */
const REFUSAL_INTERVAL_MS = 10_000

/**
 * The listeners and all their connections. `bind` before the broker registers (so that it knows its ports), `start`
 * when it can answer; what connects in between waits.
 */
export class Server {
  readonly #options: ServerOptions
  readonly #quotas: ConnectionQuotas
  readonly #services: ConnectionServices
  readonly #connections = new Set<ServerConnection>()
  readonly #sweeper: IdleSweeper<ServerConnection>
  /** Connections without a slot, in the order in which they came. */
  readonly #waiting = new Set<ServerConnection>()
  /** Connections that will be closed because their addresses connect too often. */
  readonly #tooOften = new Set<ServerConnection>()
  readonly #strangers: Strangers
  readonly #metrics = new Map<string, ListenerMetrics>()
  readonly #unsubscribe: () => void
  #open: OpenListener[] = []
  #nextSequence = 0
  #nextRefusalMs = Number.NEGATIVE_INFINITY
  #started = false
  #stopping = false
  /** Resolves a stop when the last connection is gone, and when none of them is working any more. */
  #onChange: () => void = () => {}

  constructor(options: ServerOptions) {
    const { config, environment, dispatcher, logger, audit = null } = options
    this.#options = options
    const names = brokerListeners(config).map(({ listenerName }) => listenerName)
    this.#quotas = new ConnectionQuotas(config, environment.clock, names)
    const maxFrameBytes = config.get('socket.request.max.bytes')
    this.#services = {
      dispatcher,
      logger,
      audit,
      clock: environment.clock,
      queue: new RequestQueue({
        maxRequests: config.get('queued.max.requests'),
        maxBytes: config.get('queued.max.request.bytes'),
      }),
      unread: new UnreadAnswers(() => config.get('samsa.fetch.unread.bytes')),
      maxFrameBytes: () => maxFrameBytes,
      loginLimits: {
        maxFrameBytes: () => Math.min(config.get('sasl.server.max.receive.size'), maxFrameBytes),
        timeoutMs: () => config.get('samsa.authentication.timeout.ms'),
        failureDelayMs: () => config.get('connection.failed.authentication.delay.ms'),
        began: (login) => this.#strangers.began(login),
        settled: (login) => this.#strangers.settled(login),
      },
      memory: new ReceiveMemory((apiKey) => dispatcher.keepsNothing(apiKey)),
      clients: options.clientTraffic ?? null,
      closed: (connection) => this.#closed(connection),
    }
    this.#strangers = new Strangers(environment.clock)
    this.#sweeper = new IdleSweeper(
      this.#connections,
      environment.clock,
      () => config.get('connections.max.idle.ms'),
      (connection) => this.#expire(connection),
    )
    this.#unsubscribe = config.subscribe(() => {
      this.#quotas.reconfigure()
      this.#closeExcess()
      this.#admitWaiting()
    })
  }

  /** Takes the ports. Rejects with a `NetworkError` that says which one is not to be had, holding none of them. */
  async bind(): Promise<readonly BoundListener[]> {
    try {
      const { config } = this.#options
      const ofBroker = brokerListeners(config).map((endpoint) => ({ endpoint, type: 'broker' as const }))
      const ofController = controllerListeners(config).map((endpoint) => ({
        endpoint,
        type: 'controller' as const,
      }))
      for (const [index, { endpoint, type }] of [...ofBroker, ...ofController].entries()) {
        const listener = await this.#listen(endpoint, {
          name: endpoint.listenerName,
          type,
          securityProtocol: endpoint.securityProtocol,
          index,
          security: this.#options.security?.get(endpoint.listenerName) ?? null,
          metrics: this.#metricsOf(endpoint.listenerName),
        })
        this.#open.push({ endpoint: { ...endpoint, host: listener.host, port: listener.port }, type, listener })
      }
    } catch (error) {
      await this.#closeListeners()
      throw error
    }
    return this.listeners
  }

  /** The listeners of the broker, which clients are told of. */
  get listeners(): readonly BoundListener[] {
    return this.#open.filter(({ type }) => type === 'broker').map(({ endpoint }) => endpoint)
  }

  /** The listeners of the controller, which other nodes are told of. */
  get controllerListeners(): readonly BoundListener[] {
    return this.#open.filter(({ type }) => type === 'controller').map(({ endpoint }) => endpoint)
  }

  /** By the names of listeners. */
  get metrics(): ReadonlyMap<string, ListenerMetrics> {
    return this.#metrics
  }

  #metricsOf(listenerName: string): ListenerMetrics {
    const metrics = new ListenerMetrics()
    this.#metrics.set(listenerName, metrics)
    return metrics
  }

  /** The clients that are connected, for those who look. */
  *clients(): Iterable<ConnectionContext> {
    yield* this.#connections
  }

  /** The requests that came whole and are not answered, but for those that wait by design. */
  get queue(): RequestQueue {
    return this.#services.queue
  }

  /** Connections a second by IP address, as `canonicalAddress` writes it; null: from every other one (KIP-612). */
  setAddressLimits(limits: ReadonlyMap<string | null, number>): void {
    this.#quotas.setAddressLimits(limits)
  }

  /** Serves what has connected and what connects from now on. */
  start(): void {
    this.#started = true
    this.#admitWaiting()
  }

  /**
   * Takes no new connection, answers the requests in progress and closes. Requests that wait by design (long polls)
   * are not waited for, and after `timeoutMs` no others are either.
   */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#unsubscribe()
    this.#sweeper.stop()
    await this.#closeListeners()
    for (const connection of [...this.#tooOften]) connection.destroy()
    for (const connection of [...this.#connections]) connection.stop()
    await this.#becomesTrue(() => ![...this.#connections].some((connection) => connection.isWorking), timeoutMs)
    await this.#becomesTrue(() => this.#connections.size === 0, LINGER_MS)
    for (const connection of [...this.#connections]) connection.destroy()
  }

  #becomesTrue(condition: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.environment.clock.schedule(timeoutMs, () => resolve())
      this.#onChange = () => {
        if (!condition()) return
        timer.cancel()
        resolve()
      }
      this.#onChange()
    })
  }

  async #listen(endpoint: Endpoint, accepting: AcceptingListener): Promise<Listener> {
    const { config, environment, logger } = this.#options
    const backlog = config.get('socket.listen.backlog.size')
    const { security } = accepting
    const accept = (connection: Connection) => this.#accept(connection, accepting)
    const refused = (reason: string) => this.#refused(endpoint, reason)
    const { host, port } = endpoint
    const options = { port, backlog, refused, ...(security?.tlsSettings && { tls: security.tlsSettings }) }
    try {
      return await environment.network.listen({ ...options, host }, accept)
    } catch (error) {
      // The environment of a compose file names its containers, which this machine need not know: the listener is
      // then for the programs on this machine.
      const unknownHost = error instanceof NetworkError && ['ENOTFOUND', 'EAI_AGAIN'].includes(error.code)
      if (!unknownHost) throw error
      logger.warn(
        `The host name ${endpoint.host} of listener ${endpoint.listenerName} is unknown here: listening on localhost`,
      )
      return environment.network.listen({ ...options, host: 'localhost' }, accept)
    }
  }

  /** A client that floods a listener must not flood the log as well. */
  #refused({ listenerName }: Endpoint, reason: string): void {
    const nowMs = this.#options.environment.clock.monotonicMs()
    if (nowMs < this.#nextRefusalMs) return
    this.#nextRefusalMs = nowMs + REFUSAL_INTERVAL_MS
    this.#options.logger.warn(`Connections to listener ${listenerName} are refused: ${reason}`)
  }

  #accept(raw: Connection, listener: AcceptingListener): void {
    const connection = new ServerConnection(raw, listener, this.#nextSequence++, this.#services)
    if (this.#stopping) {
      connection.destroy()
      return
    }
    const verdict = this.#quotas.arrive(listener.name, connection.remoteAddress)
    if (verdict.kind === 'refuse') {
      this.#options.logger.info(
        `Rejected connection from ${connection.remoteAddress}: it has ${verdict.limit} already, all that max.connections.per.ip allows`,
      )
      connection.destroy()
      return
    }
    if (verdict.kind === 'close') {
      this.#closeLater(connection, verdict.delayMs)
      return
    }
    this.#connections.add(connection)
    this.#sweeper.watch()
    if (verdict.kind === 'admit' && this.#started) this.#admit(connection)
    else if (verdict.kind === 'wait' && verdict.delayMs > 0) this.#delay(connection, verdict.delayMs)
    else this.#enqueue(connection)
  }

  #closeLater(connection: ServerConnection, delayMs: number): void {
    if (this.#tooOften.size >= MAX_WAITING) {
      connection.destroy()
      return
    }
    this.#tooOften.add(connection)
    const timer = this.#options.environment.clock.schedule(delayMs, () => connection.destroy())
    connection.onClose(() => {
      timer.cancel()
      this.#tooOften.delete(connection)
    })
  }

  #delay(connection: ServerConnection, delayMs: number): void {
    const timer = this.#options.environment.clock.schedule(delayMs, () => {
      this.#enqueue(connection)
      this.#admitWaiting()
    })
    connection.onClose(() => timer.cancel())
  }

  #enqueue(connection: ServerConnection): void {
    if (this.#waiting.size < MAX_WAITING) this.#waiting.add(connection)
    else connection.destroy()
  }

  #admit(connection: ServerConnection): void {
    this.#waiting.delete(connection)
    this.#quotas.admit(connection.listenerName)
    connection.start()
    this.#closeExcess()
  }

  #admitWaiting(): void {
    if (!this.#started || this.#stopping) return
    for (const connection of [...this.#waiting]) {
      if (this.#quotas.slotIsFree(connection.listenerName)) this.#admit(connection)
    }
  }

  /** A lowered `max.connections`, or the protected listener, costs those their connection that used it least. */
  #closeExcess(): void {
    const { excess } = this.#quotas
    if (excess === 0) return
    const candidates = [...this.#connections]
      .filter(({ admitted, listenerName }) => admitted && !this.#quotas.isProtected(listenerName))
      .sort((a, b) => a.lastActiveMs - b.lastActiveMs)
    for (const connection of candidates.slice(0, excess)) connection.destroy()
  }

  #expire(connection: ServerConnection): void {
    this.#options.logger.debug({ connection: connection.id }, `Closing ${connection.id}: idle for too long`)
    connection.destroy()
  }

  #closed(connection: ServerConnection): void {
    if (!this.#connections.delete(connection)) return
    this.#waiting.delete(connection)
    this.#quotas.leave(connection.listenerName, connection.remoteAddress, connection.admitted)
    this.#admitWaiting()
    this.#onChange()
  }

  async #closeListeners(): Promise<void> {
    const open = this.#open
    this.#open = []
    await Promise.all(open.map(({ listener }) => listener.close()))
  }
}
