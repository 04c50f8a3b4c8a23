/** Requests to the other brokers of the cluster, on one connection to each that is made when it is needed. */
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import type { Address } from './addresses.ts'
import type { BrokerConnection } from './connection.ts'
import { ClientError } from './errors.ts'
import { type Connect, connectToBrokers, type PeerOptions, whenNeeded } from './peers.ts'
import type { RequestBody } from './requests.ts'

interface Options extends PeerOptions {
  /** The address by which a broker is known to others now; null: it is not there. */
  readonly addressOf: (brokerId: number) => Address | null
}

interface Open {
  readonly address: Address
  readonly opening: Promise<BrokerConnection>
}

export class BrokerPool {
  readonly #options: Options
  readonly #open: Connect
  readonly #connections = new Map<number, Open>()
  #isClosed = false

  constructor(options: Options) {
    this.#options = options
    this.#open = whenNeeded(() => connectToBrokers(options))
  }

  /** Rejects with a `ClientError`. */
  async request<Q extends MessageSchema, S extends MessageSchema>(
    brokerId: number,
    request: Q,
    response: S,
    body: RequestBody<Q>,
  ): Promise<Decoded<S>> {
    const connection = await this.#connect(brokerId)
    return connection.request(request, response, body)
  }

  close(): void {
    this.#isClosed = true
    for (const brokerId of [...this.#connections.keys()]) this.#disconnect(brokerId)
  }

  /** A broker that has come back somewhere else, or a connection that has failed, takes a new one. */
  async #connect(brokerId: number): Promise<BrokerConnection> {
    const address = this.#options.addressOf(brokerId)
    if (address === null || this.#isClosed) {
      throw new ClientError('unreachable', `Broker ${brokerId} is not part of the cluster now`)
    }
    const known = this.#connections.get(brokerId)
    if (known !== undefined && known.address.host === address.host && known.address.port === address.port) {
      const open = await known.opening.catch(() => null)
      if (open?.isOpen) return open
    }
    // Somebody else may have made a new one meanwhile.
    if (this.#connections.get(brokerId) === known) {
      this.#disconnect(brokerId)
      const opening = this.#open(address)
      opening.catch(() => {})
      this.#connections.set(brokerId, { address, opening })
    }
    return this.#connections.get(brokerId)?.opening ?? this.#open(address)
  }

  #disconnect(brokerId: number): void {
    this.#connections.get(brokerId)?.opening.then(
      (open) => open.close(),
      () => {},
    )
    this.#connections.delete(brokerId)
  }
}
