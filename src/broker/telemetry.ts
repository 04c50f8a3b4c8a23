import type { Telemetry } from '../api/support/telemetry-client.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import type { ClientTelemetry } from '../telemetry/client-telemetry.ts'
import { once } from './once.ts'
import type { BuildOptions } from './options.ts'

/** Once a process: who asks the second broker of it does not wait for the disk. */
const loadRoom = once(() => import('../telemetry/client-telemetry.ts'))

/** Client telemetry, loaded when the first client asks which metrics are wanted of it. */
export class LazyTelemetry implements Telemetry {
  readonly #options: BuildOptions
  readonly #metadata: PublishedMetadata
  #loading: Promise<ClientTelemetry> | null = null
  #loaded: ClientTelemetry | null = null

  constructor(options: BuildOptions, metadata: PublishedMetadata) {
    this.#options = options
    this.#metadata = metadata
  }

  /** null: no client has asked yet. */
  get loaded(): ClientTelemetry | null {
    return this.#loaded
  }

  load(): Promise<ClientTelemetry> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  async #load(): Promise<ClientTelemetry> {
    const { config, environment, loggers } = this.#options
    const { ClientTelemetry } = await loadRoom()
    this.#loaded = new ClientTelemetry({
      clock: environment.clock,
      random: environment.random,
      logger: loggers.named('samsa.telemetry'),
      metadata: this.#metadata,
      maxBytes: config.get('telemetry.max.bytes'),
    })
    return this.#loaded
  }
}
