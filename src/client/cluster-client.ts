/**
 * A client of a whole cluster: finds brokers, leaders and coordinators, keeps one connection to each, and asks again
 * where Kafka says that asking again helps (a coordinator that loads, a leader that moved) until the time is over.
 */
import { first } from '../../protocol/collections/elements.ts'
import { ErrorCode, errorMessage, errorName, isRetriable, KafkaError } from '../../protocol/errors.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../protocol/messages/find-coordinator.ts'
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/metadata.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Environment } from '../env/index.ts'
import type { ClientSecurity } from '../security/client-security.ts'
import type { Address } from './addresses.ts'
import { BrokerConnection } from './connection.ts'
import { ClientError } from './errors.ts'
import type { RequestBody, RequestOptions } from './requests.ts'

export interface ClusterClientOptions {
  environment: Pick<Environment, 'network' | 'clock'>
  bootstrapServers: readonly Address[]
  clientId?: string
  connectTimeoutMs?: number
  requestTimeoutMs?: number
  /** How long one call of the client may ask again. */
  apiTimeoutMs?: number
  /** null, or absent: PLAINTEXT. */
  security?: ClientSecurity | null
}

export const CoordinatorType = { GROUP: 0, TRANSACTION: 1, SHARE: 2 } as const
export type CoordinatorType = (typeof CoordinatorType)[keyof typeof CoordinatorType]

export interface ClusterNode extends Address {
  nodeId: number
}

/**
 * Whom a request is for. `any`: whichever broker can be reached. `controller`: the broker that takes changes of the cluster,
 * which in KRaft is any of them.
 */
export type Destination =
  | { to: 'any' }
  | { to: 'controller' }
  | { to: 'broker'; nodeId: number }
  | { to: 'leader'; topic: string; partition: number }
  | { to: 'coordinator'; type: CoordinatorType; key: string }

/** FindCoordinator takes several keys from here on (KIP-699). */
const BATCHED_COORDINATORS_VERSION = 4
const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1_000
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024

export class ClusterClient {
  readonly #options: Required<ClusterClientOptions>
  /** By address; a connection that has failed is replaced when it is needed again. */
  readonly #connections = new Map<string, Promise<BrokerConnection>>()
  /** As the last Metadata had them; forgotten when something fails. */
  #nodes: readonly ClusterNode[] = []

  constructor(options: ClusterClientOptions) {
    const timeouts = { connectTimeoutMs: 5_000, requestTimeoutMs: 10_000, apiTimeoutMs: 30_000 }
    const defaults = { clientId: 'samsa', security: null, ...timeouts }
    this.#options = { ...defaults, ...options }
  }

  /**
   * The answer of the right broker. `errorOf` finds the error code in the answer that speaks of the destination: a
   * retriable one is asked again, at the broker that is the right one then; any other is left to the caller.
   */
  async request<Q extends MessageSchema, S extends MessageSchema>(
    destination: Destination,
    request: Q,
    response: S,
    body: RequestBody<Q>,
    errorOf: (answer: Decoded<S>) => number = () => ErrorCode.NONE,
    options: RequestOptions = {},
  ): Promise<Decoded<S>> {
    return this.retrying(async () => {
      const connection = await this.#connect(destination)
      const answer = await connection.request(request, response, body, options)
      const code = errorOf(answer)
      if (isRetriable(code)) throw new KafkaError(code)
      return answer
    })
  }

  /** A request that has no answer, and then one that has: resolves when the broker has gone through both. */
  async tell<Q extends MessageSchema>(nodeId: number, request: Q, body: Encodable<Q>, options: RequestOptions = {}) {
    const connection = await this.#connectTo(await this.#node(nodeId))
    connection.tell(request, body, options)
    await connection.request(MetadataRequest, MetadataResponse, { topics: [] })
  }

  /** The brokers that are alive, and the topics asked for (null: all). Topics that do not exist carry their error. */
  async metadata(topics: readonly string[] | null): Promise<MetadataResponse> {
    const wanted = topics === null ? null : topics.map((name) => ({ name }))
    const body = { topics: wanted, allowAutoTopicCreation: false }
    const answer = await this.request({ to: 'any' }, MetadataRequest, MetadataResponse, body)
    this.#nodes = answer.brokers
    return answer
  }

  async brokers(): Promise<ClusterNode[]> {
    return (await this.metadata([])).brokers
  }

