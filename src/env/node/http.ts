/** Takes the ports of HTTP listeners, and sends requests to others. The servers themselves are loaded with the first connection: most brokers see none. */
import type { Socket } from 'node:net'
import type { Http, HttpHandler, HttpListenOptions, HttpSendOptions } from '../http.ts'
import { type Listener, NetworkError } from '../network.ts'
import type { HttpServer } from './http-server.ts'
import { listenForSockets } from './network.ts'
import { counted } from './open-connections.ts'

export const nodeHttp: Http = { listen, send }

async function listen(options: HttpListenOptions, handle: HttpHandler): Promise<Listener> {
  const { host, port, maxConnections } = options
  let loading: Promise<HttpServer> | null = null
  let server: HttpServer | null = null
  let count = 0
  const accept = (socket: Socket): void => {
    if (count >= maxConnections) {
      socket.destroy()
      return
    }
    count++
    counted(socket).once('close', () => count--)
    if (server !== null) return server.serve(socket)
    loading ??= import('./http-server.ts').then((loaded) => {
      server = loaded.httpServer(options, handle)
      return server
    })
    // An error before the server has the socket must not end the process.
    const ignore = (): void => {}
    socket.on('error', ignore)
    void loading.then((loaded) => {
      socket.off('error', ignore)
      loaded.serve(socket)
    })
  }
  const listener = await listenForSockets({ host, port }, accept)
  return {
    host: listener.host,
    port: listener.port,
    async close() {
      await listener.close()
      await (await loading)?.close()
    },
  }
}

/** By the client that comes with Node and is loaded on first use; redirections are the caller's to follow. */
async function send(url: string, { timeoutMs, ...request }: HttpSendOptions): Promise<Response> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), timeoutMs)
  try {
    return await fetch(url, { ...request, redirect: 'manual', signal: patience.signal })
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
    const code = patience.signal.aborted ? 'ETIMEDOUT' : (cause?.code ?? 'EHTTP')
    throw new NetworkError(code, `no answer from ${new URL(url).origin}: ${cause?.message || code || message}`)
  } finally {
    clearTimeout(timer)
  }
}
