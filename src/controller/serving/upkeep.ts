/**
 * The work of a cluster's controller that nobody asks for (Apache's PeriodicTaskControlManager): it looks for
 * sessions that have ended eight times in a session, lets preferred replicas lead, and topics that allow it get a leader
 * that lacks records.
 *
 * A stalled loop evicts nobody: sessions are judged after the I/O that is ready has been handled, and time for which this
 * process stood still counts for nobody.
 */
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { Clock, Timer } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'

interface Options {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
}

export interface UpkeepTasks {
  fenceStaleBrokers(): Promise<void>
  /** Resolves to whether there is more of it to do at once. */
  balanceLeaders(): Promise<boolean>
  electUncleanLeaders(): Promise<boolean>
  /** The process stood still for so long. */
  excuse(ms: number): void
}

const LOOKS_PER_SESSION = 8
/** A wake-up that comes later than this was held up. */
const STALL_MS = 200
/** A task that has done a part of its work goes on so soon. */
const MORE_MS = 10

export class Upkeep {
  readonly #options: Options
  readonly #tasks: UpkeepTasks
  readonly #timers = new Map<string, Timer>()
  #isStopped = false

  constructor(options: Options, tasks: UpkeepTasks) {
    const { config } = options
    this.#options = options
    this.#tasks = tasks
    this.#look()
    if (config.get('auto.leader.rebalance.enable')) {
      const intervalMs = () => config.get('leader.imbalance.check.interval.seconds') * 1000
      this.#repeat('leaders', intervalMs, () => tasks.balanceLeaders())
    }
    this.#repeat(
      'unclean leaders',
      () => config.get('unclean.leader.election.interval.ms'),
      () => tasks.electUncleanLeaders(),
    )
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers.values()) timer.cancel()
  }

  #look(): void {
    const { clock, config } = this.#options
    const intervalMs = Math.max(1, config.get('broker.session.timeout.ms') / LOOKS_PER_SESSION)
    const dueMs = clock.monotonicMs() + intervalMs
    this.#schedule('sessions', intervalMs, () => {
      const lateMs = clock.monotonicMs() - dueMs
      if (lateMs > STALL_MS) this.#tasks.excuse(lateMs)
      clock.defer(async () => {
        await this.#run('sessions', () => this.#tasks.fenceStaleBrokers())
        if (!this.#isStopped) this.#look()
      })
    })
  }

  #repeat(name: string, intervalMs: () => number, task: () => Promise<boolean>, delayMs = intervalMs()): void {
    this.#schedule(name, delayMs, async () => {
      const hasMore = await this.#run(name, task)
      if (!this.#isStopped) this.#repeat(name, intervalMs, task, hasMore === true ? MORE_MS : intervalMs())
    })
  }

  async #run<Result>(name: string, task: () => Promise<Result>): Promise<Result | null> {
    try {
      return await task()
    } catch (err) {
      this.#options.logger.error({ err }, `The controller could not look after ${name}; this is tried again`)
      return null
    }
  }

  #schedule(name: string, delayMs: number, fn: () => void): void {
    this.#timers.set(name, this.#options.clock.schedule(delayMs, fn))
  }
}
