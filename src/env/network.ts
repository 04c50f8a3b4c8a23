import type { TlsClientSettings, TlsServerSettings, TlsSession } from './tls.ts'

/**
 * Stream connections. env/node: TCP, and TLS over it. The simulation: virtual links that can be cut, delayed and
 * half-closed, without TLS.
 */
export interface Network {
  /** Rejects with a `NetworkError` (EADDRINUSE, EADDRNOTAVAIL, EACCES …) whose message a person can act on. */
  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener>
  /** `timeoutMs` counts for a TLS handshake as well. */
  connect(options: ConnectOptions): Promise<Connection>
  /** Addresses a host name stands for. */
  resolve(host: string): Promise<string[]>
  /** Rejects with a `NetworkError` that says what is wrong when these settings cannot serve. */
  checkTls(settings: TlsServerSettings | TlsClientSettings): Promise<void>
  /** The body of a document on the web. Rejects with a `NetworkError` for any status but 200 and for a larger body. */
  download(url: string, options: DownloadOptions): Promise<Buffer>
}

export interface DownloadOptions {
  timeoutMs: number
  maxBytes: number
  /** Given: the document is asked for with POST. */
  post?: { headers: Readonly<Record<string, string>>; body: string }
}

export interface ConnectOptions {
  host: string
  port: number
  timeoutMs: number
  /** Given: the connection is TLS. */
  tls?: TlsClientSettings
}

export interface ListenOptions {
  /** `localhost` means loopback on IPv4 and on IPv6, the empty host every interface. */
  host: string
  /** 0 takes any free one; the same one on each address. */
  port: number
  /** Connections that may wait to be accepted, per address (Kafka's `socket.listen.backlog.size`). */
  backlog?: number
  /** Connections could not be taken, with the reason; they are closed. */
  refused?: (reason: string) => void
  /**
   * Given: connections are TLS. It is asked for each new one, so that a renewed certificate serves whoever comes next;
   * the same settings are the same object. The handshake begins when reading does, and ends before the first `data`.
   */
  tls?: () => TlsServerSettings
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops accepting; open connections live on. */
  close(): Promise<void>
}

export interface Connection {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** The outcome of a TLS handshake; null before it is over. Absent: the connection is not TLS. */
  readonly tls?: TlsSession | null
  /** Exactly one set of handlers; set before the next turn of the loop. `close` comes last and exactly once. */
  handle(handlers: ConnectionHandlers): void
  /**
   * Queues the buffers in order; they belong to the connection until `done` is called, which is once, when the network
   * has taken them or never will. False: wait for `drain` before more. What is written in one turn of the loop leaves
   * in one system call. After `end`, or once closed, it is dropped.
   */
  write(buffers: readonly Uint8Array[], done?: () => void): boolean
  /** Bytes accepted by `write` and not yet handed to the network. */
  readonly bufferedBytes: number
  /** Stops and restarts reading; what has not been read stays with the peer (TCP back-pressure). */
  pause(): void
  resume(): void
  /** Sends what is queued, then closes; what the peer still sends is dropped. */
  end(): void
  /** Closes now; what is queued may be lost. */
  destroy(): void
}

/**
 * Bytes that arrive are read into memory that all connections share, and `data` is told; or, so that large messages
 * need not be copied, straight to where the handlers want it, and `filled` is told. After each of the two `target` is
 * asked.
 */
export interface ConnectionHandlers {
  /** The chunk is good until this returns: what is to last longer has to be copied. */
  data(chunk: Buffer): void
  /** Where the next bytes should go, if that is known. It is lent to the network until `filled`, `data` or `close`. */
  target?(): Buffer | null
  /** So many bytes have been read to the beginning of what `target` gave last. */
  filled?(count: number): void
  drain?(): void
  /** The peer sends no more. Without this handler the connection answers with `end` of its own. */
  end?(): void
  close(error: NetworkError | null): void
}

export class NetworkError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'NetworkError'
    this.code = code
  }
}
