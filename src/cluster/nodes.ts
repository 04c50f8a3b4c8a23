/** The nodes of a cluster that stands on one machine, a controller and brokers under it, in Kafka's keys. */

/** The node id of the controller; brokers count from 1. */
export const CONTROLLER_ID = 3000
const MOST_BROKERS = 100

/** A broker by its node id, or the controller. */
export type NodeName = number | 'controller'

/** Kafka's advice on replicas of data that matter; a cluster with fewer brokers has as many replicas as it can. */
const REPLICAS = 3
const IN_SYNC = 2

/** Throws a sentence where there cannot be so many. */
export function checkBrokerCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_BROKERS) return count
  throw new RangeError(`A cluster has between 1 and ${MOST_BROKERS} brokers, not ${count}.`)
}

export const brokerIds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** The directory of a node below that of the cluster. */
export const directoryName = (node: NodeName): string => (node === 'controller' ? node : `broker-${node}`)

/**
 * The keys that all nodes of a cluster of so many brokers have: replicas enough to lose a broker, and acknowledgements
 * (acks=all) that say so.
 */
export function replicationProperties(brokers: number): [string, string][] {
  const replicas = String(Math.min(REPLICAS, brokers))
  const inSync = String(brokers >= REPLICAS ? IN_SYNC : 1)
  return [
    ['default.replication.factor', replicas],
    ['min.insync.replicas', inSync],
    ['offsets.topic.replication.factor', replicas],
    ['transaction.state.log.replication.factor', replicas],
    ['transaction.state.log.min.isr', inSync],
    ['share.coordinator.state.topic.replication.factor', replicas],
    ['share.coordinator.state.topic.min.isr', inSync],
  ]
}

/** The place of a node in its cluster. `controllerPort`: on loopback; of the controller itself, 0 takes any free one. */
export function roleProperties(node: NodeName, controllerPort: number): [string, string][] {
  if (node === 'controller') {
    return [
      ['process.roles', 'controller'],
      ['node.id', String(CONTROLLER_ID)],
      ['listeners', `CONTROLLER://localhost:${controllerPort}`],
    ]
  }
  return [
    ['process.roles', 'broker'],
    ['node.id', String(node)],
    ['controller.quorum.bootstrap.servers', `localhost:${controllerPort}`],
  ]
}
