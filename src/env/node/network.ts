import { lookup } from 'node:dns/promises'
import { createServer, connect as netConnect, type Server, Socket } from 'node:net'
import {
  type Connection,
  type ConnectionHandlers,
  type Listener,
  type ListenOptions,
  type Network,
  NetworkError,
} from '../network.ts'
import { descriptorLimit, isShortage, relieveShortage } from './descriptors.ts'

/** Where nothing else is asked for: as many as Linux lets wait (net.core.somaxconn). */
const DEFAULT_BACKLOG = 4096
/** Descriptors that connections leave to files: a broker that cannot open its logs is of no use to anybody. */
const DESCRIPTORS_FOR_FILES = 96
/** How often a free port is drawn again when it is taken on the other loopback address. */
const FREE_PORT_TRIES = 16
/** How long an ended connection waits for the peer's FIN. A close with unread input would reset what was just sent. */
const LINGER_MS = 1000
const LOOPBACK = ['127.0.0.1', '::1']
/** What one read takes at most, unless a connection says where it wants more. Fits the second level cache. */
const LANDING_BYTES = 128 * 1024
/**
 * Where the bytes of all connections arrive: the loop reads one socket at a time, and what is read has been dealt with
 * when the next read begins. By default Node allocates 64 KiB for each read, which at full speed is garbage of gigabytes.
 */
let landing: Buffer | undefined

/** `onread` of Node's sockets: where to read to, and that it was done. */
interface OnRead {
  buffer(): Uint8Array
  callback(count: number): boolean
}
const ADDRESS_MISSING = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

export const nodeNetwork: Network = { listen, connect, resolve }

async function listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
  const addresses = options.host === 'localhost' ? LOOPBACK : [options.host]
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    try {
      const port = await listenOnEach(addresses, options, accept, servers)
      return { host: options.host, port, close: async () => closeAll(servers) }
    } catch (error) {
      closeAll(servers)
      const portWasDrawn = options.port === 0 && servers.length > 0 && (error as NetworkError).code === 'EADDRINUSE'
      if (!portWasDrawn || attempt === FREE_PORT_TRIES) throw error
    }
  }
}

/** Adds to `servers` as it goes, so that the caller can close what was opened before a failure. */
async function listenOnEach(
  addresses: readonly string[],
  options: ListenOptions,
  accept: (connection: Connection) => void,
  servers: Server[],
): Promise<number> {
  let port = options.port
  let missing: unknown
  for (const address of addresses) {
    try {
      const server = await listenOn(address, port, options, accept)
      servers.push(server)
      port = (server.address() as { port: number }).port
    } catch (error) {
      // A machine, or a container, may have no IPv6.
      if (!ADDRESS_MISSING.has((error as NetworkError).code)) throw error
      missing = error
    }
  }
  if (servers.length === 0) throw missing
  return port
}

function listenOn(
  address: string,
  port: number,
  { host, backlog = DEFAULT_BACKLOG, refused }: ListenOptions,
  accept: (connection: Connection) => void,
): Promise<Server> {
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true }
  const server = createServer(options, (socket) => {
    if (openConnections < mostConnections()) return accept(new SocketConnection((onread) => adopted(socket, onread)))
    socket.destroy()
    refused?.(`${openConnections} connections are as many as the limit of open files allows (ulimit -n)`)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    server.listen({ host: address === '' ? undefined : address, port, backlog, exclusive: true }, () => {
      // A failed accept concerns the connections that waited; listening goes on.
      server.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
        refused?.(error.message)
        if (isShortage(error)) void relieveShortage()
      })
      resolve(server)
    })
  })
}

/**
 * The accepted socket once more, reading into our memory: `onread` can be given where a socket is made, and servers make
 * theirs without it. The first object lets go of the handle, of which nothing has been read yet. That handle is no part of
 * Node's documented interface: without one, what Node has read is copied.
 */
