import type { Listener } from '../../protocol/schema.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { ConnectionContext } from '../dispatch/handler.ts'
import type { Peer } from '../dispatch/peer.ts'
import { Pending, type Reply } from '../dispatch/reply.ts'
import {
  type Clock,
  type Connection,
  type NetworkError,
  type Timer,
  TLS_HANDSHAKE_FAILED,
  TLS_PEER_SPEAKS_HTTP,
  TLS_PEER_SPEAKS_PLAIN,
} from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { release, releaseAll } from '../env/slab-pool.ts'
import { type ClientTraffic, clientIdIn, type Traffic } from '../metrics/client-traffic.ts'
import type { ListenerMetrics } from '../metrics/listener-metrics.ts'
import type { AuditTrail } from '../security/audit-trail.ts'
import type { ListenerSecurity } from '../security/listener-security.ts'
import { ANONYMOUS } from '../security/principal.ts'
import type { SaslSession } from '../security/sasl/sasl-session.ts'
import { foreignProtocol, wrongProtocol } from './foreign-protocol.ts'
import { FrameReader, InvalidFrameSize, type ReceiveMemory } from './frame-reader.ts'
import { Login, type LoginLimits } from './login.ts'
import type { RequestQueue } from './request-queue.ts'
import type { UnreadAnswers } from './unread-answers.ts'

/** Kafka's name for the software of a client that never said what it is (KIP-511). */
const UNKNOWN_SOFTWARE = 'unknown'
const STRANGER: Peer = {
  principal: ANONYMOUS,
  softwareName: UNKNOWN_SOFTWARE,
  softwareVersion: UNKNOWN_SOFTWARE,
}

export interface ConnectionServices {
  readonly dispatcher: Dispatcher
  readonly queue: RequestQueue
  readonly unread: UnreadAnswers
  readonly clock: Clock
  readonly logger: Logger
  /** null: nobody would look at it. */
  readonly audit: AuditTrail | null
  readonly maxFrameBytes: () => number
  /** Limits of clients that have not yet said who they are. */
  readonly loginLimits: LoginLimits
  readonly memory: ReceiveMemory
  /** null: nobody reads what clients are counted by. */
  readonly clients: ClientTraffic | null
  /** The connection is gone. */
  readonly closed: (connection: ServerConnection) => void
}

/** A request that is with its handler, or waits for the answers to those before it. */
interface Exchange {
  readonly frame: Buffer
  /** Its share of the memory for requests. */
  readonly reservedBytes: number
  /** A request that overlaps may begin behind it; see `Staged`. */
  hasPlace: boolean
  waitsByDesign: boolean
  /** null: not yet known. */
  reply: Reply | null
}

/** The listener that has accepted a connection. */
export interface AcceptingListener {
  readonly name: string
  readonly type: Listener
  readonly securityProtocol: string
  readonly index: number
  /** null: PLAINTEXT. */
  readonly security: ListenerSecurity | null
  readonly metrics: ListenerMetrics
}

/** Enough for what a producer has in flight, which is five requests by default. */
const MAX_EXCHANGES = 16
const MAX_OVERLAPPED_BYTES = 1024 * 1024

/**
 * One client. One request is in progress at a time; what the client sends meanwhile stays unread, all but the first read
 * of it with the peer (as Kafka mutes a channel), so answers are in the order of requests and a client that does not read
 * its answers is not read either. But a request that has its place does not keep one that overlaps (`ApiHandler`) from
 * taking its own: what a producer has in flight is written to the log together, and answered together, in order.
 */
export class ServerConnection implements ConnectionContext {
  readonly id: string
  readonly listenerName: string
  readonly listenerType: Listener
  readonly securityProtocol: string
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  peer = STRANGER
  /** null: a PLAINTEXT listener, whose clients are nobody. */
  readonly login: Login | null
  /** The time at which something was last read or written, on the monotonic clock. */
  lastActiveMs: number
  /** Served, and counted in the quotas; before that it waits for its turn and is not read. */
  admitted = false

