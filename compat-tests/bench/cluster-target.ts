import { apacheNode } from '../support/apache.ts'
import { type BrokerProcess, freePorts } from '../support/broker.ts'
import { waitForMetadata } from '../support/probe.ts'
import { samsaBroker } from '../support/samsa.ts'
import { type Product, removeAtExit } from './targets.ts'

/** Three brokers of one product under a controller of Apache's, which is the same for both products. */
export interface ClusterTarget {
  /** Their node ids are 1, 2 and 3. */
  readonly brokers: readonly BrokerProcess[]
  dispose(): Promise<void>
}

export const BROKERS = 3
const CONTROLLER_ID = 3000
/** The controller gives up a broker sooner than by default, for both products: a case need not wait nine seconds. */
const SESSION_MS = '2000'
const HEARTBEAT_MS = '500'
const LONGEST_START_MS = 180_000

export async function startClusterTarget(product: Product): Promise<ClusterTarget> {
  const [controllerPort, ...ports] = await freePorts(1 + BROKERS)
  const common = {
    'controller.quorum.voters': `${CONTROLLER_ID}@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'broker.session.timeout.ms': SESSION_MS,
    'broker.heartbeat.interval.ms': HEARTBEAT_MS,
    'log.segment.delete.delay.ms': '0',
  }
  const controller = await apacheNode(controllerPort, {
    ...common,
    'process.roles': 'controller',
    'node.id': String(CONTROLLER_ID),
    listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
  })
  const brokers: BrokerProcess[] = []
  const forgets = [removeAtExit(controller.home)]
  const dispose = async () => {
    // The controller goes last: brokers hand over to each other while it is there.
    await Promise.all(brokers.map((broker) => broker.dispose()))
    await controller.dispose()
    for (const forget of forgets) forget()
  }
  try {
    controller.spawn()
    for (const [index, port] of ports.entries()) {
      const properties = { ...common, 'process.roles': 'broker', 'node.id': String(index + 1) }
      const broker = await brokerOf(product, port, properties)
      brokers.push(broker)
      forgets.push(removeAtExit(broker.home))
    }
    await Promise.all(brokers.map((broker) => broker.start()))
    await Promise.all(brokers.map(knowsAll))
    return { brokers, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

function brokerOf(product: Product, port: number, properties: Record<string, string>): Promise<BrokerProcess> {
  if (product === 'apache') return apacheNode(port, { ...properties, listeners: `PLAINTEXT://127.0.0.1:${port}` })
  return samsaBroker({ properties, port, bin: product === 'before' ? process.env.BEFORE : undefined })
}

/** Resolves when the broker has heard of all: a leader is chosen among those that are there. */
function knowsAll(broker: BrokerProcess): Promise<void> {
  const patience = { timeoutMs: LONGEST_START_MS, everyMs: 25 }
  return waitForMetadata(broker.port, { ...patience, brokers: BROKERS, stillRunning: () => broker.isRunning })
}