function adopted(accepted: Socket, onread: OnRead): Socket {
  const holder: Socket & { _handle?: object | null } = accepted
  const handle = holder._handle
  if (!handle) return copying(accepted, onread)
  holder._handle = null
  const options = { handle, onread, allowHalfOpen: true, pauseOnCreate: true, readable: true, writable: true }
  return new Socket(options)
}

function copying(accepted: Socket, onread: OnRead): Socket {
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

/** Nothing to wait for: the listening sockets are closed at once, only the callback of `close` waits for connections. */
function closeAll(servers: Server[]): void {
  for (const server of servers) server.close()
}

function connect({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let socket!: Socket
    const connection = new SocketConnection((onread) => {
      socket = netConnect({ host, port, noDelay: true, keepAlive: true, allowHalfOpen: true, onread })
      // Nothing is read before there are handlers.
      return socket.pause()
    })
    const timeout = setTimeout(() => {
      socket.destroy()
      reject(new NetworkError('ETIMEDOUT', `${host}:${port} did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
    const fail = (error: NodeJS.ErrnoException) => {
      clearTimeout(timeout)
      reject(networkError(error, `cannot connect to ${host}:${port}`))
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(timeout)
      socket.off('error', fail)
      connection.connected()
      resolve(connection)
    })
  })
}

async function resolve(host: string): Promise<string[]> {
  try {
    const found = await lookup(host, { all: true })
    return [...new Set(found.map((entry) => entry.address))]
  } catch (error) {
    throw networkError(error as NodeJS.ErrnoException, `cannot resolve the host name ${host}`)
  }
}

/**
 * Those who have written in this turn of the loop. The last one's bytes leave first: a consumer is answered because of
 * what a producer has sent, and waits for it, while the producer has its answer in time either way.
 */
let unflushed: SocketConnection[] = []

function flushAll(): void {
  const connections = unflushed
  unflushed = []
  for (const connection of connections.reverse()) connection.flush()
}

/** Of this process, those that it made itself among them. */
let openConnections = 0

const mostConnections = (): number => Math.max(descriptorLimit() - DESCRIPTORS_FOR_FILES, 1)

class SocketConnection implements Connection {
  localAddress = ''
  localPort = 0
  remoteAddress = ''
  remotePort = 0
  #socket: Socket
  #handlers: ConnectionHandlers | null = null
  /** Where the read goes that comes next; null: to the landing. */
  #target: Buffer | null = null
  #error: NetworkError | null = null
  #corked = false
  #ended = false
  /** Those who wait until their bytes have left. */
  readonly #unsent = new Set<() => void>()

  constructor(open: (onread: OnRead) => Socket) {
    landing ??= Buffer.allocUnsafeSlow(LANDING_BYTES)
    const socket = open({ buffer: () => this.#nextTarget(), callback: (count) => this.#received(count) })
    this.#socket = socket
    openConnections++
    socket.once('close', () => openConnections--)
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
      for (const done of this.#unsent) done()
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
    return !socket.writableNeedDrain
  }

  /** A write that is cut off by the end of the connection is done with its bytes when that is closed. */
  #once(done: () => void): () => void {
    const once = () => {
      if (this.#unsent.delete(once)) done()
    }
    this.#unsent.add(once)
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
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

function networkError(error: NodeJS.ErrnoException, what: string): NetworkError {
  const code = error.code ?? 'UNKNOWN'
  return new NetworkError(code, `${what}: ${error.message || code}`)
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): NetworkError {
  const where = host === '' ? 'on any address' : `on ${host}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new NetworkError(
        error.code,
        `Port ${port} ${where} is already in use: stop the program that listens there, or choose another port.`,
      )
    case 'EACCES':
      return new NetworkError(
        error.code,
        `Port ${port} ${where} may not be opened by this user: choose a port above 1023.`,
      )
    case 'EADDRNOTAVAIL':
      return new NetworkError(error.code, `This machine has no address ${host}: choose one of its own to listen on.`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new NetworkError(error.code, `The host name ${host} to listen on cannot be resolved.`)
    default:
      return networkError(error, `cannot listen on ${host}:${port}`)
  }
}
