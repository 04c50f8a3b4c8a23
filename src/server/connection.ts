import { CLOSE, type Dispatcher, type Outcome } from '../dispatch/dispatcher.ts'
import type { ConnectionContext, Principal } from '../dispatch/handler.ts'
import type { Clock, Connection, NetworkError } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { release, releaseAll } from '../env/slab-pool.ts'
import { FrameReader, type ReceiveMemory } from './frame-reader.ts'
import type { RequestQueue } from './request-queue.ts'
import type { UnreadAnswers } from './unread-answers.ts'

/** Fetch, JoinGroup, SyncGroup and ShareFetch wait for others by design and leave the queue while they do. */
const WAITING_APIS = new Set([1, 11, 14, 78])

const PRODUCE = 0
const API_KEY_BYTES = 2

const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' }
/** What Kafka reports of a client that never said who it is (KIP-511). */
const UNKNOWN_SOFTWARE = 'unknown'

export interface ConnectionServices {
  readonly dispatcher: Dispatcher
  readonly queue: RequestQueue
  readonly unread: UnreadAnswers
  readonly clock: Clock
  readonly logger: Logger
  readonly maxFrameBytes: () => number
  readonly memory: ReceiveMemory
  /** The connection is gone. */
  readonly closed: (connection: ServerConnection) => void
}

/** A request that is with its handler, or waits for the answers to those before it. */
interface Exchange {
  readonly frame: Buffer
  /** What it takes of the memory for requests. */
  readonly reservedBytes: number
  /** The next Produce may begin; see `ConnectionContext.proceed`. */
  proceeds: boolean
  waitsByDesign: boolean
  /** undefined: not yet known. */
  outcome: Outcome | undefined
}

/** Enough for what a producer has in flight, which is five requests by default. */
const MAX_EXCHANGES = 16
const MAX_OVERLAPPED_BYTES = 1024 * 1024

/**
 * One client. One request is in progress at a time; what the client sends meanwhile stays unread, with the peer (as
 * Kafka mutes a channel), so answers are in the order of requests and a client that does not read its answers is not
 * read either. But a Produce that has its place in the logs does not keep the Produce behind it from taking its own:
 * what a producer has in flight is written to the log together, and answered together, in order.
 */
export class ServerConnection implements ConnectionContext {
  readonly id: string
  readonly listenerName: string
  readonly securityProtocol: string
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly principal: Principal = ANONYMOUS
  clientSoftwareName = UNKNOWN_SOFTWARE
  clientSoftwareVersion = UNKNOWN_SOFTWARE
  /** When something was last read or written, on the monotonic clock. */
  lastActiveMs: number
  /** Served, and counted in the quotas; before that it waits for its turn and is not read. */
  admitted = false

  readonly #connection: Connection
  readonly #services: ConnectionServices
  readonly #frames: FrameReader
  readonly #closeListeners = new Set<() => void>()
  #paused = false
  /** In the order in which they came. */
  readonly #exchanges: Exchange[] = []
  /** A request that has to wait until all before it are answered. */
  #held: Buffer | null = null
  /** The handler that is being called has said that the next request may begin. */
  #proceeds = false
  /** What the answer to this request refers to and has to be released when it has left. */
  #lent: Buffer[] = []
  /** A response is not yet with the network. */
  #draining = false
  /** What such responses have lent. */
  #unreadBytes = 0
  /** Cancels the wait for room among the requests of all connections. */
  #leaveQueue: (() => void) | null = null
  /** What the request that is being read takes of the memory for requests. */
  #reservedBytes = 0
  #peerEnded = false
  #stopping = false
  #isClosed = false

