import type { Socket } from 'node:net'
import { Listeners } from '../listeners.ts'
import { type Connection, type ConnectionHandlers, NetworkError } from '../network.ts'
import type { TlsSession } from '../tls.ts'

/** How long an ended connection waits for the peer's FIN. A close with unread input would reset what was just sent. */
const LINGER_MS = 1000
/** The most that one read takes, unless a connection says where it wants more. Fits the second level cache. */
const LANDING_BYTES = 128 * 1024
/**
 * Where the bytes of all connections arrive: the loop reads one socket at a time, and what is read has been dealt with
 * when the next read begins. By default Node allocates 64 KiB for each read, which at full speed is garbage of
 * gigabytes.
 */
let landing: Buffer | undefined

/** `onread` of Node's sockets: where to read to, and that it was done. */
export interface OnRead {
  buffer(): Uint8Array
  callback(count: number): boolean
}

/** A socket that has no `onread` of its own: what Node has read is copied. */
export function copying(accepted: Socket, onread: OnRead): Socket {
  accepted.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const target = onread.buffer()
      const count = Math.min(target.length, chunk.length - at)
      target.set(chunk.subarray(at, at + count))
      onread.callback(count)
      at += count
    }
  })
  return accepted
}

/** The bytes of so many connections leave before the turn ends, which may take milliseconds more. */
const MOST_UNFLUSHED = 8
/**
 * The connections that were written to in this turn of the loop, in the order in which they were. A consumer that waits
 * for what a producer has sent is answered before that producer is, who has its answer in time either way.
 */
let unflushed: SocketConnection[] = []

function flushAll(): void {
  const connections = unflushed
  unflushed = []
  for (const connection of connections) connection.flush()
}

export class SocketConnection implements Connection {
  localAddress = ''
  localPort = 0
  remoteAddress = ''
  remotePort = 0
  tls?: TlsSession | null
  #socket: Socket
  #handlers: ConnectionHandlers | null = null
  /** Where the read goes that comes next; null: to the landing. */
  #target: Buffer | null = null
  #error: NetworkError | null = null
  #corked = false
  #ended = false
  /** The callbacks of writers that wait until their bytes have left. */
  readonly #unsent = new Listeners()

  constructor(open: (onread: OnRead) => Socket) {
    landing ??= Buffer.allocUnsafeSlow(LANDING_BYTES)
    const socket = open({ buffer: () => this.#nextTarget(), callback: (count) => this.#received(count) })
    this.#socket = socket
    if (!socket.connecting) this.connected()
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= networkError(error, `the connection with ${this.remoteAddress}:${this.remotePort} failed`)
    })
  }

  /** The addresses are gone from the socket once it is closed, and closing is when they are logged. */
  connected(): void {
    const socket = this.#socket
    this.localAddress = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? 0
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
  }

  handle(handlers: ConnectionHandlers): void {
    const socket = this.#socket
    this.#handlers = handlers
    socket.on('end', () => {
      if (this.#ended) socket.destroySoon()
      else if (handlers.end) handlers.end()
      else this.end()
    })
    socket.on('drain', () => handlers.drain?.())
    socket.on('close', () => {
      this.#unsent.tell()
      handlers.close(this.#error)
    })
    socket.resume()
  }

  /** Node asks once at the beginning and after each read. */
  #nextTarget(): Buffer {
    this.#target = this.#ended ? null : (this.#handlers?.target?.() ?? null)
    return this.#target ?? landing!
  }

  #received(count: number): boolean {
    if (this.#ended) return true
    if (this.#target === null) this.#handlers?.data(landing!.subarray(0, count))
    else this.#handlers?.filled?.(count)
    return true
  }

  write(buffers: readonly Uint8Array[], done?: () => void): boolean {
    const socket = this.#socket
    if (this.#ended || socket.destroyed || buffers.length === 0) {
      done?.()
      return true
    }
    if (!this.#corked) {
      this.#corked = true
      socket.cork()
      if (unflushed.push(this) === 1) process.nextTick(flushAll)
    }
    let left = buffers.length
    for (const buffer of buffers) socket.write(buffer, --left === 0 && done ? this.#once(done) : undefined)
    if (unflushed.length >= MOST_UNFLUSHED) flushAll()
    return !socket.writableNeedDrain
  }

  /** A write that is cut off by the end of the connection is done with its bytes when that is closed. */
  #once(done: () => void): () => void {
    const once = () => {
      if (leave()) done()
    }
    const leave = this.#unsent.add(once)
    return once
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  /** Nothing keeps a process alive for a socket that is paused: one that ends is read until its peer has closed. */
  pause(): void {
    if (!this.#ended) this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    const socket = this.#socket
    if (this.#ended || socket.destroyed) return
    this.#ended = true
    this.flush()
    if (socket.readableEnded) {
      socket.destroySoon()
      return
    }
    // Reading goes on, into nothing, until the peer has closed too or has had its time.
    socket.resume()
    socket.end(() => {
      const linger = setTimeout(() => socket.destroy(), LINGER_MS)
      linger.unref()
      socket.once('close', () => clearTimeout(linger))
    })
  }

  destroy(): void {
    this.#ended = true
    this.#socket.destroy()
  }

  flush(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }
}

/** A dual-stack socket reports an IPv4 peer as ::ffff:a.b.c.d; Java, and so Kafka, as a.b.c.d. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

export function networkError(error: NodeJS.ErrnoException, what: string): NetworkError {
  const code = error.code ?? 'UNKNOWN'
  return new NetworkError(code, `${what}: ${error.message || code}`)
}
