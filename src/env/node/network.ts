import { lookup } from 'node:dns/promises'
import { createServer, connect as netConnect, type Server, Socket } from 'node:net'
import {
  type Connection,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  type Network,
  NetworkError,
} from '../network.ts'
import { descriptorLimit, isShortage, relieveShortage } from './descriptors.ts'
import { download } from './download.ts'
import { counted, openConnections } from './open-connections.ts'
import { copying, networkError, type OnRead, SocketConnection } from './socket-connection.ts'

/** Connections that may wait to be accepted unless the caller says otherwise: Linux's own limit (net.core.somaxconn). */
const DEFAULT_BACKLOG = 4096
/** Descriptors that connections leave to files: a broker that cannot open its logs is of no use to anybody. */
const DESCRIPTORS_FOR_FILES = 96
const mostConnections = (): number => Math.max(descriptorLimit() - DESCRIPTORS_FOR_FILES, 1)
/** How often a free port is drawn again when it is taken on the other loopback address. */
const FREE_PORT_TRIES = 16
const LOOPBACK = ['127.0.0.1', '::1']
const ADDRESS_MISSING = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

export const nodeNetwork: Network = {
  listen,
  connect,
  resolve,
  checkTls: async (settings) => (await loadTls()).checkTls(settings),
  download,
}

/** Loads OpenSSL's part of Node when it is first needed. */
const loadTls = () => import('./tls-connection.ts')

async function listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
  const accepted = await accepter(options)
  return listenForSockets(options, (socket) => accept(accepted(socket)))
}

/** The sockets are paused, and not counted among the open ones yet. */
export async function listenForSockets(options: ListenOptions, accept: (socket: Socket) => void): Promise<Listener> {
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

/** Makes a connection of an accepted socket. */
async function accepter({ tls }: ListenOptions): Promise<(socket: Socket) => Connection> {
  if (tls === undefined) return (socket) => new SocketConnection((onread) => counted(adopted(socket, onread)))
  const { acceptTls } = await loadTls()
  return (socket) => acceptTls(counted(socket), tls())
}

/** Adds to `servers` as it goes, so that the caller can close what was opened before a failure. */
async function listenOnEach(
  addresses: readonly string[],
  options: ListenOptions,
  accept: (socket: Socket) => void,
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
  { host, backlog = DEFAULT_BACKLOG, refused, tls }: ListenOptions,
  accept: (socket: Socket) => void,
): Promise<Server> {
  // A peer that ends during a handshake is gone; a TLS session may be half-open again (`tls-connection.ts`).
  const allowHalfOpen = tls === undefined
  const options = { allowHalfOpen, noDelay: true, keepAlive: true, pauseOnConnect: true }
  const server = createServer(options, (socket) => {
    if (openConnections() < mostConnections()) return accept(socket)
    socket.destroy()
    refused?.(`${openConnections()} connections are as many as the limit of open files allows (ulimit -n)`)
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

/** The listening sockets are closed at once; only the callback of `close` waits for connections, and nobody needs it. */
function closeAll(servers: Server[]): void {
  for (const server of servers) server.close()
}

async function connect(options: ConnectOptions): Promise<Connection> {
  if (options.tls === undefined) return connectPlain(options)
  const { connectTls } = await loadTls()
  return connectTls(options, options.tls)
}

function connectPlain({ host, port, timeoutMs }: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let socket!: Socket
    const connection = new SocketConnection((onread) => {
      socket = counted(netConnect({ host, port, noDelay: true, keepAlive: true, allowHalfOpen: true, onread }))
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
