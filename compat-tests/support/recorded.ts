import type { Product } from './report.ts'
import type { Verdict } from './run-suite.ts'

/** One case as it is recorded: its verdict on each broker, and the reason of one that is not `passed`. */
export interface RecordedCase {
  name: string
  smoke?: true
  samsa?: Verdict
  apache?: Verdict
  reason?: string
}

/** One broker's run of a whole client. */
export interface RecordedRun {
  brokerVersion: string
  date: string
  seconds: number
  /** The whole client was left out, and why. */
  skipped?: string
}

export interface RecordedClient {
  version: string
  runs: Partial<Record<Product, RecordedRun>>
  cases: RecordedCase[]
}

/** By client, in the order of the table. */
export type ResultsRecord = Record<string, RecordedClient>
