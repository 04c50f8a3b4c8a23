/**
 * The network between the nodes of a cluster that are in one process: which node listens where, who is connected to whom,
 * and which of them are cut off from each other. Clients are no nodes; they reach every node that is there.
 *
 * A cut breaks the connections between its sides and makes none until it is healed: those that try are told at once that
 * there is no way (EHOSTUNREACH), so that a test need not wait for time-outs of the network itself.
 */
import { type Connection, type Network, NetworkError } from '../env/index.ts'
import { withMethods } from '../env/with-methods.ts'
import type { NodeName } from './nodes.ts'

interface Link {
  readonly from: NodeName
  readonly to: NodeName
  readonly connection: Connection
}

type Sides = readonly (readonly NodeName[])[]

export class ClusterNetwork {
  readonly #nodes = new Map<number, NodeName>()
  /** The ports of a node in the order in which it took them: its next run listens where it did. */
  readonly #ports = new Map<NodeName, { known: number[]; taken: number }>()
  readonly #links = new Set<Link>()
  readonly #dead = new Set<NodeName>()
  #cuts: Sides[] = []

  /** The network as the node sees it. */
  of(node: NodeName, machine: Network): Network {
    const ports = { known: [] as number[], taken: 0 }
    this.#ports.set(node, ports)
    return {
      ...machine,
      listen: async (options, accept) => {
        const index = ports.taken++
        const port = options.port || (ports.known[index] ?? 0)
        const listener = await machine.listen({ ...options, port }, (connection) => {
          if (this.#dead.has(node)) connection.destroy()
          else accept(connection)
        })
        ports.known[index] = listener.port
        this.#nodes.set(listener.port, node)
        return listener
      },
      connect: async (options) => {
        const to = this.#nodes.get(options.port)
        if (to === undefined) return machine.connect(options)
        this.#refuse(node, to)
        const connection = await machine.connect(options)
        try {
          this.#refuse(node, to)
        } catch (error) {
          connection.destroy()
          throw error
        }
        return this.#linked(node, to, connection)
      },
    }
  }

  /** Nodes on different sides are cut off from each other until the value is disposed of; nodes on no side reach all. */
  cut(sides: Sides): Disposable {
    this.#cuts.push(sides)
    this.#breakLinks(({ from, to }) => this.#isCut(from, to))
    return {
      [Symbol.dispose]: () => {
        this.#cuts = this.#cuts.filter((each) => each !== sides)
      },
    }
  }

  heal(): void {
    this.#cuts = []
  }

  /** The node is gone: its connections to others break, nobody is let in, and it reaches nobody. */
  kill(node: NodeName): void {
    this.#dead.add(node)
    this.#breakLinks(({ from, to }) => from === node || to === node)
  }

  /** A run of the node begins. */
  begin(node: NodeName): void {
    this.#dead.delete(node)
    const ports = this.#ports.get(node)
    if (ports !== undefined) ports.taken = 0
  }

  #refuse(from: NodeName, to: NodeName): void {
    const isDead = this.#dead.has(from) || this.#dead.has(to)
    if (!isDead && !this.#isCut(from, to)) return
    throw new NetworkError(isDead ? 'ECONNREFUSED' : 'EHOSTUNREACH', `${nameOf(from)} does not reach ${nameOf(to)}`)
  }

  #isCut(a: NodeName, b: NodeName): boolean {
    return this.#cuts.some((sides) => {
      const [sideOfA, sideOfB] = [a, b].map((node) => sides.findIndex((side) => side.includes(node)))
      return sideOfA !== -1 && sideOfB !== -1 && sideOfA !== sideOfB
    })
  }

  #breakLinks(which: (link: Link) => boolean): void {
    for (const link of [...this.#links].filter(which)) link.connection.destroy()
  }

  #linked(from: NodeName, to: NodeName, connection: Connection): Connection {
    const link = { from, to, connection }
    this.#links.add(link)
    return watched(connection, () => this.#links.delete(link))
  }
}

const nameOf = (node: NodeName): string => (node === 'controller' ? 'the controller' : `broker ${node}`)

/** The connection itself; `closed` hears of its end before its own handlers do. */
const watched = (connection: Connection, closed: () => void): Connection =>
  withMethods(connection, {
    handle: (handlers) =>
      connection.handle(
        withMethods(handlers, {
          close(error) {
            closed()
            handlers.close(error)
          },
        }),
      ),
  })
