import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { HttpHandler, HttpListenOptions, HttpPeer } from '../http.ts'
import type { TlsServerSettings } from '../tls.ts'
import { plainAddress } from './socket-connection.ts'
import { contextOptions } from './tls-context.ts'

export interface HttpServer {
  /** A socket that is paused, and nobody has listened to. */
  serve(socket: Socket): void
  /** Answers what is in flight for a moment, then closes everything. */
  close(): Promise<void>
}

/** A client that sends a request's header more slowly than this is no client. */
const HEADERS_TIMEOUT_MS = 20_000
const REQUEST_TIMEOUT_MS = 120_000
const KEEP_ALIVE_MS = 30_000
const MAX_HEADER_BYTES = 32 * 1024
const CLOSE_PATIENCE_MS = 500

/** Node's server, which listens nowhere: it is handed its sockets. */
export function httpServer(options: HttpListenOptions, handle: HttpHandler): HttpServer {
  const listener = getRequestListener(
    (request, env) => handle(request, peerOf(env.incoming as IncomingMessage)),
    // The globals of a process that embeds a broker are its own.
    { overrideGlobalObjects: false, errorHandler },
  )
  const limits = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  }
  let underWay = 0
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    underWay++
    outgoing.once('close', () => underWay--)
    void listener(incoming, outgoing)
  }
  const { tls } = options
  const server = tls === undefined ? createServer(limits, onRequest) : secureServer(tls, limits, onRequest)
  // Node sets up its timeouts when a server begins to listen, which this one leaves to others.
  server.emit('listening')
  const sockets = new Set<Socket>()
  let onEmpty = (): void => {}
  return {
    serve(socket) {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0) onEmpty()
      })
      server.emit('connection', socket)
      socket.resume()
    },
    async close() {
      // The timeouts end with it, and so do connections without a request.
      server.close()
      const destroy = (): void => {
        for (const socket of sockets) socket.destroy()
      }
      if (underWay === 0) destroy()
      if (sockets.size === 0) return
      await new Promise<void>((resolve) => {
        const patience = setTimeout(destroy, CLOSE_PATIENCE_MS)
        onEmpty = () => {
          clearTimeout(patience)
          resolve()
        }
      })
    },
  }
}

/** A request whose target or Host is none does not come as far as the handler. */
const errorHandler = (error: unknown): Response =>
  error instanceof RequestError
    ? new Response(`${error.message}\n`, { status: 400 })
    : new Response('Internal Server Error', { status: 500 })

function secureServer(
  tls: () => TlsServerSettings,
  limits: object,
  onRequest: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Server {
  let settings = tls()
  const { clientAuth } = settings
  const server = createSecureServer(
    {
      ...limits,
      ...contextOptions(settings),
      requestCert: clientAuth !== 'none',
      rejectUnauthorized: clientAuth === 'required',
    },
    onRequest,
  )
  server.prependListener('connection', () => {
    if (tls() === settings) return
    settings = tls()
    server.setSecureContext(contextOptions(settings))
  })
  return server
}

function peerOf({ socket }: IncomingMessage): HttpPeer {
  const secure = (socket as TLSSocket).encrypted === true ? (socket as TLSSocket) : null
  const certificate = secure?.authorized === true ? (secure.getPeerCertificate(false).raw as Buffer | undefined) : null
  return {
    scheme: secure === null ? 'http' : 'https',
    remoteAddress: plainAddress(socket.remoteAddress),
    localAddress: plainAddress(socket.localAddress),
    localPort: socket.localPort ?? 0,
    tls: secure === null ? null : { ...sessionOf(secure), peerCertificate: certificate ?? null },
  }
}

const sessionOf = (socket: TLSSocket) => ({
  version: socket.getProtocol() ?? 'unknown',
  cipher: socket.getCipher().standardName ?? socket.getCipher().name,
  // Only a certificate that is trusted is looked at.
  distrust: null,
})
