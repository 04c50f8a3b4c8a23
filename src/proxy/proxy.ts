/**
 * `samsa proxy`: stands before a cluster. Each of its brokers has a port here, and clients are told of these ports alone, so
 * that the rules of `faults` hold for all that they do.
 *
 * Invariants: an answer that leads to a broker leaves with an address of the proxy, and only when somebody listens there; a
 * request that nobody looks at is not decoded; the answers of a connection leave in the order of its requests.
 */
import type { ApiName } from '../../protocol/api-types.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Address } from '../client/addresses.ts'
import { bootstrapServer } from '../config/index.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import type { Interceptor } from '../dispatch/interceptor.ts'
import type { Connection, Environment, Listener, Network } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { ClientSecurity } from '../security/client-security.ts'
import { DiskFaults } from '../testing/faults/disk-faults.ts'
import { FaultTarget } from '../testing/faults/fault-target.ts'
import { Faults } from '../testing/faults/faults.ts'
import type { Match } from '../testing/faults/match.ts'
import { NetworkFaults } from '../testing/faults/network-faults.ts'
import type { Rule } from '../testing/faults/rule.ts'
import { Witness } from '../testing/witness.ts'
import type { Place } from './addresses.ts'
import { Session } from './session.ts'
import { shapesOfApis } from './shapes.ts'
import type { ClosableSession, Surroundings, TracedExchange } from './surroundings.ts'

export interface ProxyOptions {
  readonly environment: Pick<Environment, 'clock' | 'network' | 'random'>
  readonly logger: Logger
  /** Brokers by which clients find the cluster, as `bootstrap.servers`. */
  readonly upstream: readonly Address[]
  /** Where clients find the proxy. Brokers get the ports behind it, or any free ones where it is 0. */
  readonly listen: Address
  /** Given: connections to the brokers are TLS. Its login is not used: clients log in themselves. */
  readonly security?: ClientSecurity | null
  /** Requests are kept for `witness.requests()`, and all are decoded. */
  readonly remembers?: boolean
  /** Hears of each request and its answer; all are decoded. */
  readonly onExchange?: (exchange: TracedExchange) => void
}

const CONNECT_TIMEOUT_MS = 10_000

/** It starts once and stops once. */
export class KafkaProxy {
  readonly faults: Faults
  readonly witness: Witness
  readonly #options: ProxyOptions
  readonly #network: Network
  readonly #interceptor: Interceptor
  /** By the address of the broker. */
  readonly #listeners = new Map<string, Promise<Listener>>()
  readonly #sessions = new Set<ClosableSession>()
  readonly #topicNames = new Map<string, string>()
  readonly #unknown = new Set<string>()
  readonly #surroundings: Surroundings
  #shapes: ReadonlyMap<number, ApiHandler> | null = null
  #sessionId = 0
  #front: Listener | null = null

  constructor(options: ProxyOptions) {
    const { clock, network, random } = options.environment
    this.#options = options
    const networkFaults = new NetworkFaults(clock, (below) => random.integer(below))
    this.#network = networkFaults.wrap(network)
    const topicName = (id: string) => this.#topicNames.get(id) ?? null
    this.faults = new FaultsWithoutUsers(new FaultTarget(clock, topicName), networkFaults, new NoDisk(clock))
    this.witness = new Witness(clock, this.faults)
    this.#surroundings = this.#makeSurroundings()
    this.#interceptor = options.remembers === true ? this.witness : this.faults
  }

  /** Rejects with a `NetworkError` when the port is not free. */
  async start(): Promise<void> {
    const { listen, upstream } = this.#options
    // The first broker is reached by the proxy's own port; a client that comes there may be led to any of them.
    const [first] = upstream
    if (first === undefined) throw new Error('A proxy needs at least one broker to stand before.')
    const front = this.#listen(listen.port, upstream)
    if (upstream.length === 1) this.#listeners.set(bootstrapServer(first), front)
    this.#front = await front
  }

