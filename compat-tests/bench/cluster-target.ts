import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { apacheNode } from '../support/apache.ts'
import { type BrokerProcess, freePorts } from '../support/broker.ts'
import { samsaBroker } from '../support/samsa.ts'
import type { Product } from './targets.ts'

/** Three brokers of one product under a controller of Apache's, which is the same for both products. */
export interface ClusterTarget {
  readonly controller: BrokerProcess
  /** Their node ids are 1, 2 and 3. */
  readonly brokers: readonly BrokerProcess[]
  dispose(): Promise<void>
}

export const BROKERS = 3
const CONTROLLER_ID = 3000
/** The controller gives up a broker sooner than by default, for both products: a case need not wait nine seconds. */
const SESSION_MS = '2000'
const HEARTBEAT_MS = '500'

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
  const nodes: BrokerProcess[] = [controller]
  const forget = removeAtExit(nodes)
  const dispose = async () => {
    // The controller goes last: brokers hand over to each other while it is there.
    await Promise.all(nodes.slice(1).map((node) => node.dispose()))
    await controller.dispose()
    forget()
  }
  try {
    controller.spawn()
    for (const [index, port] of ports.entries()) {
      const properties = { ...common, 'process.roles': 'broker', 'node.id': String(index + 1) }
      nodes.push(await brokerOf(product, port, properties))
    }
    const brokers = nodes.slice(1)
    await Promise.all(brokers.map((broker) => broker.start()))
    await delay(500)
    return { controller, brokers, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

function brokerOf(product: Product, port: number, properties: Record<string, string>): Promise<BrokerProcess> {
  if (product === 'apache') return apacheNode(port, { ...properties, listeners: `PLAINTEXT://127.0.0.1:${port}` })
  return samsaBroker({ properties, port, bin: product === 'before' ? process.env.BEFORE : undefined })
}

/** An interrupted run leaves no gigabytes behind. Answers with what takes the wish back. */
function removeAtExit(nodes: readonly BrokerProcess[]): () => void {
  const remove = (): void => {
    for (const { home } of nodes) rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  }
  process.on('exit', remove)
  return () => void process.off('exit', remove)
}
