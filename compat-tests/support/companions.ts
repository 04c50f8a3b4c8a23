import { brokerIds, type NodeName, replicationProperties, roleProperties } from '../../src/cluster/nodes.ts'
import { type BrokerOptions, type BrokerProcess, freePorts } from './broker.ts'
import { samsaBroker, samsaNode } from './samsa.ts'

/** The node id of the broker that a suite talks to. */
const OWN_ID = 1

/**
 * samsa as one of several brokers under a controller of samsa: a case sees broker 1, and clients find the others. Topics have
 * three replicas, where nothing else is said. Whoever restarts the broker meets a cluster that went on without it.
 */
export async function samsaOfSeveral(options: BrokerOptions, count: number): Promise<BrokerProcess> {
  const [controllerPort] = (await freePorts(1)) as [number]
  const propertiesOf = (node: NodeName): Record<string, string> => ({
    // The broker that a case has restarted leads soon again, as the next case expects of it.
    'leader.imbalance.check.interval.seconds': '5',
    ...Object.fromEntries(replicationProperties(count)),
    ...options.properties,
    ...Object.fromEntries(roleProperties(node, controllerPort)),
  })
  const controller = await samsaNode(controllerPort, propertiesOf('controller'))
  const others: BrokerProcess[] = []
  for (const id of brokerIds(count)) {
    if (id !== OWN_ID) others.push(await samsaBroker({ ...options, properties: propertiesOf(id) }))
  }
  const companions = {
    brokers: count,
    async start() {
      if (!controller.isRunning) controller.spawn()
      await Promise.all(others.filter(({ isRunning }) => !isRunning).map((broker) => broker.start()))
    },
    async dispose() {
      await Promise.all(others.map((broker) => broker.dispose()))
      await controller.dispose()
    },
  }
  return samsaBroker({ ...options, properties: propertiesOf(OWN_ID), companions })
}
