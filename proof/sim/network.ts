import { type Connection, type Listener, type ListenOptions, type Network, NetworkError } from '../../src/env/index.ts'
import { SimConnection } from './connection.ts'
import type { CrashMode } from './disk.ts'
import type { Life, Machine, Whole, Wires } from './parts.ts'
import type { SeededRandom } from './random.ts'

const FIRST_FREE_PORT = 40_000
const EVERYWHERE = new Set(['', '0.0.0.0', '::'])
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

interface SimListener {
  process: Life
  port: number
  accept: (connection: Connection) => void
}

/** The wires between the machines: their delay, their cuts, who listens where and every open connection. */
export class SimNet implements Wires<SimConnection> {
  readonly world: Whole
  readonly random: SeededRandom
  /** Delay of a packet in milliseconds, drawn anew for each. */
  delayMs: [low: number, high: number] = [0.05, 1]
  /** How likely a write is cut into several packets. */
  splits = 0.1
  readonly connections = new Set<SimConnection>()
  #listeners = new Map<string, SimListener>()
  #cuts = new Set<string>()
  #nextPort = FIRST_FREE_PORT

  constructor(world: Whole) {
    this.world = world
    this.random = world.random.stream('net')
  }

  /** Nothing passes between the two until `heal`; what is under way is kept back, as TCP would send it again. */
  cut(a: Machine, b: Machine): void {
    this.world.record(`cut ${a.name} ${b.name}`)
    this.#cuts.add(wayOf(a, b))
    this.#cuts.add(wayOf(b, a))
  }

  /** As `cut`, one way alone: `from` hears of `to`, and not the other way round. */
  cutWay(from: Machine, to: Machine): void {
    this.world.record(`cut ${from.name} to ${to.name}`)
    this.#cuts.add(wayOf(from, to))
  }

  heal(a: Machine, b: Machine): void {
    this.world.record(`heal ${a.name} ${b.name}`)
    this.#cuts.delete(wayOf(a, b))
    this.#cuts.delete(wayOf(b, a))
    for (const connection of this.connections) connection.linkHealed()
  }

  /** Whether nothing passes from one to the other. */
  isCut(from: Machine, to: Machine): boolean {
    return this.#cuts.has(wayOf(from, to))
  }

  /** Breaks every connection between the two: both sides see ECONNRESET. */
  reset(a: Machine, b: Machine): void {
    this.world.record(`reset ${a.name} ${b.name}`)
    const link = linkOf(a, b)
    for (const connection of [...this.connections]) {
      const { local, remote } = connection
      if (linkOf(local.node, remote.node) === link) connection.fail('ECONNRESET')
    }
  }

  takePort(): number {
    return this.#nextPort++
  }

  listen(process: Life, options: ListenOptions, accept: (connection: Connection) => void): Listener {
    const { node } = process
    if (!EVERYWHERE.has(options.host) && this.#nodeOf(node, options.host) !== node) {
      throw new NetworkError('EADDRNOTAVAIL', `This machine has no address ${options.host}.`)
    }
    const port = options.port || this.takePort()
    const key = `${node.name}:${port}`
    const holder = this.#listeners.get(key)
    if (holder?.process.isAlive) {
      throw new NetworkError('EADDRINUSE', `Port ${port} on ${options.host} is already in use.`)
    }
    const listener = { process, port, accept }
    this.#listeners.set(key, listener)
    return {
      host: options.host,
      port,
      close: async () => {
        if (this.#listeners.get(key) === listener) this.#listeners.delete(key)
      },
    }
  }

  connect(process: Life, host: string, port: number, timeoutMs: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const from = process.node
      const to = this.#nodeOf(from, host)
      const refuse = (code: string, delayMs: number) =>
        process.after(delayMs, () => {
          from.effect(`connect ${host}:${port} ${code}`)
          if (process.isAlive) reject(new NetworkError(code, `cannot connect to ${host}:${port}: ${code}`))
        })
      if (to === undefined) return refuse('ENOTFOUND', this.delay())
      this.world.plan(this.delay(), () => {
        if (!process.isAlive) return
        if (this.isCut(from, to) || this.isCut(to, from)) return refuse('ETIMEDOUT', timeoutMs)
        const listener = this.#listeners.get(`${to.name}:${port}`)
        if (!listener?.process.isAlive) return refuse('ECONNREFUSED', this.delay())
        const [near, far] = SimConnection.pair(this, process, listener.process, this.takePort(), port)
        listener.process.after(0, () => listener.accept(far))
        process.after(this.delay(), () => {
          from.effect(`connected ${near.name}`)
          if (process.isAlive) resolve(near)
        })
      })
    })
  }

  resolve(process: Life, host: string): string[] {
    const node = this.#nodeOf(process.node, host)
    if (node === undefined) throw new NetworkError('ENOTFOUND', `cannot resolve the host name ${host}`)
    return [LOOPBACK.has(host) ? '127.0.0.1' : node.address]
  }

  delay(): number {
    return this.random.between(...this.delayMs)
  }

  /** A killed process's kernel closes its connections; a machine without power says nothing, and is missed later. */
  nodeCrashed(node: Machine, mode: CrashMode): void {
    for (const connection of [...this.connections]) {
      if (connection.local.node !== node) continue
      const silenceMs = mode === 'power' ? this.random.between(0, 5000) : 0
      connection.ownerDied(silenceMs)
    }
  }

  #nodeOf(from: Machine, host: string): Machine | undefined {
    if (LOOPBACK.has(host) || EVERYWHERE.has(host)) return from
    return [...this.world.nodes.values()].find(({ name, address }) => name === host || address === host)
  }
}

const wayOf = (from: Machine, to: Machine): string => `${from.name}>${to.name}`

function linkOf(a: Machine, b: Machine): string {
  return a.name < b.name ? `${a.name}|${b.name}` : `${b.name}|${a.name}`
}

/** The network as one life of a process sees it. */
export class SimNetwork implements Network {
  #process: Life
  #net: SimNet

  constructor(process: Life, net: SimNet) {
    this.#process = process
    this.#net = net
  }

  async listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener> {
    if (options.tls !== undefined) await this.checkTls()
    return this.#process.later(0.01, `listen ${options.host}:${options.port}`, () =>
      this.#net.listen(this.#process, options, accept),
    )
  }

  connect({ host, port, timeoutMs }: { host: string; port: number; timeoutMs: number }): Promise<Connection> {
    return this.#net.connect(this.#process, host, port, timeoutMs)
  }

  resolve(host: string): Promise<string[]> {
    return this.#process.later(0.1, `resolve ${host}`, () => this.#net.resolve(this.#process, host))
  }

  async checkTls(): Promise<void> {
    throw new NetworkError('ENOTSUP', 'There is no TLS in the simulation.')
  }

  async download(url: string): Promise<Buffer> {
    throw new NetworkError('ENOTFOUND', `cannot read ${url}`)
  }
}
