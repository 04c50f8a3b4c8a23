import { CLOSE, type Dispatcher, type Outcome } from '../dispatch/dispatcher.ts'
import type { ConnectionContext, Principal } from '../dispatch/handler.ts'
import type { Clock, Connection, NetworkError } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { release, releaseAll } from '../env/slab-pool.ts'
import { FrameReader, type ReceiveMemory } from './frame-reader.ts'
import type { RequestQueue } from './request-queue.ts'

/** Fetch, JoinGroup, SyncGroup and ShareFetch wait for others by design and leave the queue while they do. */
const WAITING_APIS = new Set([1, 11, 14, 78])

const ANONYMOUS: Principal = { type: 'User', name: 'ANONYMOUS' }
/** What Kafka reports of a client that never said who it is (KIP-511). */
const UNKNOWN_SOFTWARE = 'unknown'

export interface ConnectionServices {
  readonly dispatcher: Dispatcher
  readonly queue: RequestQueue
  readonly clock: Clock
  readonly logger: Logger
  readonly maxFrameBytes: () => number
  readonly memory: ReceiveMemory
  /** The connection is gone. */
  readonly closed: (connection: ServerConnection) => void
}

/**
 * One client. One request is in progress at a time; what the client sends meanwhile stays unread, with the peer (as
 * Kafka mutes a channel), so answers are in the order of requests and a client that does not read its answers is not
 * read either.
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

  private readonly connection: Connection
  private readonly services: ConnectionServices
  private readonly frames: FrameReader
  private readonly closeListeners = new Set<() => void>()
  private paused = false
  /** A request is with its handler. */
  private busy = false
  /** What the answer to this request refers to and has to be released when it has left. */
  private lent: Buffer[] = []
  private waitsByDesign = false
  /** A response is not yet with the network. */
  private draining = false
  /** Cancels the wait for room among the requests of all connections. */
  private leaveQueue: (() => void) | null = null
  /** What this connection's request takes of the memory for requests. */
  private reservedBytes = 0
  private peerEnded = false
  private stopping = false
  private isClosed = false

  constructor(
    connection: Connection,
    listener: { readonly name: string; readonly securityProtocol: string; readonly index: number },
    sequence: number,
    services: ConnectionServices,
  ) {
    this.connection = connection
    this.services = services
    this.listenerName = listener.name
    this.securityProtocol = listener.securityProtocol
    this.localAddress = connection.localAddress
    this.localPort = connection.localPort
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.id = `${this.localAddress}:${this.localPort}-${this.remoteAddress}:${this.remotePort}-${listener.index}-${sequence}`
    this.frames = new FrameReader(services.maxFrameBytes, services.memory)
    this.lastActiveMs = services.clock.monotonicMs()
    connection.handle({
      data: (chunk) => this.received(chunk),
      target: () => this.frames.target,
      filled: (count) => this.filled(count),
      drain: () => this.drained(),
      end: () => this.ended(),
      close: (error) => this.closed(error),
    })
    this.pauseReading()
  }

  onClose(fn: () => void): () => void {
    this.closeListeners.add(fn)
    return () => this.closeListeners.delete(fn)
  }

  lend(buffers: readonly Buffer[]): void {
    for (const bytes of buffers) this.lent.push(bytes)
  }

  /** From here on requests are read and answered. */
  start(): void {
    this.admitted = true
    this.lastActiveMs = this.services.clock.monotonicMs()
    this.serve()
  }

  /** A request that a handler works on, or waits with, keeps a connection from being idle. */
  get isIdle(): boolean {
    return !this.busy
  }

  /** True while a stop has to wait for this connection: its request will be answered soon, or its answer is leaving. */
  get isWorking(): boolean {
    return (this.busy && !this.waitsByDesign) || this.draining
  }

  /** Answers the request in progress, reads no other, and closes. */
  stop(): void {
    this.stopping = true
    this.pauseReading()
    if (!this.isWorking) this.end()
  }

  destroy(): void {
    this.connection.destroy()
  }

  private received(chunk: Buffer): void {
    this.lastActiveMs = this.services.clock.monotonicMs()
    this.frames.push(chunk)
    this.serve()
    this.frames.keep()
  }

  private filled(count: number): void {
    this.lastActiveMs = this.services.clock.monotonicMs()
    this.frames.filled(count)
    this.serve()
  }

  private drained(): void {
    this.lastActiveMs = this.services.clock.monotonicMs()
    this.draining = false
    this.serve()
  }

  private ended(): void {
    this.peerEnded = true
    this.serve()
  }

  /** Goes on as far as possible: request after request as long as they are answered at once. */
  private serve(): void {
    while (this.mayBegin()) {
      const frame = this.nextFrame()
      if (frame === null) break
      this.begin(frame)
    }
    this.settle()
  }

  private mayBegin(): boolean {
    return this.admitted && !(this.busy || this.draining || this.stopping || this.isClosed || this.leaveQueue)
  }

  private nextFrame(): Buffer | null {
    const { queue } = this.services
    if (!this.frames.hasUnread) return null
    if (!queue.hasRoomForRequest || (this.reservedBytes === 0 && !queue.hasRoomForBytes)) {
      this.leaveQueue = queue.wait(() => {
        this.leaveQueue = null
        this.serve()
      })
      return null
    }
    try {
      const frame = this.frames.next()
      if (this.reservedBytes === 0) this.reserve(frame?.length ?? this.frames.pendingFrameBytes)
      return frame
    } catch (error) {
      this.services.logger.warn(
        { connection: this.id },
        `Closing ${this.id} because of ${(error as Error).message}: not a Kafka client, or socket.request.max.bytes is too small`,
      )
      this.end()
      return null
    }
  }

  private begin(frame: Buffer): void {
    const { dispatcher, queue } = this.services
    this.busy = true
    queue.addRequest()
    const outcome = dispatcher.dispatch(this, frame)
    if (!(outcome instanceof Promise)) {
      queue.removeRequest()
      this.finish(frame, outcome)
      return
    }
    this.waitsByDesign = WAITING_APIS.has(frame.readInt16BE(0))
    if (this.waitsByDesign) queue.removeRequest()
    void outcome.then((value) => {
      if (!this.waitsByDesign) queue.removeRequest()
      this.finish(frame, value)
      this.serve()
    })
  }

  private finish(frame: Buffer, outcome: Outcome): void {
    this.busy = false
    this.waitsByDesign = false
    this.reserve(0)
    release(frame)
    const { lent } = this
    if (lent.length > 0) this.lent = []
    if (this.isClosed || outcome === null || outcome === CLOSE) {
      releaseAll(lent)
      if (outcome === CLOSE && !this.isClosed) this.end()
      return
    }
    this.lastActiveMs = this.services.clock.monotonicMs()
    this.draining = !this.connection.write(outcome, lent.length > 0 ? () => releaseAll(lent) : undefined)
  }

  private reserve(bytes: number): void {
    const { queue } = this.services
    const before = this.reservedBytes
    this.reservedBytes = bytes
    if (bytes > before) queue.addBytes(bytes - before)
    else if (bytes < before) queue.removeBytes(before - bytes)
  }

  /** Closes when there is nothing left to do, and reads on only when what was read is used up. */
  private settle(): void {
    if (this.isClosed) return
    const blocked = this.busy || this.draining || this.leaveQueue !== null
    if (!blocked && (this.stopping || this.peerEnded)) this.end()
    else if (blocked && this.frames.hasUnread) this.pauseReading()
    else if (this.admitted && !this.stopping) this.resumeReading()
  }

  private end(): void {
    this.stopping = true
    this.connection.end()
  }

  private pauseReading(): void {
    if (this.paused) return
    this.paused = true
    this.connection.pause()
  }

  private resumeReading(): void {
    if (!this.paused) return
    this.paused = false
    this.connection.resume()
  }

  private closed(error: NetworkError | null): void {
    this.isClosed = true
    this.frames.close()
    if (error) this.services.logger.debug({ connection: this.id }, error.message)
    this.leaveQueue?.()
    this.leaveQueue = null
    // A request that a handler still works on keeps its bytes until it is done.
    if (!this.busy) this.reserve(0)
    for (const fn of [...this.closeListeners]) fn()
    this.closeListeners.clear()
    this.services.closed(this)
  }
}
