import { type Address, parseBootstrapServers } from '../../client/addresses.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'

/** Where the controllers of the quorum are, as far as the configuration says. */
export interface ControllerAddresses {
  /** Any of them may be asked who leads. */
  readonly bootstrap: readonly Address[]
  /** By node id; empty where the log says who votes (`controller.quorum.bootstrap.servers`, KIP-853). */
  readonly voters: ReadonlyMap<number, Address>
}

export function controllerAddresses(config: BrokerConfig): ControllerAddresses {
  const voters = new Map(
    config.get('controller.quorum.voters').map((entry) => {
      const at = entry.indexOf('@')
      return [Number(entry.slice(0, at)), addressOf(entry.slice(at + 1))] as const
    }),
  )
  const servers = config.get('controller.quorum.bootstrap.servers')
  return { bootstrap: servers.length > 0 ? servers.map(addressOf) : [...voters.values()], voters }
}

const addressOf = (text: string): Address => parseBootstrapServers(text)[0]!
