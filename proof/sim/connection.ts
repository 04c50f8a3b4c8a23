import { crc32 } from 'node:zlib'
import { type Connection, type ConnectionHandlers, NetworkError } from '../../src/env/index.ts'
import type { Life, Wires } from './parts.ts'

/** The bytes that may be on the wire and in the receiver's buffer; more waits with the sender. */
const WINDOW_BYTES = 128 * 1024
const HIGH_WATER_BYTES = 16 * 1024
const LINGER_MS = 1000
/**
 * The byte with which a chunk is overwritten when the handler has returned: the real network uses that memory again.
 */
const POISON = 0xdb

type Packet = Buffer | 'fin' | 'rst'

/** One end of a simulated TCP connection. Packets of one direction arrive in their order, each with its own delay. */
export class SimConnection implements Connection {
  readonly name: string
  readonly local: Life
  readonly remote: Life
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  #net: Wires<SimConnection>
  #peer!: SimConnection
  #handlers: ConnectionHandlers | null = null
  /** Where the handlers want the next bytes; asked when the network would, and not later. */
  #target: Buffer | null = null
  /** Written, not yet on the wire; a function stands behind the bytes whose leaving it is to hear of. */
  #queue: (Uint8Array | (() => void))[] = []
  #queuedBytes = 0
  #wantsDrain = false
  /** On the wire or in the peer's buffer. */
  #windowBytes = 0
  #lastArrivalMs = 0
  /** Arrived; kept back while reading is paused or the link is cut. */
  #wire: Packet[] = []
  #inbox: Packet[] = []
  #paused = false
  #delivering = false
  #ended = false
  #finSent = false
  #peerEnded = false
  #closed = false

  static pair(
    net: Wires<SimConnection>,
    client: Life,
    server: Life,
    clientPort: number,
    serverPort: number,
  ): [SimConnection, SimConnection] {
    const near = new SimConnection(net, client, server, clientPort, serverPort)
    const far = new SimConnection(net, server, client, serverPort, clientPort)
    near.#peer = far
    far.#peer = near
    net.connections.add(near)
    net.connections.add(far)
    return [near, far]
  }

  private constructor(net: Wires<SimConnection>, local: Life, remote: Life, localPort: number, remotePort: number) {
    this.#net = net
    this.local = local
    this.remote = remote
    const sameNode = local.node === remote.node
    this.localAddress = sameNode ? '127.0.0.1' : local.node.address
    this.remoteAddress = sameNode ? '127.0.0.1' : remote.node.address
    this.localPort = localPort
    this.remotePort = remotePort
    this.name = `${local.node.name}:${localPort}-${remote.node.name}:${remotePort}`
  }

  handle(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
    this.#askTarget()
    this.#deliverSoon()
  }

