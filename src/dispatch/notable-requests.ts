/**
 * Requests that somebody who runs a broker wants to hear of: those that were slow, and clients that are throttled. A line
 * tells of the first one; what follows within the next half minute is counted, and told with the line after that.
 */
import type { Clock } from '../env/clock.ts'
import type { Logger } from '../env/logger.ts'
import type { RequestContext } from './handler.ts'

const SLOW_MS = 1_000
const QUIET_MS = 30_000
/** Clients choose their ids: beyond so many, those that were told of longest ago are forgotten. */
const MAX_KEYS = 1_000

interface Told {
  readonly atMs: number
  unsaid: number
}

export class NotableRequests {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #told = new Map<string, Told>()

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** `totalMs`: from the whole request to its answer; `localMs`: until it waited for something. */
  took(api: string, context: RequestContext, totalMs: number, localMs: number): void {
    if (totalMs < SLOW_MS) return
    const { clientId, connection, apiVersion } = context
    const times = `${Math.round(totalMs)} ms, ${Math.round(localMs)} of them before it waited for others`
    this.#tell(api, (more) => {
      const line = `Slow request: ${api} v${apiVersion} of client ${clientId ?? ''} at ${connection.remoteAddress} took ${times}`
      return more === 0 ? line : `${line}; ${more} others of ${api} were slow`
    })
  }

  throttled(api: string, { clientId, connection }: RequestContext, throttleTimeMs: number): void {
    const { name, type } = connection.peer.principal
    this.#tell(JSON.stringify([clientId, type, name]), (more) => {
      const line = `Client ${clientId ?? ''} of ${type}:${name} is beyond its quota, and throttled for ${throttleTimeMs} ms (${api})`
      return more === 0 ? line : `${line}; it was ${more} times more`
    })
  }

  #tell(key: string, line: (more: number) => string): void {
    const nowMs = this.#clock.monotonicMs()
    const told = this.#told.get(key)
    if (told !== undefined && nowMs - told.atMs < QUIET_MS) {
      told.unsaid++
      return
    }
    this.#told.delete(key)
    this.#told.set(key, { atMs: nowMs, unsaid: 0 })
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_KEYS && oldest !== undefined) this.#told.delete(oldest)
    this.#logger.info(line(told?.unsaid ?? 0))
  }
}
