import { apacheNode } from '../support/apache.ts'
import { type BrokerProcess, freePorts } from '../support/broker.ts'
import { samsaBroker } from '../support/samsa.ts'
import type { CaseContext } from '../support/suite.ts'

const CONTROLLER_ID = 3000

/** An Apache controller and the brokers under it, each in a process of its own; they end with the case. */
export interface Cluster {
  readonly controller: BrokerProcess
  /** samsa's brokers from id 1 on. */
  readonly samsa: readonly BrokerProcess[]
  /** Apache's brokers from id 101 on. */
  readonly apache: readonly BrokerProcess[]
  /** As a client is told of all of them. */
  readonly bootstrapServers: string
}

const SMALL_TOPICS = {
  'offsets.topic.num.partitions': '6',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '6',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
}

/** Resolves when all brokers answer clients. */
export async function startCluster(
  context: CaseContext,
  { samsa, apache = 0 }: { readonly samsa: number; readonly apache?: number },
): Promise<Cluster> {
  const [controllerPort] = await freePorts(1)
  const quorum = {
    'controller.quorum.voters': `${CONTROLLER_ID}@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
  }
  const controller = await apacheNode(controllerPort, {
    ...quorum,
    ...SMALL_TOPICS,
    'process.roles': 'controller',
    'node.id': String(CONTROLLER_ID),
    listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
  })
  context.after(() => controller.dispose())
  controller.spawn()
  const properties = { ...quorum, ...SMALL_TOPICS, 'process.roles': 'broker', 'group.initial.rebalance.delay.ms': '0' }
  const samsaBrokers = await Promise.all(
    Array.from({ length: samsa }, (_, index) =>
      samsaBroker({ properties: { ...properties, 'node.id': String(index + 1) } }),
    ),
  )
  const apacheBrokers: BrokerProcess[] = []
  for (let index = 0; index < apache; index++) {
    const [port] = await freePorts(1)
    const listeners = { listeners: `PLAINTEXT://127.0.0.1:${port}` }
    apacheBrokers.push(await apacheNode(port, { ...properties, ...listeners, 'node.id': String(101 + index) }))
  }
  const brokers = [...samsaBrokers, ...apacheBrokers]
  for (const broker of brokers) context.after(() => broker.dispose())
  await Promise.all(brokers.map((broker) => broker.start({ timeoutMs: 120_000 })))
  const bootstrapServers = brokers.map((broker) => broker.bootstrapServers).join(',')
  return { controller, samsa: samsaBrokers, apache: apacheBrokers, bootstrapServers }
}
