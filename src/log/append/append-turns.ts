import type { Clock } from '../../env/index.ts'

/** As many logs are written to before the loop sees to its sockets again. */
const MOST_AT_ONCE = 64

/**
 * The writes of all logs in one turn of the loop, one after another with nothing in between: the answers to them leave
 * together, where clients that write to many partitions would otherwise have a send for each answer.
 */
export class AppendTurns {
  readonly #clock: Clock
  #waiting: (() => void)[] = []
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(write: () => void): void {
    this.#waiting.push(write)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.defer(() => this.#run())
  }

  #run(): void {
    const now = this.#waiting.splice(0, MOST_AT_ONCE)
    this.#isScheduled = false
    if (this.#waiting.length > 0) this.#schedule()
    for (const write of now) write()
  }
}
