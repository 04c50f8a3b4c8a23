/**
 * Pushes metrics to a collector by OTLP over HTTP, in JSON: everything that `/metrics` tells, and so what clients have pushed
 * here (KIP-714), again and again. A push that fails is not tried again: the next one tells later values of the same sums.
 * The first of several failures has a line in the log, and so has the push that goes well after them.
 */
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { Clock, Network, Timer } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { Exposition } from '../../metrics/exposition.ts'
import { messagesOf, type Origin } from './metric-data.ts'

export interface OtlpOptions {
  readonly clock: Clock
  readonly network: Pick<Network, 'download'>
  readonly logger: Logger
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly everyMs: number
  readonly origin: Origin
  readonly collect: () => Promise<Exposition>
}

const MAX_ANSWER_BYTES = 1024 * 1024
const TIMEOUT_MS = 10_000
/** A broker that stops does not wait longer for a collector. */
const LAST_TIMEOUT_MS = 2_000

export class OtlpPush {
  readonly #options: OtlpOptions
  #timer: Timer | null = null
  #isFailing = false

  constructor(options: OtlpOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, everyMs } = this.#options
    this.#timer = clock.schedule(everyMs, () => {
      void this.push().finally(() => {
        if (this.#timer !== null) this.start()
      })
    })
  }

  /** Pushes once more, while all that is counted is there. */
  async stop(): Promise<void> {
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#timer = null
    await this.push(LAST_TIMEOUT_MS)
  }

  /** Never rejects. */
  async push(timeoutMs = TIMEOUT_MS): Promise<void> {
    const { clock, collect, logger, origin, url } = this.#options
    try {
      for (const message of messagesOf(await collect(), origin, clock.nowMs())) {
        const body = JsonMetricsSerializer.serializeRequest(message)
        if (body !== undefined) await this.#send(Buffer.from(body).toString('utf8'), timeoutMs)
      }
      if (this.#isFailing) logger.info(`Metrics are pushed to ${url} again`)
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) logger.warn(`Metrics cannot be pushed to ${url}: ${(error as Error).message}`)
      this.#isFailing = true
    }
  }

  async #send(body: string, timeoutMs: number): Promise<void> {
    const { network, url, headers } = this.#options
    await network.download(url, {
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      post: { headers: { ...headers, 'content-type': 'application/json' }, body },
    })
  }
}
