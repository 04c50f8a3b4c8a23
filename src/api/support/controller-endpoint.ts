import { advertisedControllers, type BrokerConfig } from '../../config/index.ts'
import type { ConnectionContext } from '../../dispatch/handler.ts'
import { type BrokerEndpoint, reachedAt } from './advertised-endpoint.ts'

/** Where other nodes find this controller, as answers of the quorum tell them (KIP-853). */
export type ControllerEndpoints = (connection: ConnectionContext) => BrokerEndpoint

/** As `advertised.listeners` says, and otherwise where whoever asks has reached it. */
export function controllerEndpoints(config: BrokerConfig): ControllerEndpoints {
  const advertised = advertisedControllers(config)
  return (connection) => {
    const reached = reachedAt(connection)
    const { host = '', port = 0 } = advertised.get(connection.listenerName) ?? {}
    return { host: host || reached.host, port: port || reached.port }
  }
}
