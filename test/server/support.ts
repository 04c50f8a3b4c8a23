/** A network without sockets: connections that a test feeds and reads by hand, and a clock that it moves. */

import { unchecked } from '../../protocol/unchecked.ts'
import type { Clock, Connection, ConnectionHandlers, Listener, ListenOptions, Network } from '../../src/env/index.ts'
import type { Logger } from '../../src/env/logger.ts'

export class FakeConnection implements Connection {
  readonly localAddress = '127.0.0.1'
  readonly localPort = 9092
  readonly remoteAddress: string
  readonly remotePort = 50_000
  readonly written: Buffer[] = []
  paused = false
  ended = false
  destroyed = false
  /** False: `write` reports that the peer does not read. */
  peerReads = true
  private handlers: ConnectionHandlers | null = null
  /** To be called when the network has taken what was written, or will not. */
  private untaken: (() => void)[] = []

  constructor(remoteAddress = '127.0.0.1') {
    this.remoteAddress = remoteAddress
  }

  get bufferedBytes(): number {
    return 0
  }

  get isClosed(): boolean {
    return this.ended || this.destroyed
  }

  /** Everything written so far, as hex, one string a write. */
  get answers(): string[] {
    return this.written.map((bytes) => bytes.toString('hex'))
  }

  handle(handlers: ConnectionHandlers): void {
    this.handlers = handlers
  }

  write(buffers: readonly Uint8Array[], done?: () => void): boolean {
    if (!this.isClosed) this.written.push(Buffer.concat(buffers))
    if (done !== undefined) this.untaken.push(done)
    if (this.isClosed || this.peerReads) this.take()
    return this.peerReads
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  end(): void {
    if (this.isClosed) return
    this.ended = true
    this.close()
  }

  destroy(): void {
    if (this.isClosed) return
    this.destroyed = true
    this.close()
  }

  private close(): void {
    queueMicrotask(() => {
      this.take()
      this.handlers?.close(null)
    })
  }

  private take(): void {
    for (const done of this.untaken.splice(0)) done()
  }

  /** The peer sends. */
  send(...chunks: Buffer[]): void {
    for (const chunk of chunks) this.handlers?.data(chunk)
  }

  /** The peer has read what was written. */
  drain(): void {
    this.peerReads = true
    this.take()
    this.handlers?.drain?.()
  }

  /** The peer sends no more. */
  finish(): void {
    this.handlers?.end?.()
  }
}

export class FakeNetwork implements Network {
  readonly listening: (ListenOptions & { accept(connection: Connection): void; closed: boolean })[] = []
  /** Rejects the next `listen`. */
  failure: Error | null = null

  async listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    if (this.failure) throw this.failure
    const entry = { ...options, accept, closed: false }
    this.listening.push(entry)
    const close = async () => {
      entry.closed = true
    }
    return { host: options.host, port: options.port || 40_000 + this.listening.length, close }
  }

  connect(): Promise<Connection> {
    throw new Error('not in these tests')
  }

  resolve(): Promise<string[]> {
    throw new Error('not in these tests')
  }

  checkTls(): Promise<void> {
    throw new Error('not in these tests')
  }

  download(): Promise<Buffer> {
    throw new Error('not in these tests')
  }

  /** A client connects to the listener with this index. */
  client(listener = 0, remoteAddress?: string): FakeConnection {
    const connection = new FakeConnection(remoteAddress)
    this.listening[listener].accept(connection)
    return connection
  }
}

export class FakeClock implements Clock {
  private now = 0
  private timers: { at: number; fn: () => void }[] = []

  nowMs(): number {
    return this.now
  }

  monotonicMs(): number {
    return this.now
  }

  schedule(delayMs: number, fn: () => void) {
    const timer = { at: this.now + delayMs, fn }
    this.timers.push(timer)
    return { cancel: () => this.timers.splice(this.timers.indexOf(timer) >>> 0, 1) }
  }

  defer(fn: () => void): void {
    fn()
  }

  get pendingTimers(): number {
    return this.timers.length
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers.splice(this.timers.indexOf(next), 1)
      this.now = next.at
      next.fn()
      await settled()
    }
    this.now = end
  }
}

/** Every promise that can go on has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class MemoryLogger {
  readonly lines: string[] = []
  readonly logger: Logger

  constructor() {
    const log = (first: unknown, second?: string) => {
      this.lines.push(typeof first === 'string' ? first : (second ?? ''))
    }
    this.logger = unchecked<Logger>({ trace: log, debug: log, info: log, warn: log, error: log })
  }
}
