/**
 * HTTP in the words of the web: a request comes in and a response goes out, or the other way round. env/node: Node's own
 * servers and client; an environment without HTTP (the simulation) has none of it.
 */
import type { Listener } from './network.ts'
import type { TlsServerSettings, TlsSession } from './tls.ts'

export interface Http {
  /**
   * Takes a port. What HTTP needs is loaded when somebody connects. Rejects with a `NetworkError` whose message a person
   * can act on.
   */
  listen(options: HttpListenOptions, handle: HttpHandler): Promise<Listener>
  /** One request to a server, and its answer whatever the status is. Rejects with a `NetworkError` where none came. */
  send(url: string, options: HttpSendOptions): Promise<Response>
}

export interface HttpSendOptions {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Until the answer begins. */
  readonly timeoutMs: number
}

export interface HttpListenOptions {
  /** As in `ListenOptions`. */
  readonly host: string
  readonly port: number
  /** Connections beyond this number are closed. */
  readonly maxConnections: number
  /** Given: `https`. It is asked for each new connection, so that a renewed certificate serves whoever comes next. */
  readonly tls?: () => TlsServerSettings
}

/** The connection that a request came by. */
export interface HttpPeer {
  readonly scheme: 'http' | 'https'
  readonly remoteAddress: string
  readonly localAddress: string
  readonly localPort: number
  /** null: the connection is not TLS. */
  readonly tls: TlsSession | null
}

/** `request.signal` is aborted when the client is gone. A rejection is answered with status 500, and says nothing. */
export type HttpHandler = (request: Request, peer: HttpPeer) => Promise<Response>
