/** The settings of the nodes of `samsa --brokers`, of what a person has set for all of them. Pure. */
import { brokerIds, type NodeName, replicationProperties, roleProperties } from '../../cluster/nodes.ts'
import { ConfigError } from '../../config/index.ts'

const DEFAULT_PORT = 9092
const MOST_PORT = 65_535

/** The keys that say who a node is: one value cannot do for all. */
const OF_ONE_NODE = [
  'node.id',
  'broker.id',
  'process.roles',
  'listeners',
  'advertised.listeners',
  'controller.listener.names',
  'controller.quorum.bootstrap.servers',
  'controller.quorum.voters',
  'log.dirs',
  'log.dir',
  'metadata.log.dir',
  'samsa.control.listener',
  'samsa.schema.registry.listeners',
]
/** One port is for one process: the first broker has it. */
const OF_FIRST_BROKER = 'samsa.http.listeners'

export interface ClusterPlan {
  readonly count: number
  /** The port of the first broker; the next ones have the ports behind it, and the controller has the last. 0: any free ones. */
  readonly port: number
  /** The names of all keys that are set. */
  readonly given: ReadonlySet<string>
}

/** Throws a `ConfigError` where what is set cannot be meant for several nodes. */
export function planOf(count: number, port: number | undefined, given: ReadonlySet<string>): ClusterPlan {
  const own = OF_ONE_NODE.find((key) => given.has(key))
  if (own !== undefined) {
    throw new ConfigError(
      `${own} is each node's own, and --brokers sets it: leave it away, or start the nodes one by one.`,
    )
  }
  const plan = { count, port: port ?? DEFAULT_PORT, given }
  if (controllerPort(plan) > MOST_PORT) throw new ConfigError(`--port ${port} leaves no room for ${count} brokers.`)
  return plan
}

/** 0: any free one. */
export const controllerPort = ({ port, count }: ClusterPlan): number => (port === 0 ? 0 : port + count)

/** The keys of a node, beside those that a person has set. `controllerAt`: the port of the controller, as it is bound. */
export function propertiesOfNode(plan: ClusterPlan, node: NodeName, controllerAt: number): [string, string][] {
  const { count, port, given } = plan
  const replication = replicationProperties(count).filter(([key]) => !given.has(key))
  // Topics are created once, when all brokers are there to hold them.
  const all: [string, string][] = [...roleProperties(node, controllerAt), ...replication, ['samsa.create.topics', '']]
  if (node === 'controller') return [...all, [OF_FIRST_BROKER, '']]
  const [first] = brokerIds(count)
  const http: [string, string][] = node === first ? [] : [[OF_FIRST_BROKER, '']]
  return [...all, ['listeners', `PLAINTEXT://localhost:${port === 0 ? 0 : port + node - 1}`], ...http]
}