  readonly #connection: Connection
  readonly #metrics: ListenerMetrics
  /** From the first request on, which says whose connection it is; null: nobody reads it. */
  #traffic: Traffic | null = null
  readonly #services: ConnectionServices
  readonly #frames: FrameReader
  readonly #closeListeners = new Set<() => void>()
  #paused = false
  /** The last read came while bytes of the one before it were still unread. */
  #isAhead = false
  /** The requests in progress, in the order in which they came. */
  readonly #exchanges: Exchange[] = []
  /** A request that has to wait until all before it are answered. */
  #held: Buffer | null = null
  /** A response is not yet with the network. */
  #draining = false
  /** So many bytes are lent to such responses. */
  #unreadBytes = 0
  /** The client is throttled: no request is begun until the timer goes off. */
  #silence: Timer | null = null
  #silentUntilMs = 0
  /** Cancels the wait for room among the requests of all connections. */
  #leaveQueue: (() => void) | null = null
  /** The share of the request that is being read in the memory for requests. */
  #reservedBytes = 0
  #peerEnded = false
  #stopping = false
  #isClosed = false

  constructor(connection: Connection, listener: AcceptingListener, sequence: number, services: ConnectionServices) {
    this.#connection = connection
    this.#services = services
    this.#metrics = listener.metrics
    this.#metrics.connections++
    this.#metrics.connectionCreations++
    this.listenerName = listener.name
    this.listenerType = listener.type
    this.securityProtocol = listener.securityProtocol
    this.localAddress = connection.localAddress
    this.localPort = connection.localPort
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.id = `${this.localAddress}:${this.localPort}-${this.remoteAddress}:${this.remotePort}-${listener.index}-${sequence}`
    const { security } = listener
    this.login = security === null ? null : this.#newLogin(security)
    this.#frames = new FrameReader(() => this.login?.maxFrameBytes ?? services.maxFrameBytes(), services.memory)
    this.lastActiveMs = services.clock.monotonicMs()
    connection.handle({
      data: (chunk) => this.#received(chunk),
      target: () => this.#frames.target(),
      filled: (count) => this.#filled(count),
      drain: () => this.#drained(),
      end: () => this.#ended(),
      close: (error) => this.#closed(error),
    })
    this.#pauseReading()
  }

  get sasl(): SaslSession | null {
    return this.login?.session ?? null
  }

  onClose(fn: () => void): () => void {
    this.#closeListeners.add(fn)
    return () => this.#closeListeners.delete(fn)
  }

  /** Begins to read requests and to answer them. */
  start(): void {
    this.admitted = true
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.login?.begin()
    this.#serve()
  }

  /** A request that a handler works on, or waits with, keeps a connection from being idle; so does being throttled. */
  get isIdle(): boolean {
    return this.#exchanges.length === 0 && this.#silence === null
  }

  /** True while a stop has to wait for this connection: its request will be answered soon, or its answer is leaving. */
  get isWorking(): boolean {
    return this.#draining || this.#exchanges.some(({ waitsByDesign }) => !waitsByDesign)
  }

  /** Answers the request in progress, reads no other, and closes. */
  stop(): void {
    this.#stopping = true
    this.#pauseReading()
    if (!this.isWorking) this.#end()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #received(chunk: Buffer): void {
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.#isAhead = this.#frames.hasUnread
    this.#frames.push(chunk)
    this.#serve(this.lastActiveMs)
    this.#frames.keep()
  }

