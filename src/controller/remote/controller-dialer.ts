/** Opens connections to controllers, by the listener that `controller.listener.names` names first. */
import type { Address } from '../../client/addresses.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { type Connect, connectToControllers, whenNeeded } from '../../client/peers.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { controllerPeers } from '../../config/listeners.ts'
import type { Environment } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'

const CONNECT_TIMEOUT_MS = 2_000
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024

interface Options {
  readonly config: BrokerConfig
  readonly environment: Pick<Environment, 'clock' | 'files' | 'network' | 'random'>
  readonly logger: Logger
}

interface DialOptions {
  /** A word that tells connections of this broker apart in the controllers' logs. */
  readonly purpose: string
  readonly requestTimeoutMs: number
}

export class ControllerDialer {
  readonly #options: Options
  readonly #connectors = new Map<string, Connect>()

  constructor(options: Options) {
    this.#options = options
  }

  get listenerName(): string {
    return controllerPeers(this.#options.config).listenerName
  }

  /** Rejects with a `ClientError`, or with a `ConfigError` when the keys do not say how this node shows who it is. */
  async dial(address: Address, { purpose, requestTimeoutMs }: DialOptions): Promise<BrokerConnection> {
    let connect = this.#connectors.get(purpose)
    if (connect === undefined) {
      const options = {
        ...this.#options,
        clientId: `${purpose}-client-${this.#options.config.get('node.id')}`,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        requestTimeoutMs,
        maxResponseBytes: MAX_RESPONSE_BYTES,
      }
      connect = whenNeeded(() => connectToControllers(options))
      this.#connectors.set(purpose, connect)
    }
    return connect(address)
  }
}