  /** `host:port`, as clients take it. */
  get bootstrapServers(): string {
    return bootstrapServer({ host: this.#options.listen.host, port: this.port })
  }

  get port(): number {
    if (this.#front === null) throw new Error('The proxy does not run.')
    return this.#front.port
  }

  async stop(): Promise<void> {
    this.faults.clear()
    for (const session of [...this.#sessions]) session.destroy()
    const listeners = await Promise.allSettled([this.#front, ...this.#listeners.values()])
    for (const each of listeners) if (each.status === 'fulfilled') await each.value?.close()
  }

  #listen(port: number, brokers: readonly Address[]): Promise<Listener> {
    const { host } = this.#options.listen
    return this.#network.listen({ host, port }, (client) => this.#accept(client, brokers))
  }

  #accept(client: Connection, brokers: readonly Address[]): void {
    const broker = brokers.map(bootstrapServer).join(',')
    const id = `${client.remoteAddress}:${client.remotePort}-${broker}-${this.#sessionId++}`
    const session = new Session(client, broker, id, this.#surroundings)
    this.#sessions.add(session)
    void session.run(() => this.#connect(brokers))
  }

  /** The first of the brokers that can be reached. */
  async #connect(brokers: readonly Address[]): Promise<Connection> {
    const { environment, security = null } = this.#options
    let failure: unknown
    for (const { host, port } of brokers) {
      try {
        const tls = await security?.tls?.(host)
        return await environment.network.connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS, ...(tls && { tls }) })
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  #makeSurroundings(): Surroundings {
    const { environment, logger, remembers = false, onExchange } = this.#options
    return {
      clock: environment.clock,
      logger,
      faults: this.faults,
      looksAt: (apiKey) => remembers || onExchange !== undefined || this.faults.concern(apiKey),
      shapeOf: (apiKey) => {
        this.#shapes ??= shapesOfApis()
        const shape = this.#shapes.get(apiKey)
        if (shape === undefined) throw new Error(`Kafka has no API ${apiKey}`)
        return shape
      },
      intercept: (exchange) => this.#interceptor.intercept(exchange),
      localOf: (upstream, client) => this.#localOf(upstream, client),
      learn: (metadata) => {
        const { topics } = unchecked<{ topics: readonly { name: string | null; topicId: string }[] }>(metadata)
        for (const { name, topicId } of topics) {
          if (name !== null && topicId !== ZERO_UUID) this.#topicNames.set(topicId, name)
        }
      },
      unknown: (apiKey, version) => this.#passUnknown(apiKey, version),
      trace: (exchange) => onExchange?.(exchange),
      ended: (session) => this.#sessions.delete(session),
    }
  }

  async #localOf(upstream: Place, client: Connection): Promise<Place> {
    const name = bootstrapServer(upstream)
    let listener = this.#listeners.get(name)
    if (listener === undefined) {
      const { host, port } = upstream
      listener = this.#listenBehind([{ host, port }])
      this.#listeners.set(name, listener)
      listener.then(
        (bound) => this.#options.logger.info(`${name} is reached by port ${bound.port}`),
        () => this.#listeners.delete(name),
      )
    }
    const { port } = await listener
    const { host } = this.#options.listen
    return { host: host === '' || host === '0.0.0.0' || host === '::' ? client.localAddress : host, port }
  }

  /** On the next port behind that of the proxy which is free; on any where the proxy's own was any. */
  async #listenBehind(brokers: readonly Address[]): Promise<Listener> {
    const first = this.#options.listen.port
    if (first === 0) return this.#listen(0, brokers)
    for (let port = first + 1 + this.#listeners.size; port < first + MOST_PORTS; port++) {
      try {
        return await this.#listen(port, brokers)
      } catch (error) {
        if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      }
    }
    return this.#listen(0, brokers)
  }

  #passUnknown(apiKey: number, version: number): void {
    const name = `API ${apiKey} v${version}`
    if (this.#unknown.has(name)) return
    this.#unknown.add(name)
    this.#options.logger.warn(`${name} is not known here: its bytes are passed on as they are, and no rule sees them`)
  }
}

/** Clients log in to their brokers: a proxy passes that on, and does not know who they are. */
class FaultsWithoutUsers extends Faults {
  override on<Api extends ApiName>(api: Api | readonly Api[], match: Match<Api> = {}): Rule<Api> {
    if (match.user !== undefined) throw new TypeError('A proxy knows no users: match requests by `clientId`.')
    return super.on(api, match)
  }
}

/** Faults of a disk are for a broker of one's own. */
class NoDisk extends DiskFaults {
  override add(): never {
    throw new Error('A proxy has no disk: make requests fail, with KAFKA_STORAGE_ERROR for example.')
  }
}

/** The ports behind the proxy's own, of which brokers get the first free ones. */
const MOST_PORTS = 200
