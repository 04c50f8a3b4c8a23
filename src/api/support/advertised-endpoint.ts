import { type AdvertisedEndpoint, advertisedListeners, type BrokerConfig } from '../../config/index.ts'
import type { ConnectionContext } from '../../dispatch/handler.ts'
import type { BrokerRegistration } from '../../metadata/image/cluster-image.ts'

export interface BrokerEndpoint {
  readonly host: string
  readonly port: number
}

/** The address at which a client of `connection` reaches the broker; null when the broker has no such listener. */
export type AdvertisedEndpoints = (connection: ConnectionContext, broker: BrokerRegistration) => BrokerEndpoint | null

const IPV4_IN_IPV6 = '::ffff:'

/**
 * Brokers are reached as they have registered themselves, except this one where it advertises `auto` or no host: whoever
 * asks is sent back to the address at which he came.
 */
export function advertisedEndpoints(config: BrokerConfig): AdvertisedEndpoints {
  const nodeId = config.get('node.id')
  const own: ReadonlyMap<string, AdvertisedEndpoint> = advertisedListeners(config)
  return (connection, broker) => {
    const { listenerName } = connection
    const advertised = broker.brokerId === nodeId ? own.get(listenerName) : undefined
    if (advertised === 'auto') return reachedAt(connection)
    // No client can use the empty host of `PLAINTEXT://:9092`.
    if (advertised?.host === '') {
      const here = reachedAt(connection)
      return { host: here.host, port: advertised.port || here.port }
    }
    return broker.endPoints.find(({ name }) => name === listenerName) ?? null
  }
}

/** The address at which a client has reached this node. */
export const reachedAt = ({ localAddress, localPort }: ConnectionContext): BrokerEndpoint => ({
  host: hostOf(localAddress),
  port: localPort,
})

/** A name rather than a loopback address, because certificates and containers know that one. */
function hostOf(address: string): string {
  const plain = address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address
  return plain === '::1' || plain.startsWith('127.') ? 'localhost' : plain
}
