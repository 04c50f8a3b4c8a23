import { apacheNode } from '../support/apache.ts'
import { type BrokerProcess, freePorts } from '../support/broker.ts'
import { samsaNode } from '../support/samsa.ts'
import type { CaseContext } from '../support/suite.ts'
import { Links } from './links.ts'

/** The first of the controllers; others follow it. */
export const CONTROLLER_ID = 3000
/** The first of Apache's brokers; samsa's count from 1. */
export const FIRST_APACHE_ID = 101

/** The cluster that directories of Apache are formatted for. */
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg'
/** A node of a small cluster needs no more. */
const HEAP = '384m'
/** Four JVMs start at once, on a machine that may be busy. */
const LONGEST_START_MS = 300_000

/** Controllers and the brokers under them, each in a process of its own; they end with the case. */
export interface Cluster {
  readonly controllers: readonly BrokerProcess[]
  readonly controllerIds: readonly number[]
  /** `host:port`, as tools take it for `--bootstrap-controller`. */
  readonly bootstrapControllers: string
  /** samsa's brokers from id 1 on. */
  readonly samsa: readonly BrokerProcess[]
  /** Apache's brokers from id 101 on. */
  readonly apache: readonly BrokerProcess[]
  /** All brokers by their node id. */
  readonly brokers: ReadonlyMap<number, BrokerProcess>
  /** These and the controllers. */
  readonly nodes: ReadonlyMap<number, BrokerProcess>
  /** As a client is told of all of them. */
  readonly bootstrapServers: string
  /** null: nodes reach each other without a relay. */
  readonly links: Links | null
}

const SMALL_TOPICS = {
  'offsets.topic.num.partitions': '6',
  'offsets.topic.replication.factor': '1',
  'share.coordinator.state.topic.num.partitions': '6',
  'transaction.state.log.num.partitions': '6',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
}

export interface ClusterOptions {
  readonly samsa: number
  readonly apache?: number
  readonly controller?: 'apache' | 'samsa'
  /** Default 1; samsa's is always alone. */
  readonly controllers?: number
  /** Whether the network between nodes can be cut. */
  readonly cuttable?: boolean
  /** All nodes have these keys. */
  readonly properties?: Readonly<Record<string, string>>
  /** Which brokers are started; all when absent. */
  readonly isStarted?: (id: number) => boolean
}

/** Resolves when all brokers that are to start answer clients. */
export async function startCluster({ after }: Pick<CaseContext, 'after'>, options: ClusterOptions): Promise<Cluster> {
  const { samsa, apache = 0, controller: maker = 'apache', isStarted = () => true } = options
  const nodes = new Map<number, BrokerProcess>()
  const links = options.cuttable === true ? new Links((id) => nodes.get(id)?.pid) : null
  if (links !== null) after(() => links.close())
  const quorum = await Quorum.of(options.controllers ?? 1, links)
  const properties = { ...quorum.properties, ...SMALL_TOPICS, ...options.properties }
  const add = async (id: number, make: Promise<BrokerProcess>): Promise<BrokerProcess> => {
    const node = await make
    nodes.set(id, node)
    after(() => node.dispose())
    return node
  }

  const controllers = await Promise.all(
    quorum.members.map(({ id, port, own }) => add(id, nodeOf(maker, port, { ...properties, ...own }))),
  )
  for (const controller of controllers) controller.spawn()
  const brokerOf = async (product: 'samsa' | 'apache', id: number) => {
    const { port, own } = await brokerListeners(id, links)
    return add(id, nodeOf(product, port, { ...properties, ...BROKER, ...own }))
  }
  const ids = (count: number, first: number) => Array.from({ length: count }, (_, index) => first + index)
  const samsaIds = ids(samsa, 1)
  const apacheIds = ids(apache, FIRST_APACHE_ID)
  const samsaBrokers = await Promise.all(samsaIds.map((id) => brokerOf('samsa', id)))
  const apacheBrokers = await Promise.all(apacheIds.map((id) => brokerOf('apache', id)))
  const brokers = new Map([...samsaIds, ...apacheIds].map((id) => [id, nodes.get(id)!]))
  const started = [...brokers].filter(([id]) => isStarted(id)).map(([, broker]) => broker)
  await Promise.all(started.map((broker) => broker.start({ timeoutMs: LONGEST_START_MS })))
  return {
    controllers,
    controllerIds: quorum.members.map(({ id }) => id),
    bootstrapControllers: controllers.map(({ bootstrapServers }) => bootstrapServers).join(','),
    samsa: samsaBrokers,
    apache: apacheBrokers,
    brokers,
    nodes,
    bootstrapServers: started.map(({ bootstrapServers }) => bootstrapServers).join(','),
    links,
  }
}

const nodeOf = (product: 'samsa' | 'apache', port: number, properties: Record<string, string>) =>
  product === 'apache' ? apacheNode(port, properties, { heap: HEAP }) : samsaNode(port, properties)

const BROKER = { 'process.roles': 'broker', 'group.initial.rebalance.delay.ms': '0' }
const PROTOCOLS = 'PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT'

interface Node {
  readonly id: number
  readonly port: number
  readonly own: Record<string, string>
}

/** The voters, and what every node is told of them. */
class Quorum {
  readonly members: readonly Node[]
  readonly properties: Record<string, string>

  private constructor(members: readonly Node[], voters: readonly string[]) {
    this.members = members
    this.properties = {
      'controller.quorum.voters': voters.join(','),
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': PROTOCOLS,
    }
  }

  static async of(count: number, links: Links | null): Promise<Quorum> {
    const ports = await freePorts(count)
    const members: Node[] = []
    const voters: string[] = []
    for (const [index, port] of ports.entries()) {
      const id = CONTROLLER_ID + index
      const reached = links === null ? port : await links.open(id, port)
      voters.push(`${id}@127.0.0.1:${reached}`)
      const own = {
        'process.roles': 'controller',
        'node.id': String(id),
        // Read by samsa alone: Apache's directories are formatted for it.
        'samsa.cluster.id': CLUSTER_ID,
        listeners: `CONTROLLER://127.0.0.1:${port}`,
        'advertised.listeners': `CONTROLLER://127.0.0.1:${reached}`,
      }
      members.push({ id, port, own })
    }
    return new Quorum(members, voters)
  }
}

/** A broker whose clients and whose peers have a listener each, where the way of the peers goes through a relay. */
async function brokerListeners(id: number, links: Links | null): Promise<Node> {
  const [port, internalPort] = (await freePorts(2)) as [number, number]
  const clients = `PLAINTEXT://127.0.0.1:${port}`
  const node = { id, port }
  if (links === null)
    return { ...node, own: { 'node.id': String(id), listeners: clients, 'advertised.listeners': clients } }
  const reached = await links.open(id, internalPort)
  return {
    ...node,
    own: {
      'node.id': String(id),
      listeners: `${clients},INTERNAL://127.0.0.1:${internalPort}`,
      'advertised.listeners': `${clients},INTERNAL://127.0.0.1:${reached}`,
      'inter.broker.listener.name': 'INTERNAL',
    },
  }
}
