/**
 * The schema registry of a broker: `_schemas` as this broker's replica has it, and the API over it. Nothing of either is
 * loaded before somebody asks; that also creates the topic.
 */
import { type Endpoint as BoundListener, type BrokerConfig, type HttpEndpoint, httpUrl } from '../../config/index.ts'
import { isAnyAddress, SECURITY_PROTOCOL_IDS } from '../../controller/broker-to-register.ts'
import type { Controller } from '../../controller/index.ts'
import type { LogManager } from '../../log/manager/log-manager.ts'
import type { Endpoint } from '../../metadata/image/cluster-image.ts'
import type { DecodedPart, RecordDecoder } from '../../registry/decoding/record-decoder.ts'
import { RegistryError, unavailable } from '../../registry/error.ts'
import type { RequestToForward } from '../../registry/http/forwarded.ts'
import type { Registry } from '../../registry/registry.ts'
import { SCHEMAS_TOPIC } from '../../registry/schemas-log.ts'
import { compatibilityLevel, DEFAULT_SETTINGS, type Settings } from '../../registry/settings.ts'
import type { Header, RecordPart } from '../../registry/wire-format.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { Web, WebEnv } from '../../web/web.ts'
import type { BuildOptions } from '../options.ts'
import { REGISTRY_ENDPOINT, RegistryForwarding } from './registry-forwarding.ts'
import { registryLogins } from './registry-logins.ts'
import type { BrokerSchemasLog } from './schemas-log.ts'

const LISTENERS = 'samsa.schema.registry.listeners'
/** Twice the largest schema that the log takes, which JSON may have to escape. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

/** The parts of the broker below a registry: those that have been started. */
interface Below {
  readonly logs?: LogManager
  readonly controller?: Controller
  readonly replicas?: ReplicaManager
}

export class SchemaRegistryOfBroker {
  readonly #options: BuildOptions
  readonly #parts: Below
  readonly #whyNotReady: () => string | null
  readonly #endpoints: HttpEndpoint[] = []
  #registry: Promise<Registry> | null = null
  #log: BrokerSchemasLog | null = null
  #decoder: Promise<RecordDecoder> | null = null
  #forwarding: RegistryForwarding | null = null

  constructor(options: BuildOptions, parts: Below, whyNotReady: () => string | null) {
    this.#options = options
    this.#parts = parts
    this.#whyNotReady = whyNotReady
  }

  /** Addresses as they are bound, for people and clients. */
  get urls(): readonly string[] {
    return this.#endpoints.map(httpUrl)
  }

  /** Takes the ports of these addresses. Rejects with a `NetworkError` or a `ConfigError`, holding none of them. */
  async listen(web: Web, texts: readonly string[]): Promise<void> {
    const bound = await web.listen(LISTENERS, texts, () => this.#app(web), {
      access: 'client',
      logins: registryLogins(this.#options.config),
      maxBodyBytes: MAX_BODY_BYTES,
      refusal: (status, message) => ({ error_code: status, message }),
    })
    this.#endpoints.push(...bound)
  }

