/** The page's surroundings: all that it needs beside the requests themselves. */
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'
import type { Clock, Random } from '../../env/index.ts'
import type { Caller, WebEnv } from '../caller.ts'
import type { BrokerCalls } from './broker-calls.ts'
import type { ConnectionRow } from './model.ts'

/** Counts since the start of the process, of which a feed makes rates; memory and connections are as they are now. */
export interface BrokerCounts {
  readonly connections: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly requests: number
  /** Codes in answers that say what went wrong. */
  readonly errors: number
  readonly memoryBytes: number
  /** The time that the broker's loop was at work. */
  readonly activeSeconds: number
}

export interface PageSurroundings {
  readonly clock: Clock
  readonly random: Random
  /** Nobody may change anything by the page, whoever is logged in. */
  readonly isReadOnly: boolean
  readonly brokerId: number
  /** A connection to the broker in the caller's name. */
  connect(caller: Caller): InProcessConnection
  /** Counts of the broker that no request tells. */
  counts(): BrokerCounts
  /** The clients that are connected; null: the caller may not see them. */
  connections(caller: Caller): readonly ConnectionRow[] | null
}

/** A request's own: who asks, and how the broker is asked in that name. */
export interface PageRequest {
  readonly caller: Caller
  readonly calls: BrokerCalls
}

export interface PageEnv extends WebEnv {
  Variables: { page: PageRequest }
}
