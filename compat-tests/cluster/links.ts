/**
 * The network between the nodes of a cluster, where it can be cut: other nodes reach a node through a relay, which finds
 * out in the system's tables of sockets which process a connection comes from (Linux). Clients do not pass here.
 *
 * A silent cut is a cable that is pulled: bytes stay where they are until it is healed, and a connection that is made
 * meanwhile is answered by nobody. A loud one breaks connections and ends new ones at once.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

const HOST = '127.0.0.1'
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'].filter((table) => existsSync(table))

/** Why the network cannot be cut on this machine; null: it can. */
export const whyNoCuts = (): string | null =>
  TABLES.length > 0 ? null : 'this system has no /proc/net/tcp, by which a connection is known to be of a node'

export interface Cut {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly isLoud: boolean
}

export class Links {
  /** The process of each node, which changes with every start. */
  readonly #pidOf: (node: number) => number | undefined
  readonly #nodes = new Set<number>()
  readonly #servers: Server[] = []
  readonly #links = new Set<Link>()
  readonly #cuts = new Set<Cut>()

  constructor(pidOf: (node: number) => number | undefined) {
    this.#pidOf = pidOf
  }

  /** Opens the relay to a node that will listen for other nodes on `port`; resolves to the port of the relay. */
  async open(node: number, port: number): Promise<number> {
    this.#nodes.add(node)
    const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket, node, port))
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
    return (server.address() as AddressInfo).port
  }

  /** Nothing that `from` sends reaches `to` until the function that is answered is called. */
  cut(cut: Cut): () => void {
    this.#cuts.add(cut)
    this.#apply()
    return () => {
      this.#cuts.delete(cut)
      this.#apply()
    }
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const link of this.#links) link.destroy()
  }

  #accept(socket: Socket, to: number, port: number): void {
    const link = new Link(socket, connect({ host: HOST, port, noDelay: true }), this.#ownerOf(socket), to)
    this.#links.add(link)
    link.closed.then(() => this.#links.delete(link))
    this.#judge(link)
  }

  #apply(): void {
    for (const link of this.#links) this.#judge(link)
  }

  #judge(link: Link): void {
    const { from, to } = link
    if (from !== null) {
      const there = this.#cutBetween(from, to)
      const back = this.#cutBetween(to, from)
      if (there?.isLoud === true || back?.isLoud === true) return link.destroy()
      link.there.hold(there !== undefined)
      return link.back.hold(back !== undefined)
    }
    link.there.hold(false)
    link.back.hold(false)
  }

  #cutBetween(from: number, to: number): Cut | undefined {
    return [...this.#cuts].find((cut) => cut.from.includes(from) && cut.to.includes(to))
  }

  /** The node whose process has the other end of the socket. */
  #ownerOf({ remotePort, localPort }: Socket): number | null {
    const inode = inodeOf(remotePort!, localPort!)
    if (inode === null) return null
    return [...this.#nodes].find((node) => hasSocket(this.#pidOf(node), inode)) ?? null
  }
}

/** One connection from a node to another, through the relay. */
class Link {
  /** null: of none of the nodes. */
  readonly from: number | null
  readonly to: number
  readonly there: Way
  readonly back: Way
  readonly closed: Promise<unknown>
  readonly #sockets: readonly [Socket, Socket]

  constructor(near: Socket, far: Socket, from: number | null, to: number) {
    this.from = from
    this.to = to
    this.#sockets = [near, far]
    this.there = new Way(near, far)
    this.back = new Way(far, near)
    this.closed = Promise.all(this.#sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }
}

/** One direction of a connection; what is held back is delivered later, the end too. */
class Way {
  readonly #source: Socket
  readonly #target: Socket
  #isHeld = true
  #isFull = false
  #hasEnded = false

  constructor(source: Socket, target: Socket) {
    this.#source = source
    this.#target = target
    source.pause()
    source.on('data', (chunk) => {
      if (target.write(chunk)) return
      this.#isFull = true
      source.pause()
    })
    target.on('drain', () => {
      this.#isFull = false
      this.#goOn()
    })
    source.on('error', () => {
      // Its close follows.
    })
    source.on('close', () => {
      this.#hasEnded = true
      this.#goOn()
    })
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (isHeld) this.#source.pause()
    else this.#goOn()
  }

  #goOn(): void {
    if (this.#isHeld) return
    if (this.#hasEnded) this.#target.end()
    else if (!this.#isFull) this.#source.resume()
  }
}

function inodeOf(port: number, peerPort: number): string | null {
  for (const table of TABLES) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/)
      if (portOf(local) === port && portOf(remote) === peerPort && inode !== undefined) return inode
    }
  }
  return null
}

/** `0100007F:1F90` ends with the port, in hexadecimal digits. */
const portOf = (address: string): number => Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)

function hasSocket(pid: number | undefined, inode: string): boolean {
  if (pid === undefined) return false
  const directory = `/proc/${pid}/fd`
  try {
    return readdirSync(directory).some((name) => linkAt(`${directory}/${name}`) === `socket:[${inode}]`)
  } catch {
    return false
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    // The descriptor was closed meanwhile.
    return null
  }
}
