import type { BrokerConfig } from './broker-config.ts'
import { brokerListeners, controllerListeners } from './listeners.ts'

/** Whether the controllers are elsewhere, in a KRaft quorum (`process.roles=broker`). */
export const isObserver = (config: BrokerConfig): boolean => !config.get('process.roles').includes('controller')

/** The reason, in Kafka's words, for which a broker cannot take its place under controllers elsewhere; null: there is none. */
export function problemOfRole(config: BrokerConfig): string | null {
  if (!isObserver(config)) return null
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
