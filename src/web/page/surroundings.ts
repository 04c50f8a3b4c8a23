/** The page's surroundings: all that it needs beside the requests themselves. */
import type { InProcessConnection } from '../../dispatch/in-process-connection.ts'
import type { Clock, Random } from '../../env/index.ts'
import type { Caller, WebEnv } from '../caller.ts'
import type { BrokerCalls } from './broker-calls.ts'
import type { AuditRow, ConnectionRow, TelemetryClient } from './model.ts'

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
  /** Counts of the broker that no request tells; null: the caller may not see them. */
  counts(caller: Caller): BrokerCounts | null
  /** The clients that are connected; null: the caller may not see them. */
  connections(caller: Caller): readonly ConnectionRow[] | null
  /** Clients that push metrics (KIP-714); null: the caller may not see them. */
  telemetry(caller: Caller): readonly TelemetryClient[] | null
  /** The newest events of the audit, the last one first; null: the caller may not see them. */
  audit(caller: Caller): readonly AuditRow[] | null
  /** Reads keys and values by their schemas; null: there are none, or the caller may not read them. */
  schemas(caller: Caller): SchemaReader | null
  /** Tells the audit of a change that no request of the controller tells it of. `change` begins with a verb. */
  changed(caller: Caller, change: string): void
  /** The control API's answers on faults; null: it is off. */
  faults(): ((request: Request) => Promise<Response>) | null
  mayMakeFaults(caller: Caller): boolean
}

export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

/** Resolves to null where the bytes name no schema; rejects with a sentence where they cannot be read by it. */
export type SchemaReader = (
  part: 'key' | 'value',
  bytes: Buffer,
  headers: readonly Header[],
) => Promise<{ readonly id: number; readonly type: string; readonly value: unknown } | null>

/** A request's own: who asks, and how the broker is asked in that name. */
export interface PageRequest {
  readonly caller: Caller
  readonly calls: BrokerCalls
  /**
   * Makes a change, and tells the audit of it. `change` begins with a verb: `empties the topic …`. One that is made part by
   * part is told of where it fails as well: some of it may be done.
   */
  readonly changing: <T>(change: string, make: () => Promise<T>, isInParts?: boolean) => Promise<T>
}

export interface PageEnv extends WebEnv {
  Variables: { page: PageRequest }
}
