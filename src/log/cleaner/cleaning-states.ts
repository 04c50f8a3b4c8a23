import type { PartitionLog } from '../partition-log.ts'

interface State {
  cleaning: boolean
  pauses: number
  /** Called when the cleaning has stopped. */
  stopped: (() => void)[]
}

/**
 * The logs that are being cleaned, and those that must not be: Kafka's LogCleaningInProgress (a cleaning and no pause),
 * LogCleaningAborted (a cleaning that has been told to stop, by pauses that wait for it) and LogCleaningPaused(n)
 * (pauses alone). A log in none of them is free.
 */
export class CleaningStates {
  readonly #states = new Map<PartitionLog, State>()

  isFree(log: PartitionLog): boolean {
    return !this.#states.has(log)
  }

  /** Free → in progress. False in any other state. */
  begin(log: PartitionLog): boolean {
    if (this.#states.has(log)) return false
    this.#states.set(log, { cleaning: true, pauses: 0, stopped: [] })
    return true
  }

  /** In progress → aborted happens beside the cleaning, which looks here between its steps. */
  isAborted(log: PartitionLog): boolean {
    return (this.#states.get(log)?.pauses ?? 0) > 0
  }

  /** In progress → free, aborted → paused. */
  end(log: PartitionLog): void {
    const state = this.#states.get(log)
    if (state === undefined) return
    state.cleaning = false
    for (const resolve of state.stopped.splice(0)) resolve()
    this.#forgetIfFree(log, state)
  }

  /** Resolves once nothing is being cleaned; nothing will be until as many `resume`s have followed. */
  pause(log: PartitionLog): Promise<void> {
    const state = this.#states.get(log) ?? { cleaning: false, pauses: 0, stopped: [] }
    this.#states.set(log, state)
    state.pauses++
    if (!state.cleaning) return Promise.resolve()
    return new Promise((resolve) => state.stopped.push(resolve))
  }

  resume(log: PartitionLog): void {
    const state = this.#states.get(log)
    if (state === undefined) return
    state.pauses--
    this.#forgetIfFree(log, state)
  }

  #forgetIfFree(log: PartitionLog, state: State): void {
    if (!state.cleaning && state.pauses === 0) this.#states.delete(log)
  }
}
