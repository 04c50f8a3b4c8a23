import type { BrokerOptions, BrokerProcess } from './broker.ts'

/** The context of a case: a broker that runs, and names nobody else uses. */
export interface CaseContext {
  broker: BrokerProcess
  /** A topic, group or client id of this case alone, with the given word in it. */
  unique(word: string): string
  /** Runs when the case ends, whatever its end; last registered first. */
  after(cleanUp: () => unknown): void
}

export interface Case {
  name: string
  run(context: CaseContext): Promise<void>
  /** In the small part of compat that every test run has. */
  smoke?: boolean
  /** Runs against this product only, e.g. what samsa refuses until it has the part. */
  only?: 'samsa' | 'apache'
  /** Default 60 s. */
  timeoutMs?: number
}

/** A client's cases, and what the broker that they share is configured with. */
export interface Suite extends Pick<BrokerOptions, 'properties' | 'listeners' | 'systemProperties'> {
  client: string
  version: string
  cases: readonly Case[]
  /** The client cannot work with the other product, and why: there the whole suite is skipped. */
  only?: { product: 'samsa' | 'apache'; reason: string }
  /**
   * Cases that do not pass on samsa yet, and why: they still run. One that passes after all fails the run, so this
   * list only shrinks.
   */
  knownFailures?: Readonly<Record<string, string>>
  /** Hears once which cases will run, before the first of them does: a program that runs many at a time begins here. */
  begin?(selected: readonly Case[], broker: BrokerProcess): Promise<void>
  close?(): Promise<void>
}

/** A folder's way to say that its client cannot be had on this machine. */
export interface SkippedSuite {
  client: string
  skipped: string
}

export type LoadSuite = () => Promise<Suite | SkippedSuite>
