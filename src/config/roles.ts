import type { BrokerConfig } from './broker-config.ts'
import { brokerListeners, controllerListeners } from './listeners.ts'

/** Whether the controllers are elsewhere, in a KRaft quorum (`process.roles=broker`). */
export const isObserver = (config: BrokerConfig): boolean => !config.get('process.roles').includes('controller')

/** Whether this node is a controller and nothing else (`process.roles=controller`). */
export const isControllerAlone = (config: BrokerConfig): boolean => !config.get('process.roles').includes('broker')

/** Whether there may be other brokers in the cluster: under controllers elsewhere, or because others may join this one. */
export const mayHavePeers = (config: BrokerConfig): boolean =>
  isObserver(config) || controllerListeners(config).length > 0

/** The reason, in Kafka's words where it has some, for which a node cannot take the place that it is given; null: there is none. */
export function problemOfRole(config: BrokerConfig): string | null {
  if (!isObserver(config)) return problemOfOwnController(config) ?? problemOfController(config)
  if (config.get('controller.quorum.bootstrap.servers').length + config.get('controller.quorum.voters').length === 0) {
    return 'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.'
  }
  if (config.get('controller.quorum.voters').some((entry) => Number(entry.split('@')[0]) === config.get('node.id'))) {
    return `If process.roles contains just the 'broker' role, the node id ${config.get('node.id')} must not be included in the set of voters controller.quorum.voters`
  }
  if (controllerListeners(config).length > 0) {
    return "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role"
  }
  if (brokerListeners(config).length === 0) return 'listeners has no listener for clients.'
  return null
}

/** A controller alone has listeners for other nodes and for nobody else. */
function problemOfController(config: BrokerConfig): string | null {
  if (!isControllerAlone(config)) return null
  if (controllerListeners(config).length === 0) {
    return 'No listener of the controller is set: with process.roles=controller set listeners=CONTROLLER://host:port, where other nodes reach it.'
  }
  if (brokerListeners(config).length === 0) return null
  return 'The listeners config must only contain KRaft controller listeners from controller.listener.names when process.roles=controller'
}

/** The controller of this process is a quorum of one voter: a node that is one of several must not go on alone. */
function problemOfOwnController(config: BrokerConfig): string | null {
  const voters = config.get('controller.quorum.voters').map((entry) => Number(entry.split('@')[0]))
  if (voters.length > 1) {
    return `process.roles=broker,controller is not possible with the voters ${voters.join()}: the controller of samsa is the only voter of its quorum. Name this node alone in controller.quorum.voters, or use process.roles=broker under controllers elsewhere.`
  }
  if (voters.length === 1 && voters[0] !== config.get('node.id')) {
    return `If process.roles contains the 'controller' role, the node id ${config.get('node.id')} must be included in the set of voters controller.quorum.voters=Set(${voters[0]})`
  }
  return null
}
