import type { Socket } from 'node:net'
import { type ConnectionOptions, type Server, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { type Connection, type ConnectionHandlers, type ConnectOptions, NetworkError } from '../network.ts'
import {
  TLS_HANDSHAKE_FAILED,
  TLS_PEER_SPEAKS_HTTP,
  TLS_PEER_SPEAKS_PLAIN,
  type TlsClientSettings,
  type TlsServerSettings,
  type TlsSession,
} from '../tls.ts'
import { counted } from './open-connections.ts'
import { copying, networkError, type OnRead, plainAddress, SocketConnection } from './socket-connection.ts'
import { contextOptions, handshakeServer, LOWEST_LEVEL, secureContext } from './tls-context.ts'
import { mayBeTooWeak, weaknessOf } from './weak-chain.ts'

export const acceptTls = (socket: Socket, settings: TlsServerSettings): Connection =>
  new TlsServerConnection(socket, settings)

/** Rejects with a `NetworkError` when the settings cannot serve. */
export async function checkTls(settings: TlsServerSettings | TlsClientSettings): Promise<void> {
  secureContext(settings)
}

/**
 * The sockets whose handshake is under way, by their peer's address and port: Node tells of its end by another socket.
 */
const handshaking = new Map<string, TlsServerConnection>()

const peerOf = (socket: Socket): string => `${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`

function listenTo(server: Server): void {
  server.on('secureConnection', (socket) => handshaking.get(peerOf(socket))?.secured(socket))
  server.on('tlsClientError', (error, socket) => handshaking.get(peerOf(socket))?.failed(error))
}

/** A connection that was accepted. The handshake begins with the first `resume`: a client without a slot costs no memory. */
class TlsServerConnection implements Connection {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  tls: TlsSession | null = null
  readonly #socket: Socket
  readonly #peer: string
  readonly #settings: TlsServerSettings
  #handlers: ConnectionHandlers | null = null
  #secure: SocketConnection | null = null
  #error: NetworkError | null = null
  #paused = false
  #begun = false
  /** Writes that wait for the end of the handshake. */
  #early: (readonly [buffers: readonly Uint8Array[], done?: () => void])[] = []
  #endsEarly = false
  /** This side, or the peer, has ended the handshake. */
  #givenUp = false

  constructor(socket: Socket, settings: TlsServerSettings) {
    this.#socket = socket
    this.#settings = settings
    this.#peer = peerOf(socket)
    this.localAddress = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? 0
    this.remoteAddress = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= networkError(error, `the connection with ${this.remoteAddress}:${this.remotePort} failed`)
    })
    socket.on('close', () => {
      if (handshaking.get(this.#peer) === this) handshaking.delete(this.#peer)
      // A session ends by itself, and may have bytes to be read when its socket has ended.
      if (this.#secure === null) setImmediate(() => this.#closed())
    })
    letGo(socket)
  }

  handle(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
    process.nextTick(() => {
      if (!this.#paused) this.#begin()
    })
  }

  /** Node tells of a peer that hung up after the close, and of a certificate that it has refused not at all. */
  #closed(): void {
    if (this.#begun && !this.#givenUp && this.#settings.clientAuth === 'required') {
      this.#error ??= new NetworkError(TLS_HANDSHAKE_FAILED, `${FAILED}: its certificate is not trusted`)
    }
    for (const [, done] of this.#early) done?.()
    this.#handlers?.close(this.#error)
  }

  #begin(): void {
    if (this.#begun || this.#socket.destroyed) return
    this.#begun = true
    handshaking.set(this.#peer, this)
    try {
      handshakeServer(this.#settings, listenTo).emit('connection', this.#socket)
    } catch (error) {
      this.failed(error as Error)
    }
  }

  secured(socket: TLSSocket): void {
    handshaking.delete(this.#peer)
    const shown = socket.getPeerCertificate(false).raw as Buffer | undefined
    if (shown !== undefined && !socket.authorized) {
      this.#refuse(`its certificate is not trusted: ${socket.authorizationError?.message ?? socket.authorizationError}`)
      return
    }
    this.tls = sessionOf(socket, shown ?? null)
    socket.allowHalfOpen = true
    socket.pause()
    letGo(socket)
    this.#secure = new SocketConnection((onread) => copying(socket, onread))
    this.#secure.handle(this.#handlers!)
    if (this.#paused) this.#secure.pause()
    for (const [buffers, done] of this.#early) this.#secure.write(buffers, done)
    if (this.#endsEarly) this.#secure.end()
  }

  failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? ''
    if (code === 'ERR_SSL_HTTP_REQUEST') this.#fail(TLS_PEER_SPEAKS_HTTP, 'the client speaks HTTP, not TLS')
    else if (NO_TLS.has(code)) this.#fail(TLS_PEER_SPEAKS_PLAIN, 'the client does not speak TLS')
    else if (code === 'ECONNRESET') this.#giveUp()
    else this.#refuse(reasonOf(error))
  }

  #refuse(why: string): void {
    this.#fail(TLS_HANDSHAKE_FAILED, `${FAILED}: ${why}`)
  }

  #fail(code: string, message: string): void {
    this.#error ??= new NetworkError(code, message)
    this.#giveUp()
  }

  #giveUp(): void {
    this.#givenUp = true
    this.#socket.destroy()
  }

  write(buffers: readonly Uint8Array[], done?: () => void): boolean {
    if (this.#secure !== null) return this.#secure.write(buffers, done)
    if (this.#endsEarly || this.#socket.destroyed) done?.()
    else this.#early.push([buffers, done])
    return true
  }

  get bufferedBytes(): number {
    return this.#secure?.bufferedBytes ?? 0
  }

  pause(): void {
    this.#paused = true
    this.#secure?.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#secure !== null) this.#secure.resume()
    else this.#begin()
  }

  end(): void {
    if (this.#secure !== null) this.#secure.end()
    else if (this.#early.length > 0) this.#endsEarly = true
    else this.#giveUp()
  }

  destroy(): void {
    if (this.#secure !== null) this.#secure.destroy()
    else this.#giveUp()
  }
}

/**
 * Takes the listeners from a socket that has closed. V8's quick collector takes OpenSSL's part of a socket for one that is
 * in use, and copies whatever that leads to, twice; only the slow one finds the socket gone. By then a client that has
 * logged in and left would have cost 10 KB, most of them in what listens to its socket.
 */
function letGo(socket: Socket): void {
  socket.once('close', () =>
    setImmediate(() => {
      socket.removeAllListeners()
      socket.on('error', ignore)
    }),
  )
}

const ignore = () => {}

const FAILED = 'the TLS handshake failed'

/** OpenSSL's words for a first record that is none. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
])

/** `…:SSL routines:place:peer did not return a certificate:file` → the words that a person can use. */
const reasonOf = ({ message }: Error): string => /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1] ?? message

const sessionOf = (socket: TLSSocket, peerCertificate: Buffer | null): TlsSession => ({
  version: socket.getProtocol() ?? 'unknown',
  cipher: socket.getCipher().standardName ?? socket.getCipher().name,
  peerCertificate,
  distrust: distrustOf(socket),
})

/** Node says it by an error, or by its code alone. */
function distrustOf({ authorizationError: error }: TLSSocket): string | null {
  if (!error) return null
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.message)
}

/** Client settings at whose servers certificates were found that OpenSSL finds too weak. */
const weakPeers = new WeakSet<TlsClientSettings>()

/** A server with a weak certificate is connected to twice, the first time with these settings (`weak-chain.ts`). */
export async function connectTls(options: ConnectOptions, settings: TlsClientSettings): Promise<Connection> {
  if (weakPeers.has(settings)) return connectOnce(options, settings, true)
  try {
    const connection = await connectOnce(options, settings, false)
    if (settings.trusted === null || !mayBeTooWeak(connection.tls?.distrust)) return connection
    connection.destroy()
  } catch (error) {
    if (settings.trusted === null || !mayBeTooWeak((error as Error).message)) throw error
  }
  weakPeers.add(settings)
  return connectOnce(options, settings, true)
}

/** `takesWeak`: certificates are judged as Java does, where OpenSSL would refuse them. */
function connectOnce(
  { host, port, timeoutMs }: ConnectOptions,
  settings: TlsClientSettings,
  takesWeak: boolean,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let socket!: TLSSocket
    const where = `${host}:${port}`
    const { expectedName } = settings
    const connection = new SocketConnection((onread) => {
      socket = tlsConnect({
        ...contextOptions(settings, takesWeak ? LOWEST_LEVEL : null),
        ...(expectedName === null ? { checkServerIdentity: () => undefined } : { servername: nameOnly(expectedName) }),
        ...(settings.looksOnly && { rejectUnauthorized: false }),
        host,
        port,
        onread,
        allowHalfOpen: true,
      } as ConnectionOptions & { onread: OnRead; allowHalfOpen: boolean })
      counted(socket)
      return socket
    })
    const timeout = setTimeout(() => {
      socket.destroy()
      reject(new NetworkError('ETIMEDOUT', `${where} did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
    let connected = false
    const fail = (error: NodeJS.ErrnoException) => {
      clearTimeout(timeout)
      reject(
        connected
          ? new NetworkError(TLS_HANDSHAKE_FAILED, `${FAILED} with ${where}: ${reasonOf(error)}`)
          : networkError(error, `cannot connect to ${where}`),
      )
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      connected = true
    })
    socket.once('secureConnect', () => {
      const weakness = takesWeak ? weaknessOfPeer(socket, settings) : null
      if (weakness !== null && !settings.looksOnly) {
        socket.destroy(new Error(weakness))
        return
      }
      clearTimeout(timeout)
      socket.off('error', fail)
      socket.setNoDelay(true).setKeepAlive(true)
      socket.pause()
      connection.connected()
      const session = sessionOf(socket, (socket.getPeerCertificate(false).raw as Buffer | undefined) ?? null)
      connection.tls = { ...session, distrust: session.distrust ?? weakness }
      resolve(connection)
    })
  })
}

function weaknessOfPeer(socket: TLSSocket, { trusted }: TlsClientSettings): string | null {
  const shown = socket.getPeerX509Certificate()
  return shown === undefined ? null : weaknessOf(shown, trusted ?? [])
}

/** Addresses are no server names in the handshake (RFC 6066); the certificate is checked for them all the same. */
const nameOnly = (name: string): string => (/^[\d.]+$|:/.test(name) ? '' : name)