  /** The address by which the registries of other brokers reach this one, as it stands in this broker's registration. */
  registered(listeners: readonly Pick<BoundListener, 'host'>[]): Endpoint[] {
    return this.#endpoints.slice(0, 1).map(({ scheme, host, port }) => ({
      name: REGISTRY_ENDPOINT,
      // A registry that listens everywhere is reached where the broker's first listener is.
      host: isAnyAddress(host) ? (listeners.find((each) => !isAnyAddress(each.host))?.host ?? 'localhost') : host,
      port,
      securityProtocol: SECURITY_PROTOCOL_IDS[scheme === 'https' ? 'SSL' : 'PLAINTEXT'],
    }))
  }

  /** The registry, with the whole log read. Rejects with 503 while the broker starts or stops, and with 50001: the log fails. */
  async open(): Promise<Registry> {
    const reason = this.#whyNotReady()
    if (reason !== null) throw unavailable(reason)
    this.#registry ??= this.#start()
    try {
      return await this.#registry
    } catch (error) {
      // The next one who asks tries again.
      this.#registry = null
      throw error
    }
  }

  /**
   * A key or a value as JSON has it; null: the bytes name no schema. Rejects with `UndecodableRecord` where they are not as
   * their schema says, or nobody knows it.
   */
  async decode(part: RecordPart, bytes: Buffer, headers: readonly Header[]): Promise<DecodedPart | null> {
    this.#decoder ??= this.#newDecoder()
    return (await this.#decoder).decode(part, bytes, headers)
  }

  /** A change that waits for other replicas is answered: they are not to be had while this broker stops. */
  async stop(): Promise<void> {
    this.#log?.close()
    const registry = await this.#registry?.catch(() => null)
    await registry?.stop()
  }

  async #start(): Promise<Registry> {
    const { config, environment, loggers } = this.#options
    const { controller, replicas } = this.#parts
    if (controller === undefined || replicas === undefined) throw unavailable('Not ready: it is starting.')
    const [{ Registry }, { BrokerSchemasLog }] = await Promise.all([
      import('../../registry/registry.ts'),
      import('./schemas-log.ts'),
    ])
    this.#log ??= new BrokerSchemasLog({
      replicas,
      metadata: controller.metadata,
      requests: controller.requests,
      clock: environment.clock,
      nodeId: config.get('node.id'),
    })
    const registry = new Registry({
      log: this.#log,
      logger: loggers.named('samsa.registry'),
      settings: settingsOf(config),
    })
    const grow = environment.process?.keepYoungHeapSmall()
    await registry.start().finally(grow)
    return registry
  }

  /** The answer of the registry that is to answer; null: this one is. Rejects as `open` does, and with 50003 and 50004. */
  async #forward(request: RequestToForward, isChange: boolean): Promise<Response | null> {
    const reason = this.#whyNotReady()
    if (reason !== null) throw unavailable(reason)
    const { environment, config } = this.#options
    const { controller, replicas } = this.#parts
    const { http, clock } = environment
    // Alone in its cluster it leads everything.
    if (controller === undefined || controller.metadata.image.cluster.brokers.size < 2) return null
    if (replicas === undefined || http === undefined) return null
    this.#forwarding ??= new RegistryForwarding({ controller, replicas, http, clock, nodeId: config.get('node.id') })
    return this.#forwarding.forward(request, isChange)
  }

  async #newDecoder(): Promise<RecordDecoder> {
    const [{ RecordDecoder }, { wholeSchemaOf }] = await Promise.all([
      import('../../registry/decoding/record-decoder.ts'),
      import('../../registry/decoding/registry-schemas.ts'),
    ])
    return new RecordDecoder(async (schema) => wholeSchemaOf(await this.open(), schema))
  }

  async #app(web: Web) {
    const [{ registryApp }, { VERSION }] = await Promise.all([
      import('../../registry/http/registry-app.ts'),
      import('../../config/version.ts'),
    ])
    return registryApp<WebEnv['Bindings']>({
      open: () => this.open(),
      forward: (request, isChange) => this.#forward(request, isChange),
      logger: this.#options.loggers.named('samsa.registry'),
      clusterId: () => this.#parts.logs?.clusterId ?? '',
      version: VERSION,
      admit({ caller }, isChange) {
        const operation = isChange ? 'WRITE' : 'READ'
        if (web.permissions(caller, 'schema registry').allows(operation, 'TOPIC', SCHEMAS_TOPIC)) return
        const name = isChange ? 'Write' : 'Read'
        throw new RegistryError(40301, `User is denied operation ${name} on topic ${SCHEMAS_TOPIC}`)
      },
    })
  }
}

const settingsOf = (config: BrokerConfig): Settings => ({
  ...DEFAULT_SETTINGS,
  compatibilityLevel:
    compatibilityLevel(config.get('samsa.schema.registry.compatibility.level')) ?? DEFAULT_SETTINGS.compatibilityLevel,
})