  #filled(count: number): void {
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.#isAhead = this.#frames.hasUnread
    this.#frames.filled(count)
    this.#serve(this.lastActiveMs)
  }

  #drained(): void {
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.#draining = false
    this.#countUnread(0)
    this.#serve()
  }

  #ended(): void {
    this.#peerEnded = true
    this.#serve()
  }

  /**
   * Goes on as far as possible: request after request as long as they are answered at once, or may overlap. `nowMs`: the
   * time, where it has just been read.
   */
  #serve(nowMs?: number): void {
    let beganMs = nowMs
    while (this.#mayBegin()) {
      const frame = this.#held ?? this.#nextFrame()
      if (frame === null) break
      this.#held = this.#exchanges.length > 0 && !this.#services.dispatcher.overlaps(this, frame) ? frame : null
      if (this.#held !== null) continue
      this.#begin(frame, beganMs)
      beganMs = undefined
    }
    this.#settle()
  }

  #mayBegin(): boolean {
    if (!this.admitted || this.#draining || this.#stopping || this.#isClosed) return false
    if (this.#leaveQueue !== null || this.#silence !== null) return false
    const last = this.#exchanges.at(-1)
    if (last === undefined) return true
    if (!last.hasPlace || this.#held !== null || this.#exchanges.length >= MAX_EXCHANGES) return false
    return this.#exchanges.reduce((bytes, { frame }) => bytes + frame.length, 0) < MAX_OVERLAPPED_BYTES
  }

  #nextFrame(): Buffer | null {
    const { queue } = this.#services
    if (!this.#frames.hasUnread) return null
    if (!queue.hasRoomForRequest || (this.#reservedBytes === 0 && !queue.hasRoomForBytes)) {
      this.#leaveQueue = queue.wait(() => {
        this.#leaveQueue = null
        this.#serve()
      })
      return null
    }
    try {
      const frame = this.#frames.next()
      if (this.#reservedBytes === 0) {
        this.#reservedBytes = frame?.length ?? this.#frames.pendingFrameBytes
        queue.addBytes(this.#reservedBytes)
      }
      return frame
    } catch (error) {
      this.#services.logger.warn({ connection: this.id }, `Closing ${this.id}: ${this.#whyUnreadable(error as Error)}`)
      this.#end()
      return null
    }
  }

  #whyUnreadable(error: Error): string {
    const protocol = error instanceof InvalidFrameSize ? foreignProtocol(error.bytes) : null
    if (protocol !== null) return wrongProtocol(protocol, this.listenerName)
    return `${error.message}: not a Kafka client, or socket.request.max.bytes is too small`
  }

  #begin(frame: Buffer, beganMs: number | undefined): void {
    const { dispatcher, queue, unread } = this.#services
    const reservedBytes = this.#reservedBytes
    const exchange: Exchange = { frame, reservedBytes, hasPlace: false, waitsByDesign: false, reply: null }
    this.#reservedBytes = 0
    this.#exchanges.push(exchange)
    this.#metrics.requests++
    this.#metrics.incomingBytes += frame.length
    if (this.#services.clients !== null) this.#countIn(this.#services.clients, frame)
    queue.addRequest()
    const dispatched =
      this.login?.dispatch(this, frame, dispatcher) ?? dispatcher.dispatch(this, frame, unread.roomBytes, beganMs)
    if (!(dispatched instanceof Pending)) {
      queue.removeRequest()
      this.#finish(exchange, dispatched)
      return
    }
    exchange.waitsByDesign = dispatched.waitsByDesign
    if (exchange.waitsByDesign) queue.removeRequest()
    this.#awaitPlace(exchange, dispatched.placed)
    void dispatched.reply.then((reply) => {
      if (!exchange.waitsByDesign) queue.removeRequest()
      this.#finish(exchange, reply)
      this.#serve()
    })
  }

  #countIn(clients: ClientTraffic, frame: Buffer): void {
    if (this.#traffic === null) {
      this.#traffic = clients.of(clientIdIn(frame))
      this.#traffic.connections++
    }
    this.#traffic.requests++
    this.#traffic.incomingBytes += frame.length
  }

  #awaitPlace(exchange: Exchange, placed: Pending['placed']): void {
    if (placed === undefined) return
    if (placed === null) {
      exchange.hasPlace = true
      return
    }
    const take = () => {
      exchange.hasPlace = true
      this.#serve()
    }
    void placed.then(take, take)
  }

  /** The request is done with; its answer leaves when those before it have. */
  #finish(exchange: Exchange, reply: Reply): void {
    exchange.reply = reply
    release(exchange.frame)
    this.#services.queue.removeBytes(exchange.reservedBytes)
    for (let first = this.#exchanges[0]; first !== undefined && first.reply !== null; first = this.#exchanges[0]) {
      this.#exchanges.shift()
      this.#carryOut(first.reply)
    }
  }

  #carryOut({ frame, lent, throttleTimeMs, closes, peer, readyMs }: Reply): void {
    if (peer !== null) this.#isNow(peer)
    if (closes && this.login?.session?.isAuthenticated === false) this.#metrics.failedAuthentications++
    this.login?.settle()
    if (frame === null || this.#isClosed) releaseAll(lent)
    else this.#send(frame, lent, readyMs)
    if (this.#isClosed) return
    if (closes) this.#end()
    else if (throttleTimeMs > 0) this.#fallSilent(throttleTimeMs)
  }

  #isNow(peer: Peer): void {
    if (peer.principal !== this.peer.principal) this.#metrics.successfulAuthentications++
    this.peer = peer
  }

  #send(frame: readonly Buffer[], lent: readonly Buffer[], readyMs: number | null): void {
    this.#metrics.responses++
    let bytes = 0
    for (const { length } of frame) bytes += length
    this.#metrics.outgoingBytes += bytes
    if (this.#traffic !== null) this.#traffic.outgoingBytes += bytes
    // An answer that was ready before those in front of it is older than the last activity.
    this.lastActiveMs = Math.max(this.lastActiveMs, readyMs ?? this.#services.clock.monotonicMs())
    const sent = this.#connection.write(frame, lent.length > 0 ? () => releaseAll(lent) : undefined)
    if (sent) return
    this.#draining = true
    this.#countUnread(lent.reduce((bytes, { length }) => bytes + length, this.#unreadBytes))
  }

  /** The answer has been sent; nothing else is begun for so long, however often the client asks (KIP-219). */
  #fallSilent(throttleTimeMs: number): void {
    const { clock } = this.#services
    const untilMs = clock.monotonicMs() + throttleTimeMs
    if (this.#silence !== null && untilMs <= this.#silentUntilMs) return
    this.#silence?.cancel()
    this.#silentUntilMs = untilMs
    this.#silence = clock.schedule(throttleTimeMs, () => {
      this.#silence = null
      this.#serve()
    })
  }

  #countUnread(bytes: number): void {
    const { unread } = this.#services
    unread.remove(this.#unreadBytes)
    unread.add(bytes)
    this.#unreadBytes = bytes
  }

  /**
   * Closes when there is nothing left to do. The little that one read has brought may wait while reading goes on: most
   * clients send nothing more before they are answered, and to stop and go on again costs system calls. With much, or with
   * the second read that finds bytes waiting, it stops until they are used up.
   */
  #settle(): void {
    if (this.#isClosed) return
    const isBusy = this.#exchanges.length > 0 || this.#draining
    const waits = isBusy || this.#leaveQueue !== null || this.#silence !== null
    if (!waits && (this.#stopping || this.#peerEnded)) this.#end()
    else if (waits && this.#frames.hasUnread) {
      if (this.#isAhead || this.#frames.hasMuchUnread) this.#pauseReading()
    } else if (this.admitted && !this.#stopping) this.#resumeReading()
  }

  #end(): void {
    this.#stopping = true
    this.#connection.end()
  }

  #newLogin(security: ListenerSecurity): Login {
    return new Login(security, this.#connection, this.#services, {
      became: (principal) => {
        this.peer = { ...this.peer, principal }
      },
      tooSlow: () => this.#loginTooSlow(),
    })
  }

  #loginTooSlow(): void {
    const { logger } = this.#services
    logger.info(
      { connection: this.id },
      `Closing ${this.id}: it has not logged in within samsa.authentication.timeout.ms`,
    )
    this.destroy()
  }

  /** Half of an operator's puzzles with TLS are a client that speaks something else; the rest is every day's. */
  #logEnd({ code, message }: NetworkError): void {
    const { logger } = this.#services
    const isOfTls = [TLS_HANDSHAKE_FAILED, TLS_PEER_SPEAKS_HTTP, TLS_PEER_SPEAKS_PLAIN].includes(code)
    if (isOfTls)
      logger.warn(
        { connection: this.id },
        `Closing ${this.id} of listener ${this.listenerName}, which has TLS: ${message}`,
      )
    else logger.debug({ connection: this.id }, message)
  }

  #pauseReading(): void {
    if (this.#paused) return
    this.#paused = true
    this.#connection.pause()
  }

  #resumeReading(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#connection.resume()
  }

  #closed(error: NetworkError | null): void {
    this.#isClosed = true
    this.#metrics.connections--
    this.#metrics.connectionCloses++
    if (this.#traffic !== null) this.#traffic.connections--
    this.#frames.close()
    this.#countUnread(0)
    this.login?.stop()
    if (error) this.#logEnd(error)
    this.#leaveQueue?.()
    this.#leaveQueue = null
    this.#silence?.cancel()
    this.#silence = null
    // Requests that a handler still works on keep their bytes until they are done.
    this.#services.queue.removeBytes(this.#reservedBytes)
    this.#reservedBytes = 0
    if (this.#held !== null) release(this.#held)
    this.#held = null
    for (const fn of [...this.#closeListeners]) fn()
    this.#closeListeners.clear()
    this.#services.closed(this)
  }
}
