/** All that the sessions of a proxy share. */
import type { Api } from '../../protocol/registry.ts'
import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import type { ApiHandler, RequestContext } from '../dispatch/handler.ts'
import type { Exchange, HandlerAnswer } from '../dispatch/interceptor.ts'
import type { Outcome } from '../dispatch/outcome.ts'
import type { Clock, Connection } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { Faults } from '../testing/faults/faults.ts'
import type { Place } from './addresses.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly logger: Logger
  readonly faults: Faults
  /** Whether somebody looks at requests of this API, so that they have to be decoded. */
  looksAt(apiKey: number): boolean
  shapeOf(apiKey: number): ApiHandler
  intercept(exchange: Exchange): HandlerAnswer
  /** The address by which this client reaches a broker through the proxy. */
  localOf(upstream: Place, client: Connection): Promise<Place>
  /** Hears of each answer to Metadata, for the names of topic ids. */
  learn(metadata: Decoded<MessageSchema>): void
  /** Hears of requests that are passed on without being understood. */
  unknown(apiKey: number, version: number): void
  trace(exchange: TracedExchange): void
  /** The session is over. */
  ended(session: ClosableSession): void
}

export interface ClosableSession {
  destroy(): void
}

export interface TracedExchange {
  readonly session: string
  /** `host:port` of the broker. */
  readonly broker: string
  readonly context: RequestContext
  readonly api: Api
  readonly request: Decoded<MessageSchema>
  readonly outcome: Outcome
  readonly begunMs: number
}
