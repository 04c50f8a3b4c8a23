/** The end of a command that runs until it is stopped: by a signal, or by a failure. */
import type { Clock, Environment, Timer } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { CommandLogger } from './logger.ts'
import { EXIT_BY_SIGNAL, type StopSignal, stopSignals } from './stop-signals.ts'

/** A stop in which nothing has moved for so long has gone wrong. */
const STOP_PATIENCE_MS = 4_800
/** npm passes on a signal that the terminal has sent already: what comes this soon is not somebody's second thought. */
const SAME_SIGNAL_MS = 500
const LONG_MS = 60_000
/** Errors of these names are mistakes in samsa, not of its user. */
const bugs = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError', 'AssertionError'])

/**
 * The first signal calls `end` and ends the process; a second one does not wait for that. A stop takes as long as it
 * has to, as Kafka's does, and ends the process when nothing has moved for a while.
 */
export class StopOnSignals {
  readonly #end: () => Promise<void>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #written: () => Promise<void>
  readonly #patienceMs: number
  readonly #giveUp: () => void
  #firstMs: number | null = null
  #patience: Timer | null = null

  /** `giveUp` is called where an orderly end is not waited for any more. */
  constructor(
    end: () => Promise<void>,
    { clock }: Pick<Environment, 'clock'>,
    { logger, written }: CommandLogger,
    { patienceMs = STOP_PATIENCE_MS, giveUp = () => {} } = {},
  ) {
    this.#patienceMs = patienceMs
    this.#giveUp = giveUp
    this.#end = end
    this.#clock = clock
    this.#logger = logger
    this.#written = written
    for (const signal of stopSignals(process.platform)) process.on(signal, () => void this.#hear(signal))
  }

  get hasBegun(): boolean {
    return this.#firstMs !== null
  }

  /** The stop gets on. */
  moved(): void {
    if (this.hasBegun) this.#waitOn()
  }

  /** `why`: a sentence's end, as "its cluster stops". */
  stop(why: string): void {
    if (this.#firstMs === null) void this.#stop(`Stopping: ${why}`)
  }

  #hear(signal: StopSignal): void {
    if (this.#firstMs === null) {
      void this.#stop(`Stopping after ${signal}; the same again to stop at once`)
    } else if (this.#clock.monotonicMs() - this.#firstMs >= SAME_SIGNAL_MS) {
      this.#giveUp()
      process.exit(EXIT_BY_SIGNAL[signal])
    }
  }

  async #stop(line: string): Promise<void> {
    this.#firstMs = this.#clock.monotonicMs()
    this.#logger.info(line)
    this.#waitOn()
    // Timers do not keep a process alive, and a stop that has closed its connections may wait for nothing but a timer: the
    // process would be over in the middle of it, with logs that were not closed, and tell nobody.
    setInterval(() => {}, LONG_MS)
    try {
      await this.#end()
    } catch (error) {
      fail(error)
    }
    this.#logger.info(`samsa has stopped (${Math.round(this.#clock.monotonicMs() - this.#firstMs)} ms)`)
    await this.#written()
    process.exit(0)
  }

  #waitOn(): void {
    this.#patience?.cancel()
    this.#patience = this.#clock.schedule(this.#patienceMs, () => {
      this.#logger.error(`Nothing has moved for ${this.#patienceMs} ms: ending now, the next start recovers`)
      this.#giveUp()
      process.exit(1)
    })
  }
}

/** One sentence for what a person can mend; the stack for what only we can. */
export function fail(error: unknown): never {
  const isBug = !(error instanceof Error) || bugs.has(error.name)
  process.stderr.write(`samsa: ${isBug ? ((error as Error)?.stack ?? String(error)) : error.message}\n`)
  process.exit(1)
}
