/**
 * The metrics that clients push (KIP-714): Apache's ClientMetricsManager, and the receiver behind it, which there is a
 * plugin. Subscriptions are those of the metadata (`kafka-client-metrics`); client instances are known for as long as their
 * connection lasts and they are heard of, their numbers a while longer, so that the last ones of a client that has ended
 * are still seen. Nothing here has a timer: what is old goes when the next client or a scrape comes.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { compressionTypeOfId, decompress } from '../../protocol/records/compression.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'
import type { Clock } from '../env/clock.ts'
import type { Logger } from '../env/logger.ts'
import type { Random } from '../env/random.ts'
import { randomUuid } from '../env/random-uuid.ts'
import { ConfigResourceType } from '../metadata/image/configurations-image.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import type { Labels } from '../metrics/exposition.ts'
import { ClientInstance, type Push } from './client-instance.ts'
import { ClientSeries } from './client-series.ts'
import { type Asked, type ClientProperties, Subscriptions } from './subscriptions.ts'

/** The most client instances that are known at a time, as Apache's cache has them; the one not heard of for longest goes. */
const MAX_INSTANCES = 16_384
const SWEEP_MS = 10_000
/** Ids that no client can have. */
const RESERVED: ReadonlySet<string> = new Set([ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ'])

/** A client as its requests show it. */
export interface TelemetryClient extends Omit<ClientProperties, 'client_instance_id'> {
  /** Calls `fn` once its connection is gone, until the returned function is called. */
  onClose(fn: () => void): () => void
}

export interface ClientTelemetryServices {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metadata: PublishedMetadata
  /** `telemetry.max.bytes`, the limit of a push: of its compressed bytes and of its inflated ones. */
  readonly maxBytes: number
}

/** A client with the newest of what it pushes. */
export interface PushingClient {
  readonly instanceId: string
  readonly clientId: string
  readonly software: string
  readonly softwareVersion: string
  readonly series: readonly {
    readonly name: string
    readonly type: string
    readonly help: string
    /** Labels that name the client itself are left out: the fields above have them. */
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
  }[]
}

interface Known {
  readonly instance: ClientInstance
  readonly properties: ClientProperties
  readonly forgetConnection: () => void
}

/** Kafka's counters of the group client-metrics, of all instances together. */
export interface TelemetryCounts {
  unknownSubscriptionRequests: number
  throttled: number
  exports: number
  exportErrors: number
}

export class ClientTelemetry {
  readonly counts: TelemetryCounts = { unknownSubscriptionRequests: 0, throttled: 0, exports: 0, exportErrors: 0 }
  readonly series = new ClientSeries()
  readonly #services: ClientTelemetryServices
  /** The one that was heard of last is at the end. */
  readonly #instances = new Map<string, Known>()
  #subscriptions: Subscriptions
  #sweptAtMs = 0

  constructor(services: ClientTelemetryServices) {
    const { metadata } = services
    this.#services = services
    this.#subscriptions = new Subscriptions(metadata.image.configs)
    metadata.subscribe(({ changedConfigs, after }) => {
      if (![...changedConfigs].some(({ type }) => type === ConfigResourceType.CLIENT_METRICS)) return
      this.#subscriptions = new Subscriptions(after.configs)
      // Clients learn at their next push that they are asked for other metrics now: each goes on as a new instance.
      for (const [id, { properties, forgetConnection, instance }] of this.#instances) {
        const anew = new ClientInstance(this.#subscriptions.for(properties))
        anew.expiresAtMs = instance.expiresAtMs
        this.#instances.set(id, { instance: anew, properties, forgetConnection })
      }
    })
  }

  get instances(): number {
    return this.#instances.size
  }

  get maxBytes(): number {
    return this.#services.maxBytes
  }

  /** The clients whose numbers are known, and these, for people. */
  clients(): PushingClient[] {
    this.sweep()
    return [...this.series.clients()].map(({ own, samples }) => ({
      instanceId: String(own.client_instance_id),
      clientId: String(own.client_id),
      software: String(own.client_software_name),
      softwareVersion: String(own.client_software_version),
      series: [...samples].map(({ family, suffix, labels, value }) => ({
        name: family.name + suffix,
        type: family.type,
        help: family.help,
        labels: Object.fromEntries(
          Object.entries(labels).flatMap(([name, text]) => (name in own ? [] : [[name, String(text)]])),
        ),
        value,
      })),
    }))
  }

  /** Tells a client what it is asked for. The zero id asks for an id as well. Throws `KafkaError` where it comes too early. */
  ask(client: TelemetryClient, clientInstanceId: string): Asked & { readonly clientInstanceId: string } {
    const id = clientInstanceId === ZERO_UUID ? this.#newId() : clientInstanceId
    const { instance } = this.#known(client, id)
    this.#counted(() => instance.question(this.#nowMs()))
    return { ...instance.asked, clientInstanceId: id }
  }

  /** Takes what a client pushed. Rejects with the `KafkaError` that refuses it. */
  async push(client: TelemetryClient, clientInstanceId: string, push: Push): Promise<void> {
    if (RESERVED.has(clientInstanceId)) throw new KafkaError(ErrorCode.INVALID_REQUEST)
    const { instance, properties } = this.#known(client, clientInstanceId)
    const nowMs = this.#nowMs()
    this.#counted(() => instance.push(push, this.#services.maxBytes, nowMs))
    if (push.metrics.length > 0) await this.#export(instance, properties, push)
  }

  /** Forgets clients that have not been heard of. */
  sweep(): void {
    const nowMs = this.#nowMs()
    this.#sweptAtMs = nowMs
    this.series.sweep(nowMs)
    for (const [id, { instance }] of this.#instances) if (instance.expiresAtMs <= nowMs) this.#forget(id)
  }

  async #export(instance: ClientInstance, properties: ClientProperties, { compressionType, metrics }: Push) {
    const { client_instance_id: id } = properties
    // Every Java client asks for its subscription and few ever push: the reader is loaded for these alone.
    const { readOtlpMetrics } = await import('./otlp.ts')
    try {
      const bytes = decompress(compressionTypeOfId(compressionType), metrics, { maxBytes: this.#services.maxBytes })
      this.series.take(id, labelsOf(properties), (take) => readOtlpMetrics(bytes, take), instance.expiresAtMs)
      this.counts.exports++
    } catch (error) {
      instance.unreadable()
      this.counts.exportErrors++
      this.#services.logger.debug(
        { err: error, clientInstanceId: id },
        'Metrics that a client pushed could not be read',
      )
      throw new KafkaError(ErrorCode.INVALID_RECORD)
    }
  }

  #known(client: TelemetryClient, id: string): Known {
    const nowMs = this.#nowMs()
    if (nowMs - this.#sweptAtMs >= SWEEP_MS) this.sweep()
    let known = this.#instances.get(id)
    if (known === undefined) {
      const { onClose, ...own } = client
      const properties = { ...own, client_instance_id: id }
      known = {
        instance: new ClientInstance(this.#subscriptions.for(properties)),
        properties,
        forgetConnection: client.onClose(() => this.#forget(id)),
      }
    }
    known.instance.heardOf(nowMs)
    this.#instances.delete(id)
    this.#instances.set(id, known)
    const [oldest] = this.#instances.keys()
    if (this.#instances.size > MAX_INSTANCES && oldest !== undefined) this.#forget(oldest)
    return known
  }

  #forget(id: string): void {
    this.#instances.get(id)?.forgetConnection()
    this.#instances.delete(id)
  }

  #newId(): string {
    for (;;) {
      const id = randomUuid(this.#services.random)
      if (!this.#instances.has(id)) return id
    }
  }

  /** Clients are told times apart by the clock that never goes back. */
  #nowMs(): number {
    return this.#services.clock.monotonicMs()
  }

  #counted(run: () => void): void {
    try {
      run()
    } catch (error) {
      const code = error instanceof KafkaError ? error.code : null
      if (code === ErrorCode.THROTTLING_QUOTA_EXCEEDED) this.counts.throttled++
      if (code === ErrorCode.UNKNOWN_SUBSCRIPTION_ID) this.counts.unknownSubscriptionRequests++
      throw error
    }
  }
}

/** A client's address is no label: its port makes a new series of each connection. */
const labelsOf = ({
  client_instance_id,
  client_id,
  client_software_name,
  client_software_version,
}: ClientProperties): Labels => ({
  client_instance_id,
  client_id: client_id ?? '',
  client_software_name,
  client_software_version,
})