  /** The same cluster by connections of their own, for requests that must not wait behind others. */
  sibling(): ClusterClient {
    return new ClusterClient(this.#options)
  }

  /** Resolves after so much time of the environment's clock. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.environment.clock.schedule(ms, resolve))
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.then((open) => open.close()).catch(() => {})
    this.#connections.clear()
  }

  /** Tries again, for as long as a call may last, what fails with an error that may pass. */
  async retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock } = this.#options.environment
    const deadlineMs = clock.monotonicMs() + this.#options.apiTimeoutMs
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)) {
      try {
        return await attempt()
      } catch (error) {
        this.#nodes = []
        if (!isWorthAnotherTry(error) || clock.monotonicMs() + backoffMs > deadlineMs) throw error
      }
      await this.pause(backoffMs)
    }
  }

  async #connect(destination: Destination): Promise<BrokerConnection> {
    switch (destination.to) {
      case 'any':
        return this.#connectToAny()
      case 'controller':
        return this.#connectToController()
      case 'broker':
        return this.#connectTo(await this.#node(destination.nodeId))
      case 'leader':
        return this.#connectTo(await this.#leader(destination.topic, destination.partition))
      case 'coordinator':
        return this.#connectTo(await this.coordinator(destination.type, destination.key))
    }
  }

  /** Connections that are open come first, so that a broker that is gone is not tried again for each request. */
  async #connectToAny(): Promise<BrokerConnection> {
    for (const pending of this.#connections.values()) {
      const connection = await pending.catch(() => null)
      if (connection?.isOpen) return connection
    }
    let failure: unknown
    for (const address of this.#options.bootstrapServers) {
      try {
        return await this.#connectTo(address)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #connectTo({ host, port }: Address): Promise<BrokerConnection> {
    const address = `${host}:${port}`
    const known = this.#connections.get(address)
    const open = await known?.catch(() => null)
    if (open?.isOpen) return open
    // Somebody else may have connected meanwhile.
    const other = this.#connections.get(address)
    if (other !== undefined && other !== known) return other
    const { environment, clientId, connectTimeoutMs, requestTimeoutMs, security } = this.#options
    const opening = BrokerConnection.open({
      host,
      port,
      clientId,
      connectTimeoutMs,
      requestTimeoutMs,
      security,
      network: environment.network,
      clock: environment.clock,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    })
    this.#connections.set(address, opening)
    return opening.catch((error) => {
      if (this.#connections.get(address) === opening) this.#connections.delete(address)
      throw error
    })
  }

  async #connectToController(): Promise<BrokerConnection> {
    const connection = await this.#connectToAny()
    const { brokers, controllerId } = await connection.request(MetadataRequest, MetadataResponse, { topics: [] })
    const controller = brokers.find((broker) => broker.nodeId === controllerId)
    return controller === undefined ? connection : this.#connectTo(controller)
  }

  async #node(nodeId: number): Promise<ClusterNode> {
    const known = this.#nodes.find((broker) => broker.nodeId === nodeId)
    if (known !== undefined) return known
    const connection = await this.#connectToAny()
    const { brokers } = await connection.request(MetadataRequest, MetadataResponse, { topics: [] })
    this.#nodes = brokers
    const node = brokers.find((broker) => broker.nodeId === nodeId)
    if (node === undefined) throw new ClientError('unreachable', `There is no broker ${nodeId} in the cluster`)
    return node
  }

  async #leader(topic: string, partition: number): Promise<ClusterNode> {
    const connection = await this.#connectToAny()
    const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
    const answer = await connection.request(MetadataRequest, MetadataResponse, body)
    const found = first(answer.topics)
    if (found.errorCode !== ErrorCode.NONE)
      throw new KafkaError(found.errorCode, `The topic ${topic}: ${errorMessage(found.errorCode)}`)
    const replica = found.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    if (replica === undefined) {
      throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `The topic ${topic} has no partition ${partition}`)
    }
    const leader = answer.brokers.find(({ nodeId }) => nodeId === replica.leaderId)
    if (leader === undefined)
      throw new KafkaError(ErrorCode.LEADER_NOT_AVAILABLE, `${topic}-${partition} has no leader now`)
    return leader
  }

  /** Asks one broker who coordinates `key`. */
  async coordinator(type: CoordinatorType, key: string): Promise<ClusterNode> {
    const connection = await this.#connectToAny()
    const answer = await connection.request(FindCoordinatorRequest, FindCoordinatorResponse, (version) => ({
      keyType: type,
      ...(version < BATCHED_COORDINATORS_VERSION ? { key } : { coordinatorKeys: [key] }),
    }))
    const found = answer.coordinators[0] ?? answer
    if (found.errorCode !== ErrorCode.NONE) {
      throw new KafkaError(
        found.errorCode,
        found.errorMessage ?? `The coordinator of ${key}: ${errorName(found.errorCode)}`,
      )
    }
    return { nodeId: found.nodeId, host: found.host, port: found.port }
  }
}

/** A broker that went away is one that may come back; one that was never there is the caller's mistake. */
function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof KafkaError) return isRetriable(error.code) && error.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return error instanceof ClientError && error.reason === 'disconnected'
}
