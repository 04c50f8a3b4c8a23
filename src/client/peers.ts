/**
 * Connections to the other nodes of the cluster: to brokers by `inter.broker.listener.name` (or
 * `security.inter.broker.protocol`) and `sasl.mechanism.inter.broker.protocol`, to controllers by the first of
 * `controller.listener.names` and `sasl.mechanism.controller.protocol`. This node shows the certificate, and logs in with
 * the name and the password, of its own listener of that name.
 */
import type { BrokerConfig } from '../config/broker-config.ts'
import { controllerPeers, interBrokerPeers } from '../config/listeners.ts'
import type { Environment } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { Address } from './addresses.ts'
import { BrokerConnection, type ConnectionOptions } from './connection.ts'

export interface PeerOptions
  extends Pick<
    ConnectionOptions,
    'clientId' | 'connectTimeoutMs' | 'requestTimeoutMs' | 'maxResponseBytes' | 'memory'
  > {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network' | 'random'>
  readonly logger: Logger
}

/** A connection that has shaken hands, logged in and heard the versions. Rejects with a `ClientError`. */
export type Connect = (address: Address) => Promise<BrokerConnection>

/** Throws `ConfigError` when the keys do not say how this node shows who it is. */
export const connectToBrokers = (options: PeerOptions): Promise<Connect> =>
  connector(options, interBrokerPeers(options.config))

/** As `connectToBrokers`. */
export const connectToControllers = (options: PeerOptions): Promise<Connect> =>
  connector(options, controllerPeers(options.config))

/** Keys and users are looked at when there is somebody to connect to, and again after that has failed. */
export function whenNeeded(open: () => Promise<Connect>): Connect {
  let known: Promise<Connect> | null = null
  return async (address) => {
    const opening = (known ??= open())
    const connect = await opening.catch((error: unknown) => {
      if (known === opening) known = null
      throw error
    })
    return connect(address)
  }
}

async function connector(options: PeerOptions, peers: ReturnType<typeof interBrokerPeers>): Promise<Connect> {
  const { config, environment, logger, ...limits } = options
  const { clock, network } = environment
  const security = peers.securityProtocol === 'PLAINTEXT' ? null : await openSecurity(options, peers)
  return ({ host, port }) => BrokerConnection.open({ ...limits, network, clock, host, port, security })
}

async function openSecurity({ config, environment, logger }: PeerOptions, peers: ReturnType<typeof interBrokerPeers>) {
  const { openClientSecurity } = await import('../security/client-security.ts')
  return openClientSecurity({ config, environment, logger, ...peers })
}