  write(buffers: readonly Uint8Array[], done?: () => void): boolean {
    if (this.#ended || this.#closed || !this.local.isAlive) {
      done?.()
      return true
    }
    for (const buffer of buffers) {
      if (buffer.length === 0) continue
      this.#queue.push(buffer)
      this.#queuedBytes += buffer.length
    }
    if (done !== undefined) this.#queue.push(done)
    // The kernel takes it at the end of the turn.
    this.local.after(0, () => this.#pump())
    if (this.#queuedBytes > HIGH_WATER_BYTES) this.#wantsDrain = true
    return !this.#wantsDrain
  }

  get bufferedBytes(): number {
    return this.#queuedBytes
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliverSoon()
  }

  end(): void {
    if (this.#ended || this.#closed || !this.local.isAlive) return
    this.#ended = true
    this.#paused = false
    this.local.after(0, () => this.#pump())
    this.#deliverSoon()
  }

  destroy(): void {
    if (this.#closed || !this.local.isAlive) return
    this.#ended = true
    const readAll = this.#inbox.length === 0 && this.#queuedBytes === 0
    if (!this.#finSent || !readAll) this.#send(readAll ? 'fin' : 'rst')
    this.#close(null)
  }

  /** Both ends see the error. */
  fail(code: string): void {
    this.#close(code)
    this.#peer.#close(code)
  }

  /** The process is gone: its kernel, or a later power-on, answers the peer. */
  ownerDied(silenceMs: number): void {
    if (this.#closed) return
    this.#closed = true
    this.#net.connections.delete(this)
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#net.world.timeMs + silenceMs)
    this.#send(this.#net.random.chance(0.5) ? 'rst' : 'fin')
  }

  linkHealed(): void {
    this.#deliverSoon()
  }

  /** Puts on the wire what fits the window, cut anywhere; waits for half a window rather than send crumbs. */
  #pump(): void {
    const room = WINDOW_BYTES - this.#windowBytes
    if (room < Math.min(this.#queuedBytes, WINDOW_BYTES / 2)) return
    while (!this.#closed && this.#queuedBytes > 0 && this.#windowBytes < WINDOW_BYTES) {
      const packet = this.#nextPacket()
      this.#windowBytes += packet.length
      this.#send(packet)
    }
    if (this.#queuedBytes > 0 || this.#closed) return
    if (this.#wantsDrain && !this.#ended) {
      this.#wantsDrain = false
      this.local.after(0, () => !this.#closed && this.#handlers?.drain?.())
    }
    if (this.#ended && !this.#finSent) {
      this.#finSent = true
      this.#send('fin')
      if (this.#peerEnded) this.#close(null)
      else this.local.after(LINGER_MS, () => this.#close(null))
    }
  }

  #nextPacket(): Buffer {
    const { random, splits } = this.#net
    const room = Math.min(WINDOW_BYTES - this.#windowBytes, this.#queuedBytes)
    const length = random.chance(splits) ? 1 + random.integer(room) : room
    const parts: Uint8Array[] = []
    const finished: (() => void)[] = []
    for (let left = length; left > 0; ) {
      const first = this.#queue[0] as Uint8Array
      const part = first.subarray(0, left)
      parts.push(part)
      left -= part.length
      if (part.length < first.length) this.#queue[0] = first.subarray(part.length)
      else {
        this.#queue.shift()
        // Not before the bytes are copied, but before anything else happens.
        while (typeof this.#queue[0] === 'function') finished.push(this.#queue.shift() as () => void)
      }
    }
    this.#queuedBytes -= length
    const packet = Buffer.concat(parts)
    for (const done of finished) done()
    return packet
  }

  #send(packet: Packet): void {
    const { world } = this.#net
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, world.timeMs + this.#net.delay())
    const peer = this.#peer
    world.plan(this.#lastArrivalMs - world.timeMs, () => {
      peer.#wire.push(packet)
      peer.#deliver()
    })
  }

  #deliverSoon(): void {
    this.local.after(0, () => this.#deliver())
  }

  #deliver(): void {
    if (this.#closed) return this.#refuse()
    if (!this.#net.isCut(this.remote.node, this.local.node)) this.#inbox.push(...this.#wire.splice(0))
    if (this.#handlers === null || this.#delivering || this.#inbox.length === 0) return
    // A reset is known at once; data and the end wait to be read.
    if (this.#inbox.includes('rst')) {
      this.local.after(0, () => this.#close('ECONNRESET'))
      return
    }
    if (this.#paused) return
    const packet = this.#inbox.shift() as Buffer | 'fin'
    this.#delivering = true
    this.local.after(0, () => {
      this.#delivering = false
      if (this.#closed) return
      if (this.#paused) this.#inbox.unshift(packet)
      else this.#receive(packet)
      this.#deliver()
    })
  }

  #receive(packet: Buffer | 'fin'): void {
    if (packet !== 'fin') return this.#read(packet)
    this.local.node.effect(`receives ${this.name} fin`)
    if (!this.local.isAlive) return
    this.#peerEnded = true
    if (this.#finSent) this.#close(null)
    else if (this.#ended) return
    else if (this.#handlers?.end) this.#handlers.end()
    else this.end()
  }

  /** One read: into the handlers' target as far as that goes, or into memory that is the network's own. */
  #read(packet: Buffer): void {
    const target = this.#target
    const chunk = target === null ? Buffer.from(packet) : packet.subarray(0, target.length)
    if (chunk.length < packet.length) this.#inbox.unshift(packet.subarray(chunk.length))
    this.local.node.effect(`receives ${this.name} ${chunk.length} ${crc32(chunk).toString(16)}`)
    if (!this.local.isAlive) return
    this.#peer.#windowBytes -= chunk.length
    this.#peer.local.after(0, () => this.#peer.#pump())
    if (this.#ended) return
    if (target === null) {
      this.#handlers?.data(chunk)
      chunk.fill(POISON)
    } else {
      chunk.copy(target)
      this.#handlers?.filled?.(chunk.length)
    }
    this.#askTarget()
  }

  #askTarget(): void {
    this.#target = this.#ended ? null : (this.#handlers?.target?.() ?? null)
  }

  /** Data for a closed socket is answered with a reset. */
  #refuse(): void {
    const packets = this.#wire.splice(0)
    if (packets.some((packet) => typeof packet !== 'string') && !this.#peer.#closed) this.#send('rst')
  }

  #close(code: string | null): void {
    if (this.#closed) return
    this.#closed = true
    const unsent = this.#queue.filter((entry) => typeof entry === 'function')
    this.#queue = []
    this.#queuedBytes = 0
    this.#net.connections.delete(this)
    const error = code === null ? null : new NetworkError(code, `the connection ${this.name} failed: ${code}`)
    this.local.after(0, () => {
      this.local.node.effect(`closed ${this.name} ${code ?? ''}`)
      if (!this.local.isAlive) return
      for (const done of unsent) done()
      this.#handlers?.close(error)
    })
  }
}