  constructor(
    connection: Connection,
    listener: { readonly name: string; readonly securityProtocol: string; readonly index: number },
    sequence: number,
    services: ConnectionServices,
  ) {
    this.#connection = connection
    this.#services = services
    this.listenerName = listener.name
    this.securityProtocol = listener.securityProtocol
    this.localAddress = connection.localAddress
    this.localPort = connection.localPort
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.id = `${this.localAddress}:${this.localPort}-${this.remoteAddress}:${this.remotePort}-${listener.index}-${sequence}`
    this.#frames = new FrameReader(services.maxFrameBytes, services.memory)
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

  onClose(fn: () => void): () => void {
    this.#closeListeners.add(fn)
    return () => this.#closeListeners.delete(fn)
  }

  lend(buffers: readonly Buffer[]): void {
    for (const bytes of buffers) this.#lent.push(bytes)
  }

  get roomForAnswerBytes(): number {
    return this.#services.unread.roomBytes
  }

  proceed(): void {
    this.#proceeds = true
  }

  /** From here on requests are read and answered. */
  start(): void {
    this.admitted = true
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.#serve()
  }

  /** A request that a handler works on, or waits with, keeps a connection from being idle. */
  get isIdle(): boolean {
    return this.#exchanges.length === 0
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
    this.#frames.push(chunk)
    this.#serve()
    this.#frames.keep()
  }

  #filled(count: number): void {
    this.lastActiveMs = this.#services.clock.monotonicMs()
    this.#frames.filled(count)
    this.#serve()
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

  /** Goes on as far as possible: request after request as long as they are answered at once, or may overlap. */
  #serve(): void {
    while (this.#mayBegin()) {
      const frame = this.#held ?? this.#nextFrame()
      if (frame === null) break
      this.#held = this.#exchanges.length > 0 && !isProduce(frame) ? frame : null
      if (this.#held === null) this.#begin(frame)
    }
    this.#settle()
  }

  #mayBegin(): boolean {
    if (!this.admitted || this.#draining || this.#stopping || this.#isClosed || this.#leaveQueue) return false
    const last = this.#exchanges.at(-1)
    if (last === undefined) return true
    if (!last.proceeds || this.#held !== null || this.#exchanges.length >= MAX_EXCHANGES) return false
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
      this.#services.logger.warn(
        { connection: this.id },
        `Closing ${this.id} because of ${(error as Error).message}: not a Kafka client, or socket.request.max.bytes is too small`,
      )
      this.#end()
      return null
    }
  }

  #begin(frame: Buffer): void {
    const { dispatcher, queue } = this.#services
    const reservedBytes = this.#reservedBytes
    const exchange: Exchange = { frame, reservedBytes, proceeds: false, waitsByDesign: false, outcome: undefined }
    this.#reservedBytes = 0
    this.#exchanges.push(exchange)
    queue.addRequest()
    this.#proceeds = false
    const outcome = dispatcher.dispatch(this, frame)
    exchange.proceeds = this.#proceeds
    if (!(outcome instanceof Promise)) {
      queue.removeRequest()
      this.#finish(exchange, outcome)
      return
    }
    exchange.waitsByDesign = WAITING_APIS.has(frame.readInt16BE(0))
    if (exchange.waitsByDesign) queue.removeRequest()
    void outcome.then((value) => {
      if (!exchange.waitsByDesign) queue.removeRequest()
      this.#finish(exchange, value)
      this.#serve()
    })
  }

  /** The request is done with; its answer leaves when those before it have. */
  #finish(exchange: Exchange, outcome: Outcome): void {
    exchange.outcome = outcome
    release(exchange.frame)
    this.#services.queue.removeBytes(exchange.reservedBytes)
    while (this.#exchanges.length > 0 && this.#exchanges[0].outcome !== undefined) {
      this.#answer(this.#exchanges.shift()!.outcome!)
    }
  }

  #answer(outcome: Outcome): void {
    const lent = this.#lent
    if (lent.length > 0) this.#lent = []
    if (this.#isClosed || outcome === null || outcome === CLOSE) {
      releaseAll(lent)
      if (outcome === CLOSE && !this.#isClosed) this.#end()
      return
    }
    this.lastActiveMs = this.#services.clock.monotonicMs()
    const sent = this.#connection.write(outcome, lent.length > 0 ? () => releaseAll(lent) : undefined)
    if (sent) return
    this.#draining = true
    this.#countUnread(lent.reduce((bytes, { length }) => bytes + length, this.#unreadBytes))
  }

  #countUnread(bytes: number): void {
    const { unread } = this.#services
    unread.remove(this.#unreadBytes)
    unread.add(bytes)
    this.#unreadBytes = bytes
  }

  /** Closes when there is nothing left to do, and reads on only when what was read is used up. */
  #settle(): void {
    if (this.#isClosed) return
    const waits = this.#exchanges.length > 0 || this.#draining || this.#leaveQueue !== null
    if (!waits && (this.#stopping || this.#peerEnded)) this.#end()
    else if (waits && this.#frames.hasUnread) this.#pauseReading()
    else if (this.admitted && !this.#stopping) this.#resumeReading()
  }

  #end(): void {
    this.#stopping = true
    this.#connection.end()
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
    this.#frames.close()
    this.#countUnread(0)
    if (error) this.#services.logger.debug({ connection: this.id }, error.message)
    this.#leaveQueue?.()
    this.#leaveQueue = null
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

function isProduce(frame: Buffer): boolean {
  return frame.length >= API_KEY_BYTES && frame.readInt16BE(0) === PRODUCE
}
