import type { Clock, Connection, ConnectionHandlers, ListenOptions, Network, TlsSession } from '../../env/index.ts'

export interface NetworkCondition {
  /** All that the broker sends arrives so much later … */
  readonly latencyMs?: number
  /** … give or take a random part of this. */
  readonly jitterMs?: number
  /** The bytes that each connection takes from the broker in a second. */
  readonly bytesPerSecond?: number
}

interface Peer {
  readonly remoteAddress: string
  readonly remotePort: number
}

const keyOf = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress}:${remotePort}`

/** The faults of a network, and a network that has them. */
export class NetworkFaults {
  readonly clock: Clock
  readonly random: (below: number) => number
  readonly #connections = new Map<string, { readonly connection: Connection; clientId: string | null }>()
  #conditions: NetworkCondition[] = []

  constructor(clock: Clock, random: (below: number) => number) {
    this.clock = clock
    this.random = random
  }

  set(condition: NetworkCondition): Disposable {
    this.#conditions.push(condition)
    return {
      [Symbol.dispose]: () => {
        this.#conditions = this.#conditions.filter((each) => each !== condition)
      },
    }
  }

  clear(): void {
    this.#conditions = []
  }

  get isPlain(): boolean {
    return this.#conditions.length === 0
  }

  /** How long the network keeps so many bytes: late by all conditions together, as slow as the slowest. */
  holdsMs(bytes: number): { latencyMs: number; sendMs: number } {
    let latencyMs = 0
    let sendMs = 0
    for (const { latencyMs: late = 0, jitterMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } of this.#conditions) {
      const jitter = jitterMs > 0 ? (this.random(1_000_000) / 500_000 - 1) * jitterMs : 0
      latencyMs += Math.max(0, late + jitter)
      sendMs = Math.max(sendMs, (bytes * 1000) / bytesPerSecond)
    }
    return { latencyMs, sendMs }
  }

  /** A request tells whose connection it came by. */
  seen(peer: Peer, clientId: string | null): void {
    const known = this.#connections.get(keyOf(peer))
    if (known !== undefined) known.clientId = clientId
  }

  cut({ clientId }: { readonly clientId?: string }): number {
    const found = [...this.#connections.values()].filter((each) => clientId === undefined || each.clientId === clientId)
    for (const { connection } of found) connection.destroy()
    return found.length
  }

  wrap(network: Network): Network {
    return {
      listen: (options: ListenOptions, accept) =>
        network.listen(options, (connection) => {
          const key = keyOf(connection)
          const faulty = new FaultyConnection(connection, this, () => this.#connections.delete(key))
          this.#connections.set(key, { connection: faulty, clientId: null })
          accept(faulty)
        }),
      connect: (options) => network.connect(options),
      resolve: (host) => network.resolve(host),
      checkTls: (settings) => network.checkTls(settings),
      download: (url, limits) => network.download(url, limits),
    }
  }
}

/** A connection whose writes the network may keep for a while, in their order. */
class FaultyConnection implements Connection {
  readonly #inner: Connection
  readonly #faults: NetworkFaults
  readonly #closed: () => void
  /** Writes and the end, in their order, with the time at which they leave. */
  readonly #kept: { readonly atMs: number; readonly bytes: number; readonly run: () => void }[] = []
  #keptBytes = 0
  #lastMs = 0
  #sentMs = 0

  constructor(inner: Connection, faults: NetworkFaults, closed: () => void) {
    this.#inner = inner
    this.#faults = faults
    this.#closed = closed
  }

  get localAddress(): string {
    return this.#inner.localAddress
  }
  get localPort(): number {
    return this.#inner.localPort
  }
  get remoteAddress(): string {
    return this.#inner.remoteAddress
  }
  get remotePort(): number {
    return this.#inner.remotePort
  }
  get tls(): TlsSession | null | undefined {
    return this.#inner.tls
  }
  get bufferedBytes(): number {
    return this.#inner.bufferedBytes + this.#keptBytes
  }

  handle(handlers: ConnectionHandlers): void {
    this.#inner.handle({
      ...bound(handlers),
      close: (error) => {
        this.#closed()
        for (const { run } of this.#kept.splice(0)) run()
        handlers.close(error)
      },
    })
  }

  write(buffers: readonly Uint8Array[], done?: () => void): boolean {
    if (this.#faults.isPlain && this.#kept.length === 0) return this.#inner.write(buffers, done)
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    this.#keep(bytes, () => this.#inner.write(buffers, done))
    return true
  }

  end(): void {
    if (this.#kept.length === 0) this.#inner.end()
    else this.#keep(0, () => this.#inner.end())
  }

  pause(): void {
    this.#inner.pause()
  }
  resume(): void {
    this.#inner.resume()
  }
  destroy(): void {
    this.#inner.destroy()
  }

  #keep(bytes: number, run: () => void): void {
    const nowMs = this.#faults.clock.monotonicMs()
    const { latencyMs, sendMs } = this.#faults.holdsMs(bytes)
    this.#sentMs = Math.max(this.#sentMs, nowMs) + sendMs
    this.#lastMs = Math.max(this.#lastMs, this.#sentMs + latencyMs)
    this.#kept.push({ atMs: this.#lastMs, bytes, run })
    this.#keptBytes += bytes
    this.#faults.clock.schedule(this.#lastMs - nowMs, () => this.#letGo())
  }

  #letGo(): void {
    const nowMs = this.#faults.clock.monotonicMs()
    for (let first = this.#kept[0]; first !== undefined && first.atMs <= nowMs + 1; first = this.#kept[0]) {
      this.#kept.shift()
      this.#keptBytes -= first.bytes
      first.run()
    }
    const next = this.#kept[0]
    if (next !== undefined) this.#faults.clock.schedule(next.atMs - nowMs, () => this.#letGo())
  }
}

function bound(handlers: ConnectionHandlers): ConnectionHandlers {
  return {
    data: (chunk) => handlers.data(chunk),
    close: (error) => handlers.close(error),
    ...(handlers.target && { target: () => handlers.target?.() ?? null }),
    ...(handlers.filled && { filled: (count: number) => handlers.filled?.(count) }),
    ...(handlers.drain && { drain: () => handlers.drain?.() }),
    ...(handlers.end && { end: () => handlers.end?.() }),
  }
}
