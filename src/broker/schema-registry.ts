/**
 * The schema registry of a broker: `_schemas` as this broker's replica has it, and the API over it. Nothing of either is
 * loaded before somebody asks; that also creates the topic.
 */
import { type BrokerConfig, httpUrl } from '../config/index.ts'
import type { Controller } from '../controller/index.ts'
import type { LogManager } from '../log/manager/log-manager.ts'
import type { DecodedPart, RecordDecoder } from '../registry/decoding/record-decoder.ts'
import { RegistryError, unavailable } from '../registry/error.ts'
import type { Registry } from '../registry/registry.ts'
import { SCHEMAS_TOPIC } from '../registry/schemas-log.ts'
import { compatibilityLevel, DEFAULT_SETTINGS, type Settings } from '../registry/settings.ts'
import type { Header, RecordPart } from '../registry/wire-format.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'
import type { Web, WebEnv } from '../web/web.ts'
import type { BuildOptions } from './options.ts'

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
  readonly #urls: string[] = []
  #registry: Promise<Registry> | null = null
  #decoder: Promise<RecordDecoder> | null = null

  constructor(options: BuildOptions, parts: Below, whyNotReady: () => string | null) {
    this.#options = options
    this.#parts = parts
    this.#whyNotReady = whyNotReady
  }

  /** Addresses as they are bound, for people and clients. */
  get urls(): readonly string[] {
    return this.#urls
  }

  /** Takes the ports of these addresses. Rejects with a `NetworkError` or a `ConfigError`, holding none of them. */
  async listen(web: Web, texts: readonly string[]): Promise<void> {
    const bound = await web.listen(LISTENERS, texts, () => this.#app(web), {
      access: 'client',
      maxBodyBytes: MAX_BODY_BYTES,
      refusal: (status, message) => ({ error_code: status, message }),
    })
    this.#urls.push(...bound.map(httpUrl))
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

  async stop(): Promise<void> {
    const registry = await this.#registry?.catch(() => null)
    await registry?.stop()
  }

  async #start(): Promise<Registry> {
    const { config, environment, loggers } = this.#options
    const { controller, replicas } = this.#parts
    if (controller === undefined || replicas === undefined) throw unavailable('Not ready: it is starting.')
    const [{ Registry }, { BrokerSchemasLog }] = await Promise.all([
      import('../registry/registry.ts'),
      import('./schemas-log.ts'),
    ])
    const log = new BrokerSchemasLog({
      replicas,
      metadata: controller.metadata,
      requests: controller.requests,
      clock: environment.clock,
      nodeId: config.get('node.id'),
    })
    const registry = new Registry({ log, logger: loggers.named('samsa.registry'), settings: settingsOf(config) })
    await registry.start()
    return registry
  }

  async #newDecoder(): Promise<RecordDecoder> {
    const [{ RecordDecoder }, { wholeSchemaOf }] = await Promise.all([
      import('../registry/decoding/record-decoder.ts'),
      import('../registry/decoding/registry-schemas.ts'),
    ])
    return new RecordDecoder(async (schema) => wholeSchemaOf(await this.open(), schema))
  }

  async #app(web: Web) {
    const [{ registryApp }, { VERSION }] = await Promise.all([
      import('../registry/http/registry-app.ts'),
      import('../config/version.ts'),
    ])
    return registryApp<WebEnv['Bindings']>({
      open: () => this.open(),
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
