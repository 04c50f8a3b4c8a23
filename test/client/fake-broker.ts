/** The far end of a client's connections, in memory: a test answers request by request, or not at all. */

import { codec } from '../../protocol/compile.ts'
import { type RequestFrame, readRequestHeader, responseFrame } from '../../protocol/frame.ts'
import type { Api } from '../../protocol/registry.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Clock, Connection, ConnectionHandlers, Network, Timer } from '../../src/env/index.ts'
import { NetworkError } from '../../src/env/index.ts'

export interface Request {
  api: Api
  version: number
  correlationId: number
  clientId: string | null
  body: Record<string, unknown>
  peer: Peer
}

/** One accepted connection. */
export class Peer {
  readonly host: string
  readonly port: number
  isClosed = false
  handlers: ConnectionHandlers | null = null

  constructor(host: string, port: number) {
    this.host = host
    this.port = port
  }

  send(bytes: Buffer): void {
    // As the network does: the memory of a chunk is used again.
    const chunk = Buffer.from(bytes)
    this.handlers?.data(chunk)
    chunk.fill(0xff)
  }

  answer({ api, version, correlationId }: Request, body: object, answerVersion = version): void {
    this.send(Buffer.concat(responseFrame(api, answerVersion, correlationId, body)))
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.handlers?.close(null)
  }
}

/** A network on which every address of `reachable` answers by `respond`. */
export function fakeNetwork(reachable: readonly string[], respond: (request: Request) => void) {
  const peers: Peer[] = []
  const network = {
    async connect({ host, port }: { host: string; port: number }): Promise<Connection> {
      if (!reachable.includes(`${host}:${port}`)) throw new NetworkError('ECONNREFUSED', 'connection refused')
      const peer = new Peer(host, port)
      peers.push(peer)
      return connectionTo(peer, respond)
    },
  } as Network
  return { network, peers }
}

function connectionTo(peer: Peer, respond: (request: Request) => void): Connection {
  return unchecked<Connection>({
    handle: (handlers: ConnectionHandlers) => {
      peer.handlers = handlers
    },
    write(buffers: readonly Uint8Array[]) {
      const frame = Buffer.concat(buffers)
      const { api, header, reader }: RequestFrame = readRequestHeader(frame.subarray(4))
      const { requestApiVersion: version, correlationId, clientId } = header
      const body = codec(api.request, version).decode(reader) as Record<string, unknown>
      queueMicrotask(() => respond({ api, version, correlationId, clientId, body, peer }))
      return true
    },
    destroy: () => peer.close(),
    end: () => peer.close(),
  })
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs = 0
  #timers: { atMs: number; fn: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, fn: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fn }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  defer(fn: () => void): void {
    queueMicrotask(fn)
  }

  get pendingTimers(): number {
    return this.#timers.length
  }

  advance(byMs: number): void {
    this.#nowMs += byMs
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs)
    for (const { fn } of due) fn()
  }
}
